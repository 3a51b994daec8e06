"""Alerts out to the real Alertmanager: kept alive, ended when they end, and back again after it was killed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from string import Template
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from ioc.demo.children import LOOPBACK, Child, answers, free_port, program
from ioc.errors import PermanentError, TemporaryError
from ioc.model import MINUTE, SECOND, Status, Transition
from ioc.notify.alertmanager import AlertmanagerConfig, AlertmanagerFeed
from ioc.notify.sentence import sentence
from ioc.telemetry import Counts
from tests.notify.provider import Provider, Reply, provider
from tests.notify.test_sentence import CATALOGUE, transition

CONFIG = Template("""\
global:
  resolve_timeout: 2s
route:
  receiver: ioc
  group_by: ['...']
  group_wait: 0s
  group_interval: 200ms
  repeat_interval: 1h
receivers:
  - name: ioc
    webhook_configs:
      - url: $url
        send_resolved: true
""")


def alertmanager(directory: Path, port: int) -> Child:
    try:
        path = program("prometheus-alertmanager")
    except PermanentError as error:
        raise AssertionError("prometheus-alertmanager is missing: apt-get install prometheus-alertmanager") from error
    argv = [
        path,
        f"--config.file={directory}/alertmanager.yml",
        f"--storage.path={directory}/data",
        f"--web.listen-address={LOOPBACK}:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    return Child("alertmanager", argv, directory / "alertmanager.log")


class Bench:
    """A running Alertmanager, its receiver, and a feed over a list that the test changes."""

    def __init__(self, server: Child, port: int, receiver: Provider, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.port = port
        self.receiver = receiver
        self.session = session
        self.alerts: list[Transition] = []
        self.counts = Counts()
        config = AlertmanagerConfig(url=f"http://{LOOPBACK}:{port}", interval=0.3)
        self.feed = AlertmanagerFeed(
            config, session, lambda: self.alerts, lambda told, lang: sentence(told, CATALOGUE, lang), self.counts
        )

    def start(self) -> None:
        self.server.start(lambda: answers(self.port, "/-/ready"))

    async def shown(self) -> set[str]:
        async with self.session.get(f"http://{LOOPBACK}:{self.port}/api/v2/alerts") as answer:
            return {alert["annotations"]["incident"] for alert in await answer.json()}

    def told(self, status: str) -> list[dict[str, Any]]:
        return [alert for got in self.receiver.got for alert in got.document["alerts"] if alert["status"] == status]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Child, int, Path]]:
    port = free_port()
    server = alertmanager(tmp_path, port)
    yield server, port, tmp_path
    server.stop()


@pytest.fixture
async def bench(place: tuple[Child, int, Path]) -> AsyncIterator[Bench]:
    server, port, directory = place
    async with provider() as receiver, aiohttp.ClientSession() as session:
        receiver.replies = [Reply()]
        (directory / "alertmanager.yml").write_text(CONFIG.substitute(url=f"{receiver.url}/hook"), encoding="utf-8")
        bench = Bench(server, port, receiver, session)
        bench.start()
        task = asyncio.create_task(bench.feed.run())
        yield bench
        task.cancel()
        await asyncio.wait({task})


async def until(condition: Callable[[], bool], seconds: float = 8.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - a server in another process changes it
            await asyncio.sleep(0.02)  # noqa: TID251


async def test_firing_alert_is_told_once_and_outlives_the_resolve_timeout(bench: Bench) -> None:
    bench.alerts = [transition()]
    bench.feed.wake()
    await until(lambda: bool(bench.told("firing")))
    await asyncio.sleep(3.0)  # noqa: TID251 - longer than resolve_timeout
    [alert] = bench.told("firing")
    assert bench.told("resolved") == []
    assert await bench.shown() == {"a7k2q9xz/1"}
    assert alert["labels"] == {
        "alertname": "salt-4",
        "site": "st-my-hoa",
        "field": "environment",
        "indicator": "salinity",
        "kind": "above",
        "severity": "critical",
    }
    assert alert["annotations"]["summary"].startswith("NGUY CẤP: Độ mặn nước sông tại trạm Mỹ Hóa")
    assert alert["startsAt"].startswith("2025-03-12T01:10:00")


async def test_ended_alert_is_told_as_resolved(bench: Bench) -> None:
    bench.alerts = [transition()]
    bench.feed.wake()
    await until(lambda: bool(bench.told("firing")))
    over = transition(before=Status.FIRING, after=Status.RESOLVED, at=transition().at + MINUTE, revision=2)
    bench.alerts = [over]
    bench.feed.wake()
    await until(lambda: bool(bench.told("resolved")))
    assert len(bench.told("firing")) == 1


async def test_pending_alert_is_not_posted(bench: Bench) -> None:
    bench.alerts = [
        transition(after=Status.PENDING, site="vn63-83", incident="pending"),
        transition(),
    ]
    bench.feed.wake()
    await until(lambda: bool(bench.told("firing")))
    assert await bench.shown() == {"a7k2q9xz/1"}


async def test_killed_alertmanager_has_every_alert_again_and_tells_none_falsely(bench: Bench) -> None:
    bench.alerts = [transition(site=site, incident=f"i-{site}") for site in ("vn63-83", "vn63-83-831", "st-my-hoa")]
    bench.feed.wake()
    await until(lambda: len(bench.told("firing")) == 3)
    bench.server.kill()
    await until(lambda: bench.counts.value("link_up", link="alertmanager") == 0)
    bench.alerts[0] = transition(
        site="vn63-83", incident="i-vn63-83", after=Status.RESOLVED, at=transition().at + SECOND, revision=2
    )
    bench.start()
    await until(lambda: bench.counts.value("link_up", link="alertmanager") == 1)
    assert {name for name in await bench.shown() if not name.endswith("/2")} == {
        "i-vn63-83-831/1",
        "i-st-my-hoa/1",
    }
    firing = [alert["annotations"]["incident"] for alert in bench.told("firing")]
    assert set(firing) == {"i-vn63-83/1", "i-vn63-83-831/1", "i-st-my-hoa/1"}
    assert all(firing.count(name) <= 2 for name in firing)  # at most one repeat for the kill


async def test_refusal_and_silence_are_the_edges_errors() -> None:
    async with provider() as scripted, aiohttp.ClientSession() as session:
        config = AlertmanagerConfig(url=scripted.url, token=SecretStr("bearer"))
        feed = AlertmanagerFeed(config, session, list, lambda _told, _lang: "…", Counts())
        scripted.replies = [Reply(b"", 400), Reply(b"", 503), Reply()]
        with pytest.raises(PermanentError):
            await feed.post([transition()])
        with pytest.raises(TemporaryError):
            await feed.post([transition()])
        await feed.post([transition(incident=str(n)) for n in range(1001)])
        assert [len(got.document) for got in scripted.got[2:]] == [500, 500, 1]
        assert scripted.got[0].headers["Authorization"] == "Bearer bearer"
