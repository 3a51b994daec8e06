"""Alerts of another system in `state.db`: each step is taken once, into incidents and outbox, in one transaction."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from ioc.alerting.turn import Turn
from ioc.model import Micros, Notification, Transition

ENDED = """
alter table external add column at integer not null default 0;
update external set at = coalesce((select value from meta where name = 'horizon'), 0);
"""
"""When the latest news of an alert was taken; of what is there already, that is as good as now."""
RETIRE = "delete from external where at < ? and revision > 1"
"""Those that are over: the first news of an alert is that it fires, the second that it has ended."""


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

    def enter(self, fingerprint: str, told: Transition, messages: Sequence[Notification]) -> bool:
        """Take a step of the alert with that fingerprint, with its messages, unless it was taken; whether it was new.

        Raises:
            TemporaryError.
        """
        now = self._now()
        with self._file.writing() as db:
            is_new = _is_new(db, fingerprint, told)
            if is_new:
                row = (fingerprint, told.incident, told.revision, now)
                db.execute("insert or replace into external values (?, ?, ?, ?)", row)
                self._file.handle(db, Turn(transitions=[told], known=[now], notifications=list(messages)))
        return is_new


def _is_new(db: sqlite3.Connection, fingerprint: str, told: Transition) -> bool:
    query = "select incident, revision from external where fingerprint = ?"
    known = db.execute(query, (fingerprint,)).fetchone()
    return known is None or known[0] != told.incident or known[1] < told.revision
