"""One file of the journal: the samples, refusals and counts of one local day of receipt.

SQLite, WAL, `synchronous=FULL`: what a commit has returned for survives a power cut. A new file starts with the series
table, the latest value of every series and the counts of its predecessor, so that old files can be deleted whole.
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from ioc.journal import dead
from ioc.journal.damage import read_only
from ioc.journal.pages import PAGE
from ioc.journal.row import Content, Key, checksum
from ioc.model import HOUR, Micros, Reason, Rejection, Sample

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS series(
    id INTEGER PRIMARY KEY, site TEXT NOT NULL, field TEXT NOT NULL, indicator TEXT NOT NULL,
    UNIQUE(site, field, indicator));
CREATE TABLE IF NOT EXISTS samples(
    seq INTEGER PRIMARY KEY, series INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL, state INTEGER NOT NULL,
    source TEXT NOT NULL, original TEXT, received_at INTEGER NOT NULL, crc INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS identity ON samples(series, at, value, state);
CREATE TABLE IF NOT EXISTS latest(
    series INTEGER PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL, state INTEGER NOT NULL,
    source TEXT NOT NULL, original TEXT, received_at INTEGER NOT NULL, crc INTEGER NOT NULL);
{dead.SCHEMA}
CREATE TABLE IF NOT EXISTS counts(
    source TEXT NOT NULL, outcome TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(source, outcome)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ledger(
    source TEXT NOT NULL, hour INTEGER NOT NULL, outcome TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY(source, hour, outcome)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS series_copy(
    id INTEGER PRIMARY KEY, site TEXT NOT NULL, field TEXT NOT NULL, indicator TEXT NOT NULL);
"""

INHERITED = ("series", "series_copy", "latest", "counts")
"""The copy stands on other pages: without the names of its series no sample of a damaged file could be proved."""

ADD_SERIES = (
    "INSERT OR REPLACE INTO series VALUES(?, ?, ?, ?)",
    "INSERT OR REPLACE INTO series_copy VALUES(?, ?, ?, ?)",
)
ADD_SAMPLE = "INSERT OR IGNORE INTO samples VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_LATEST = """
INSERT INTO latest VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(series) DO UPDATE SET
    seq=excluded.seq, at=excluded.at, value=excluded.value, state=excluded.state, source=excluded.source,
    original=excluded.original, received_at=excluded.received_at, crc=excluded.crc
WHERE (excluded.at, excluded.seq) > (latest.at, latest.seq)"""
ADD_COUNT = "INSERT INTO counts VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"
ADD_LEDGER = "INSERT INTO ledger VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"

STORED, DUPLICATE, DEAD, RECEIVED = "stored", "duplicate", "dead", "received"


@dataclass(frozen=True, slots=True)
class Batch:
    """What is committed together; `received` counts the inputs it was made from, by source."""

    samples: Sequence[Sample]
    rejections: Sequence[Rejection] = ()
    received: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch: rows stored, recognised as duplicates, kept as dead letters."""

    stored: int
    duplicates: int
    dead: int


def create(path: Path, first_seq: int, started: Micros, previous: Path | None) -> None:
    """Make a new file that inherits from `previous`. It appears whole or not at all: readers may look at any moment."""
    draft = path.with_suffix(".draft")
    with closing(begin(draft, first_seq, started, previous)) as db:
        db.execute("COMMIT")
    draft.rename(path)
    sync_directory(path.parent)


def begin(draft: Path, first_seq: int, started: Micros, previous: Path | None) -> sqlite3.Connection:
    """An empty file with the inheritance of `previous`, in an open transaction."""
    for end in ("", "-wal", "-shm"):
        draft.with_name(draft.name + end).unlink(missing_ok=True)
    db = connect(draft)
    try:
        db.executescript(SCHEMA)
        if previous is not None:
            db.execute("ATTACH ? AS previous", (read_only(previous),))
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO meta VALUES(?, ?)", [("first_seq", first_seq), ("started", started)])
        for table in INHERITED if previous is not None else ():
            db.execute(f"INSERT INTO main.{table} SELECT * FROM previous.{table}")  # noqa: S608 - constant names
    except BaseException:
        db.close()
        raise
    return db


def connect(path: Path) -> sqlite3.Connection:
    """A connection that may write. Raises sqlite3.Error when the file cannot be had in WAL mode."""
    db = sqlite3.connect(path.absolute().as_uri(), uri=True, isolation_level=None, check_same_thread=False)
    try:
        db.execute(f"PRAGMA page_size={PAGE}")
        _turn_wal_on(db)
        db.execute("PRAGMA synchronous=FULL")
    except BaseException:
        db.close()
        raise
    return db


def _turn_wal_on(db: sqlite3.Connection) -> None:
    (mode,) = db.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != "wal":  # after a failed sync SQLite goes on in another mode without an error
        raise sqlite3.OperationalError(f"journal mode is {mode}, not wal")


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


class Partition:
    """The open, writable file. Used under the lock of its volume only."""

    def __init__(self, path: Path, first_seq: int, previous: Path | None, dead_letters_kept: int) -> None:
        """Open `path`; duplicates are looked for in `previous` too."""
        self.path = path
        self._connection = connect(path)
        try:
            self._read(first_seq, previous, dead_letters_kept)
        except BaseException:
            self._connection.close()
            raise

    def _read(self, first_seq: int, previous: Path | None, dead_letters_kept: int) -> None:
        db = self._connection
        self._inherited: Micros | None = None
        if previous is not None:
            db.execute("ATTACH ? AS previous", (read_only(previous),))
            (self._inherited,) = db.execute("SELECT max(at) FROM previous.latest").fetchone()
        meta: dict[str, int] = dict(db.execute("SELECT key, value FROM meta"))
        self._started = meta.get("started", 0)
        self._series: dict[Key, int] = {(s, f, i): number for number, s, f, i in db.execute("SELECT * FROM series")}
        last = db.execute("SELECT seq, received_at FROM samples ORDER BY seq DESC LIMIT 1").fetchone()
        self.last_seq: int = last[0] if last else first_seq - 1
        self.last_stamp: Micros = last[1] if last else self._started
        self.summarised = 0
        self._dead = dead.DeadLetters(db, dead_letters_kept)

    def append(self, batches: Sequence[Batch], stamp: Micros) -> list[Appended]:
        """Store batches in one transaction, durable on return; on any error nothing of them is kept."""
        db = self._connection
        before = self.last_seq, dict(self._series)
        db.execute("BEGIN IMMEDIATE")
        try:
            appended = [self._add(batch, stamp) for batch in batches]
            db.execute("COMMIT")
        except BaseException:
            self.last_seq, self._series = before
            if db.in_transaction:
                db.execute("ROLLBACK")
            self._dead.reload()
            raise
        self.last_stamp = stamp
        return appended

    def _add(self, batch: Batch, stamp: Micros) -> Appended:
        counts: Counter[tuple[str, str]] = Counter()
        ledger: Counter[tuple[str, str]] = Counter({(source, RECEIVED): n for source, n in batch.received.items()})
        for sample in batch.samples:
            counts[sample.source, STORED if self._add_sample(sample, stamp) else DUPLICATE] += 1
        ledger.update(counts)
        stored = sum(n for (_, outcome), n in counts.items() if outcome == STORED)
        kinds: Counter[tuple[str, str]] = Counter((one.source, one.reason) for one in batch.rejections)
        for (source, reason), n in kinds.items():
            counts[source, str(reason)] += n
            # What a database refuses later was stored here before: it is no second outcome of the input.
            ledger[source, DEAD] += n if reason is not Reason.STORE else 0
        self.summarised += self._dead.add(batch.rejections, kinds, stamp)
        counts.update({(source, RECEIVED): n for source, n in batch.received.items()})
        db, hour = self._connection, stamp - stamp % HOUR
        db.executemany(ADD_COUNT, [(*key, n) for key, n in counts.items()])
        db.executemany(ADD_LEDGER, [(source, hour, outcome, n) for (source, outcome), n in ledger.items() if n])
        return Appended(stored, len(batch.samples) - stored, len(batch.rejections))

    def _add_sample(self, sample: Sample, stamp: Micros) -> bool:
        key: Key = (sample.site, sample.field, sample.indicator)
        series = self._series_number(key)
        identity = (series, sample.at, sample.value, int(sample.state))
        if self._is_in_previous(identity):
            return False
        content: Content = (
            sample.at,
            float(sample.value) + 0.0,  # SQLite keeps no negative zero
            int(sample.state),
            sample.source,
            sample.original,
            stamp,
        )
        seq = self.last_seq + 1
        crc = checksum(seq, key, content)
        if self._connection.execute(ADD_SAMPLE, (seq, series, *content, crc)).rowcount == 0:
            return False
        self.last_seq = seq
        self._connection.execute(ADD_LATEST, (series, seq, *content, crc))
        return True

    def _is_in_previous(self, identity: tuple[int, int, float, int]) -> bool:
        if self._inherited is None or identity[1] > self._inherited:  # measured after all that is in there
            return False
        query = "SELECT 1 FROM previous.samples WHERE series=? AND at=? AND value=? AND state=?"
        return self._connection.execute(query, identity).fetchone() is not None

    def _series_number(self, key: Key) -> int:
        number = self._series.get(key)
        if number is None:
            number = max(self._series.values(), default=0) + 1
            for statement in ADD_SERIES:
                self._connection.execute(statement, (number, *key))
            self._series[key] = number
        return number

    def fold(self) -> None:
        """Bring the write-ahead log into the file, though readers have it open too."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close the file; the last one to do so folds the write-ahead log into it."""
        self._connection.close()
