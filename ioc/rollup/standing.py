"""The value that holds for a site, an indicator and a period: what the site reported, else what was computed for it."""

from typing import NamedTuple

from indicators.spec import Indicator, Period
from ioc.model import Micros, State
from ioc.rollup import calendar
from ioc.rollup.calendar import Span
from ioc.rollup.kept import Kept
from ioc.rollup.plan import Plan
from ioc.rollup.row import AXES, Axis, Key, Rollup


class Standing(NamedTuple):
    """A value that holds, since when, how mature it is and whether all of it has come."""

    value: float
    first_at: Micros
    last_at: Micros
    state: State
    complete: bool


class Standings:
    """Looks up what holds. Reads only."""

    def __init__(self, plan: Plan, kept: Kept) -> None:
        self._plan = plan
        self._kept = kept

    def exists(self, site: str, indicator: str, stretch: Span) -> bool:
        """Whether anything is known of the period itself, be it without a value."""
        return any(self._kept.row(key) is not None for key in self._keys(site, indicator, stretch))

    def own(self, site: str, indicator: str, stretch: Span) -> Standing | None:
        """The value of the period itself: reported before derived by formula before added up from the places below."""
        for key in self._keys(site, indicator, stretch):
            row = self._kept.row(key)
            if row is not None and row.value is not None:
                return _standing(row, row.value)
        return None

    def stock(self, site: str, indicator: str, stretch: Span) -> Standing | None:
        """The value of the period itself; for an instant else the last one before its end, if that is fresh enough."""
        own = self.own(site, indicator, stretch)
        thing = self._plan.indicators.get(indicator)
        if own is not None or thing is None or thing.period is not Period.INSTANT:
            return own
        oldest = stretch.end - calendar.allowance(thing)
        cell = self._kept.last_cell(site, indicator, stretch.end)
        if cell is not None and cell.cell >= oldest:
            return Standing(cell.value, cell.at, cell.at, cell.state, complete=True)
        return next((one for one in self._around(site, thing, stretch) if one.last_at < stretch.end), None)

    def weight(self, site: str, weight: str, stretch: Span) -> float | None:
        """What a site weighs: the period's own value, else that of the longer one around it, else of the one before."""
        if weight not in self._plan.indicators:
            return self._plan.constant_weight(site, weight)
        own = self.own(site, weight, stretch)
        if own is not None:
            return own.value
        around = self._around(site, self._plan.indicators[weight], stretch)
        return next((one.value for one in around), None)

    def _around(self, site: str, thing: Indicator, stretch: Span) -> list[Standing]:
        """What holds for the shortest period of the indicator around the stretch, and before it if fresh enough."""
        shortest = self._plan.leaf[thing.id]
        if calendar.ROLLED.index(shortest) < calendar.ROLLED.index(stretch.kind):
            return []
        here = calendar.span(shortest, stretch.start)
        oldest = stretch.end - calendar.allowance(thing)
        around, before = (self.own(site, thing.id, one) for one in (here, calendar.preceding(here)))
        if before is not None and before.last_at < oldest:
            before = None
        return [one for one in (around, before) if one is not None]

    def _keys(self, site: str, indicator: str, stretch: Span) -> list[Key]:
        """The roll-ups that can hold a value, best first."""
        axes = AXES if indicator in self._plan.formulas else (Axis.TIME, Axis.SPACE)
        return [Key(site, indicator, axis, stretch.kind, stretch.start) for axis in axes]


def _standing(row: Rollup, value: float) -> Standing:
    return Standing(value, row.first_at, row.last_at, row.state, row.complete)
