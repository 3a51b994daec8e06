"""A backup taken while the journal is written, and the way back."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

import pytest

from ioc.care.backup import MANIFEST, back_up, restore
from ioc.clock import ManualClock, SystemClock
from ioc.errors import ConfigError
from ioc.journal.cursors import Cursors
from ioc.journal.journal import Journal, JournalConfig
from ioc.journal.reader import JournalReader, partitions
from ioc.model import SECOND, Reason, Rejection, Sample
from ioc.telemetry import Counts

T0 = 1_741_741_200 * SECOND


def samples(first: int, n: int) -> list[Sample]:
    return [Sample("s", "f", f"i{at % 9}", at, 1.0, source="mqtt") for at in range(first, first + n)]


async def fill(home: Path, days: int = 2) -> None:
    clock = ManualClock(T0)
    async with Journal(JournalConfig(directory=home / "journal"), clock, Counts()) as journal:
        for day in range(days):
            await journal.append(samples(day * 1000, 1000), [Rejection(Reason.RANGE, "mqtt", "t", b"x", "no")])
            clock.move(86_400)
    cursors = Cursors(home / "state" / "cursors.db")
    cursors.set("influx", 700)
    cursors.close()


async def test_backup_while_writing_is_a_consistent_beginning(tmp_path: Path) -> None:
    await fill(tmp_path)
    accepted = 0

    async def write(journal: Journal) -> None:
        nonlocal accepted
        for n in count(2000, 50):
            await journal.append(samples(n, 50))
            accepted = n + 50

    async with Journal(JournalConfig(directory=tmp_path / "journal"), SystemClock(), Counts()) as journal:
        writing = asyncio.create_task(write(journal))
        await journal.beyond(3000)
        before = accepted
        made = await asyncio.to_thread(back_up, tmp_path / "journal", tmp_path / "state", tmp_path / "copy", T0)
        assert accepted > before, "the writer went on meanwhile"
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        original = journal.read(0, 10**6)
    restore(tmp_path / "copy", tmp_path / "new" / "journal", tmp_path / "new" / "state")
    reader = JournalReader(tmp_path / "new" / "journal")
    kept = reader.read(0, 10**6)
    assert len(kept) == made.samples >= before
    assert kept == original[: len(kept)]
    assert reader.counts()["mqtt", "range"] == 2
    reader.close()
    cursors = Cursors(tmp_path / "new" / "state" / "cursors.db")
    assert cursors.get("influx") == 700
    cursors.close()


async def test_folder_with_signs_of_an_address_is_backed_up_and_restored(tmp_path: Path) -> None:
    home = tmp_path / "dữ liệu 50%?a#b"
    await fill(home, days=1)
    back_up(home / "journal", home / "state", home / "copy", T0)
    restore(home / "copy", home / "new" / "journal", home / "new" / "state")
    reader = JournalReader(home / "new" / "journal")
    assert len(reader.read(0, 10**6)) == 1000
    reader.close()


async def test_journal_goes_on_from_a_restored_one(tmp_path: Path) -> None:
    await fill(tmp_path)
    back_up(tmp_path / "journal", tmp_path / "state", tmp_path / "copy", T0)
    restore(tmp_path / "copy", tmp_path / "new" / "journal", tmp_path / "new" / "state")
    async with Journal(JournalConfig(directory=tmp_path / "new" / "journal"), SystemClock(), Counts()) as journal:
        appended = await journal.append(samples(1995, 10))
        assert (appended.stored, appended.duplicates) == (5, 5)
        assert journal.tail == 2005


@pytest.fixture
async def copy(tmp_path: Path) -> Path:
    await fill(tmp_path)
    back_up(tmp_path / "journal", tmp_path / "state", tmp_path / "copy", T0)
    return tmp_path / "copy"


def test_restore_over_something_is_refused(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not empty"):
        restore(copy, tmp_path / "journal", tmp_path / "new")
    with pytest.raises(ConfigError, match="not empty"):
        restore(copy, tmp_path / "new", tmp_path / "state")
    assert not (tmp_path / "new").exists()


def test_backup_over_something_is_refused(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not empty"):
        back_up(tmp_path / "journal", tmp_path / "state", copy, T0)


def test_backup_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing to back up"):
        back_up(tmp_path / "a", tmp_path / "b", tmp_path / "copy", T0)


def test_backup_cut_short_is_no_backup(copy: Path, tmp_path: Path) -> None:
    (copy / MANIFEST).unlink()
    with pytest.raises(ConfigError, match="no finished backup"):
        restore(copy, tmp_path / "new" / "j", tmp_path / "new" / "s")


def test_changed_byte_in_a_backup_is_found(copy: Path, tmp_path: Path) -> None:
    path = partitions(copy / "journal")[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="checksum"):
        restore(copy, tmp_path / "new" / "j", tmp_path / "new" / "s")


def test_damaged_journal_is_not_backed_up_as_sound(tmp_path: Path, copy: Path) -> None:
    assert copy.exists()
    path = partitions(tmp_path / "journal")[0]
    with closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'samples'").fetchone()
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = bytes(4096)
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="ioc doctor"):
        back_up(tmp_path / "journal", tmp_path / "state", tmp_path / "second", T0)
