"""Dead letters by hand: choose, send again, set aside. Works while the engine runs and while it does not.

A replay publishes the original payload to its topic, as its sender would do it again: intake judges it anew, and what
was accepted before is recognised. What was replayed or dropped is noted in a file of ours beside the journal, which the
engine alone may write.
"""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from ioc.journal.dead import PAYLOAD_KEPT
from ioc.journal.reader import DeadLetter, JournalReader
from ioc.model import Reason

FILE = "dead-letters.db"
REPLAYED, DROPPED = "replayed", "dropped"
EVERY = 1_000_000


class Plan(msgspec.Struct, frozen=True):
    """What a replay would do: messages to publish, the letters they stand for, and letters that are not sent."""

    messages: list[tuple[str, bytes]]
    letters: list[DeadLetter]
    cut: list[DeadLetter]
    later: list[DeadLetter]
    spoofs: list[DeadLetter]


class Shelf:
    """The dead letters of a journal with what was done about each."""

    def __init__(self, directory: Path) -> None:
        """`directory` is the journal's; nothing is written before `mark`."""
        self._reader = JournalReader(directory)
        self._path = directory / FILE

    def all(self) -> list[DeadLetter]:
        """Every dead letter that is kept, newest first."""
        return self._reader.dead_letters(EVERY)

    def open(self) -> list[DeadLetter]:
        """Those that nobody has replayed or dropped."""
        done = self.done()
        return [letter for letter in self.all() if letter.id not in done]

    def done(self) -> dict[str, str]:
        """`replayed` or `dropped` by id."""
        if not self._path.exists():
            return {}
        with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return dict(db.execute("SELECT id, what FROM done"))

    def mark(self, letters: Iterable[DeadLetter], what: str) -> None:
        """Note what was done; durable on return."""
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as db:
            db.execute("CREATE TABLE IF NOT EXISTS done(id TEXT PRIMARY KEY, what TEXT NOT NULL) WITHOUT ROWID")
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT OR REPLACE INTO done VALUES(?, ?)", [(letter.id, what) for letter in letters])
            db.execute("COMMIT")

    def counts(self) -> dict[str, int]:
        """How many there ever were, by reason; for ever, whatever became of them."""
        reasons = {reason.value: 0 for reason in Reason}
        for (_, outcome), n in self._reader.counts().items():
            if outcome in reasons:
                reasons[outcome] += n
        return {reason: n for reason, n in reasons.items() if n}

    def folded(self) -> int:
        """How many gave way to newer ones and exist only as a number now."""
        return sum(summary.n for summary in self._reader.folded())

    def close(self) -> None:
        """Close the files."""
        self._reader.close()


def chosen(letters: Sequence[DeadLetter], ids: Collection[str], reason: str | None) -> list[DeadLetter]:
    """Those of a reason, or with one of these ids (their end is enough if it is unique), or all of them."""
    if reason is not None:
        return [letter for letter in letters if letter.reason == reason]
    if not ids:
        return list(letters)
    return [letter for letter in letters if any(letter.id == one or letter.id.endswith(f"-{one}") for one in ids)]


def plan(letters: Sequence[DeadLetter], *, with_spoofs: bool = False) -> Plan:
    """What to publish, oldest first, one message for all the letters that came from it.

    Letters of more than 4 KiB were cut when they were kept. Those of reason `store` hold what a database refused: the
    journal has these samples, so sending them again would only be recognised. Spoofs are
    left out unless asked for: sent by us to their topic they would be believed, whoever they came from.
    """
    spoofs = [letter for letter in letters if letter.reason == Reason.SPOOF and not with_spoofs]
    letters = [letter for letter in letters if with_spoofs or letter.reason != Reason.SPOOF]
    later = [letter for letter in letters if letter.reason == Reason.STORE]
    rest = [letter for letter in letters if letter.reason != Reason.STORE]
    cut = [letter for letter in rest if letter.size > PAYLOAD_KEPT]
    whole = [letter for letter in reversed(rest) if letter.size <= PAYLOAD_KEPT]
    messages = dict.fromkeys((letter.topic, letter.payload) for letter in whole)
    return Plan(list(messages), whole, cut, later, spoofs)


def harmless(text: str) -> str:
    """The text without what a terminal would obey: control characters, but for line ends and tabs, are written out."""
    return "".join(
        sign if sign.isprintable() or sign in "\n\t" else sign.encode("unicode_escape").decode() for sign in text
    )
