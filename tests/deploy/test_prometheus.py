"""Rules and Alertmanager's configuration, by the real programs."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
from ruamel.yaml import YAML

from ioc.demo.children import LOOPBACK, free_port
from tests.deploy.tools import CONFIG, ROOT, alertmanager, get, prometheus, run, until

RULES = CONFIG / "prometheus/rules/ioc.yml"
CASES = ROOT / "tests/deploy/rules/ioc.test.yml"
OURS = ("ioc", "collectors", "simulators")


def rules() -> list[dict[str, Any]]:
    document = YAML(typ="safe", pure=True).load(RULES.read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def verdict(folder: Path, rules_text: str, group: str = "", about: str = "") -> tuple[int, str]:
    """What promtool says of the rules, by the cases named `group…` that ask for the alert `about`."""
    (folder / "rules.yml").write_text(rules_text, encoding="utf-8")
    cases = YAML(typ="safe", pure=True).load(CASES.read_text(encoding="utf-8"))
    cases["rule_files"] = [str(folder / "rules.yml")]
    cases["tests"] = [case for case in cases["tests"] if case["name"].startswith(group) and asks(case, about)]
    assert cases["tests"]
    (folder / "cases.yml").write_text(json.dumps(cases), encoding="utf-8")
    done = run("promtool", "test", "rules", folder / "cases.yml")
    return done.returncode, done.stdout + done.stderr


def asks(case: dict[str, Any], alert: str) -> bool:
    """Whether a case asks for an alert by its name."""
    names = [name for one in case["promql_expr_test"] for name in re.findall(r'alertname=~?"([^"]+)"', one["expr"])]
    return not alert or any(re.fullmatch(name, alert) for name in names)


def test_rules_and_configuration_are_well_formed() -> None:
    for words in (("rules", RULES), ("config", "--syntax-only", CONFIG / "prometheus/prometheus.yml")):
        done = run("promtool", "check", *words)
        assert done.returncode == 0, done.stdout + done.stderr


def test_rules_fire_when_they_must(tmp_path: Path) -> None:
    code, said = verdict(tmp_path, RULES.read_text(encoding="utf-8"))
    assert code == 0, said


@pytest.mark.parametrize(
    ("group", "old", "new"),
    [
        (
            "the first failed",
            "((ioc_journal_failures_total unless ioc_journal_failures_total offset 5m) > 0",
            "(vector(-1) > 0",
        ),
        ("old failures", 'and on (instance) up{job="ioc"} offset 5m == 1)', ")"),
        ("an engine that is not even", 'or absent(up{job="ioc"})', ""),
        ("a link that flaps", "ioc_link_up == 0\n        for: 1m", "ioc_link_up == 0\n        for: 0s"),
        ("dead letters", "share15m > 0.05", "share15m > 0.9"),
        ("a healthy engine", "ioc_evaluator_lag > 5000", "ioc_evaluator_lag > 1"),
    ],
)
def test_rule_tests_notice_a_changed_rule(tmp_path: Path, group: str, old: str, new: str) -> None:
    text = RULES.read_text(encoding="utf-8")
    assert old in text
    assert verdict(tmp_path, text, group)[0] == 0
    code, said = verdict(tmp_path, text.replace(old, new), group)
    assert code != 0
    assert "FAILED" in said
    assert "got:" in said, "a rule that cannot be read proves nothing"


@pytest.mark.parametrize("name", [alert["alert"] for alert in alerts()])
def test_rule_tests_notice_an_alert_that_never_fires(tmp_path: Path, name: str) -> None:
    code, said = verdict(tmp_path, with_expression(name, "vector(1) < 0"), about=name)
    assert code != 0, f"no case of {CASES.name} notices"
    assert "got:" in said, "a rule that cannot be read proves nothing"


def test_healthy_engine_is_a_case_against_every_alert_that_always_fires(tmp_path: Path) -> None:
    cases = YAML(typ="safe", pure=True).load(CASES.read_text(encoding="utf-8"))["tests"]
    assert cases[0]["promql_expr_test"][0]["expr"] == 'count(ALERTS{alertname!="Watchdog"}) or vector(0)'
    code, said = verdict(tmp_path, with_expression("EngineHeavy", "vector(1)"), "a healthy engine")
    assert code != 0
    assert "got:" in said


def with_expression(name: str, expression: str) -> str:
    """All rules, one of them with another expression."""
    document = YAML(typ="safe", pure=True).load(RULES.read_text(encoding="utf-8"))
    changed = [rule for group in document["groups"] for rule in group["rules"] if rule.get("alert") == name]
    assert changed
    for rule in changed:
        rule["expr"] = expression
    return json.dumps(document)


def test_every_alert_has_words_severity_and_a_runbook_of_its_own() -> None:
    for alert in alerts():
        notes = alert["annotations"]
        assert alert["labels"]["severity"] in {"critical", "warning", "none"}
        assert " / " in notes["summary"], "Vietnamese / English"
        assert (ROOT / notes["runbook"]).exists(), notes["runbook"]
    books = [alert["annotations"]["runbook"] for alert in alerts()]
    assert len(set(books)) == len(books)


def test_every_metric_of_a_rule_is_counted_somewhere() -> None:
    source = "".join(path.read_text(encoding="utf-8") for root in OURS for path in (ROOT / root).rglob("*.py"))
    counted = {f"ioc_{name}_total" for name in re.findall(r'counts\.add\(\s*"(\w+)"', source)}
    counted |= {f"ioc_{name}" for name in re.findall(r'counts\.(?:set|replace)\(\s*"(\w+)"', source)}
    used = {name for rule in rules() for name in re.findall(r"\bioc_\w+", rule["expr"])}
    assert used
    assert used <= counted


def test_alertmanager_accepts_its_configuration_and_routes_by_severity() -> None:
    file = CONFIG / "alertmanager/alertmanager.yml"
    assert run("amtool", "check-config", file).returncode == 0
    for labels, receiver in {
        ("alertname=Watchdog", "severity=none"): "heartbeat",
        ("alertname=EngineDown", "severity=critical"): "operators-at-once",
        ("alertname=NoSamples", "severity=warning"): "operators",
    }.items():
        done = run("amtool", "config", "routes", "test", f"--config.file={file}", *labels)
        assert done.stdout.strip() == receiver


def test_real_programs_tell_of_a_dead_engine_and_beat_the_heart(tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []
    with ExitStack() as running:
        hook, _ = running.enter_context(serving(lambda body: heard.append(json.loads(body))))
        engine, stub = running.enter_context(serving(lambda _: None))
        url, manager = start_both(running, tmp_path, hook, engine)
        until(lambda: query(url, 'up{job="ioc"}') == ["1"])
        until(lambda: any(one["receiver"] == "heartbeat" for one in heard))
        assert query(url, 'ioc_link_up{link="mqtt"}') == ["1"]
        # Before the first scrape it is pending, until the rules are looked at again.
        until(lambda: query(url, 'count(ALERTS{alertname="EngineDown"})') == [])
        stub.shutdown()
        stub.server_close()
        until(lambda: query(url, 'count(ALERTS{alertname="EngineDown",alertstate="pending"})') == ["1"])
        until(lambda: "EngineDown" in names(manager), 45)


def names(manager: str) -> set[str]:
    return {one["labels"]["alertname"] for one in get(f"{manager}/api/v2/alerts")}


@contextmanager
def serving(take: Callable[[bytes], object]) -> Iterator[tuple[int, ThreadingHTTPServer]]:
    """An engine's metrics on GET; what is posted goes to `take`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'ioc_link_up{link="mqtt"} 1\nioc_journal_failures_total 0\n')

        def do_POST(self) -> None:
            take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((LOOPBACK, free_port()), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_port, server
    server.shutdown()
    server.server_close()
    thread.join()


def start_both(children: ExitStack, folder: Path, hook: int, engine: int) -> tuple[str, str]:
    changes = {
        "https://heartbeat.example.com/ioc": f"http://{LOOPBACK}:{hook}/heard",
        "/run/secrets/smtp-password": str(folder / "none"),
    }
    child, manager = alertmanager(folder / "alertmanager", changes)
    children.callback(child.kill)
    targets = {
        "ioc": [{"targets": [f"{LOOPBACK}:{engine}"]}],
        "alertmanager": [{"targets": [manager.removeprefix("http://")]}],
        "neighbours": [{"targets": [manager.removeprefix("http://")], "labels": {"service": "alertmanager"}}],
    }
    child, url = prometheus(folder / "prometheus", targets)
    children.callback(child.kill)
    return url, manager


def query(url: str, expression: str) -> list[str]:
    return [row["value"][1] for row in get(f"{url}/api/v1/query?query={quote(expression)}")["data"]["result"]]
