"""The numbers of all senders' sequences, and what never came of them, over restarts.

Noted before the commit of the readings and written with it: one that comes twice changes nothing, one that is
acknowledged is never taken for missing.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec
import structlog

from ioc.errors import TemporaryError
from ioc.intake.gaps import KEPT, LEAP, Gap, Track, follow, starts_anew
from ioc.model import Rejection, Sample
from ioc.spare import opened
from ioc.telemetry import Counts

MOST_SERIES = 200_000
MOST_GAPS = 500_000
"""Of all together; beyond it each sequence keeps its newest one only."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS tracks(series TEXT PRIMARY KEY, last INTEGER NOT NULL, gaps TEXT NOT NULL) WITHOUT ROWID;
"""
_gaps = msgspec.json.Decoder(tuple[Gap, ...])
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
log = structlog.get_logger("ioc.sequences")


class Sequences:
    """The file `gaps.db`. `note` and `flush` from the event loop."""

    def __init__(self, path: Path, counts: Counts) -> None:
        """Open or create the file.

        Shows `sequence_missing`, the numbers that have not come, and counts `sequence_restarts`, the counts begun anew.
        """
        self._counts = counts
        self._lock = threading.Lock()
        self._turn = asyncio.Lock()
        self._changed: set[str] = set()
        with _translated(path):
            self._db = opened(path, SCHEMA)
            self._tracks = dict(_read(self._db))
        self._missing = sum(map(missing, self._tracks.values()))
        self._gaps = sum(len(track.gaps) for track in self._tracks.values())
        self._show()

    def note(self, numbers: Iterable[tuple[str, int]]) -> None:
        """These came, in this order."""
        for series, number in numbers:
            before = self._tracks.get(series)
            if before is None and len(self._tracks) >= MOST_SERIES:
                continue
            if starts_anew(before, number):
                self._counts.add("sequence_restarts")
            after = follow(before, number, KEPT if self._gaps < MOST_GAPS else 1)
            if after != before:
                self._replace(series, before or Track(number), after)

    def _replace(self, series: str, before: Track, after: Track) -> None:
        self._missing += missing(after) - missing(before)
        self._gaps += len(after.gaps) - len(before.gaps)
        self._tracks[series] = after
        self._changed.add(series)

    async def flush(self) -> None:
        """Write what has changed; what cannot be written now is written with the next.

        One at a time: an older state must not be written over a newer one, and on return another's write is done too.
        """
        async with self._turn:
            if not self._changed:
                return
            changed, self._changed = self._changed, set()
            rows = [(series, (track := self._tracks[series]).last, _text(track)) for series in changed]
            try:
                await asyncio.to_thread(self._write, rows)
            except TemporaryError as error:
                self._changed |= changed
                log.warning("sequences not written", error=str(error))
            self._show()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _write(self, rows: Sequence[tuple[str, int, str]]) -> None:
        with self._lock, _translated(Path("gaps.db")):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany("INSERT OR REPLACE INTO tracks VALUES(?, ?, ?)", rows)
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def _show(self) -> None:
        self._counts.set("sequence_missing", self._missing)


class Journal(Protocol[T_co]):
    """Where readings are committed."""

    async def append(
        self, samples: Sequence[Sample], rejections: Sequence[Rejection], received: Mapping[str, int]
    ) -> T_co:
        """Durable on return."""
        ...


class Numbered(Generic[T]):
    """A journal that takes a batch only with the numbers of its readings written."""

    def __init__(self, journal: Journal[T], sequences: Sequences) -> None:
        """`sequences` were told of the readings before."""
        self._journal = journal
        self._sequences = sequences

    async def append(
        self, samples: Sequence[Sample], rejections: Sequence[Rejection], received: Mapping[str, int]
    ) -> T:
        """As the journal's."""
        await self._sequences.flush()
        return await self._journal.append(samples, rejections, received)


def listed(path: Path) -> Iterator[tuple[str, Gap]]:
    """Every gap in the file, by series; nothing where there is no file."""
    if not path.exists():
        return
    with _translated(path), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        tracks = sorted(_read(db))
    for series, track in tracks:
        yield from ((series, gap) for gap in track.gaps)


def missing(track: Track) -> int:
    """How many numbers have not come."""
    return sum(gap.size for gap in track.gaps)


def _read(db: sqlite3.Connection) -> Iterator[tuple[str, Track]]:
    for series, last, gaps in db.execute("SELECT series, last, gaps FROM tracks"):
        yield series, Track(last, tuple(gap for gap in _gaps.decode(gaps) if gap.size <= LEAP))


def _text(track: Track) -> str:
    return msgspec.json.encode(track.gaps).decode()


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise TemporaryError(f"{path.name}: {error}") from error
