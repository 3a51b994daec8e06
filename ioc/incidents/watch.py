"""Looks at the clock for the incidents once a second, and keeps their figures."""

import asyncio
from collections import Counter
from typing import Protocol

from ioc.clock import Clock
from ioc.errors import TemporaryError
from ioc.incidents.model import Stage
from ioc.incidents.register import Register
from ioc.model import SECOND, Micros, Severity
from ioc.telemetry import Counts, Link

TICK_SECONDS = 1.0
EVER = 2**62


class Desk(Protocol):
    """What moves with the clock."""

    def elapse(self, now: Micros) -> None:
        """Do what falls due up to now."""
        ...


class Watch:
    """One task calls `run`."""

    def __init__(self, desk: Desk, register: Register, clock: Clock, counts: Counts) -> None:
        """Figures: `incidents` by stage and severity, counters of what was opened and acknowledged, `silences`.

        `incident_waiting_seconds`: how long the longest of those that nobody has waits to be taken on, by severity.
        """
        self._desk = desk
        self._register = register
        self._clock = clock
        self._counts = counts
        self._link = Link("incident-clock", counts)
        self._marker = -1
        self._oldest: dict[Severity, Micros] = {}

    async def run(self) -> None:
        """Tick for ever."""
        while True:
            try:
                await asyncio.to_thread(self.tick)
            except TemporaryError as error:  # what is due stays due
                self._link.down(str(error.__cause__ or error))
            else:
                self._link.up()
            await self._clock.sleep(TICK_SECONDS)

    def tick(self) -> None:
        """Look once."""
        now = self._clock.now()
        self._desk.elapse(now)
        kinds = Counter(one.is_maintenance for one in self._register.silences(now) if one.start <= now)
        self._counts.set("silences", kinds[False], kind="silence")
        self._counts.set("silences", kinds[True], kind="maintenance")
        marker = self._register.marker()
        if marker != self._marker:
            self._count()
            self._marker = marker
        for severity in list(Severity)[1:]:
            waited = max(0, now - self._oldest.get(severity, now)) / SECOND
            self._counts.set("incident_waiting_seconds", waited, severity=severity.name.lower())

    def _count(self) -> None:
        found = self._register.standing()
        waiting = sorted(
            (one for one in found if one.stage is Stage.OPEN), key=lambda one: one.open_since, reverse=True
        )
        self._oldest = {one.severity: one.open_since for one in waiting}
        standing = Counter((one.stage, one.severity) for one in found)
        for stage in (Stage.OPEN, Stage.ACKNOWLEDGED):
            for severity in Severity:
                self._counts.set("incidents", standing[stage, severity], stage=stage, severity=severity.name.lower())
        ever = self._register.figures(0, EVER)
        self._raise("incidents_opened", ever.opened)
        self._raise("incidents_acknowledged", ever.acknowledged)
        self._raise("incident_acknowledge_seconds", ever.waited / SECOND)

    def _raise(self, name: str, total: float) -> None:
        self._counts.add(name, max(0.0, total - self._counts.value(name)))
