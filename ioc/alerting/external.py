"""Alerts of another system in `state.db`: each step is taken once, into incidents and outbox, in one transaction."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from msgspec.structs import replace

from ioc.alerting.turn import Turn
from ioc.model import Micros, Notification, Transition

ENDED = """
alter table external add column at integer not null default 0;
update external set at = coalesce((select value from meta where name = 'horizon'), 0);
"""
"""When the latest news of an alert was taken; of what is there already, that is as good as now."""
RETIRE = "delete from external where at < ? and revision % 2 = 0"
"""Those that are over: news with an odd number is that an alert fires, the next that it has ended."""

Tell = Callable[[Transition], Sequence[Notification]]
"""The messages about a step."""


class File(Protocol):
    """The open ledger."""

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """A transaction, all of it or nothing; TemporaryError when there can be none now."""
        ...

    def handle(self, db: sqlite3.Connection, turn: Turn) -> None:
        """Do what else belongs to a turn, in its transaction."""
        ...


class External:
    """Takes the steps of these alerts. From any thread."""

    def __init__(self, file: File, now: Callable[[], Micros]) -> None:
        """`now` says when a step became known."""
        self._file = file
        self._now = now

    def enter(self, fingerprint: str, told: Transition, tell: Tell) -> bool:
        """Take a step of the alert with that fingerprint, with its messages, unless it was taken; whether it was new.

        `told` has revision 1 when it fires and 2 when it is over. It is told under the next number: an alert that was
        lost sight of counts as over, and fires again with the same beginning.

        Raises:
            TemporaryError.
        """
        now = self._now()
        with self._file.writing() as db:
            number = _number(db, fingerprint, told)
            if number:
                step = replace(told, revision=number)
                db.execute(
                    "insert or replace into external values (?, ?, ?, ?)", (fingerprint, step.incident, number, now)
                )
                self._file.handle(db, Turn(transitions=[step], known=[now], notifications=list(tell(step))))
        return number > 0


def _number(db: sqlite3.Connection, fingerprint: str, told: Transition) -> int:
    """Which news of the alert this is; 0 when it is none."""
    query = "select incident, revision from external where fingerprint = ?"
    known = db.execute(query, (fingerprint,)).fetchone()
    if known is None or known[0] != told.incident:
        return told.revision
    return int(known[1]) + 1 if (known[1] - told.revision) % 2 else 0
