"""What was answered to whom in the last day, in one small file: a request sent again gets its first answer again."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ioc.errors import TemporaryError
from ioc.model import DAY, Micros
from ioc.spare import opened

KEPT: Micros = DAY
SCHEMA = """
CREATE TABLE IF NOT EXISTS answers(
    sender TEXT, key TEXT, at INTEGER NOT NULL, body TEXT NOT NULL, status INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY(sender, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS age ON answers(at);
"""


class Answer(NamedTuple):
    """The answer to a request: the fingerprint of its site and body, and what was said."""

    body: str
    status: int
    text: str


class Answers:
    """Answers by sender and key. Thread-safe; raises TemporaryError while the file cannot be used."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; its folder exists."""
        self._path = path
        self._lock = threading.Lock()
        with self._using():
            self._db = opened(path, SCHEMA)

    def get(self, sender: str, key: str, now: Micros) -> Answer | None:
        """What was answered within a day before `now`."""
        query = "SELECT body, status, text FROM answers WHERE sender=? AND key=? AND at>?"
        with self._using():
            row = self._db.execute(query, (sender, key, now - KEPT)).fetchone()
        return Answer(*row) if row else None

    def put(self, answers: Iterable[tuple[str, str, Answer]], now: Micros) -> None:
        """Keep answers by sender and key, durable on return, and forget those older than a day."""
        rows = [(sender, key, now, *answer) for sender, key, answer in answers]
        with self._using():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany("INSERT OR REPLACE INTO answers VALUES(?, ?, ?, ?, ?, ?)", rows)
                self._db.execute("DELETE FROM answers WHERE at<=?", (now - KEPT,))
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

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
