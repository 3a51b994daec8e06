"""The roll-ups on disk: reported values by cell, roll-ups and cursor in one SQLite file.

One `writing` block stores a batch with its cursor, all of it or nothing. Writers share one locked connection; every
other read opens its own read-only one, from any thread.
"""

import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from indicators.spec import Period
from ioc.errors import PermanentError, TemporaryError
from ioc.model import Micros
from ioc.rollup import calendar
from ioc.rollup.page import COLUMNS, Page, rollup
from ioc.rollup.row import Rollup

SCHEMA_VERSION = 1
EVERY = -1

SCHEMA = """
create table meta (name text primary key, value integer not null) without rowid;
create table series (id integer primary key, site text not null, indicator text not null, unique (site, indicator));
create table cells (
    series integer, cell integer, value real not null, state integer not null, at integer not null,
    seq integer not null, primary key (series, cell)
) without rowid;
create table rollups (
    series integer, axis text, kind text, start integer, value real, n integer not null, m integer not null,
    numerator real, denominator real, total real not null, low real, high real, last real, first_at integer not null,
    last_at integer not null, state integer not null, complete integer not null, gap integer not null,
    revision integer not null, changed integer not null, primary key (series, axis, kind, start)
) without rowid;
create unique index rollups_changed on rollups (changed);
"""


class Table:
    """The file `rollup.db`. Raises TemporaryError while it cannot write, PermanentError when it is not ours."""

    def __init__(self, path: Path) -> None:
        """Open or create the file at `path`; its folder exists."""
        self._path = path
        self._lock = threading.Lock()
        with _translated():
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            self._prepare()
            self._page = Page(self._db)

    def close(self) -> None:
        """Wait for a batch under way, then close."""
        with self._lock:
            self._db.close()

    def cursor(self) -> int:
        """The last sequence number rolled up."""
        with self._reading() as db:
            return _meta(db, "cursor")

    @contextmanager
    def writing(self, cursor: int) -> Iterator[Page]:
        """A page to write on; what was written is kept together with the new cursor, on an error nothing is."""
        with self._lock, _translated():
            self._db.execute("begin immediate")
            try:
                yield self._page
                self._db.executemany(
                    "insert or replace into meta values (?, ?)", [("cursor", cursor), ("changes", self._page.changes)]
                )
                self._db.execute("commit")
            finally:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                    self._page.forget()

    def lookup(
        self, site: str, indicator: str, axis: str, kind: Period, within: tuple[Micros, Micros], limit: int = EVERY
    ) -> list[Rollup]:
        """The first `limit` roll-ups of periods that have a part in [start, end), by time."""
        query = f"""
            select {COLUMNS} from rollups r join series s on s.id = r.series
            where s.site = ? and s.indicator = ? and r.axis = ? and r.kind = ? and r.start >= ? and r.start < ?
            order by r.start limit ?
        """  # noqa: S608 - constant names
        start, end = within
        first = calendar.span(kind, start).start
        with self._reading() as db:
            found = db.execute(query, (site, indicator, str(axis), kind.value, first, end, limit))
            return [rollup(row) for row in found]

    def changes(self, after: int, limit: int) -> list[Rollup]:
        """Up to `limit` roll-ups whose last change is numbered above `after`, in order of change.

        One that changes again moves to the end, so that a follower which goes on from the last number it saw sees the
        newest content of every roll-up at least once.
        """
        query = f"""
            select {COLUMNS} from rollups r join series s on s.id = r.series
            where r.changed > ? order by r.changed limit ?
        """  # noqa: S608 - constant names
        with self._reading() as db:
            return [rollup(row) for row in db.execute(query, (after, limit))]

    def changed(self) -> int:
        """The number of the last change."""
        with self._reading() as db:
            return _meta(db, "changes")

    def retire(self, indicators: Collection[str], before: Micros) -> int:
        """Let go of the reported values of some indicators that count before a moment; how many they were.

        The roll-ups made from them stay. `before` begins a day, so that a day is kept whole or not at all.
        """
        with self._lock, _translated():
            everything = self._db.execute("select id, indicator from series").fetchall()
            chosen = [(number, before) for number, indicator in everything if indicator in indicators]
            self._db.execute("begin immediate")
            try:
                gone = self._db.executemany("delete from cells where series = ? and cell < ?", chosen).rowcount
                self._db.execute("commit")
            finally:
                if self._db.in_transaction:
                    self._db.execute("rollback")
        return max(0, gone)

    def _prepare(self) -> None:
        (version,) = self._db.execute("pragma user_version").fetchone()
        if version == 0:
            self._db.executescript(f"begin immediate; {SCHEMA} pragma user_version = {SCHEMA_VERSION}; commit;")
        elif version != SCHEMA_VERSION:
            raise PermanentError("rollup-db", f"schema {version} is not {SCHEMA_VERSION}")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with _translated(), closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            yield db


def _meta(db: sqlite3.Connection, name: str) -> int:
    row = db.execute("select value from meta where name = ?", (name,)).fetchone()
    return row[0] if row else 0


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise TemporaryError("rollup-db") from error
    except sqlite3.Error as error:
        raise PermanentError("rollup-db", str(error)) from error
