"""The writer against a database that answers as told: nothing is lost, no guilty line blocks."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from ioc.errors import JournalError
from ioc.journal.partition import create
from ioc.model import Severity
from ioc.store.config import InfluxConfig
from tests.store.scripted import Scripted, scripted
from tests.store.storing import Bench, NotingClock, bench, samples, until


@pytest.fixture
async def database() -> AsyncIterator[Scripted]:
    async with scripted() as server:
        yield server


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as at:
        yield at


def config(database: Scripted, **more: object) -> InfluxConfig:
    return InfluxConfig(url=database.url, api="v2", org="o", bucket="b", linger=0.01, **more)


async def test_writer_finds_the_guilty_lines(database: Scripted, at: Bench) -> None:
    guilty = {1, 2500, 2501, 3333, 4000, 4999, 5000}
    times = {s.at for n, s in enumerate(samples(5000), start=1) if n in guilty}
    database.bad = lambda line: int(line.rsplit(b" ", 1)[1]) in times
    await at.journal.append(samples(5000))
    async with at.writing(config(database)):
        await at.written()
    assert len(database.points) == 4993
    assert len(database.bodies) < 200
    letters = at.journal.dead_letters(100)
    assert {int(letter.payload.rsplit(b" ", 1)[1]) for letter in letters} == times
    assert all(letter.payload.decode() in letter.detail for letter in letters)
    assert all(re.fullmatch(r"ioc/v1/st-\d/environment/salinity", letter.topic) for letter in letters)
    assert (at.counts.value("points_written"), at.counts.value("points_refused")) == (4993, 7)


async def test_writer_goes_on_behind_a_batch_of_nothing_but_bad_lines(database: Scripted, at: Bench) -> None:
    database.bad = lambda line: b"site=bad" in line
    await at.journal.append(samples(50, site="bad"))
    await at.journal.append(samples(50))
    async with at.writing(config(database, batch=20)):
        await at.written()
    assert (len(database.points), len(at.refused)) == (50, 50)


async def test_writer_splits_what_is_too_large(database: Scripted, at: Bench) -> None:
    database.limit = 3
    await at.journal.append(samples(100))
    async with at.writing(config(database)):
        await at.written()
    assert len(database.points) == 100
    assert at.refused == []


async def test_writer_gives_up_a_single_line_that_is_too_large(database: Scripted, at: Bench) -> None:
    database.limit = 0
    await at.journal.append(samples(2))
    async with at.writing(config(database)):
        await at.written()
    assert [rejection.detail for rejection in at.refused] == ["http-413", "http-413"]


async def test_writer_waits_as_long_as_it_is_told(database: Scripted, at: Bench) -> None:
    database.answers.extend([(429, {"Retry-After": "7"}), (503, {"Retry-After": "42"}), (503, {})])
    clock = NotingClock()
    await at.journal.append(samples(10))
    async with at.writing(config(database), clock):
        await at.written()
    waits = [wait for wait in clock.waits if wait != 0.01]
    assert waits[:2] == [7, 42]
    assert 0 <= waits[2] <= 4
    assert len(waits) == 3
    assert database.bodies[0] == database.bodies[1] == database.bodies[2] == database.bodies[3]
    assert len(database.points) == 10


async def test_writer_waits_ever_longer_but_never_beyond_15_seconds(database: Scripted, at: Bench) -> None:
    database.answers.extend([(500, {})] * 40)
    clock = NotingClock()
    await at.journal.append(samples(1))
    async with at.writing(config(database), clock):
        await at.written()
    waits = [wait for wait in clock.waits if wait != 0.01]
    assert len(waits) == 40
    assert 5 < max(waits) <= 15


async def test_writer_trusts_no_other_yes_and_follows_no_redirect(database: Scripted, at: Bench) -> None:
    database.answers.extend([(200, {}), (202, {}), (302, {"Location": "/ping"}), (400, {"Content-Type": "text/html"})])
    await at.journal.append(samples(5))
    async with at.writing(config(database), NotingClock()):
        await at.written()
    assert len(database.bodies) == 5
    assert len(database.points) == 5
    assert database.pings == 1
    assert at.refused == []


async def test_writer_repeats_what_timed_out(database: Scripted, at: Bench) -> None:
    database.hang = 2
    await at.journal.append(samples(10))
    async with at.writing(config(database, timeout=0.1), NotingClock()):
        await at.written()
    assert [len(body) for body in database.bodies] == [10, 10, 10]
    assert at.counts.value("link_failures", link="influxdb") == 2
    assert len(database.points) == 10


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_writer_keeps_all_while_it_is_denied(database: Scripted, at: Bench, status: int) -> None:
    database.answers.extend([(status, {})] * 3)
    clock = NotingClock()
    await at.journal.append(samples(10))
    async with at.writing(config(database), clock):
        await at.written()
    assert [wait for wait in clock.waits if wait != 0.01] == [30, 30, 30]
    assert len(database.points) == 10
    assert at.refused == []


async def test_writer_takes_up_a_new_secret(database: Scripted, at: Bench, tmp_path: Path) -> None:
    database.token = "right-token"
    path = tmp_path / "token"
    path.write_text("wrong-token\n")
    await at.journal.append(samples(10))
    with structlog.testing.capture_logs() as logs:
        async with at.writing(config(database, token_file=path), NotingClock()):
            await until(lambda: len(database.bodies) >= 2)
            assert at.counts.value("link_up", link="influxdb") == 0
            path.unlink()
            failures = at.counts.value("link_failures", link="influxdb")
            await until(lambda: at.counts.value("link_failures", link="influxdb") > failures + 1)
            path.write_text("right-token\n")
            await at.written()
    assert len(database.points) == 10
    assert "-token" not in str(logs)
    downs = [entry for entry in logs if entry["event"] == "link down"]
    assert len(downs) == 1, "the log says it once"


async def test_writer_sends_part_of_a_batch_at_once_and_then_lingers(database: Scripted, at: Bench) -> None:
    clock = NotingClock()
    async with at.writing(config(database), clock):
        await until(lambda: database.pings == 1)
        assert clock.waits == []
        await at.journal.append(samples(1))
        await until(lambda: len(clock.waits) > 0)
        assert len(database.points) == 1
    assert clock.waits == [0.01]


async def test_writer_sends_values_first_when_the_evaluator_is_behind(database: Scripted, at: Bench) -> None:
    at.findings.seq = 0
    at.findings.found = {2: Severity.CRITICAL, 5: Severity.WARNING}
    clock = NotingClock()
    await at.journal.append(samples(4))
    async with at.writing(config(database), clock):
        await until(lambda: at.position() == (4, 0))
        assert 50 <= clock.waits.count(0.1) <= 51
        assert all("severity" not in point for point in database.points.values())
        at.findings.seq = 2
        await until(lambda: at.position() == (4, 2))
        await at.journal.append(samples(2, start=4))
        await until(lambda: at.position() == (6, 2))
        at.findings.seq = 6
        await until(lambda: at.position() == (6, 6))
        at.findings.seq = 7
        await at.journal.append(samples(1, start=6))
        await at.written()
    severities = [point["severity"] for _, point in sorted(database.points.items(), key=lambda kept: kept[0][1])]
    assert severities == ["0i", "3i", "0i", "0i", "2i", "0i", "0i"]
    assert all({"value", "state"} <= point.keys() for point in database.points.values())
    assert at.counts.value("points_written") == 7
    assert at.counts.value("points_completed") == 6


async def test_writer_never_calls_ok_what_is_not_known_any_more(database: Scripted, at: Bench) -> None:
    at.findings.lost = 3
    await at.journal.append(samples(5))
    async with at.writing(config(database)):
        await at.written()
    severities = [point.get("severity") for _, point in sorted(database.points.items(), key=lambda kept: kept[0][1])]
    assert severities == [None, None, None, "0i", "0i"]


async def test_writer_dead_letters_once_what_went_first_without_severity(database: Scripted, at: Bench) -> None:
    at.findings.seq = 0
    database.bad = lambda line: b"site=st-1" in line
    await at.journal.append(samples(7))
    async with at.writing(config(database), NotingClock()):
        await until(lambda: at.position() == (7, 0))
        at.findings.seq = 7
        await at.written()
    assert len(at.refused) == 1
    assert len(database.points) == 6


async def test_writer_holds_its_cursor_until_dead_letters_are_kept(database: Scripted, at: Bench) -> None:
    database.bad = lambda line: b"site=st-1" in line
    keep, full = at.refuse, [JournalError("disk full")] * 3

    async def refuse(rejections: object) -> None:
        if full:
            assert at.position() == (0, 0)
            raise full.pop()
        await keep(rejections)

    at.refuse = refuse
    await at.journal.append(samples(7))
    async with at.writing(config(database), NotingClock()):
        await at.written()
    assert len(at.journal.dead_letters(10)) == 1
    assert at.counts.value("link_failures", link="influx-writer") == 3


async def test_writer_completes_only_what_is_judged(database: Scripted, at: Bench) -> None:
    at.findings.seq = 3
    at.findings.found = {4: Severity.CRITICAL}
    await at.journal.append(samples(5))
    async with at.writing(config(database)):
        await at.written(3)
        assert len(database.points) == 3
        at.findings.seq = 5
        await at.written()
    severities = [point["severity"] for _, point in sorted(database.points.items(), key=lambda kept: kept[0][1])]
    assert severities == ["0i", "0i", "0i", "3i", "0i"]


async def test_writer_passes_over_what_the_journal_keeps_no_longer(database: Scripted, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    folder.mkdir()
    create(folder / "0000000000001001-2024-06-01.journal", 1001, 0, None)
    async with bench(tmp_path) as at, at.writing(config(database)):
        await at.written(1000)
        await at.journal.append(samples(5))
        await at.written(1005)
        assert len(database.points) == 5
