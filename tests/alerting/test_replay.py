"""A replay writes the log that the run wrote, and says what other limits would have changed."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from ioc.alerting.evaluator import Evaluator
from ioc.alerting.ledger import Ledger
from ioc.alerting.record import read_record
from ioc.alerting.replay import Record, Start, compare, replay, within, written
from ioc.clock import PlayedClock, SystemClock
from ioc.errors import ConfigError
from ioc.journal.journal import Journal, JournalConfig
from ioc.journal.reader import JournalReader
from ioc.model import Entry, Kind, Sample, Severity, Status
from ioc.telemetry import Counts
from tests.alerting.bed import T0, MemoryLog, SmallCatalogue, at, entries, limit, sample, stations, tell_one
from tests.alerting.child import ENTRIES, course, run_until, start
from tests.alerting.wide_bed import book, catalogue


def run_live(kept: list[Entry], folder: Path, stops: list[int]) -> Path:
    """The ledger of an evaluator that was killed after each stop, and ran idle for a day in the end."""
    journal, state = folder / "journal.json", folder / "state.db"
    journal.write_bytes(msgspec.json.encode(kept))
    for stop in stops:
        run_until(start(journal, state, stop), "idle")
    return state


def bodies(state: Path) -> bytes:
    """The event log as it stands in the file."""
    with closing(sqlite3.connect(state)) as db:
        return b"".join(body.encode() + b"\n" for (body,) in db.execute("select body from events order by id"))


def test_a_replay_under_the_same_limits_is_the_log_of_the_run_byte_for_byte(tmp_path: Path) -> None:
    kept = entries(course(random.Random(23)))
    state = run_live(kept, tmp_path, [60, 61, 200, ENTRIES])
    record = read_record(state)
    replayed = list(replay(MemoryLog(kept), stations(), record, book(catalogue())))
    assert written(replayed) == bodies(state)
    assert compare(record.events, replayed) == ([], [])
    last_receipt = kept[-1].sample.received_at
    by_idle_time = [told for told in replayed if told.at > last_receipt]
    assert {told.kind for told in by_idle_time} >= {Kind.NO_DATA, Kind.ABOVE}
    assert {told.kind for told in replayed} >= {Kind.RISING, Kind.FALLING, Kind.STUCK, Kind.COUNT}
    assert any(told.site == "unheard" for told in replayed)
    assert any(told.after is Status.FIRING and told.revision == 0 for told in replayed)


def test_a_replay_stops_where_the_run_stands(tmp_path: Path) -> None:
    kept = entries(course(random.Random(29)))
    state = run_live(kept, tmp_path, [100])
    assert written(replay(MemoryLog(kept), stations(), read_record(state), book(catalogue()))) == bodies(state)


async def test_a_run_on_the_real_journal_is_replayed_by_its_reader(tmp_path: Path) -> None:
    """Bursts with idle time between them, at 200 times real time, so that ticks fall wherever they fall."""
    clock = PlayedClock(T0, SystemClock().now(), speed=200)
    ledger = Ledger(tmp_path / "state.db")
    async with Journal(JournalConfig(directory=tmp_path / "journal"), clock, Counts()) as journal:
        running = asyncio.create_task(Evaluator(journal, ledger, stations(), clock, Counts(), tell_one).run())
        for values in ([1.0, 12.0, 12.0], [2.0, 9.0, 1.0], [0.0]):
            for place in ("an-thoi", "cho-lach"):
                await journal.append([one_now(clock, place, value) for value in values])
            await clock.sleep(0.8)
        await clock.sleep(0.8)
        running.cancel()
        await asyncio.wait({running})
    ledger.close()
    reader = JournalReader(tmp_path / "journal")
    assert written(replay(reader, stations(), read_record(tmp_path / "state.db"))) == bodies(tmp_path / "state.db")
    reader.close()
    assert bodies(tmp_path / "state.db").count(b'"no-data"') >= 3


SEVEN = ["an-thoi", "cho-lach", "giong-trom", "thanh-phu", "st-5", "st-6", "st-7"]


class LiveClock(SystemClock):
    """Shows what it was set to; waits a hundredth of what it is asked to."""

    shown = T0

    def now(self) -> int:
        return self.shown

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 100)


async def live(log: MemoryLog, ledger: Ledger, book: SmallCatalogue, clock: LiveClock) -> None:
    """One life of an evaluator: until it has judged all that is there, and has looked at its timers once."""
    evaluator = Evaluator(log, ledger, book, clock, Counts(), tell_one)
    running = asyncio.create_task(evaluator.run())
    async with asyncio.timeout(10):
        await evaluator.judged_beyond(log.tail - 1)
        for _ in range(3):
            await evaluator.moved()
    running.cancel()
    await asyncio.wait({running})


@pytest.mark.parametrize("pause", [0, 240, 3600, 86_400])
async def test_a_pause_of_the_engine_is_no_silence_of_the_sensors(tmp_path: Path, pause: int) -> None:
    """Seven sensors, one of them dead after the pause; everything is replayed as it was."""
    ledger, log, clock = Ledger(tmp_path / "state.db"), MemoryLog(), LiveClock()
    book = SmallCatalogue([limit(for_=0)], sites=SEVEN)
    for first, places in ((60, SEVEN), (360 + pause, SEVEN[1:])):
        for second in range(first, first + 300, 60):
            for place in places:
                log.append(sample(second, 1.0, received=second, site=place))
        clock.shown = at(first)
        await live(log, ledger, book, clock)
    clock.shown = at(360 + pause + 250)
    await live(log, ledger, book, clock)
    record = read_record(tmp_path / "state.db")
    ledger.close()
    assert [(told.site, told.kind) for told in record.events] == [("an-thoi", Kind.NO_DATA)]
    assert bool([one for one in record.starts if one.stopped is not None]) is (pause > 0)
    assert written(replay(log, book, record)) == bodies(tmp_path / "state.db")


def one_now(clock: PlayedClock, place: str, value: float) -> Sample:
    return Sample(site=place, field="environment", indicator="salinity", at=clock.now(), value=value)


def test_a_series_never_heard_of_is_awaited_from_where_the_run_began_to() -> None:
    record = Record(cursor=2, horizon=at(300), starts=(Start(1, at(50)),))
    kept = entries([sample(0, 1.0), sample(100, 1.0), sample(200, 50.0)])
    book = SmallCatalogue([limit(for_=0)], sites=["an-thoi", "cho-lach"])
    (silent, late) = replay(MemoryLog(kept), book, record)
    assert (silent.site, silent.since, silent.at) == ("cho-lach", at(50), at(230))
    assert (late.site, late.at) == ("an-thoi", at(281))


def test_nothing_is_awaited_before_the_journal_begins() -> None:
    kept = [Entry(9, sample(1000, 1.0))]
    (silent,) = replay(MemoryGap(kept), SmallCatalogue(), Record(cursor=9, horizon=at(1182), starts=(Start(0, at(0)),)))
    assert (silent.since, silent.at) == (at(1001), at(1181))


class MemoryGap(MemoryLog):
    """A journal whose first entries are gone."""

    def read(self, after: int, limit: int) -> list[Entry]:
        return [entry for entry in self.kept if entry.seq > after][:limit]


def test_a_stricter_limit_gains_and_a_looser_one_loses() -> None:
    kept = entries([sample(0, 9.0), sample(100, 1.0), sample(200, 11.0), sample(300, 1.0)])
    record = Record(cursor=4, horizon=at(300))
    plain = {"for_": 0, "keep_firing_for": 0}
    strict, middle, loose = (
        list(replay(MemoryLog(kept), SmallCatalogue([limit(value=value, **plain)]), record))
        for value in (8.0, 10.0, 12.0)
    )
    gained, lost = compare(middle, strict)
    assert [(told.after, told.at) for told in gained] == [(Status.FIRING, at(0)), (Status.RESOLVED, at(100))]
    assert lost == []
    gained, lost = compare(middle, loose)
    assert gained == []
    assert [(told.after, told.at) for told in lost] == [(Status.FIRING, at(200)), (Status.RESOLVED, at(300))]


def test_compare_counts_what_happened_twice() -> None:
    kept = entries([sample(0, 11.0)])
    (told,) = replay(MemoryLog(kept), SmallCatalogue([limit(for_=0)]), Record(cursor=1, horizon=at(1)))
    assert compare([told], [told, told]) == ([told], [])
    assert compare([told, told], [told]) == ([], [told])
    other = msgspec.structs.replace(told, severity=Severity.WARNING)
    assert compare([told], [other]) == ([other], [told])


def test_a_record_begins_with_what_came_first() -> None:
    kept = entries([sample(0, 11.0)])
    (told,) = replay(MemoryLog(kept), SmallCatalogue([limit(for_=0)]), Record(cursor=1, horizon=at(1)))
    assert Record().begins == 0
    assert Record(starts=(Start(0, at(-5)), Start(1, at(9)))).begins == at(-5)
    assert Record(starts=(Start(0, at(5)),), events=(told,)).begins == at(0)


def test_within_takes_the_start_and_leaves_the_end() -> None:
    kept = entries([sample(0, 11.0), sample(100, 1.0)])
    told = list(
        replay(MemoryLog(kept), SmallCatalogue([limit(for_=0, keep_firing_for=0)]), Record(cursor=2, horizon=at(101)))
    )
    assert within(told, at(0), at(100)) == told[:1]
    assert within(told, at(1), at(101)) == told[1:]


def test_a_record_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"state\.db"):
        read_record(tmp_path / "state.db")
