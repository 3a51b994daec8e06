"""What can be asked about incidents and silences, from any thread, while others write."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

from ioc.incidents import tables
from ioc.incidents.model import Act, Incident, Silence, Stage
from ioc.incidents.refused import RefusedError, Why
from ioc.model import Micros, Severity

Reading = Callable[[], AbstractContextManager[sqlite3.Connection]]
"""Opens `state.db` read-only, as of one commit."""


class Figures(NamedTuple):
    """What became of the incidents opened in some period: how many, and how long somebody took to take them on."""

    opened: int
    acknowledged: int
    resolved: int
    waited: Micros

    @property
    def mean_time_to_acknowledge(self) -> Micros | None:
        """In microseconds, over those that somebody acknowledged; None without any."""
        return round(self.waited / self.acknowledged) if self.acknowledged else None


class Register:
    """Answers questions; changes nothing."""

    def __init__(self, reading: Reading) -> None:
        """`reading` is called once per question."""
        self._reading = reading

    def is_acknowledged(self, name: str) -> bool:
        """Whether somebody has taken on what a message with that id was about, or it is over.

        An alert that is graver than its incident was when somebody took it on is not covered. False for what is no
        part of an incident.
        """
        with self._reading() as db:
            found = tables.find(db, name)
        return found is not None and found.covers(name)

    def incident(self, name: str) -> Incident:
        """The incident of that id, or the one that has the alert of that id. Raises RefusedError."""
        with self._reading() as db:
            return _found(tables.find(db, name), name)

    def account(self, name: str) -> tuple[Incident, list[Act]]:
        """An incident with all that was done. Raises RefusedError."""
        with self._reading() as db:
            found = _found(tables.find(db, name), name)
            return found, tables.log(db, found.id)

    def log(self, limit: int) -> list[Act]:
        """The newest `limit` acts on any incident or silence, the newest first."""
        with self._reading() as db:
            return tables.log_all(db, limit)

    def standing(self) -> list[Incident]:
        """The incidents that are not over, the oldest first."""
        with self._reading() as db:
            return tables.standing(db)

    def newest(self, stages: tuple[Stage, ...], limit: int, before: str | None = None) -> list[Incident]:
        """Up to `limit` incidents in one of these stages, older than the one of that id if given, newest first."""
        with self._reading() as db:
            return tables.newest(db, stages, limit, before)

    def marker(self) -> int:
        """A number that grows with every act."""
        with self._reading() as db:
            row = db.execute("select max(id) from acts").fetchone()
        return row[0] or 0

    def figures(self, start: Micros, end: Micros, least: Severity = Severity.INFO) -> Figures:
        """Over the incidents that were opened in [start, end) and were at worst `least` or graver."""
        query = """
            select count(*), count(acknowledged), count(resolved), total(acknowledged - opened) from incidents
            where opened >= ? and opened < ? and peak >= ?
        """
        with self._reading() as db:
            opened, acknowledged, resolved, waited = db.execute(query, (start, end, least)).fetchone()
        return Figures(opened, acknowledged, resolved, int(waited))

    def silences(self, now: Micros) -> list[Silence]:
        """The silences and maintenances in force or still to begin, by their end."""
        with self._reading() as db:
            return tables.silences(db, now)


def _found(incident: Incident | None, name: str) -> Incident:
    if incident is None:
        raise RefusedError(Why.NO_INCIDENT, name)
    return incident
