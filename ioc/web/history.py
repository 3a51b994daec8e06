"""Reads a series back from the journal in small pages, so that a long request never holds the others up."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from indicators.spec import Series
from ioc.model import Micros, Sample
from ioc.web.ports import Flagged, Log
from ioc.web.refusal import Refusal
from ioc.web.span import MAX_POINTS, Point, Span, coarser, points

PAGE = 5_000
MAX_SAMPLES = 200_000
AT_ONCE = 2


class Course(NamedTuple):
    """Points with the span and step used, and the stretches in which some were received by a clock in doubt."""

    used: Span
    points: list[Point]
    clock_apart: Sequence[tuple[Micros, Micros]]


class History:
    """Answers requests for series, two at a time."""

    def __init__(self, log: Log, flagged: Flagged) -> None:
        """`log` is read in a thread."""
        self._log = log
        self._flagged = flagged
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def read(self, series: Series, asked: Span) -> Course:
        """The course of a series, at most 2,000 points. Raises Refusal if too long."""
        async with self._turn:
            samples = await self._samples(series, asked.start, asked.end)
        used = coarser(asked) if not asked.step and len(samples) > MAX_POINTS else asked
        flagged = self._flagged([sample.received_at for sample in samples])
        return Course(used, points(samples, used.step, series.indicator.period), flagged)

    async def _samples(self, series: Series, start: Micros, end: Micros) -> Sequence[Sample]:
        pages: list[list[Sample]] = []
        found = 0
        while start <= end:
            page = await asyncio.to_thread(self._log.history, series.site.id, series.indicator.id, start, end, PAGE)
            pages.append(page)
            found += len(page)
            if found > MAX_SAMPLES:
                raise _too_long()
            if len(page) < PAGE:
                break
            end = page[0].at - 1
        return [sample for page in reversed(pages) for sample in page]


def _too_long() -> Refusal:
    return Refusal(
        f"Khoảng thời gian này có hơn {MAX_SAMPLES:,} giá trị. Hãy thu hẹp “from” và “to”.".replace(",", "."),
        f'This stretch of time holds more than {MAX_SAMPLES:,} samples. Narrow "from" and "to".',
        parameter="from",
    )
