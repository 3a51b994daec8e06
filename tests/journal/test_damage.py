"""A damaged file: what stands on sound pages is kept, the rest is counted, and the journal starts alone."""

import asyncio
import random
import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from ioc.clock import ManualClock
from ioc.errors import JournalError
from ioc.journal.journal import Journal, JournalConfig
from ioc.journal.pages import PAGE, leaf
from ioc.journal.reader import JournalReader, partitions
from ioc.journal.salvage import LOST, salvage
from ioc.model import DAY, SECOND, Entry, Reason, Rejection, Sample
from ioc.telemetry import Counts

T0 = 1_741_741_200 * SECOND
ROWS = 3000
DAMAGES = 50


def samples(first: int, n: int) -> list[Sample]:
    return [
        Sample(f"xa-{at % 11}", "health", f"i{at % 13}", T0 - at, at / 7, source="mqtt", original=f"{at} kg")
        for at in range(first, first + n)
    ]


async def fill(directory: Path, clock: ManualClock, *, days: int = 1, rows: int = ROWS) -> list[Entry]:
    async with Journal(JournalConfig(directory=directory), clock, Counts()) as journal:
        for day in range(days):
            for n in range(0, rows, 500):
                refused = Rejection(Reason.RANGE, "mqtt", "t", b"x" * 40, "too high", n)
                await journal.append(samples(day * rows + n, min(500, rows - n)), [refused], {"mqtt": 501})
            clock.move(86_400 if day + 1 < days else 1)
        return journal.read(0, days * rows)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Entry]]:
    directory = tmp_path_factory.mktemp("sound")
    entries = asyncio.run(fill(directory, ManualClock(T0)))
    return directory, entries


def damaged_pages(path: Path, chance: random.Random) -> set[int]:
    """Flip a bit here and there, overwrite a stretch, or cut the file short; returns the pages that were hit."""
    data = bytearray(path.read_bytes())
    kind = chance.choice(["flips", "stretch", "cut", "head"])
    if kind == "cut":
        end = chance.randrange(0, len(data))
        hit = set(range(end // PAGE, len(data) // PAGE))
        del data[end:]
    elif kind == "flips":
        places = [chance.randrange(len(data)) for _ in range(chance.randint(1, 5))]
        for place in places:
            data[place] ^= 1 << chance.randrange(8)
        hit = {place // PAGE for place in places}
    else:
        start = 0 if kind == "head" else chance.randrange(len(data))
        length = min(chance.randint(1, 3 * PAGE), len(data) - start)
        data[start : start + length] = chance.randbytes(length)
        hit = set(range(start // PAGE, (start + length - 1) // PAGE + 1))
    path.write_bytes(data)
    return hit


def on_pages(path: Path) -> dict[int, set[int]]:
    """The numbers of the samples that stand on each page."""
    data = path.read_bytes()
    found: dict[int, set[int]] = {}
    for number in range(len(data) // PAGE):
        rows = leaf(data[number * PAGE : (number + 1) * PAGE])
        found[number] = {seq for seq, record in rows if len(record) == 9 and record[2] == T0 - (seq - 1)}
    return found


def middle(path: Path) -> int:
    """A page of samples, none of which is also kept as the latest value of its series."""
    return next(number for number, rows in on_pages(path).items() if min(rows, default=0) > 200)


async def test_random_damage_loses_only_rows_on_pages_that_were_hit(
    original: tuple[Path, list[Entry]], tmp_path: Path
) -> None:
    source, entries = original
    (name,) = [path.name for path in partitions(source)]
    stood = on_pages(source / name)
    assert sum(map(len, stood.values())) >= ROWS
    chance = random.Random(11)
    for n in range(DAMAGES):
        directory = tmp_path / str(n)
        directory.mkdir()
        path = Path(shutil.copy(source / name, directory / name))
        hit = damaged_pages(path, chance)
        counts = Counts()
        async with Journal(JournalConfig(directory=directory), ManualClock(T0 + DAY // 24), counts) as journal:
            journal.skip(ROWS)
            kept = journal.read(0, ROWS * 2)
            appended = await journal.append(samples(ROWS, 1))
            after = journal.read(0, ROWS * 2)
        excused = set().union(*(stood[page] for page in hit))
        assert {entry.seq for entry in entries} - {entry.seq for entry in kept} <= excused, (n, hit)
        assert set(map(repr, kept)) <= set(map(repr, entries)), "nothing is kept that was not written"
        assert appended.stored == 1
        assert after[-1].seq > ROWS, "a number is never given twice"
        assert counts.total("journal_samples_lost") == ROWS - len(kept)
        shutil.rmtree(directory)


async def test_mended_file_is_sound_and_the_damaged_one_is_kept_beside_it(tmp_path: Path) -> None:
    clock = ManualClock(T0)
    await fill(tmp_path, clock)
    (path,) = partitions(tmp_path)
    data = bytearray(path.read_bytes())
    data[:PAGE] = bytes(PAGE)
    path.write_bytes(data)
    async with Journal(JournalConfig(directory=tmp_path), clock, Counts()) as journal:
        assert len(journal.read(0, ROWS * 2)) == ROWS
        assert journal.counts() == {("mqtt", "stored"): ROWS}
        assert len(journal.latest()) == 11 * 13
        again = await journal.append(samples(0, 10))
        assert again.duplicates == 10
    kept = path.with_suffix(".damaged-1")
    assert kept.read_bytes() == bytes(data)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_lost_rows_are_counted_for_ever(tmp_path: Path) -> None:
    clock = ManualClock(T0)
    await fill(tmp_path, clock)
    (path,) = partitions(tmp_path)
    page = middle(path)
    lost = len(on_pages(path)[page])
    data = bytearray(path.read_bytes())
    data[page * PAGE : (page + 1) * PAGE] = random.Random(1).randbytes(PAGE)
    path.write_bytes(data)
    async with Journal(JournalConfig(directory=tmp_path), clock, Counts()) as journal:
        assert len(journal.read(0, ROWS * 2)) == ROWS - lost
        clock.move(86_400)
        await journal.append(samples(ROWS, 1))
        counts = journal.counts()
    assert counts[LOST] == lost
    assert counts["mqtt", "stored"] == ROWS + 1
    assert counts["mqtt", "range"] == 6


async def test_old_file_is_mended_when_a_reader_meets_the_damage(tmp_path: Path) -> None:
    clock = ManualClock(T0)
    entries = await fill(tmp_path, clock, days=3)
    first, *_ = partitions(tmp_path)
    data = bytearray(first.read_bytes())
    page = middle(first)
    lost = on_pages(first)[page]
    data[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
    first.write_bytes(data)
    counts = Counts()
    async with Journal(JournalConfig(directory=tmp_path), clock, counts) as journal:
        kept = journal.read(0, ROWS * 4)
    assert {entry.seq for entry in entries} - {entry.seq for entry in kept} == lost
    assert counts.total("journal_samples_lost") == len(lost)
    assert counts.total("journal_files_mended") == 1


async def test_damage_that_several_readers_meet_at_once_is_mended_and_counted_once(tmp_path: Path) -> None:
    clock = ManualClock(T0)
    await fill(tmp_path, clock, days=2)
    first, *_ = partitions(tmp_path)
    page = middle(first)
    lost = on_pages(first)[page]
    data = bytearray(first.read_bytes())
    data[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
    first.write_bytes(data)
    counts = Counts()
    async with Journal(JournalConfig(directory=tmp_path), clock, counts) as journal:
        met = threading.Barrier(3)

        def ask() -> int:
            waits = iter([lambda: met.wait(20)])  # each has met the damage before anybody mends it

            def read() -> int:
                try:
                    return len(journal._reader.read(0, ROWS * 4))
                except JournalError:
                    next(waits, lambda: 0)()
                    raise

            return journal._whole(read)

        with ThreadPoolExecutor(3) as pool:
            found = [asked.result(60) for asked in [pool.submit(ask) for _ in range(3)]]
    assert found == [ROWS * 2 - len(lost)] * 3
    assert counts.total("journal_files_mended") == 1
    assert counts.total("journal_samples_lost") == len(lost)


async def test_file_damaged_while_it_is_written_is_mended_and_goes_on(tmp_path: Path) -> None:
    clock = ManualClock(T0)
    counts = Counts()
    async with Journal(JournalConfig(directory=tmp_path), clock, counts) as journal:
        await journal.append(samples(0, ROWS))
        (path,) = partitions(tmp_path)
        assert len(journal.read(0, ROWS * 2)) == ROWS, "a reader has the file open"
        journal._volume.close()
        data = bytearray(path.read_bytes())
        data[:PAGE] = b"\xff" * PAGE
        path.write_bytes(data)
        outcomes = [await asyncio.gather(journal.append(samples(ROWS, 5)), return_exceptions=True) for _ in range(2)]
        assert outcomes[-1][0].stored + outcomes[-1][0].duplicates == 5
        assert len(journal.read(0, ROWS * 2)) == ROWS + 5
        await journal.append(samples(ROWS + 5, 1))
        assert len(journal.read(0, ROWS * 2)) == ROWS + 6, "readers follow the mended file"


async def test_file_that_a_reader_mended_meanwhile_is_not_mended_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counts()
    async with Journal(JournalConfig(directory=tmp_path), ManualClock(T0), counts) as journal:
        await journal.append(samples(0, ROWS))

        def seen_damaged_then_mended(path: Path) -> bool:
            journal._volume.mend(path)
            return False

        monkeypatch.setattr("ioc.journal.volume.is_whole", seen_damaged_then_mended)
        journal._volume._mend_newest()
    assert counts.total("journal_files_mended") == 1


async def test_row_changed_in_place_is_never_shown(tmp_path: Path) -> None:
    clock = ManualClock(T0)
    await fill(tmp_path, clock)
    (path,) = partitions(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE samples SET value = value + 1 WHERE seq BETWEEN 505 AND 509")
    counts = Counts()
    reader = JournalReader(tmp_path)
    assert [entry.seq for entry in reader.read(500, 6)] == [501, 502, 503, 504, 510, 511], (
        "a look from outside passes over it"
    )
    reader.close()
    async with Journal(JournalConfig(directory=tmp_path), clock, counts) as journal:
        assert [entry.seq for entry in journal.read(500, 6)] == [501, 502, 503, 504, 510, 511]
        assert [entry.seq for entry in journal.read(504, 2)] == [510, 511]
    assert counts.total("journal_samples_lost") == 5
    assert [entry.seq for entry in JournalReader(tmp_path).read(500, 6)] == [501, 502, 503, 504, 510, 511]


async def test_rows_that_only_the_write_ahead_log_holds_are_salvaged(tmp_path: Path) -> None:
    async with Journal(JournalConfig(directory=tmp_path / "a"), ManualClock(T0), Counts()) as journal:
        await journal.append(samples(0, 100))
        (path,) = partitions(tmp_path / "a")
        assert path.with_name(path.name + "-wal").exists()
        shutil.copytree(tmp_path / "a", tmp_path / "b")
    copy = tmp_path / "b" / path.name
    copy.write_bytes(b"")
    salvaged = salvage(copy, None, 0)
    assert (salvaged.kept, salvaged.lost) == (100, 0)
    assert len(JournalReader(tmp_path / "b").read(0, 200)) == 100


async def test_swap_cut_short_is_finished_at_the_next_start(tmp_path: Path) -> None:
    clock = ManualClock(T0)
    await fill(tmp_path, clock)
    (path,) = partitions(tmp_path)
    path.rename(path.with_suffix(".salvaged"))
    async with Journal(JournalConfig(directory=tmp_path), clock, Counts()) as journal:
        assert journal.tail == ROWS
