import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from indicators.lookup import Catalogue
from indicators.spec import Period
from ioc.clock import SystemClock
from ioc.errors import TemporaryError
from ioc.journal.journal import Journal, JournalConfig
from ioc.model import DAY, Entry, Micros, Sample
from ioc.rollup import calendar
from ioc.rollup.reader import PAGE, PAGES_PER_BATCH, Roller
from ioc.rollup.row import Axis
from ioc.rollup.table import Table
from ioc.telemetry import Counts
from simulators.timing import due
from simulators.world import World
from tests.rollup.ground import NORTH, PROVINCE, SOUTH, catalogue, contents, sample, when

START = when("2024-02-27T00:00")


class BriskClock(SystemClock):
    """Waits a hundredth of what it is asked to."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 100)


def simulated(small: Catalogue, start: Micros, end: Micros) -> list[Sample]:
    """What the simulated province shows, by time."""
    world = World(small, seed=7)
    found = [
        Sample(series.site.id, series.indicator.field, series.indicator.id, at, world.value(series, at))
        for series in small.series(start)
        for at in due(series, start, end)
    ]
    return sorted(found, key=lambda one: one.at)


class Desk:
    """A journal and a roller with all that they need."""

    def __init__(self, journal: Journal, path: Path) -> None:
        self.journal, self.path, self.counts = journal, path, Counts()
        self.catalogue = catalogue()

    @asynccontextmanager
    async def rolling(self) -> AsyncIterator[tuple[Roller, Table]]:
        table = Table(self.path)
        roller = Roller(self.journal, table, self.catalogue, BriskClock(), self.counts)
        task = asyncio.create_task(roller.run())
        try:
            yield roller, table
        finally:
            task.cancel()
            await asyncio.wait({task})
            await asyncio.to_thread(table.close)

    async def finish(self) -> list[tuple[object, ...]]:
        async with self.rolling() as (roller, table), asyncio.timeout(20):
            await roller.rolled_beyond(self.journal.tail - 1)
            return contents(table)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with Journal(JournalConfig(directory=tmp_path / "journal"), BriskClock(), Counts()) as opened:
        yield opened


async def test_roller_takes_what_is_there_and_what_comes(journal: Journal, tmp_path: Path) -> None:
    desk = Desk(journal, tmp_path / "rollup.db")
    await journal.append([sample(NORTH, "cases", "2024-02-29T23:59:59", 2.0), sample("nowhere", "cases", START, 1.0)])
    async with desk.rolling() as (roller, table), asyncio.timeout(10):
        await roller.rolled_beyond(1)
        await journal.append([sample(SOUTH, "cases", "2024-02-29T23:59:59", 3.0)])
        await roller.rolled_beyond(2)
        (row,) = table.lookup(PROVINCE, "cases", Axis.SPACE, Period.MONTH, (when("2024-02-01"), when("2024-02-02")))
    assert (row.value, row.n) == (5.0, 2)
    assert desk.counts.value("samples_rolled_up") == 2
    assert desk.counts.value("samples_outside_catalogue") == 1
    assert desk.counts.value("rollup_lag") == 0


class Told(BriskClock):
    """Notes that it was asked to wait."""

    def __init__(self, acts: list[str]) -> None:
        self._acts = acts

    async def sleep(self, seconds: float) -> None:
        self._acts.append("waited")
        await super().sleep(seconds)


class Busy:
    """A log that grows with every read, and begins with two batches."""

    def __init__(self, acts: list[str]) -> None:
        self.tail, self._acts = 2 * PAGE * PAGES_PER_BATCH, acts

    def read(self, after: int, limit: int) -> list[Entry]:
        last = min(after + limit, self.tail)
        self.tail += 1
        return [Entry(seq, sample(NORTH, "cases", START, 1.0)) for seq in range(after + 1, last + 1)]

    async def beyond(self, seq: int) -> None:
        assert self.tail > seq
        self._acts.append("turned")


async def test_roller_lets_samples_gather_though_more_come_while_it_works(tmp_path: Path) -> None:
    acts: list[str] = []
    table = Table(tmp_path / "rollup.db")
    log = Busy(acts)
    roller = Roller(log, table, catalogue(), Told(acts), Counts())
    task = asyncio.create_task(roller.run())
    async with asyncio.timeout(30):
        for _ in range(4):
            await roller.rolled_beyond(log.tail - 1)
    task.cancel()
    await asyncio.wait({task})
    await asyncio.to_thread(table.close)
    assert acts[:6] == ["turned", "turned", *["turned", "waited"] * 2]


async def test_simulated_days_add_up_to_what_was_simulated(journal: Journal, tmp_path: Path) -> None:
    samples = simulated(catalogue(), START, START + 4 * DAY)
    await journal.append(samples)
    desk = Desk(journal, tmp_path / "rollup.db")
    await desk.finish()
    table = Table(desk.path)
    february = when("2024-02-01"), when("2024-02-02")
    for what in ("cases", "settled"):
        own = {
            place: sum(s.value for s in samples if (s.site, s.indicator) == (place, what) and s.at < when("2024-03-01"))
            for place in (NORTH, SOUTH)
        }
        for place, total in own.items():
            (row,) = table.lookup(place, what, Axis.TIME, Period.MONTH, february)
            # The hour that ends with the month belongs to it, and so does its stamp.
            assert row.value == pytest.approx(total, rel=1e-12)
            assert not row.complete
        (whole,) = table.lookup(PROVINCE, what, Axis.SPACE, Period.MONTH, february)
        assert whole.value == pytest.approx(sum(own.values()), rel=1e-12)
        assert (whole.n, whole.m) == (2, 3)
    (salt,) = table.lookup(NORTH, "salt", Axis.TIME, Period.DAY, (when("2024-02-29"), when("2024-03-01")))
    assert (salt.n, salt.m, salt.complete) == (24, 24, True)
    table.close()


async def test_roller_stopped_again_and_again_ends_like_one_that_never_was(journal: Journal, tmp_path: Path) -> None:
    samples = simulated(catalogue(), START, START + 2 * DAY)
    broken = Desk(journal, tmp_path / "broken.db")
    for start in range(0, len(samples), 120):
        await journal.append(samples[start : start + 120])
        async with broken.rolling() as (roller, _), asyncio.timeout(10):
            if start % 240:
                await roller.moved()
    assert await broken.finish() == await Desk(journal, tmp_path / "whole.db").finish()


async def test_roller_tries_again_while_the_file_cannot_be_written(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(journal, tmp_path / "rollup.db")
    await journal.append([sample(NORTH, "cases", START, 2.0)])
    failures = iter(range(3))
    writing = Table.writing

    def failing(table: Table, cursor: int) -> object:
        if next(failures, None) is not None:
            raise TemporaryError("rollup-db")
        return writing(table, cursor)

    monkeypatch.setattr(Table, "writing", failing)
    assert len(await desk.finish()) == 8
    assert desk.counts.value("link_failures", link="rollup-db") == 3


async def test_roller_keeps_the_event_loop_free(journal: Journal, tmp_path: Path) -> None:
    await journal.append(simulated(catalogue(), START, START + 10 * DAY))
    clock = SystemClock()
    longest = 0.0
    desk = Desk(journal, tmp_path / "rollup.db")
    finishing = asyncio.create_task(desk.finish())
    while not finishing.done():
        before = clock.monotonic()
        await clock.sleep(0.005)
        longest = max(longest, clock.monotonic() - before)
    assert await finishing
    assert longest < 0.5


async def test_roller_lets_go_of_old_days_and_of_nothing_longer(journal: Journal, tmp_path: Path) -> None:
    desk = Desk(journal, tmp_path / "rollup.db")
    clock = BriskClock()
    today = calendar.span(Period.DAY, clock.now()).start
    at = {days: today - days * DAY + DAY // 2 for days in (30, 40, 41, 400)}
    await desk.journal.append(
        [sample(NORTH, what, moment, 1.0) for moment in at.values() for what in ("cases", "beds")]
    )
    async with desk.rolling() as (roller, table):
        await roller.rolled_beyond(desk.journal.tail - 1)
        before = contents(table)
        assert roller.retire(40) == 2, "the days 41 and 400, though not the monthly beds"
        assert roller.retire(40) == 0
        assert contents(table) == before
        await desk.journal.append([sample(NORTH, "cases", moment + 1, 5.0) for moment in at.values()])
        await roller.rolled_beyond(desk.journal.tail - 1)
        days = calendar.span(Period.DAY, at[400]).start, today
        found = table.lookup(NORTH, "cases", Axis.TIME, Period.DAY, days)
    assert [row.value for row in found] == [1.0, 1.0, 5.0, 5.0]
    assert desk.counts.value("samples_late_for_rollup") == 2


async def test_roller_lets_go_later_when_the_file_is_locked(journal: Journal, tmp_path: Path) -> None:
    desk = Desk(journal, tmp_path / "rollup.db")
    await journal.append([sample(NORTH, "cases", "2020-02-01T10:00", 1.0)])
    async with desk.rolling() as (roller, table):
        await roller.rolled_beyond(0)
        table._db.execute("pragma busy_timeout = 10")
        with closing(sqlite3.connect(desk.path, isolation_level=None)) as other:
            other.execute("begin immediate")
            assert roller.retire(800) == 0
            other.execute("rollback")
        assert desk.counts.value("link_failures", link="rollup-db") == 1
        assert roller.retire(800) == 1
