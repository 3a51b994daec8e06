"""New entries overtake a backlog; what stands at the end is as if none had."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from ioc.model import SECOND, Severity
from ioc.store.config import InfluxConfig
from tests.store.scripted import Scripted, scripted
from tests.store.storing import Bench, bench, samples, until

BACKLOG = 6000
BATCH = 100


@pytest.fixture
async def database() -> AsyncIterator[Scripted]:
    async with scripted() as server:
        yield server


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as at:
        yield at


def config(database: Scripted, batch: int = BATCH) -> InfluxConfig:
    return InfluxConfig(url=database.url, api="v2", org="o", bucket="b", linger=0.01, batch=batch)


def first_body(database: Scripted, at: int) -> int:
    """The number of the first body that holds a point of that time."""
    return next(n for n, lines in enumerate(database.bodies) if any(int(x.rsplit(b" ", 1)[1]) == at for x in lines))


async def test_new_entry_overtakes_the_backlog_with_its_severity(database: Scripted, at: Bench) -> None:
    await at.journal.append(samples(BACKLOG))
    at.findings.found = {BACKLOG + 1: Severity.CRITICAL}
    [new] = samples(1, start=BACKLOG)
    async with at.writing(config(database)):
        await until(lambda: len(database.bodies) >= 2)
        await at.journal.append([new])
        await at.written()
        await until(lambda: at.counts.value("influx_lag") == 0)
    assert len(database.points) == BACKLOG + 1
    assert first_body(database, new.at) < len(database.bodies) / 2
    [early] = [line for line in database.bodies[first_body(database, new.at)] if line.endswith(b"%d" % new.at)]
    assert b"severity=3i" in early
    assert at.counts.value("points_written") == BACKLOG + 1
    assert at.counts.value("points_hastened") >= 1


async def test_correction_that_overtook_its_first_value_stands_at_the_end(database: Scripted, at: Bench) -> None:
    stood = samples(BACKLOG)
    await at.journal.append(stood)
    corrected = msgspec.structs.replace(stood[-1], value=999.5)
    async with at.writing(config(database)):
        await until(lambda: len(database.bodies) >= 2)
        await at.journal.append([corrected])
        await at.written()
    values = [fields["value"] for (_, time), fields in database.points.items() if time == corrected.at]
    assert values == ["999.5"]


async def test_guilty_line_that_overtook_is_one_dead_letter(database: Scripted, at: Bench) -> None:
    await at.journal.append(samples(BACKLOG))
    [new] = samples(1, start=BACKLOG)
    database.bad = lambda line: line.endswith(b"%d" % new.at)
    async with at.writing(config(database)):
        await until(lambda: len(database.bodies) >= 2)
        await at.journal.append([new])
        await at.written()
    assert len(at.refused) == 1
    assert (at.counts.value("points_written"), at.counts.value("points_refused")) == (BACKLOG, 1)


async def test_without_a_backlog_nothing_is_written_twice(database: Scripted, at: Bench) -> None:
    async with at.writing(config(database, batch=1000)):
        for start in range(0, 1000, 50):
            await at.journal.append(samples(50, start=start))
        await at.written()
    assert sum(map(len, database.bodies)) == 1000
    assert at.counts.value("points_hastened") == 0


async def test_what_comes_faster_than_a_batch_is_left_to_its_turn(database: Scripted, at: Bench) -> None:
    await at.journal.append(samples(BACKLOG))
    async with at.writing(config(database)):
        await until(lambda: len(database.bodies) >= 2)
        await at.journal.append([msgspec.structs.replace(s, at=s.at + 10**6 * SECOND) for s in samples(2000)])
        await at.written()
        await until(lambda: at.counts.value("influx_lag") == 0)
    assert len(database.points) == BACKLOG + 2000
