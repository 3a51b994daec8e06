"""Keeps the engine's clock by the machine's, says when that steps, and shows and keeps how far the two are apart."""

import asyncio

import structlog

from ioc.apart import Apart
from ioc.clock import STEP_SECONDS, SteadyClock
from ioc.errors import TemporaryError
from ioc.telemetry import Counts

EVERY_SECONDS = 1.0
log = structlog.get_logger("ioc.clock")


class Timekeeper:
    """Shows `clock_drift_seconds` (the machine's clock minus ours) and counts `clock_steps`."""

    def __init__(self, clock: SteadyClock, counts: Counts, apart: Apart) -> None:
        """`clock` is the one that everything else is told the time by; `apart` keeps when it was apart."""
        self._clock = clock
        self._apart = apart
        self._counts = counts
        self._is_apart = False

    async def run(self) -> None:
        """Look every second, until cancelled."""
        while True:
            self.look()
            if self._apart.is_due():
                await self._save()
            await self._clock.sleep(EVERY_SECONDS)

    def look(self) -> None:
        """Look once."""
        if step := self._clock.follow():
            self._counts.add("clock_steps")
            log.warning("the machine's clock stepped; ours goes on and follows if it stays", seconds=round(step, 1))
        drift = self._clock.drift()
        self._counts.set("clock_drift_seconds", drift)
        if self._is_apart and abs(drift) <= STEP_SECONDS:
            log.info("the machine's clock and ours agree again")
        self._is_apart = abs(drift) > STEP_SECONDS
        self._apart.look(are_apart=self._is_apart)

    async def _save(self) -> None:
        try:
            await asyncio.to_thread(self._apart.save)
        except TemporaryError as error:
            log.warning("when the clocks were apart is not written, tried again", error=str(error))
