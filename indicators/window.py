"""Validity dates as half-open stretches of time, so that asking on the hot path is two comparisons."""

import sys
from datetime import date
from typing import NamedTuple

from indicators.spec import VIETNAM
from ioc.model import DAY, EPOCH, SECOND, Micros

ALWAYS_FROM: Micros = -sys.maxsize
ALWAYS_TO: Micros = sys.maxsize
_AHEAD_OF_UTC: Micros = int(VIETNAM.utcoffset(None).total_seconds()) * SECOND


class Window(NamedTuple):
    """From `start` up to but not including `end`, in microseconds."""

    start: Micros
    end: Micros

    def holds(self, at: Micros) -> bool:
        """Whether the moment lies inside."""
        return self.start <= at < self.end

    def overlaps(self, other: "Window") -> bool:
        """Whether some moment lies in both."""
        return self.start < other.end and other.start < self.end

    def within(self, other: "Window") -> "Window | None":
        """What both share; None when nothing."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start, end) if start < end else None


def window(valid_from: date | None, valid_to: date | None) -> Window:
    """The stretch of two local days, both included; None means open."""
    start = ALWAYS_FROM if valid_from is None else midnight(valid_from)
    return Window(start, ALWAYS_TO if valid_to is None else midnight(valid_to) + DAY)


def midnight(day: date) -> Micros:
    """The moment at which a Vietnamese day begins."""
    return (day.toordinal() - EPOCH.toordinal()) * DAY - _AHEAD_OF_UTC
