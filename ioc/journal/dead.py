"""Dead letters within one partition: a quota of rows, and a summary of those that had to make room."""

import sqlite3
from collections import Counter
from collections.abc import Sequence

from ioc.model import Micros, Rejection

PAYLOAD_KEPT = 4096
SCHEMA = """
CREATE TABLE IF NOT EXISTS dead_letters(
    id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL,
    topic TEXT NOT NULL, payload BLOB NOT NULL, size INTEGER NOT NULL, detail TEXT NOT NULL, position INTEGER);
CREATE TABLE IF NOT EXISTS dead_summary(
    source TEXT NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY(source, reason)) WITHOUT ROWID;
"""
ADD = "INSERT INTO dead_letters VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?)"
OLDEST = "SELECT id FROM dead_letters WHERE source=? AND reason=? ORDER BY id LIMIT ?"
SUMMARISE = f"""
INSERT INTO dead_summary
    SELECT source, reason, min(received_at), max(received_at), count(*) FROM dead_letters WHERE id IN ({OLDEST})
    GROUP BY source, reason
ON CONFLICT(source, reason) DO UPDATE SET until=excluded.until, n=n + excluded.n"""  # noqa: S608 - constant
REMOVE = f"DELETE FROM dead_letters WHERE id IN ({OLDEST})"  # noqa: S608 - constant


class DeadLetters:
    """The table of dead letters in an open partition; its statements join the caller's transaction."""

    def __init__(self, db: sqlite3.Connection, kept: int) -> None:
        """At most `kept` rows stay; of the most frequent kind the oldest give way, so that a flood evicts itself."""
        self._db = db
        self._kept = kept
        self._sizes: Counter[tuple[str, str]] = Counter()
        self.reload()

    def reload(self) -> None:
        """Count again what is there, at the start and after a rollback."""
        query = "SELECT source, reason, count(*) FROM dead_letters GROUP BY source, reason"
        self._sizes = Counter({(source, reason): n for source, reason, n in self._db.execute(query)})

    def add(self, rejections: Sequence[Rejection], stamp: Micros) -> int:
        """Keep rejections; returns how many older ones were summarised to make room."""
        self._db.executemany(ADD, (_row(rejection, stamp) for rejection in rejections))
        self._sizes.update((rejection.source, str(rejection.reason)) for rejection in rejections)
        folded = 0
        while (excess := self._sizes.total() - self._kept) > 0:
            folded += self._fold(excess)
        return folded

    def _fold(self, excess: int) -> int:
        """Summarise the oldest of the largest group, a tenth of the quota at a time: that keeps it cheap."""
        (key, size), *_ = self._sizes.most_common(1)
        n = min(size, max(excess, self._kept // 10))
        self._db.execute(SUMMARISE, (*key, n))
        self._db.execute(REMOVE, (*key, n))
        self._sizes[key] -= n
        return n


def _row(rejection: Rejection, stamp: Micros) -> tuple[str | bytes | int | None, ...]:
    payload = rejection.payload
    return (
        stamp,
        str(rejection.reason),
        rejection.source,
        rejection.topic,
        payload[:PAYLOAD_KEPT],
        len(payload),
        rejection.detail,
        rejection.position,
    )
