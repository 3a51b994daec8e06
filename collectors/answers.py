"""What was answered to whom in the last day, in one small file: a request sent again gets its first answer again.

The file has a greatest size. Beyond it the oldest answers of whoever has most are forgotten before their day is over:
such a request, sent again, is judged again, and the journal recognises each of its samples.
"""

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ioc.errors import TemporaryError
from ioc.model import DAY, Micros
from ioc.spare import opened

KEPT: Micros = DAY
MOST = 256 << 20
"""Bytes of answers: a million usual ones."""
ROW = 320
"""Bytes of a row beside its key and text: sender, fingerprint, and its places in three trees."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS answers(
    sender TEXT, key TEXT, at INTEGER NOT NULL, body TEXT NOT NULL, status INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY(sender, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS age ON answers(at);
CREATE INDEX IF NOT EXISTS age_by_sender ON answers(sender, at);
"""
WEIGHT = f"{ROW} + length(CAST(key AS BLOB)) + length(CAST(text AS BLOB))"
WEIGHTS = f"SELECT sender, sum({WEIGHT}) FROM answers GROUP BY sender"  # noqa: S608 - of our own words
PUT = f"INSERT OR REPLACE INTO answers VALUES(?, ?, ?, ?, ?, ?) RETURNING sender, {WEIGHT}"
FORGET_OLD = f"DELETE FROM answers WHERE at<=? RETURNING sender, {WEIGHT}"  # noqa: S608 - of our own words
FORGET_OLDEST = f"""
DELETE FROM answers WHERE sender=?1 AND key IN (SELECT key FROM answers WHERE sender=?1 ORDER BY at LIMIT 100)
RETURNING sender, {WEIGHT}
"""  # noqa: S608 - of our own words


class Answer(NamedTuple):
    """The answer to a request: the fingerprint of its site and body, and what was said."""

    body: str
    status: int
    text: str


class Answers:
    """Answers by sender and key. Thread-safe; raises TemporaryError while the file cannot be used."""

    def __init__(self, path: Path, most: int | None = None) -> None:
        """Open or create the file; its folder exists. `most`: bytes of answers."""
        self._path = path
        self._most = MOST if most is None else most
        self._lock = threading.Lock()
        with self._using():
            self._db = opened(path, SCHEMA)
            self._weights = Counter(dict(self._db.execute(WEIGHTS)))

    def get(self, sender: str, key: str, now: Micros) -> Answer | None:
        """What was answered within a day before `now`."""
        query = "SELECT body, status, text FROM answers WHERE sender=? AND key=? AND at>?"
        with self._using():
            row = self._db.execute(query, (sender, key, now - KEPT)).fetchone()
        return Answer(*row) if row else None

    def put(self, answers: Iterable[tuple[str, str, Answer]], now: Micros) -> int:
        """Keep answers by sender and key, durable on return, and forget those older than a day.

        Gives how many others had to be forgotten sooner.
        """
        rows = [(sender, key, now, *answer) for sender, key, answer in answers]
        with self._using():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                weights = self._weights - self._told(FORGET_OLD, now - KEPT)[1]
                for row in rows:
                    weights += self._told(PUT, *row)[1]
                retired = self._make_room(weights)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._weights = weights
        return retired

    def _make_room(self, weights: "Counter[str]") -> int:
        retired = 0
        while weights.total() > self._most:
            [(sender, weight)] = weights.most_common(1)
            count, freed = self._told(FORGET_OLDEST, sender)
            retired += count
            weights.subtract(freed if count else {sender: weight})
        return retired

    def _told(self, statement: str, *values: object) -> tuple[int, "Counter[str]"]:
        """How many rows it was about, and what they weigh by sender."""
        rows = self._db.execute(statement, values).fetchall()
        weights: Counter[str] = Counter()
        for sender, weight in rows:
            weights[sender] += weight
        return len(rows), weights

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _using(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise TemporaryError(f"{self._path.name}: {error}") from error
