"""Walls over a real engine: what it wrote to InfluxDB and what Prometheus scraped from it answer their queries."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from dashboards.centre import as_of
from dashboards.health import health
from dashboards.render import pages
from dashboards.words import VI, Words
from indicators.course import edition
from indicators.load import load
from ioc.demo.children import LOOPBACK
from ioc.model import HOUR, MINUTE, moment
from tests.e2e.centre import PLAYED, Centre, running, wait_until
from tests.support import grafana, prometheus
from tests.support.publisher import publish
from tests.support.servers import Mosquitto, Server

CATALOGUE = load()
SALT = "ioc/v1/st-my-hoa/environment/salinity"
SILENT = {
    "rate(ioc_journal_failures_total[1m])": "no commit failed",
    "sum by (outcome) (increase(ioc_notifications_total[1h]))": "nobody is to be told in this run",
    "max by (receiver) (ioc_alarm_messages_per_10min)": "likewise",
    "max by (receiver) (ioc_alarm_messages_worst_10min)": "likewise",
    "max by (receiver) (ioc_alarm_messages_day)": "likewise",
}
"""Questions that have no answer here, and why."""
SLOW = {"max by (rule) (ioc_alarm_noisiest) > 0": "looked at once a minute; asked in tests/dashboards"}


def messages() -> Iterator[tuple[str, bytes]]:
    """A breach that lasts, values that are fine, one twice, one refused."""
    for ago in (3 * HOUR, 2 * HOUR, HOUR, 10 * MINUTE):
        yield SALT, body(30.0, PLAYED - ago)
    for one in CATALOGUE.series(PLAYED)[:300]:
        middle = (one.indicator.typical_min + one.indicator.typical_max) / 2
        yield f"ioc/v1/{one.site.id}/{one.indicator.field}/{one.indicator.id}", body(middle, PLAYED - 5 * MINUTE)
    yield SALT, body(30.0, PLAYED - HOUR)
    yield SALT, b"1,5"


def body(value: float, at: int) -> bytes:
    return json.dumps({"value": value, "at": moment(at).isoformat()}).encode()


def asked() -> dict[str, list[str]]:
    """Every question of the health page, with the labels it shows."""
    page = health("ben-tre", Words(VI)).json()
    return {
        target["expr"].replace("$__rate_interval", "1m"): re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
        for _, target in grafana.questions(page)
    }


def answered(url: str, query: str, labels: list[str]) -> bool:
    return any(all(one["metric"].get(label) for label in labels) for one in prometheus.ask(url, query))


def rows(influxd: Server, dashboard: grafana.Json, number: int, **chosen: str) -> list[grafana.Json]:
    """The rows of one panel's first question at the time that is played."""
    panel = [one for one in dashboard["panels"] if one.get("targets")][number]
    within = grafana.time_range(dashboard, panel, (PLAYED + HOUR) // 1000)
    known = grafana.opened(dashboard, influxd.url, within) | chosen
    return grafana.records(grafana.influx(influxd.url, grafana.expanded(panel["targets"][0]["query"], within, known)))


def test_walls_show_what_a_running_engine_wrote(tmp_path: Path, mosquitto: Mosquitto, influxd: Server) -> None:
    walls = {page.uid: page.json() for page in pages(CATALOGUE, Words(VI), as_of(CATALOGUE))}
    with running(Centre(tmp_path, mosquitto.port, influxd.url)) as centre:
        scraper = prometheus.prometheus(tmp_path, f"{LOOPBACK}:{centre.port}")
        scraper.start()
        try:
            publish(mosquitto.port, messages())
            wait_until(lambda: centre.count("ioc_log_points_written_total") > 2)
            wait_until(lambda: centre.count("ioc_bound_points_written_total") > 0)
            missing = {query: labels for query, labels in asked().items() if query not in {*SILENT, *SLOW}}

            def all_answered() -> bool:
                for query in [one for one in missing if answered(scraper.url, one, missing[one])]:
                    del missing[query]
                if missing:
                    publish(mosquitto.port, [(SALT, body(30.0, PLAYED - len(missing) * MINUTE))])
                return not missing

            wait_until(all_answered, seconds=90)
            assert all(not answered(scraper.url, query, []) for query in SILENT), (
                "no longer silent: take it off the list"
            )
            wait_until(lambda: bool(rows(influxd, walls["vn63-83-alerts"], 2)))
        finally:
            scraper.kill()
    active = [one for one in rows(influxd, walls["vn63-83-alerts"], 3) if one["site"] == "st-my-hoa"]
    assert {(one["indicator"], one["slot"], one["status"]) for one in active} == {
        ("salinity", "above-warning", 2),
        ("salinity", "above-critical", 2),
    }
    assert all("Độ mặn" in one["text"] for one in active)
    (incident,) = [one for one in rows(influxd, walls["vn63-83-alerts"], 2) if one["site"] == "st-my-hoa"]
    assert (incident["stage"], incident["severity"], incident["alerts"]) == (0, 3, 2)
    drawn = rows(influxd, walls["vn63-83-indicator"], 1, site="st-my-hoa", indicator="salinity")
    assert {"", "warning-above", "critical-above"} <= {row["line"] for row in drawn}
    asked_at = grafana.Range((PLAYED - HOUR) // 1000, (PLAYED + HOUR) // 1000)
    assert grafana.opened(walls["vn63-83-health"], influxd.url, asked_at)["edition"] == str(edition(CATALOGUE))
    assert len(rows(influxd, walls["vn63-83-economy"], 1)) > 0
