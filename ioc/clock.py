"""The only place that reads a clock or sleeps."""

import asyncio
import time
from collections.abc import Callable
from math import copysign
from typing import Protocol

from ioc.model import SECOND, Micros


def _ticks() -> int:
    """Nanoseconds from an arbitrary start, sleep of the machine included where its system counts it."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


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


STEP_SECONDS = 2.0
"""What the machine's clock may be off without being said to have stepped."""
CONFIRMED_AFTER = 300.0
SLEW = 0.005
HELD_SECONDS = 2.0
"""For how long a pace holds without another look: a machine that slept for hours must not make up hours."""
HASTE = 0.5
"""A wait of three cadences still spans two of them, so that following a step lets no series fall silent by itself."""


def pace(drift: float, lasted: float) -> float:
    """How fast a steady clock goes, in its seconds a real second.

    `drift` is how far the machine's clock is ahead, in seconds; `lasted` is for how long its last step has stood. Small
    differences are made up slowly; a step is not believed at once, and never followed by a step.
    """
    if abs(drift) <= STEP_SECONDS:
        return 1.0 + max(-SLEW, min(SLEW, drift / 10))
    return 1.0 if lasted < CONFIRMED_AFTER else 1.0 + copysign(HASTE, drift)


class SteadyClock(SystemClock):
    """The machine's clock as it stood at the start, moved on by the clock that nobody sets; it never steps.

    It counts the time that the machine was asleep. `follow` lets it come after the machine's clock.
    """

    def __init__(self, wall: Callable[[], int] = time.time_ns, ticks: Callable[[], int] = _ticks) -> None:
        """`wall` and `ticks` count nanoseconds; the second from an arbitrary start, never stepping."""
        self._wall = wall
        self._ticks = ticks
        now = ticks()
        self._anchor = (wall(), now, 1.0)
        self._stepped_at = now
        self._off = self._anchor[0] - now

    def now(self) -> Micros:
        """Wall time, without its steps."""
        return self._shown(self._ticks()) // 1000

    def drift(self) -> float:
        """Seconds that the machine's clock is ahead of this one."""
        return (self._wall() - self._shown(self._ticks())) / 1e9

    def follow(self) -> float:
        """Look at the machine's clock and set the pace until the next look, a second later; seconds of a step, or 0."""
        ticks, wall = self._ticks(), self._wall()
        step, self._off = (wall - ticks - self._off) / 1e9, wall - ticks
        if has_stepped := abs(step) > STEP_SECONDS:
            self._stepped_at = ticks
        shown = self._shown(ticks)
        self._anchor = (shown, ticks, pace((wall - shown) / 1e9, (ticks - self._stepped_at) / 1e9))
        return step if has_stepped else 0.0

    def _shown(self, ticks: int) -> int:
        shown, since, speed = self._anchor  # one tuple, read at once, because other threads ask too
        elapsed = ticks - since
        return shown + elapsed + int(min(elapsed, HELD_SECONDS * 1e9) * (speed - 1.0))


class PlayedClock(SystemClock):
    """A clock that plays another time: at real time `began` it shows `start` and runs `speed` times as fast.

    Processes given the same three numbers show the same time. For demonstrations, drills and tests only.
    """

    def __init__(self, start: Micros, began: Micros, speed: float = 1.0, real: Clock | None = None) -> None:
        """`start` and `began` in microseconds, `speed` in played seconds per second of `real`, the machine's clock."""
        self._real = real or SystemClock()
        self.start = start
        self.began = began
        self.speed = speed

    def now(self) -> Micros:
        """The played time."""
        return self.start + int((self._real.now() - self.began) * self.speed)


def played_speed(clock: Clock) -> float | None:
    """How fast a played time goes; None for real time."""
    return clock.speed if isinstance(clock, PlayedClock) else None


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
