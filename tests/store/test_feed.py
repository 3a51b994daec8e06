"""The feed of roll-ups: each is in the database as it stands last, and the cursor never runs ahead of the yes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import aiohttp
import pytest

from ioc.clock import ManualClock
from ioc.errors import TemporaryError
from ioc.model import DAY, Micros
from ioc.store.config import InfluxConfig
from ioc.store.influxql import Name, Reader, Row
from ioc.store.position import ROLLUPS, ROLLUPS_SETTLED
from tests.store.scripted import Scripted, scripted
from tests.store.storing import T0, Bench, NotingClock, ask, bench, until
from tests.support.servers import Server

JULY: Micros = 1_719_766_800_000_000


class Figure(NamedTuple):
    """A roll-up as a point."""

    measurement: str = "sample_1mo"
    site: str = "st-1"
    field: str = "environment"
    indicator: str = "salinity"
    at: Micros = JULY
    numbers: Mapping[str, float] = MappingProxyType({"value": 1.5, "n": 2, "m": 31, "gap": 0})
    is_daily: bool = False


class Roll:
    """Roll-ups; one that changes again moves to the end."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: dict[tuple[str, str, Micros], tuple[int, Figure]] = {}
        self.errors: list[Exception] = []

    def put(self, *figures: Figure) -> None:
        for one in figures:
            self.count += 1
            self.kept[one.measurement, one.site, one.at] = self.count, one

    def changed(self) -> int:
        return self.count

    def points(self, after: int, limit: int) -> tuple[Sequence[Figure], int]:
        if self.errors:
            raise self.errors.pop()
        page = sorted((pair for pair in self.kept.values() if pair[0] > after), key=lambda pair: pair[0])[:limit]
        return [one for _, one in page], page[-1][0] if page else after


def figures(n: int, start: int = 0) -> list[Figure]:
    """`n` roll-ups of four sites, days and months in turn."""
    return [
        Figure(
            "sample_1d" if i % 2 else "sample_1mo",
            f"st-{i % 4}",
            at=T0 // DAY * DAY + i * DAY,
            numbers={"value": i / 8, "n": i, "m": i + 1, "gap": 0},
            is_daily=bool(i % 2),
        )
        for i in range(start, start + n)
    ]


@pytest.fixture
async def database() -> AsyncIterator[Scripted]:
    async with scripted() as server:
        yield server


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as at:
        yield at


@pytest.fixture
def roll() -> Roll:
    return Roll()


def config(database: Scripted, **more: object) -> InfluxConfig:
    return InfluxConfig(url=database.url, api="v2", org="o", bucket="b", rollup_linger=0.1, **more)


async def fed(at: Bench, roll: Roll) -> None:
    await until(lambda: at.cursors.get(ROLLUPS) == roll.count)


async def select(server: Server, measurement: str, policy: str = "", most: int = 4) -> list[Row]:
    async with aiohttp.ClientSession() as session:
        reader = Reader(InfluxConfig(url=server.url, retention_policy=policy), session)
        asked = "SELECT value, n, m, gap FROM {name} WHERE gap <= {most} GROUP BY *"
        return await reader.select(asked, name=Name(measurement), most=most)


async def test_feed_fills_influxdb_which_was_away_in_between(influxd: Server, at: Bench, roll: Roll) -> None:
    given = figures(3000)
    roll.put(*given[:1000])
    settings = InfluxConfig(url=influxd.url, batch=300, rollup_linger=0.1)
    async with at.feeding(roll, settings):
        await fed(at, roll)
        influxd.stop()
        roll.put(*given[1000:])
        await until(lambda: at.counts.value("link_failures", link="influxdb-rollups") >= 1)
        assert at.cursors.get(ROLLUPS) == 1000
        assert at.counts.value("influx_rollup_lag") == 2000
        influxd.start()
        await fed(at, roll)
        await until(lambda: at.counts.value("influx_rollup_lag") == 0)
    assert at.counts.value("link_up", link="influxdb-rollups") == 1
    assert at.counts.value("rollups_written") == 3000
    for measurement in ("sample_1d", "sample_1mo"):
        rows = await select(influxd, measurement)
        found = {(row["site"], row["time"], row["value"], row["n"], row["m"]) for row in rows}
        assert found == {
            (one.site, one.at, one.numbers["value"], one.numbers["n"], one.numbers["m"])
            for one in given
            if one.measurement == measurement
        }
        assert {(row["field"], row["indicator"]) for row in rows} == {("environment", "salinity")}


async def test_feed_writes_over_and_a_lost_value_is_told_by_its_gap(influxd: Server, at: Bench, roll: Roll) -> None:
    first = Figure()
    async with at.feeding(roll, InfluxConfig(url=influxd.url, rollup_linger=0.1)):
        for numbers in ({"value": 1.5, "n": 2, "m": 31, "gap": 0}, {"value": 2.5, "n": 3, "m": 31, "gap": 0}):
            roll.put(first._replace(numbers=numbers))
            await fed(at, roll)
        (row,) = await select(influxd, "sample_1mo", most=0)
        assert (row["value"], row["n"]) == (2.5, 3)
        roll.put(first._replace(numbers={"n": 0, "m": 31, "gap": 3}))
        await fed(at, roll)
    (row,) = await select(influxd, "sample_1mo")
    assert (row["value"], row["n"], row["gap"]) == (2.5, 0, 3), "the old value stays beside the gap"
    assert await select(influxd, "sample_1mo", most=0) == []


async def test_feed_gap_excludes_lost_values_from_aggregates(influxd: Server, at: Bench, roll: Roll) -> None:
    async with at.feeding(roll, InfluxConfig(url=influxd.url, rollup_linger=0.1)):
        roll.put(Figure(), Figure(at=JULY + 31 * DAY))
        await fed(at, roll)
        roll.put(Figure(numbers={"n": 0, "m": 31, "gap": 3}))
        await fed(at, roll)
    async with aiohttp.ClientSession() as session:
        reader = Reader(InfluxConfig(url=influxd.url), session)
        (row,) = await reader.select("SELECT sum(value) AS total FROM sample_1mo WHERE gap = 0")
    assert row["total"] == 1.5


async def test_feed_puts_days_and_longer_periods_under_their_policies(influxd: Server, at: Bench, roll: Roll) -> None:
    await ask(influxd, 'CREATE DATABASE "ioc"')
    await ask(influxd, 'CREATE RETENTION POLICY "daily" ON "ioc" DURATION INF REPLICATION 1')
    settings = InfluxConfig(url=influxd.url, daily="daily", calendar="calendar", rollup_linger=0.1)
    roll.put(*figures(10))
    async with at.feeding(roll, settings, NotingClock()):
        await until(lambda: at.counts.value("link_failures", link="influxdb-rollups") >= 1)
        assert at.cursors.get(ROLLUPS) == 0, "a policy that is not there holds everything back"
        await ask(influxd, 'CREATE RETENTION POLICY "calendar" ON "ioc" DURATION INF REPLICATION 1')
        await fed(at, roll)
    assert at.refused == []
    found = {
        name: len(await select(influxd, f"sample_{end}", name)) for name, end in (("daily", "1d"), ("calendar", "1mo"))
    }
    assert found == {"daily": 5, "calendar": 5}
    assert await select(influxd, "sample_1d") == []


async def test_feed_dead_letters_the_guilty_lines(database: Scripted, at: Bench, roll: Roll) -> None:
    database.bad = lambda line: b"value=2.5" in line
    unwritable = figures(1)[0]._replace(site="two\nlines")
    roll.put(*figures(40), unwritable)
    async with at.feeding(roll, config(database)):
        await fed(at, roll)
    assert len(database.points) == 39
    letters = at.journal.dead_letters(10)
    assert {(letter.reason, letter.topic) for letter in letters} == {
        ("store", "ioc/v1/st-0/environment/salinity"),
        ("store", "ioc/v1/two\nlines/environment/salinity"),
    }
    assert (at.counts.value("rollups_written"), at.counts.value("rollups_refused")) == (39, 2)


async def test_feed_moves_its_cursor_only_after_the_yes(database: Scripted, at: Bench, roll: Roll) -> None:
    seen: list[int] = []
    database.bad = lambda _: bool(seen.append(at.cursors.get(ROLLUPS)))
    database.answers.extend([(503, {"Retry-After": "7"}), (401, {})])
    clock = NotingClock()
    roll.put(*figures(20))
    async with at.feeding(roll, config(database, batch=10), clock):
        await fed(at, roll)
    assert seen == [0] * 10 + [10] * 10
    assert clock.waits[:2] == [7, 30]
    assert [len(body) for body in database.bodies] == [10, 10, 10, 10]


async def test_feed_lets_changes_gather(database: Scripted, at: Bench, roll: Roll) -> None:
    clock = NotingClock()
    roll.put(*figures(3))
    async with at.feeding(roll, config(database), clock):
        await fed(at, roll)
        turns = len(clock.waits)
        await until(lambda: len(clock.waits) > turns + 3)
    assert set(clock.waits) == {0.1}
    assert len(database.bodies) == 1


async def test_feed_goes_on_where_it_stood(database: Scripted, at: Bench, roll: Roll) -> None:
    for part in (figures(5), figures(5, start=5)):
        roll.put(*part)
        async with at.feeding(roll, config(database)):
            await fed(at, roll)
    assert [len(body) for body in database.bodies] == [5, 5]


async def test_feed_starts_over_with_another_table(database: Scripted, at: Bench, roll: Roll) -> None:
    at.cursors.set(ROLLUPS, 100)
    roll.put(*figures(5))
    async with at.feeding(roll, config(database)):
        roll.put(*figures(200, start=5))
        await fed(at, roll)
    assert len(database.points) == 205, "though the new table soon has more changes than the old one had"


async def test_feed_outlasts_a_table_that_cannot_be_read(database: Scripted, at: Bench, roll: Roll) -> None:
    roll.put(*figures(5))
    roll.errors = [TemporaryError("rollup-db")] * 2
    async with at.feeding(roll, config(database), NotingClock()):
        await fed(at, roll)
    assert len(database.points) == 5
    assert at.counts.value("link_failures", link="influx-feed") == 2


async def test_feed_writes_again_what_had_not_settled(victoria: Server, at: Bench, roll: Roll) -> None:
    """A database whose yes does not survive its own crash: from the settled change on, at our own start, too."""
    settings = InfluxConfig(url=victoria.url, rollup_linger=0.1)
    at.cursors.set(ROLLUPS, 10)
    at.cursors.set(ROLLUPS_SETTLED, 4)
    roll.put(*figures(10))
    async with at.feeding(roll, settings):
        await until(lambda: at.counts.value("rollups_written") == 6 and at.cursors.get(ROLLUPS) == 10)
        assert at.counts.value("influx_replays") == 1


async def test_feed_settles_on_a_cursor_of_its_own(victoria: Server, at: Bench, roll: Roll) -> None:
    roll.put(*figures(10))
    clock = ManualClock()
    async with at.feeding(roll, InfluxConfig(url=victoria.url, rollup_linger=5), clock):
        await until(lambda: at.cursors.get(ROLLUPS_SETTLED) == 10)
    assert at.cursors.get("influx-settled") == 0
    assert clock.monotonic() >= 60
