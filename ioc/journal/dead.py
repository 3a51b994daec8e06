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


Kind = tuple[str, str]
"""Source and reason."""


class DeadLetters:
    """The table of dead letters in an open partition; its statements join the caller's transaction."""

    def __init__(self, db: sqlite3.Connection, kept: int) -> None:
        """At most `kept` rows stay; of the most frequent kind the oldest give way, so that a flood evicts itself."""
        self._db = db
        self._kept = kept
        self._sizes: Counter[Kind] = Counter()
        self.reload()

    def reload(self) -> None:
        """Count again what is there, at the start and after a rollback."""
        query = "SELECT source, reason, count(*) FROM dead_letters GROUP BY source, reason"
        self._sizes = Counter({(source, reason): n for source, reason, n in self._db.execute(query)})

    def add(self, rejections: Sequence[Rejection], kinds: Mapping[Kind, int], stamp: Micros) -> int:
        """Keep rejections; returns how many were summarised, older ones to make room and those of a flood at once.

        `kinds` says how many there are by source and reason.
        """
        kept = {kind: min(n, self._allowed(kind)) for kind, n in kinds.items()}
        surplus = [(*kind, stamp, stamp, n - kept[kind]) for kind, n in kinds.items() if n > kept[kind]]
        self._db.executemany(COUNT, surplus)
        whole = _newest(rejections, kept) if surplus else rejections
        self._db.executemany(ADD, (_row(rejection, stamp) for rejection in whole))
        self._sizes.update(kept)
        folded = sum(n for *_, n in surplus)
        while (excess := self._sizes.total() - self._kept) > 0:
            folded += self._fold(excess)
        return folded

    def _allowed(self, key: Kind) -> int:
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


def _newest(rejections: Sequence[Rejection], kept: Mapping[Kind, int]) -> list[Rejection]:
    """The last so many of each kind, in order; looks no further back than it must."""
    left, more, whole = dict(kept), sum(kept.values()), list[Rejection]()
    for rejection in reversed(rejections):
        if not more:
            break
        kind = rejection.source, rejection.reason
        if left[kind]:
            left[kind] -= 1
            more -= 1
            whole.append(rejection)
    return whole[::-1]


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
