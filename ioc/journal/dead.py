"""Dead letters within one partition: a quota of rows, and a summary of those that had to make room."""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence

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
ON CONFLICT(source, reason) DO UPDATE SET
    since=min(since, excluded.since), until=max(until, excluded.until), n=n + excluded.n"""  # noqa: S608 - constant
COUNT = """
INSERT INTO dead_summary VALUES(?, ?, ?, ?, ?)
ON CONFLICT(source, reason) DO UPDATE SET
    since=min(since, excluded.since), until=max(until, excluded.until), n=n + excluded.n"""
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
        """Keep rejections; returns how many were summarised, older ones to make room and those of a flood at once."""
        arrived = Counter((rejection.source, str(rejection.reason)) for rejection in rejections)
        surplus = {key: more for key, n in arrived.items() if (more := n - self._allowed(key)) > 0}
        self._db.executemany(COUNT, [(*key, stamp, stamp, n) for key, n in surplus.items()])
        whole = _newest(rejections, surplus) if surplus else rejections
        self._db.executemany(ADD, (_row(rejection, stamp) for rejection in whole))
        self._sizes.update(arrived)
        self._sizes.subtract(surplus)
        folded = sum(surplus.values())
        while (excess := self._sizes.total() - self._kept) > 0:
            folded += self._fold(excess)
        return folded

    def _allowed(self, key: tuple[str, str]) -> int:
        """How many of a kind one commit keeps whole: to write all of a flood and delete them would hold others up."""
        return max(self._kept - self._sizes[key], self._kept // 10)

    def _fold(self, excess: int) -> int:
        """Summarise the oldest of the largest group, a tenth of the quota at a time: that keeps it cheap."""
        (key, size), *_ = self._sizes.most_common(1)
        n = min(size, max(excess, self._kept // 10))
        self._db.execute(SUMMARISE, (*key, n))
        self._db.execute(REMOVE, (*key, n))
        self._sizes[key] -= n
        return n


def _newest(rejections: Sequence[Rejection], surplus: Mapping[tuple[str, str], int]) -> list[Rejection]:
    """The rejections without the first so many of each kind."""
    left, whole = dict(surplus), []
    for rejection in rejections:
        key = rejection.source, str(rejection.reason)
        if left.get(key, 0):
            left[key] -= 1
        else:
            whole.append(rejection)
    return whole


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
