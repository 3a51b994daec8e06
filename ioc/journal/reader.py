"""Read-only access to a journal, from any process and thread."""

import sqlite3
import threading
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import msgspec

from ioc.journal.partition import SAMPLE_COLUMNS, entry
from ioc.model import Entry, Micros, Sample

SUFFIX = ".journal"


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


def partitions(directory: Path) -> list[Path]:
    """The files of a journal, oldest first."""
    return sorted(directory.glob(f"*{SUFFIX}"))


def first_seq(path: Path) -> int:
    """The number of the first sample that a file may hold."""
    return int(path.name.split("-", 1)[0])


class JournalReader:
    """Reads committed entries in order, and looks samples and refusals up. Thread-safe."""

    def __init__(self, directory: Path) -> None:
        """`directory` holds the partition files; it may still be empty."""
        self._directory = directory
        self._open: dict[Path, sqlite3.Connection] = {}
        self._lock = threading.Lock()

    @property
    def tail(self) -> int:
        """The number of the last committed sample, 0 when there is none."""
        files = partitions(self._directory)
        if not files:
            return 0
        with self._lock:
            (last,) = self._connection(files[-1]).execute("SELECT max(seq) FROM samples").fetchone()
        return last if last is not None else first_seq(files[-1]) - 1

    def read(self, after: int, limit: int) -> list[Entry]:
        """Up to `limit` entries numbered above `after`, in order."""
        found: list[Entry] = []
        with self._lock:
            for path in self._from(after + 1):
                query = (
                    f"SELECT x.seq, {SAMPLE_COLUMNS} FROM samples x JOIN series s ON s.id = x.series"  # noqa: S608 - constant
                    " WHERE x.seq > ? ORDER BY x.seq LIMIT ?"
                )
                rows = self._connection(path).execute(query, (after, limit - len(found)))
                found.extend(map(entry, rows))
                if len(found) >= limit:
                    break
        return found

    def latest(self) -> list[Entry]:
        """The newest entry (by measured time) of every series ever seen."""
        files = partitions(self._directory)
        if not files:
            return []
        query = f"SELECT x.seq, {SAMPLE_COLUMNS} FROM latest x JOIN series s ON s.id = x.series"  # noqa: S608 - constant
        with self._lock:
            return [entry(row) for row in self._connection(files[-1]).execute(query)]

    def history(self, site: str, indicator: str, start: Micros, end: Micros, limit: int) -> list[Sample]:
        """The samples of a series measured in [start, end], by time; of several at one time the last accepted."""
        query = (
            f"SELECT x.seq, {SAMPLE_COLUMNS} FROM samples x JOIN series s ON s.id = x.series"  # noqa: S608 - constant
            " WHERE s.site = ? AND s.indicator = ? AND x.at BETWEEN ? AND ? ORDER BY x.at DESC, x.seq DESC LIMIT ?"
        )
        found: dict[Micros, Entry] = {}
        with self._lock:
            for path in partitions(self._directory):
                for row in self._connection(path).execute(query, (site, indicator, start, end, limit)):
                    kept = entry(row)
                    known = found.get(kept.sample.at)
                    if known is None or known.seq < kept.seq:
                        found[kept.sample.at] = kept
        newest = sorted(found.values(), key=lambda kept: kept.sample.at)[-limit:]
        return [kept.sample for kept in newest]

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        """The newest refusals, newest first."""
        found: list[DeadLetter] = []
        with self._lock:
            for path in reversed(partitions(self._directory)):
                query = "SELECT * FROM dead_letters ORDER BY id DESC LIMIT ?"
                for number, *rest in self._connection(path).execute(query, (limit - len(found),)):
                    found.append(DeadLetter(f"{path.stem}-{number}", *rest))
        return found

    def counts(self) -> dict[tuple[str, str], int]:
        """How many inputs ever had which outcome, by (source, outcome): `stored`, `duplicate` or a refusal's reason."""
        files = partitions(self._directory)
        if not files:
            return {}
        with self._lock:
            rows = self._connection(files[-1]).execute("SELECT source, outcome, n FROM counts")
            return {(source, outcome): n for source, outcome, n in rows}

    def close(self) -> None:
        """Close every file."""
        with self._lock:
            for connection in self._open.values():
                connection.close()
            self._open.clear()

    def _from(self, seq: int) -> Iterator[Path]:
        files = partitions(self._directory)
        for path, following in zip_longest(files, files[1:]):
            if following is None or first_seq(following) > seq:
                yield path

    def _connection(self, path: Path) -> sqlite3.Connection:
        connection = self._open.get(path)
        if connection is None:
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
            self._open[path] = connection
        return connection

    def forget(self, path: Path) -> None:
        """Close the file before it is deleted."""
        with self._lock:
            if connection := self._open.pop(path, None):
                connection.close()
