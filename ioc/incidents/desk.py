"""Where people and the clock act on incidents: one transaction for each act, messages included."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

from ioc.incidents.clerk import Clerk, Who
from ioc.incidents.model import Incident, Silence, What
from ioc.incidents.register import Reading
from ioc.model import Micros, Notification, Transition

Writing = Callable[[], AbstractContextManager[sqlite3.Connection]]
"""Begins a transaction on `state.db` at once, and commits it at the end unless something was raised."""

Enqueue = Callable[[sqlite3.Connection, Sequence[Notification]], None]
"""Puts messages into the outbox."""

Standing = Callable[[sqlite3.Connection], Iterable[Transition]]
"""The latest step of each alert that fires, in the order in which they came about."""


class Desk:
    """Every method is one transaction, from any thread. Raises RefusedError; TemporaryError when it cannot write."""

    def __init__(self, clerk: Clerk, reading: Reading, writing: Writing, enqueue: Enqueue) -> None:
        """`clerk` decides; the rest is the file."""
        self._clerk = clerk
        self._reading = reading
        self._writing = writing
        self._enqueue = enqueue

    def open(self, standing: Standing) -> None:
        """Take over what another run left, maybe one of a version that knew no incidents."""
        with self._writing() as db:
            self._clerk.review(db, standing(db))

    def perform(self, name: str, what: What, who: Who, now: Micros) -> Incident:
        """Do something with the incident of that id, or of that alert; the incident as it is then."""
        with self._writing() as db:
            incident, notes = self._clerk.perform(db, name, what, who, now)
            self._enqueue(db, notes)
        return incident

    def silence(self, wanted: Silence, source: str, now: Micros) -> Silence:
        """Set up a silence or a maintenance; as it is kept, under its id."""
        with self._writing() as db:
            return self._clerk.silence(db, wanted, source, now)

    def end_silence(self, name: str, who: Who, now: Micros) -> Silence:
        """End a silence or a maintenance before its time."""
        with self._writing() as db:
            silence, notes = self._clerk.end_silence(db, name, who, now)
            self._enqueue(db, notes)
        return silence

    def silenced_till(self, name: str) -> Micros:
        """When the silences end that hold now, or held within the last hour, for what a message with that id is about.

        0 without any.
        """
        with self._reading() as db:
            return self._clerk.silenced_till(db, name)

    def elapse(self, now: Micros) -> None:
        """Do what the clock does, if it does anything."""
        with self._reading() as db:
            if not self._clerk.is_due(db, now):
                return
        with self._writing() as db:
            self._enqueue(db, self._clerk.elapse(db, now))
