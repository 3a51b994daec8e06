"""One file of the journal: the samples, refusals and counts of one local day of receipt.

SQLite, WAL, `synchronous=FULL`: what a commit has returned for survives a power cut. A new file starts with the series
table, the latest value of every series and the counts of its predecessor, so that old files can be deleted whole.
"""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ioc.model import MINUTE, Entry, Micros, Rejection, Sample, State

PAYLOAD_KEPT = 4096
AHEAD: Micros = 5 * MINUTE
"""How far ahead of its receipt a sample may be dated; intake refuses more."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS series(
    id INTEGER PRIMARY KEY, site TEXT NOT NULL, field TEXT NOT NULL, indicator TEXT NOT NULL,
    UNIQUE(site, field, indicator));
CREATE TABLE IF NOT EXISTS samples(
    seq INTEGER PRIMARY KEY, series INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL, state INTEGER NOT NULL,
    source TEXT NOT NULL, original TEXT, received_at INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS identity ON samples(series, at, value, state);
CREATE TABLE IF NOT EXISTS latest(
    series INTEGER PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL, state INTEGER NOT NULL,
    source TEXT NOT NULL, original TEXT, received_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS dead_letters(
    id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL,
    topic TEXT NOT NULL, payload BLOB NOT NULL, size INTEGER NOT NULL, detail TEXT NOT NULL, position INTEGER);
CREATE TABLE IF NOT EXISTS counts(
    source TEXT NOT NULL, outcome TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(source, outcome)) WITHOUT ROWID;
"""

INHERITED = ("series", "latest", "counts")

ADD_SAMPLE = "INSERT OR IGNORE INTO samples VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
ADD_LATEST = """
INSERT INTO latest VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(series) DO UPDATE SET
    seq=excluded.seq, at=excluded.at, value=excluded.value, state=excluded.state, source=excluded.source,
    original=excluded.original, received_at=excluded.received_at
WHERE excluded.at >= latest.at"""
ADD_DEAD_LETTER = "INSERT INTO dead_letters VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_COUNT = "INSERT INTO counts VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"
SAMPLE_COLUMNS = "s.site, s.field, s.indicator, x.at, x.value, x.state, x.source, x.original, x.received_at"


Batch = tuple[Iterable[Sample], Sequence[Rejection]]


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch: rows stored, recognised as duplicates, kept as dead letters."""

    stored: int
    duplicates: int
    dead: int


def create(path: Path, first_seq: int, started: Micros, previous: Path | None) -> None:
    """Make a new file that inherits from `previous`. It appears whole or not at all: readers may look at any moment."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    db = _connect(draft)
    db.executescript(SCHEMA)
    if previous is not None:
        db.execute("ATTACH ? AS previous", (f"file:{previous}?mode=ro",))
    db.execute("BEGIN IMMEDIATE")
    db.executemany("INSERT INTO meta VALUES(?, ?)", [("first_seq", first_seq), ("started", started)])
    for table in INHERITED if previous is not None else ():
        db.execute(f"INSERT INTO main.{table} SELECT * FROM previous.{table}")  # noqa: S608 - constant names
    db.execute("COMMIT")
    db.close()
    draft.rename(path)
    _sync_directory(path.parent)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"file:{path}", uri=True, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    return db


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


class Partition:
    """The open, writable file. Used by the journal's writer thread only."""

    def __init__(self, path: Path, previous: Path | None) -> None:
        """Open `path`; duplicates are looked for in `previous` too."""
        self.path = path
        self._connection = db = _connect(path)
        self._has_previous = previous is not None
        if previous is not None:
            db.execute("ATTACH ? AS previous", (f"file:{previous}?mode=ro",))
        meta: dict[str, int] = dict(db.execute("SELECT key, value FROM meta"))
        self._started = meta["started"]
        self._series = {tuple(key): number for number, *key in db.execute("SELECT * FROM series")}
        (last,) = db.execute("SELECT max(seq) FROM samples").fetchone()
        self.last_seq: int = last if last is not None else meta["first_seq"] - 1
        (stamped,) = db.execute("SELECT max(received_at) FROM latest").fetchone()
        self.last_stamp: Micros = stamped or meta["started"]

    def append(self, batches: Sequence[Batch], stamp: Micros) -> list[Appended]:
        """Store batches in one transaction, durable on return; on any error nothing of them is kept."""
        db = self._connection
        before = self.last_seq, dict(self._series)
        db.execute("BEGIN IMMEDIATE")
        try:
            appended = [self._add(samples, rejections, stamp) for samples, rejections in batches]
            db.execute("COMMIT")
        except BaseException:
            self.last_seq, self._series = before
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        self.last_stamp = stamp
        return appended

    def _add(self, samples: Iterable[Sample], rejections: Sequence[Rejection], stamp: Micros) -> Appended:
        counts: dict[tuple[str, str], int] = {}
        for sample in samples:
            outcome = "stored" if self._add_sample(sample, stamp) else "duplicate"
            counts[sample.source, outcome] = counts.get((sample.source, outcome), 0) + 1
        for rejection in rejections:
            counts[rejection.source, rejection.reason] = counts.get((rejection.source, rejection.reason), 0) + 1
        self._connection.executemany(ADD_DEAD_LETTER, [_dead_letter(r, stamp) for r in rejections])
        self._connection.executemany(ADD_COUNT, [(*key, n) for key, n in counts.items()])
        stored = sum(n for (_, outcome), n in counts.items() if outcome == "stored")
        duplicates = sum(n for (_, outcome), n in counts.items() if outcome == "duplicate")
        return Appended(stored, duplicates, len(rejections))

    def _add_sample(self, sample: Sample, stamp: Micros) -> bool:
        series = self._series_number(sample)
        identity = (series, sample.at, sample.value, int(sample.state))
        if self._is_in_previous(identity):
            return False
        row = (*identity, sample.source, sample.original, stamp)
        if self._connection.execute(ADD_SAMPLE, (self.last_seq + 1, *row)).rowcount == 0:
            return False
        self.last_seq += 1
        self._connection.execute(ADD_LATEST, (series, self.last_seq, *row[1:]))
        return True

    def _is_in_previous(self, identity: tuple[int, int, float, int]) -> bool:
        if not self._has_previous or identity[1] > self._started + AHEAD:
            return False
        query = "SELECT 1 FROM previous.samples WHERE series=? AND at=? AND value=? AND state=?"
        return self._connection.execute(query, identity).fetchone() is not None

    def _series_number(self, sample: Sample) -> int:
        key: tuple[str, ...] = (sample.site, sample.field, sample.indicator)
        number = self._series.get(key)
        if number is None:
            number = len(self._series) + 1
            self._connection.execute("INSERT INTO series VALUES(?, ?, ?, ?)", (number, *key))
            self._series[key] = number
        return number

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        self._connection.close()


def _dead_letter(rejection: Rejection, stamp: Micros) -> tuple[int, str, str, str, bytes, int, str, int | None]:
    payload = rejection.payload
    return (
        stamp,
        rejection.reason,
        rejection.source,
        rejection.topic,
        payload[:PAYLOAD_KEPT],
        len(payload),
        rejection.detail,
        rejection.position,
    )


def entry(row: Sequence[object]) -> Entry:
    """The entry in a row of seq and `SAMPLE_COLUMNS`."""
    seq, site, field, indicator, at, value, state, source, original, received_at = row
    return Entry(
        seq,  # type: ignore[arg-type]
        Sample(site, field, indicator, at, value, State(state), source, original, received_at),  # type: ignore[arg-type]
    )
