"""The Debian variant without Grafana: broker, database, engine, Prometheus and Alertmanager, each with its own file."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from dashboards.influxql import ROLLUPS
from ioc.clock import SystemClock
from ioc.demo.children import LOOPBACK, Child, answers, free_port
from ioc.deploy import layout
from ioc.deploy.http import basic
from ioc.deploy.influx import Influx, apply
from tests.deploy.brokers import Broker, prepare
from tests.deploy.test_systemd import lines
from tests.deploy.tools import CONFIG, ROOT, alertmanager, get, influxd, prometheus, until

SITE = "vn63-83-831"
START = 1741734000000000
TOPIC = f"ioc/v1/{SITE}/environment/air-temperature"
VALUES = "SELECT value FROM"
BODY = b'{"value": 31.5, "at": "2025-03-12T05:55:00+07:00"}'


@pytest.fixture
def children() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def started_broker(children: ExitStack, folder: Path) -> Broker:
    folder.mkdir()
    one = prepare(folder, "--site", SITE)
    one.start()
    children.callback(one.child.kill)
    return one


def environment(one: Broker, folder: Path, influx: str, port: int) -> dict[str, str]:
    """What the unit sets, with its folders elsewhere, and the time played."""
    credentials = {row.split(":")[0]: Path(row.split(":")[1]).name for row in lines("LoadCredential")}
    unit = dict(row.split("=", 1) for row in lines("Environment"))
    for name, file in credentials.items():
        unit = {key: str(one.secrets / file) if value == f"%d/{name}" else value for key, value in unit.items()}
    unit = {key: value.replace("/var/lib/ioc", str(folder)) for key, value in unit.items()}
    return unit | {
        "IOC__MQTT__PORT": str(one.place.port),
        "IOC__INFLUX__URL": influx,
        "IOC__INFLUX__ROLLUP_LINGER": "0.2",
        "IOC__WEB__PORT": str(port),
        "IOC__CLOCK__START": str(START),
        "IOC__CLOCK__BEGAN": str(SystemClock().now()),
        "IOC__NOTIFY__OFFICIALS": str(CONFIG / "officials.example.toml"),
        "IOC__NOTIFY__ROUTES": str(CONFIG / "routes.example.toml"),
        "IOC__INCIDENTS__OFFICES": str(CONFIG / "offices.example.toml"),
        "IOC__ALERTING__RULES": str(CONFIG / "rules/ben-tre.yaml"),
    }


def engine(children: ExitStack, folder: Path, extra: dict[str, str], port: int) -> None:
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for key, value in (extra | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]])}).items():
            patch.setenv(key, value)
        argv = [sys.executable, "-m", "ioc", "run", "--config", str(CONFIG / "systemd/ioc.toml")]
        child = Child("engine", argv, folder / "log")
        child.spawn()
    children.callback(child.kill)
    child.wait_ready(lambda: answers(port, "/readyz"), 20)


async def test_sample_of_a_site_reaches_the_reader_of_the_database(children: ExitStack, tmp_path: Path) -> None:
    one = started_broker(children, tmp_path / "broker")
    database, url = influxd(tmp_path / "influxd")
    children.callback(database.kill)
    wanted = layout.load(CONFIG / "influxdb/layout.toml", one.secrets)
    assert await apply(Influx(url, "v1", "ioc"), wanted, yes=False, say=print)
    port = free_port()
    engine(children, tmp_path / "engine", environment(one, tmp_path / "engine", url, port), port)
    async with one.client(SITE) as client:
        await client.publish(TOPIC, BODY, qos=1)
    reader = (one.secrets / "influx-reader-operators").read_text().strip()
    assert await found(url, reader, f"{VALUES} sample") == [31.5]
    for measurement, policy in ROLLUPS.items():
        assert await found(url, reader, f'{VALUES} "{policy}"."{measurement}"') == [31.5], measurement
    watch(children, tmp_path, port)


async def found(url: str, password: str, query: str) -> list[float]:
    headers = {"Authorization": basic("reader-operators", password)}
    question = f"{url}/query?db=ioc&q={quote(query)}"
    deadline = time.monotonic() + 15
    async with aiohttp.ClientSession(headers=headers) as session:
        while time.monotonic() < deadline:
            async with session.get(question) as answer:
                result = (await answer.json())["results"][0]
            if "series" in result:
                return [row[1] for row in result["series"][0]["values"]]
    raise AssertionError(f"nothing arrived for {query}")


def watch(children: ExitStack, folder: Path, port: int) -> None:
    """Prometheus scrapes the engine, finds nothing wrong with it, and Alertmanager hears its heart beat."""
    child, manager = alertmanager(folder / "alertmanager", {"https://heartbeat.example.com": f"http://{LOOPBACK}:9"})
    children.callback(child.kill)
    targets = {
        "ioc": [{"targets": [f"{LOOPBACK}:{port}"]}],
        "alertmanager": [{"targets": [manager.removeprefix("http://")]}],
    }
    child, url = prometheus(folder / "prometheus", targets)
    children.callback(child.kill)

    def rows(expression: str) -> list[dict[str, str]]:
        return [row["metric"] for row in get(f"{url}/api/v1/query?query={quote(expression)}")["data"]["result"]]

    until(lambda: rows('up{job="ioc"} == 1'))
    until(lambda: rows("ioc_samples_stored_total > 0"))
    assert {row["link"] for row in rows("ioc_link_up == 1")} >= {"mqtt"}
    told = until(lambda: get(f"{manager}/api/v2/alerts"))
    assert {one["labels"]["alertname"] for one in told} == {"Watchdog"}
