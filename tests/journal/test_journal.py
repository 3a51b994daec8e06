"""The log in one process: what is committed, recognised, kept and deleted."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from ioc.clock import ManualClock
from ioc.errors import ConfigError, JournalError, PermanentError, TemporaryError
from ioc.journal.cursors import Cursors
from ioc.journal.journal import FILES_A_DAY, WAITING, Journal, JournalConfig
from ioc.journal.reader import JournalReader, partitions
from ioc.model import DAY, HOUR, SECOND, Reason, Rejection, Sample, State
from ioc.telemetry import Counts

T0 = 1_741_741_200 * SECOND  # 2025-03-12T08:00:00+07:00


def sample(value: float = 1.0, at: int = T0, indicator: str = "salinity", state: State = State.PROVISIONAL) -> Sample:
    return Sample("st-my-hoa", "environment", indicator, at, value, state, "mqtt")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(T0)


@pytest.fixture
async def journal(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Journal]:
    async with Journal(JournalConfig(directory=tmp_path, keep_days=2), clock, Counts()) as journal:
        yield journal


async def test_append_numbers_and_stamps_in_order(journal: Journal, clock: ManualClock) -> None:
    await journal.append([sample(1), sample(2)])
    clock.move(5)
    await journal.append([sample(3)])
    entries = journal.read(0, 10)
    assert [(e.seq, e.sample.value, e.sample.received_at) for e in entries] == [
        (1, 1, T0),
        (2, 2, T0),
        (3, 3, T0 + 5 * SECOND),
    ]
    assert journal.tail == 3


async def test_append_recognises_the_same_sample(journal: Journal) -> None:
    first = await journal.append([sample(1), sample(1)])
    again = await journal.append([sample(1), sample(1, state=State.OFFICIAL), sample(0), sample(0)])
    assert (first.stored, first.duplicates) == (1, 1)
    assert (again.stored, again.duplicates) == (2, 2)


async def test_append_recognises_across_days(journal: Journal, clock: ManualClock) -> None:
    await journal.append([sample(1)])
    clock.move(86_400)
    appended = await journal.append([sample(1), sample(2, at=T0 + DAY)])
    assert (appended.stored, appended.duplicates) == (1, 1)
    assert [e.seq for e in journal.read(0, 10)] == [1, 2]


async def test_append_recognises_across_days_what_is_dated_far_ahead(journal: Journal, clock: ManualClock) -> None:
    """The machine's clock may be right and ours behind it: then honest samples are dated hours after their receipt."""
    ahead = [sample(1, at=T0 + 20 * HOUR), sample(2, at=T0 + 5 * DAY, indicator="tide")]
    await journal.append(ahead)
    clock.move(86_400)
    appended = await journal.append([*ahead, sample(1, at=T0 + DAY), sample(2, at=T0 + 6 * DAY)])
    assert (appended.stored, appended.duplicates) == (2, 2)


async def test_stamp_never_goes_back(journal: Journal, clock: ManualClock) -> None:
    await journal.append([sample(1)])
    clock.move(-3600)
    await journal.append([sample(2)])
    stamps = [e.sample.received_at for e in journal.read(0, 10)]
    assert stamps == sorted(stamps)


async def test_refusals_are_kept_with_reason_and_first_4_kib(journal: Journal) -> None:
    refusal = Rejection(Reason.RANGE, "mqtt", "ioc/v1/x", b"z" * 5000, "too high", 3)
    appended = await journal.append([], [refusal])
    [kept] = journal.dead_letters(10)
    assert appended.dead == 1
    assert (kept.reason, kept.source, kept.position, kept.size) == ("range", "mqtt", 3, 5000)
    assert kept.payload == b"z" * 4096
    assert journal.counts() == {("mqtt", "range"): 1}


async def test_counts_and_latest_outlive_the_day(journal: Journal, clock: ManualClock) -> None:
    await journal.append([sample(1), sample(1), sample(7, indicator="water-level")])
    clock.move(86_400)
    await journal.append([sample(2, at=T0 + DAY)])
    assert journal.counts() == {("mqtt", "stored"): 3, ("mqtt", "duplicate"): 1}
    assert {(e.sample.indicator, e.sample.value) for e in journal.latest()} == {("salinity", 2), ("water-level", 7)}


async def test_latest_is_not_rewound_by_late_samples(journal: Journal) -> None:
    await journal.append([sample(2), sample(1, at=T0 - DAY)])
    assert [e.sample.value for e in journal.latest()] == [2]


async def test_history_gives_the_last_accepted_value_of_a_time(journal: Journal) -> None:
    await journal.append([sample(1), sample(1.5, state=State.OFFICIAL), sample(2, at=T0 + SECOND)])
    found = journal.history("st-my-hoa", "salinity", T0, T0 + DAY, 100)
    assert [(s.value, s.state) for s in found] == [(1.5, State.OFFICIAL), (2, State.PROVISIONAL)]


async def test_long_look_back_keeps_nobody_waiting_who_follows(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await journal.append([sample(1)])
    begun, go_on, known = threading.Event(), threading.Event(), journal._archive._connection

    def slow(path: Path) -> sqlite3.Connection:
        begun.set()
        assert go_on.wait(20)
        return known(path)

    monkeypatch.setattr(journal._archive, "_connection", slow)
    looking = asyncio.create_task(asyncio.to_thread(journal.history, "st-my-hoa", "salinity", T0, T0, 9))
    await asyncio.to_thread(begun.wait, 20)
    async with asyncio.timeout(10):
        assert len(await asyncio.to_thread(journal.read, 0, 9)) == 1
    go_on.set()
    assert len(await looking) == 1


async def test_journal_goes_on_after_reopening(tmp_path: Path, clock: ManualClock) -> None:
    config = JournalConfig(directory=tmp_path)
    for n in range(3):
        async with Journal(config, clock, Counts()) as journal:
            await journal.append([sample(n)])
        clock.move(100_000)
    assert [e.seq for e in JournalReader(tmp_path).read(0, 10)] == [1, 2, 3]
    assert len(partitions(tmp_path)) == 3


async def test_second_journal_on_the_same_directory_is_refused(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="another process"):
        async with Journal(JournalConfig(directory=tmp_path), ManualClock(), Counts()):
            pass
    assert journal.tail == 0


async def test_failed_commit_keeps_nothing_and_recovers(journal: Journal, tmp_path: Path) -> None:
    await journal.append([sample(1)])
    with sqlite3.connect(partitions(tmp_path)[0]) as other:
        other.execute("CREATE TRIGGER broken BEFORE INSERT ON dead_letters BEGIN SELECT RAISE(ABORT, 'disk'); END")
    other.close()
    with pytest.raises(JournalError):
        await journal.append([sample(2)], [Rejection(Reason.RANGE, "mqtt", "t", b"", "", None)])
    await journal.append([sample(3)])
    assert [(e.seq, e.sample.value) for e in journal.read(0, 10)] == [(1, 1), (2, 3)]


async def test_retire_deletes_only_old_files_that_all_readers_passed(journal: Journal, clock: ManualClock) -> None:
    for day in range(5):
        await journal.append([sample(day, at=T0 + day * DAY)])
        clock.move(86_400)
    clock.move(-86_400)
    assert journal.retire(safe_seq=0) == []
    assert len(journal.retire(safe_seq=1)) == 1
    assert len(journal.retire(safe_seq=5)) == 1
    assert [e.seq for e in journal.read(0, 10)] == [3, 4, 5]


async def test_beyond_wakes_when_an_entry_arrives(journal: Journal) -> None:
    await journal.append([sample(1)])
    await journal.beyond(0)
    assert journal.tail == 1


def test_cursors_survive(tmp_path: Path) -> None:
    cursors = Cursors(tmp_path / "cursors.db")
    cursors.set("influx", 7)
    cursors.close()
    cursors = Cursors(tmp_path / "cursors.db")
    assert (cursors.get("influx"), cursors.get("other"), cursors.all()) == (7, 0, {"influx": 7})
    cursors.close()


def test_a_look_does_not_wait_for_the_sync_of_a_move(tmp_path: Path) -> None:
    cursors = Cursors(tmp_path / "cursors.db")
    cursors.set("a", 5)
    with cursors._lock, ThreadPoolExecutor(1) as pool:
        assert pool.submit(cursors.get, "a").result(5) == 5
        assert pool.submit(cursors.all).result(5) == {"a": 5}
    cursors.set("a", 6)
    assert cursors.get("a") == 6
    cursors.close()


def test_damaged_cursors_are_named_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "cursors.db"
    path.write_bytes(b"none of ours" * 1000)
    with pytest.raises(PermanentError, match=r"cursors\.db: file is not a database; move it away"):
        Cursors(path)


def test_cursors_in_a_place_that_is_no_folder_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(ConfigError, match=r"state: .*; set another state\.directory"):
        Cursors(tmp_path / "state" / "cursors.db")


def test_cursors_that_cannot_be_written_now_may_be_written_later(tmp_path: Path) -> None:
    cursors = Cursors(tmp_path / "cursors.db")
    cursors._connection.execute("PRAGMA busy_timeout=10")
    with closing(sqlite3.connect(tmp_path / "cursors.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TemporaryError, match="locked"):
            cursors.set("influx", 7)
    cursors.set("influx", 7)
    assert cursors.get("influx") == 7
    cursors.close()


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("name", ["a b", "x#1", "y?z", "p%41", "số liệu"])
async def test_journal_stays_in_its_folder_whatever_its_name(tmp_path: Path, name: str) -> None:
    clock = ManualClock(T0)
    async with Journal(JournalConfig(directory=tmp_path / name), clock, Counts()) as journal:
        await journal.append([sample(1)])
        clock.move(86_400)
        await journal.append([sample(2)])
        assert [entry.sample.value for entry in journal.read(0, 10)] == [1, 2]
    assert names_in(tmp_path) == [name]


async def test_empty_journal_reads_as_empty(journal: Journal) -> None:
    assert (journal.read(0, 10), journal.latest(), journal.tail) == ([], [], 0)
    assert (journal.dead_letters(10), journal.counts(), journal.history("s", "i", 0, T0, 10)) == ([], {}, [])


async def test_many_callers_wait_for_their_turn_and_all_are_served(journal: Journal) -> None:
    offers = [journal.append([sample(n, at=T0 - n)]) for n in range(3 * WAITING)]
    appended = await asyncio.gather(*offers)
    assert sum(one.stored for one in appended) == journal.tail == 3 * WAITING


async def test_closed_journal_says_so_instead_of_keeping_callers_waiting(tmp_path: Path) -> None:
    async with Journal(JournalConfig(directory=tmp_path), ManualClock(T0), Counts()) as journal:
        pass
    with pytest.raises(JournalError, match="closed"):
        await journal.append([sample(1)])


async def test_sample_that_cannot_be_written_fails_its_caller_only(journal: Journal) -> None:
    with pytest.raises(JournalError):
        await journal.append([sample(1, at=2**70)])
    await journal.append([sample(1)])
    assert journal.tail == 1


async def test_numbers_that_a_reader_has_passed_are_skipped(journal: Journal) -> None:
    await journal.append([sample(1)])
    journal.skip(500)
    await journal.append([sample(2)])
    assert [entry.seq for entry in journal.read(0, 10)] == [1, 501]
    journal.skip(3)
    assert journal.tail == 501


async def test_thread_that_still_reads_at_the_end_opens_no_file_again(tmp_path: Path) -> None:
    async with Journal(JournalConfig(directory=tmp_path), ManualClock(T0), Counts()) as journal:
        await journal.append([sample(1)])
        assert len(journal.read(0, 10)) == 1
    for ask in (lambda: journal.read(0, 10), lambda: journal.history("st-my-hoa", "salinity", 0, T0, 10)):
        with pytest.raises(JournalError, match="closed"):
            ask()
    (path,) = partitions(tmp_path)
    assert not path.with_name(f"{path.name}-wal").exists()


async def test_a_day_that_is_followed_and_looked_back_at_keeps_no_more_files_open_than_is_reckoned_with(
    journal: Journal, clock: ManualClock, tmp_path: Path
) -> None:
    for day in range(6):
        await journal.append([sample(day, at=T0 + day * DAY)])
        clock.move(86_400)

    def kept() -> int:
        journal.read(0, 10)
        journal.history("st-my-hoa", "salinity", T0, T0 + 9 * DAY, 10)
        journal.counts()
        return sum(tmp_path in one.resolve().parents for one in Path("/proc/self/fd").iterdir())

    of_the_writer = 1 + 3 * 2
    assert 5 * FILES_A_DAY <= await asyncio.to_thread(kept) <= 6 * FILES_A_DAY + of_the_writer
