"""The limits and the target of a series over time, as the corners of stepped lines. Pure.

A line is one edge that a value may cross: `warning-above`, `critical-below`, `warning-outside-low`,
`warning-outside-high`; or `target`, which at any moment is the one whose deadline comes next.
"""

import zlib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple, TypeVar

from indicators.lookup import Catalogue
from indicators.spec import Limit, Site, Target, Watch, local_day
from indicators.window import Window, midnight
from ioc.model import HOUR, Kind, Micros

TARGET = "target"
YEARS_BACK, YEARS_AHEAD = 2, 2

Ruled = TypeVar("Ruled", Limit, Target)


class Corner(NamedTuple):
    """From `at` on, the line lies at `value`; None: it is not there."""

    at: Micros
    line: str
    value: float | None


def stretch(now: Micros) -> Window:
    """Whole years around a moment, so that the same corners come out all through a year."""
    year = local_day(now).year
    return Window(midnight(date(year - YEARS_BACK, 1, 1)), midnight(date(year + YEARS_AHEAD, 1, 1)))


def edition(catalogue: Catalogue) -> int:
    """A number that changes with whatever lines are drawn from; never 0."""
    sites = [(site.id, site.parent, site.level, site.valid_from, site.valid_to) for site in catalogue.sites.values()]
    rows = repr((sorted(sites), catalogue.limits, catalogue.targets, catalogue.watches))
    return zlib.crc32(rows.encode()) or 1


class Courses:
    """The lines of every series of a catalogue over a stretch of whole years."""

    def __init__(self, catalogue: Catalogue, within: Window) -> None:
        """`within` as `stretch` gives it."""
        self._catalogue = catalogue
        self._within = within
        self._years = range(local_day(within.start).year, local_day(within.end).year + 1)
        self._limits = _by_indicator(catalogue.limits)
        self._targets = _by_indicator(catalogue.targets)

    def series(self) -> list[tuple[str, str]]:
        """Site and indicator of everything that is watched at the beginning of some month and may have a line."""
        months = (midnight(date(year, month, 1)) for year in self._years for month in range(1, 13))
        found = {(one.site.id, one.indicator.id) for at in months for one in self._catalogue.series(at)}
        judged = self._limits.keys() | self._targets.keys()
        return sorted(pair for pair in found if pair[1] in judged)

    def corners(self, site: str, indicator: str) -> list[Corner]:
        """In the order of time; at the turn of each year every line that ever was says again where it lies."""
        found: list[Corner] = []
        known: dict[str, float | None] = {}
        turns = {midnight(date(year, 1, 1)) for year in self._years}
        for at in sorted(self._moments(site, indicator) | turns):
            lines = self._lines(site, indicator, at)
            for line in sorted(known.keys() | lines.keys()):
                value = lines.get(line)
                if at in turns or known.get(line) != value:
                    found.append(Corner(at, line, value))
                known[line] = value
        return found

    def _lines(self, site: str, indicator: str, at: Micros) -> dict[str, float]:
        # A line that ends with the last day of its stretch is still there at the end.
        moment = min(at, self._within.end - 1)
        if self._catalogue.watched(site, indicator, moment) is None:
            return {}
        lines = dict(edge for limit in self._catalogue.limits_for(site, indicator, moment) for edge in _edges(limit))
        day = local_day(moment)
        ahead = [one for one in self._catalogue.targets_for(site, indicator, moment) if one.deadline >= day]
        return lines | {TARGET: ahead[0].value} if ahead else lines

    def _moments(self, site: str, indicator: str) -> set[Micros]:
        limits, targets = self._limits.get(indicator, []), self._targets.get(indicator, [])
        places = (self._catalogue.sites[site], *self._catalogue.ancestors(site))
        claims = [one for one in self._catalogue.watches if one.site == site]
        rows: tuple[Limit | Target | Site | Watch, ...] = (*limits, *targets, *places, *claims)
        days = {day for row in rows for day in _validity(row.valid_from, row.valid_to)}
        days |= {one.deadline + timedelta(1) for one in targets}
        days |= {day for limit in limits for year in self._years for day in _season(limit, year)}
        found = {midnight(day) for day in days} | self._hours(limits)
        return {at for at in found if self._within.start <= at <= self._within.end}

    def _hours(self, limits: Iterable[Limit]) -> set[Micros]:
        hours = {hour for limit in limits if limit.hours is not None for hour in limit.hours}
        first, last = date(self._years[0], 1, 1), date(self._years[-1], 1, 1)
        days = (first + timedelta(number) for number in range((last - first).days)) if hours else ()
        return {midnight(day) + hour * HOUR for day in days for hour in hours}


def _edges(limit: Limit) -> Iterator[tuple[str, float]]:
    severity = limit.severity.name.lower()
    if limit.kind is Kind.OUTSIDE and limit.upper is not None:
        yield f"{severity}-outside-low", limit.value
        yield f"{severity}-outside-high", limit.upper
    elif limit.kind in {Kind.ABOVE, Kind.BELOW}:
        yield f"{severity}-{limit.kind}", limit.value


def _validity(valid_from: date | None, valid_to: date | None) -> Iterator[date]:
    if valid_from is not None:
        yield valid_from
    if valid_to is not None:
        yield valid_to + timedelta(1)


def _season(limit: Limit, year: int) -> Iterator[date]:
    if limit.season is not None:
        for month, day in limit.season:  # 29 February does not come every year
            began = date(year, month, 1) + timedelta(day - 1)
            yield began
            yield began + timedelta(1)


def _by_indicator(rows: Iterable[Ruled]) -> dict[str, list[Ruled]]:
    found: dict[str, list[Ruled]] = {}
    for row in rows:
        found.setdefault(row.indicator, []).append(row)
    return found
