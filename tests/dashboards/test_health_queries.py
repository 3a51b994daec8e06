"""The data health page asks for counters that the engine really keeps. `tests/e2e/test_walls.py` asks for them.

How the alerting itself fares is asked here, by a real Prometheus of the engine's own gauges over an event log.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, start_http_server

from dashboards import alarm_health
from dashboards.alarm_health import MEAN_GOAL, WORST_GOAL
from dashboards.health import health
from dashboards.words import EN, LANGUAGES, VI, Words
from ioc.alerting import health as judged
from ioc.alerting.gauges import Gauges
from ioc.demo.children import LOOPBACK, free_port
from ioc.telemetry import Counts
from tests.alerting.gauges_bed import RULES, office
from tests.e2e.centre import wait_until
from tests.support import grafana, prometheus
from tests.support.grafana import Json

ROOT = Path(__file__).parents[2]

Kept = dict[str, set[str]]
"""Labels by name of a counter or gauge."""


@cache
def kept(method: str) -> Kept:
    """What the source of the engine adds to (`add`), sets (`set`) or sets for all its labels at once (`replace`)."""
    found: Kept = {}
    for path in (*(ROOT / "ioc").rglob("*.py"), *(ROOT / "collectors").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
                name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
                if isinstance(name, str) and "counts" in ast.unparse(node.func.value):
                    found[name] = {keyword.arg for keyword in node.keywords if keyword.arg}
    return found


def expressions() -> list[str]:
    page = health("ben-tre", Words(VI)).json()
    return [target["expr"].replace("$__rate_interval", "1m") for _, target in grafana.questions(page)]


def test_health_page_names_only_counters_that_exist():
    known = {f"ioc_{name}_total" for name in kept("add")}
    known |= {f"ioc_{name}" for method in ("set", "replace") for name in kept(method)}
    named = {name for expression in expressions() for name in re.findall(r"\bioc_\w+", expression)}
    assert named <= known
    assert len(named) > 10


def test_goals_in_words_are_the_goals_that_colour() -> None:
    assert (MEAN_GOAL, WORST_GOAL) == (judged.MEAN_GOAL, judged.WORST_GOAL)
    for words in map(Words, LANGUAGES):
        assert f"> {MEAN_GOAL:g})" in words("per_ten")
        assert f"> {WORST_GOAL})" in words("worst_ten")
        assert f"≥ {alarm_health.STANDING_GOAL})" in words("alarm_standing")
        assert {f"{MEAN_GOAL:g}", f"{WORST_GOAL}"} <= set(re.findall(r"\b\d+\b", words("alarm_goals")))
    assert sum(alarm_health.SHARES.values()) == 100


def test_goal_itself_has_no_colour_and_what_is_above_it_has() -> None:
    worst = alarm_health.burden(Words(EN))["fieldConfig"]["overrides"][1]  # type: ignore[index]
    (steps,) = [one["value"]["steps"] for one in worst["properties"] if one["id"] == "thresholds"]
    assert (worst["matcher"]["options"], steps[0]["color"]) == ("Value #B", "transparent")
    assert WORST_GOAL < steps[1]["value"] < WORST_GOAL + 1


def test_alarm_health_is_answered_by_the_gauges_of_the_engine(tmp_path: Path) -> None:
    made, counts = office(tmp_path), Counts()
    Gauges(made.ledger, RULES, made.clock, counts, lambda: 2).look()
    words = Words(VI)
    with scraped(tmp_path, counts) as url:
        burden, noisy, shares, counted = (
            [asked(url, target) for target in panel["targets"]] for panel in (build(words) for build in ROW)
        )
    told = float(len(made.sent))
    assert burden == [{"duty-officer": pytest.approx(told / 144)}, {"duty-officer": told}, {"duty-officer": told}]
    assert noisy == [{"salinity-high": 3, "warn": 1}]
    assert shares == [{"info": 0, "warning": 25, "critical": 75}]
    assert counted == [{"": value} for value in (1, 1, 0, 2, 1)], "chattering, fleeting, standing, shelved, never fired"


ROW = (alarm_health.burden, alarm_health.noisiest, alarm_health.shares, alarm_health.counted)


def asked(url: str, target: Json) -> dict[str, float]:
    """The answer to one question, by its one label."""
    answer = prometheus.ask(url, target["expr"])
    return {next(iter(one["metric"].values()), ""): float(one["value"][1]) for one in answer}


@contextmanager
def scraped(folder: Path, counts: Counts) -> Iterator[str]:
    """The address of a Prometheus that has scraped these counts."""
    registry, port = CollectorRegistry(), free_port()
    registry.register(counts)
    server, thread = start_http_server(port, LOOPBACK, registry)
    scraper = prometheus.prometheus(folder, f"{LOOPBACK}:{port}")
    try:
        scraper.start()
        wait_until(lambda: bool(prometheus.ask(scraper.url, "ioc_alarm_shelved")))
        yield scraper.url
    finally:
        scraper.kill()
        server.shutdown()
        server.server_close()
        thread.join()
