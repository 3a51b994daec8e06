"""Read-only access to a journal, from any process and thread."""

import sqlite3
import threading
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec

from ioc.errors import JournalError
from ioc.journal.damage import DamagedError, connect, is_damage
from ioc.journal.row import SAMPLE_COLUMNS, entry
from ioc.model import HOUR, Entry, Micros, Sample

SUFFIX = ".journal"
Row = tuple[Any, ...]


class DeadLetter(msgspec.Struct, frozen=True):
    """A refused input as kept: `payload` is its first 4 KiB, `size` the whole."""

    id: str
    received_at: Micros
    reason: str
    source: str
    topic: str
    payload: bytes
    size: int
    detail: str
    position: int | None


class Balance(msgspec.Struct, frozen=True):
    """What became of the inputs of one source in one hour of receipt; `hour` is its beginning."""

    source: str
    hour: Micros
    received: int
    stored: int
    duplicate: int
    dead: int

    @property
    def difference(self) -> int:
        """Inputs without an outcome; 0 when the books balance, negative when there are more outcomes than inputs."""
        return self.received - self.stored - self.duplicate - self.dead


class Folded(msgspec.Struct, frozen=True):
    """Dead letters that had to make room: their number and span of receipt."""

    source: str
    reason: str
    since: Micros
    until: Micros
    n: int


def partitions(directory: Path) -> list[Path]:
    """The files of a journal, oldest first."""
    return sorted(directory.glob(f"*{SUFFIX}"))


def first_seq(path: Path) -> int:
    """The number of the first sample that a file may hold."""
    return int(path.name.split("-", 1)[0])


class JournalReader:
    """Reads committed entries in order, and looks samples and refusals up. Thread-safe."""

    def __init__(self, directory: Path, *, strict: bool = False) -> None:
        """`directory` holds the partition files; it may still be empty.

        Rows whose checksum is wrong are passed over, or, if `strict`, raise DamagedError.
        """
        self._directory = directory
        self._strict = strict
        self._open: dict[Path, sqlite3.Connection] = {}
        self._is_closed = False
        self._lock = threading.Lock()

    @property
    def tail(self) -> int:
        """The number of the last committed sample, 0 when there is none."""
        files = partitions(self._directory)
        if not files:
            return 0
        ((last,),) = self._rows(files[-1], "SELECT max(seq) FROM samples")
        return last if last is not None else first_seq(files[-1]) - 1

    def read(self, after: int, limit: int) -> list[Entry]:
        """Up to `limit` entries numbered above `after`, in order."""
        found: list[Entry] = []
        query = (
            f"SELECT {SAMPLE_COLUMNS} FROM samples x JOIN series s ON s.id = x.series"  # noqa: S608 - constant
            " WHERE x.seq > ? ORDER BY x.seq LIMIT ?"
        )
        for path in self._from(after + 1):
            while len(found) < limit and (rows := self._rows(path, query, after, limit - len(found))):
                after = rows[-1][0]
                found += self._proved(path, rows)
        return found

    def latest(self) -> list[Entry]:
        """The newest entry (by measured time) of every series ever seen."""
        files = partitions(self._directory)
        query = f"SELECT {SAMPLE_COLUMNS} FROM latest x JOIN series s ON s.id = x.series"  # noqa: S608 - constant
        return self._proved(files[-1], self._rows(files[-1], query)) if files else []

    def history(self, site: str, indicator: str, start: Micros, end: Micros, limit: int) -> list[Sample]:
        """The samples of a series measured in [start, end], by time; of several at one time the last accepted."""
        query = (
            f"SELECT {SAMPLE_COLUMNS} FROM samples x JOIN series s ON s.id = x.series"  # noqa: S608 - constant
            " WHERE s.site = ? AND s.indicator = ? AND x.at BETWEEN ? AND ? ORDER BY x.at DESC, x.seq DESC LIMIT ?"
        )
        found: dict[Micros, Entry] = {}
        for path in partitions(self._directory):
            for kept in self._proved(path, self._rows(path, query, site, indicator, start, end, limit)):
                known = found.get(kept.sample.at)
                if known is None or known.seq < kept.seq:
                    found[kept.sample.at] = kept
        newest = sorted(found.values(), key=lambda kept: kept.sample.at)[-limit:]
        return [kept.sample for kept in newest]

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        """The newest refusals, newest first."""
        found: list[DeadLetter] = []
        query = "SELECT * FROM dead_letters ORDER BY id DESC LIMIT ?"
        for path in reversed(partitions(self._directory)):
            for number, *rest in self._rows(path, query, limit - len(found)):
                found.append(DeadLetter(f"{path.stem}-{number}", *rest))
        return found

    def folded(self) -> list[Folded]:
        """The refusals of which only number and time are left, oldest file first."""
        query = "SELECT source, reason, since, until, n FROM dead_summary"
        return [Folded(*row) for path in partitions(self._directory) for row in self._rows(path, query)]

    def counts(self) -> dict[tuple[str, str], int]:
        """How many inputs ever had which outcome, by (source, outcome).

        Outcomes are `received`, `stored`, `duplicate` and the reasons of refusal; ("journal", "lost") are accepted
        samples that fell to a damaged file.
        """
        files = partitions(self._directory)
        rows = self._rows(files[-1], "SELECT source, outcome, n FROM counts") if files else []
        return {(source, outcome): n for source, outcome, n in rows}

    def ledger(self, since: Micros) -> list[Balance]:
        """What became of the inputs of every source and hour of receipt from the hour of `since`, newest first."""
        sums: dict[tuple[int, str], dict[str, int]] = {}
        query = "SELECT hour, source, outcome, n FROM ledger WHERE hour >= ?"
        for path in partitions(self._directory):
            for hour, source, outcome, n in self._rows(path, query, since - since % HOUR):
                of = sums.setdefault((hour, source), {"received": 0, "stored": 0, "duplicate": 0, "dead": 0})
                of[outcome] += n
        return [Balance(source, hour, **of) for (hour, source), of in sorted(sums.items(), reverse=True)]

    def _proved(self, path: Path, rows: list[Row]) -> list[Entry]:
        entries = [kept for kept in map(entry, rows) if kept is not None]
        if self._strict and len(entries) < len(rows):
            raise DamagedError(path, "checksum")
        return entries

    def _rows(self, path: Path, query: str, *values: object) -> list[Row]:
        """All rows of a query to one file. Raises DamagedError when the file is not sound."""
        with self._lock:
            try:
                return self._connection(path).execute(query, values).fetchall()
            except sqlite3.DatabaseError as error:
                if is_damage(error):
                    raise DamagedError(path, str(error)) from error
                raise JournalError(f"{path.name}: {error}") from error

    def close(self) -> None:
        """Close every file, for good: a thread that still reads opens none again."""
        with self._lock:
            self._is_closed = True
            for connection in self._open.values():
                connection.close()
            self._open.clear()

    def _from(self, seq: int) -> Iterator[Path]:
        files = partitions(self._directory)
        for path, following in zip_longest(files, files[1:]):
            if following is None or first_seq(following) > seq:
                yield path

    def _connection(self, path: Path) -> sqlite3.Connection:
        if self._is_closed:
            raise JournalError("the journal is closed")
        connection = self._open.get(path)
        if connection is None:
            connection = connect(path)
            self._open[path] = connection
        return connection

    def forget(self, path: Path) -> None:
        """Close the file before it is deleted or replaced."""
        with self._lock:
            if connection := self._open.pop(path, None):
                connection.close()
