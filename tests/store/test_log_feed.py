"""The feed of a log: every step of an alert is one point, and the newest tells what is active."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from ioc.clock import SystemClock
from ioc.model import SECOND, Kind, Severity, State, Status, Transition
from ioc.store.alert import alert_line, quoted
from ioc.store.config import InfluxConfig
from ioc.store.courier import Draft, topic
from ioc.store.influxql import Reader, Row
from ioc.store.log_feed import LogFeed, Parts, cursor
from ioc.store.sink import Sink
from tests.store.storing import T0, Bench, bench, until
from tests.support.servers import Server


def step(after: Status, seconds: int = 0, **changes: object) -> Transition:
    values: dict[str, object] = {
        "rule": "salt-1",
        "site": "st-1",
        "field": "environment",
        "indicator": "salinity",
        "kind": Kind.ABOVE,
        "severity": Severity.WARNING,
        "before": Status.OK,
        "after": after,
        "at": T0 + seconds * SECOND,
        "since": T0,
        "value": 1.5,
        "bound": 1.0,
        "upper": None,
        "state": State.PROVISIONAL,
        "basis": "assumption",
        "incident": "i-1",
        "revision": 1,
    }
    return Transition(**{**values, **changes})  # type: ignore[arg-type]


ALERTS = cursor("alerts")


class Log:
    """The steps so far."""

    def __init__(self, *steps: Transition) -> None:
        self.steps = list(steps)

    def newest(self) -> int:
        return len(self.steps)

    def after(self, number: int, limit: int) -> Sequence[tuple[int, Transition]]:
        return list(enumerate(self.steps, 1))[number : number + limit]


def draft(number: int, told: Transition) -> Draft:
    text = f'"{told.after}" \\ {told.value}'
    return Draft(topic(told.site, told.field, told.indicator), lambda: alert_line(number, told, text))


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as at:
        yield at


@asynccontextmanager
async def feeding(at: Bench, log: Log, config: InfluxConfig) -> AsyncIterator[None]:
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        parts = Parts(log, draft, at.cursors, at.refuse)
        feed = LogFeed("alerts", parts, Sink(config, session), config, SystemClock(), at.counts)
        task = group.create_task(feed.run())
        yield
        task.cancel()


async def latest(server: Server) -> list[Row]:
    async with aiohttp.ClientSession() as session:
        return await Reader(InfluxConfig(url=server.url), session).select(
            'SELECT last("event") AS "event", "status", "text", "since" FROM "alert" GROUP BY "slot"'
        )


async def test_feed_writes_every_step_once_also_when_it_starts_over(influxd: Server, at: Bench) -> None:
    log = Log(step(Status.PENDING), step(Status.FIRING), step(Status.RESOLVED, 60), step(Status.PENDING, 60))
    config = InfluxConfig(url=influxd.url, linger=0.05, batch=3)
    for written in (4, 8):
        async with feeding(at, log, config):
            await until(lambda n=written: at.counts.value("log_points_written", log="alerts") == n)
        assert at.cursors.get(ALERTS) == 4
        at.cursors.set(ALERTS, 0)
    (row,) = await latest(influxd)
    assert (row["event"], row["status"], row["text"]) == (4, 1, '"pending" \\ 1.5'), "the later of one moment"
    assert row["since"] == T0 // 1000
    async with aiohttp.ClientSession() as session:
        (counted,) = await Reader(config, session).select('SELECT count("event") AS "n" FROM "alert"')
    assert counted["n"] == 4


async def test_feed_starts_over_when_the_log_is_another_one(influxd: Server, at: Bench) -> None:
    at.cursors.set(ALERTS, 500)
    async with feeding(at, Log(step(Status.FIRING)), InfluxConfig(url=influxd.url, linger=0.05)):
        await until(lambda: at.cursors.get(ALERTS) == 1)
    assert [row["event"] for row in await latest(influxd)] == [1]


async def test_feed_keeps_a_step_that_cannot_be_written_as_a_dead_letter(influxd: Server, at: Bench) -> None:
    log = Log(step(Status.FIRING, site=""), step(Status.FIRING))
    async with feeding(at, log, InfluxConfig(url=influxd.url, linger=0.05)):
        await until(lambda: at.counts.value("log_points_refused", log="alerts") == 1)
    assert at.cursors.get(ALERTS) == 2
    assert [one.topic for one in at.refused] == ["ioc/v1//environment/salinity"]


def test_an_alert_of_no_field_has_no_tag_for_it() -> None:
    down = step(Status.FIRING, kind=Kind.SOURCE_DOWN, value=None, bound=None, field="", indicator="mqtt")
    assert alert_line(7, down, "im lặng").startswith(b"alert,after=firing,indicator=mqtt,site=")


def test_line_of_silence_has_no_value() -> None:
    line = alert_line(7, step(Status.FIRING, kind=Kind.NO_DATA, value=None, bound=None), "im lặng")
    assert b" severity=2i,status=2i," in line
    assert b"slot=no-data-warning " in line


def test_text_is_one_line_and_ends() -> None:
    assert quoted('a\n"b"\\') == '"a \\"b\\"\\\\"'
    assert len(quoted("x" * 70_000)) < 2000
