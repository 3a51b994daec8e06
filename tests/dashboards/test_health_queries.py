"""The data health page asks for counters that the engine really keeps; on a real Prometheus."""

import ast
import re
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, start_http_server

from dashboards.health import health
from dashboards.words import VI, Words
from ioc.demo.children import LOOPBACK, free_port
from ioc.telemetry import Counts
from tests.support import grafana, prometheus
from tests.support.servers import Server

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0

Kept = dict[str, set[str]]
"""Labels by name of a counter or gauge."""


@cache
def kept(method: str) -> Kept:
    """What the source of the engine adds to (`add`) or sets (`set`)."""
    found: Kept = {}
    for path in (*(ROOT / "ioc").rglob("*.py"), *(ROOT / "collectors").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
                name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
                if isinstance(name, str) and "counts" in ast.unparse(node.func.value):
                    found[name] = {keyword.arg for keyword in node.keywords if keyword.arg}
    return found


def count(counts: Counts) -> None:
    """Everything happens once more, a moment later."""
    threading.Event().wait(0.2)
    for name, labels in kept("add").items():
        counts.add(name, 1, **dict.fromkeys(labels, "one"))
    for name, labels in kept("set").items():
        counts.set(name, 1, **dict.fromkeys(labels, "one"))


@pytest.fixture
def scraped(tmp_path: Path) -> Iterator[tuple[Server, Counts]]:
    counts, registry, port = Counts(), CollectorRegistry(), free_port()
    count(counts)
    registry.register(counts)
    exposed, thread = start_http_server(port, LOOPBACK, registry)
    server = prometheus.prometheus(tmp_path, f"{LOOPBACK}:{port}")
    server.start()
    yield server, counts
    server.kill()
    exposed.shutdown()
    exposed.server_close()
    thread.join()


def expressions() -> list[str]:
    page = health("ben-tre", Words(VI)).json()
    return [target["expr"].replace("$__rate_interval", "1m") for _, target in grafana.questions(page)]


def test_health_page_names_only_counters_that_exist():
    known = {f"ioc_{name}_total" for name in kept("add")} | {f"ioc_{name}" for name in kept("set")}
    named = {name for expression in expressions() for name in re.findall(r"\bioc_\w+", expression)}
    assert named <= known
    assert len(named) > 10


def test_every_health_query_returns_data(scraped: tuple[Server, Counts]):
    server, counts = scraped
    missing = expressions()
    until = time.monotonic() + PATIENCE
    while missing and time.monotonic() < until:
        count(counts)
        missing = [one for one in missing if not prometheus.ask(server.url, one)]
    assert missing == []


def test_health_queries_keep_the_labels_they_show(scraped: tuple[Server, Counts]):
    server, counts = scraped
    shown = {
        (target["expr"].replace("$__rate_interval", "1m"), label)
        for _, target in grafana.questions(health("ben-tre", Words(VI)).json())
        for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
    }
    assert shown
    until = time.monotonic() + PATIENCE
    while shown and time.monotonic() < until:
        count(counts)
        shown = {(query, label) for query, label in shown if not labelled(server.url, query, label)}
    assert shown == set()


def labelled(url: str, query: str, label: str) -> bool:
    return any(one["metric"].get(label) == "one" for one in prometheus.ask(url, query))
