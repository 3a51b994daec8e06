"""The only place that reads a clock or sleeps."""

import asyncio
import time
from typing import Protocol

from ioc.model import SECOND, Micros


class Clock(Protocol):
    """What time it is, and a way to wait."""

    def now(self) -> Micros:
        """Wall time."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never stepping."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that many real seconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> Micros:
        """Wall time of this machine."""
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        """The machine's monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait that many real seconds."""
        await asyncio.sleep(seconds)


class PlayedClock(SystemClock):
    """A clock that plays another time: at real time `began` it shows `start` and runs `speed` times as fast.

    Processes given the same three numbers show the same time. For demonstrations, drills and tests only.
    """

    def __init__(self, start: Micros, began: Micros, speed: float = 1.0) -> None:
        """`start` and `began` in microseconds, `speed` in played seconds per real second."""
        self.start = start
        self.began = began
        self.speed = speed

    def now(self) -> Micros:
        """The played time."""
        return self.start + int((super().now() - self.began) * self.speed)


class ManualClock:
    """A clock that moves only when told to; sleeping moves it."""

    def __init__(self, now: Micros = 1_717_200_000 * SECOND) -> None:
        """Start at `now`, by default 2024-06-01T00:00:00Z."""
        self._now = now
        self._monotonic = 0.0

    def now(self) -> Micros:
        """The time set."""
        return self._now

    def monotonic(self) -> float:
        """Seconds moved so far."""
        return self._monotonic

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._now += int(seconds * SECOND)
        self._monotonic += seconds

    async def sleep(self, seconds: float) -> None:
        """Let time pass, and other tasks run."""
        self.move(seconds)
        await asyncio.sleep(0)
