"""The Vietnamese calendar (UTC+7, no summer time): which period a moment lies in and where its samples count. Pure.

Periods are half-open, [start, end). An instant counts in the period that contains it. A statistic is stamped at or near
the END of the stretch it speaks for: a stamp on the very boundary closes the stretch that ends there, any other stamp
belongs to the stretch that contains it. A statistic whose own period does not nest in a longer one (a week in a month)
counts where its own period ends.
"""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from indicators.spec import Indicator, Period, Rollup, Site
from indicators.window import Window, midnight, window
from ioc.model import DAY, HOUR, Micros

AHEAD: Micros = 7 * HOUR
UNIX_DAY = date(1970, 1, 1).toordinal()
MONDAY = 4
"""1970-01-05, in days since 1970-01-01."""

ROLLED = (Period.DAY, Period.MONTH, Period.QUARTER, Period.YEAR)
"""The periods that roll-ups are kept for, shortest first; each nests in the next."""

FIXED: dict[Period, tuple[Micros, Micros]] = {
    Period.HOUR: (HOUR, 0),
    Period.DAY: (DAY, 0),
    Period.WEEK: (7 * DAY, MONDAY * DAY),
}
MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.HALF_YEAR: 6, Period.YEAR: 12}

LEAVES = {
    Period.HOUR: Period.DAY,
    Period.DAY: Period.DAY,
    Period.WEEK: Period.MONTH,
    Period.MONTH: Period.MONTH,
    Period.QUARTER: Period.QUARTER,
    Period.HALF_YEAR: Period.YEAR,
    Period.YEAR: Period.YEAR,
}
LASTING = {Period.DAY: DAY, Period.WEEK: 7 * DAY} | {kind: 31 * months * DAY for kind, months in MONTHS.items()}
RHYTHMS = {
    "1d": Period.DAY,
    "1w": Period.WEEK,
    "1mo": Period.MONTH,
    "1q": Period.QUARTER,
    "6mo": Period.HALF_YEAR,
    "1y": Period.YEAR,
}


class Span(NamedTuple):
    """One calendar period: from `start` up to but not including `end`."""

    kind: Period
    start: Micros
    end: Micros


def span(kind: Period, at: Micros) -> Span:
    """The period that contains the moment; `kind` is not `instant`."""
    return numbered(kind, ordinal(kind, at))


@lru_cache(maxsize=8192)
def numbered(kind: Period, number: int) -> Span:
    """The period with that ordinal."""
    return Span(kind, _begin(kind, number), _begin(kind, number + 1))


def ordinal(kind: Period, at: Micros) -> int:
    """The consecutive number of the period that contains the moment."""
    if kind in FIXED:
        length, origin = FIXED[kind]
        return (at + AHEAD - origin) // length
    return _month((at + AHEAD) // DAY) // MONTHS[kind]


def preceding(this: Span) -> Span:
    """The period just before."""
    return span(this.kind, this.start - 1)


def longer(kind: Period) -> Period | None:
    """The next longer period that roll-ups are kept for."""
    place = ROLLED.index(kind) + 1
    return ROLLED[place] if place < len(ROLLED) else None


def shorter(kind: Period) -> Period:
    """The next shorter period that roll-ups are kept for; `kind` is not the shortest."""
    return ROLLED[ROLLED.index(kind) - 1]


def parents(this: Span) -> tuple[Span, ...]:
    """The longer periods that contain it, shortest first; `this` is of a kind in `ROLLED`."""
    return tuple(span(kind, this.start) for kind in ROLLED[ROLLED.index(this.kind) + 1 :])


def cell(indicator: Indicator, at: Micros) -> Micros:
    """Where a sample counts: its own time for an instant, the last microsecond of its own period for a statistic.

    Two samples of one cell are two versions of one value.
    """
    if indicator.period is Period.INSTANT:
        return at
    return span(indicator.period, at - 1).end - 1


def leaf(indicator: Indicator) -> Period:
    """The shortest period worth a roll-up: the statistic's own or the cadence of an instant, at least a day."""
    base = RHYTHMS.get(indicator.cadence, Period.DAY) if indicator.period is Period.INSTANT else indicator.period
    return LEAVES[base]


def kinds(indicator: Indicator) -> tuple[Period, ...]:
    """The periods that an indicator is rolled up to; with the operator `none` at most its own."""
    shortest = leaf(indicator)
    if indicator.rollup_time is Rollup.NONE:
        return (shortest,) if indicator.period is shortest else ()
    return ROLLED[ROLLED.index(shortest) :]


def expected(indicator: Indicator, stretch: Span, open_: Window) -> int:
    """How many values fall due in the part of the stretch in which the site exists."""
    start, end = max(stretch.start, open_.start), min(stretch.end, open_.end)
    if start >= end:
        return 0
    rhythm = RHYTHMS.get(indicator.cadence) if indicator.period is Period.INSTANT else indicator.period
    if rhythm is None:
        return (end - start) // indicator.due_every
    return ordinal(rhythm, end) - ordinal(rhythm, start)


def allowance(indicator: Indicator) -> Micros:
    """How long the last value may stand in for one that has not come: half as long again as values usually last."""
    return max(indicator.due_every, LASTING.get(indicator.period, 0)) * 3 // 2


def lifetime(site: Site) -> Window:
    """When the site exists."""
    return window(site.valid_from, site.valid_to)


def _begin(kind: Period, number: int) -> Micros:
    if kind in FIXED:
        length, origin = FIXED[kind]
        return number * length + origin - AHEAD
    year, month = divmod(number * MONTHS[kind], 12)
    return midnight(date(year, month + 1, 1))


@lru_cache(maxsize=8192)
def _month(day: int) -> int:
    local = date.fromordinal(day + UNIX_DAY)
    return local.year * 12 + local.month - 1
