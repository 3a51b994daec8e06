"""Where the ordinary values of a series lie: the typical range, scaled to the site, on the good side of the limits."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indicators.spec import Indicator, Level, Limit, Rollup, Site
from ioc.model import Kind

MARGIN = 0.04
"""How far ordinary values stay from a limit, as a share of the typical range (the limit's hysteresis, if larger)."""

NEAR = 0.25
"""... but no further than this share of the limit itself."""

KEEP = 0.35
"""How much of its width a range keeps when the limits would push it away altogether."""


@dataclass(frozen=True, slots=True)
class Band:
    """Lowest and highest ordinary value, in the indicator's unit."""

    low: float
    high: float

    def at(self, share: float) -> float:
        """The value at 0 .. 1 of the band; shares beyond are cut."""
        return self.low + (self.high - self.low) * min(1.0, max(0.0, share))

    def cut(self, value: float) -> float:
        """The nearest value within the band."""
        return min(self.high, max(self.low, value))


def share_of_province(site: Site, sites: Mapping[str, Site]) -> float:
    """A site's part of its province by people, 0 .. 1; a unit without a count gets an equal part of its parent's."""
    if site.level in {Level.PROVINCE, Level.STATION} or site.parent is None or site.parent not in sites:
        return 1.0
    parent = sites[site.parent]
    above = share_of_province(parent, sites)
    if site.population and parent.population:
        return above * min(1.0, site.population / parent.population)
    siblings = sum(1 for other in sites.values() if other.parent == parent.id and other.level is site.level)
    return above / max(1, siblings)


def typical(indicator: Indicator, share: float) -> Band:
    """The typical range at a site: what adds up over space is scaled by the site's share."""
    scale = share if indicator.rollup_space is Rollup.SUM else 1.0
    return _physical(indicator, indicator.typical_min * scale, indicator.typical_max * scale)


def within(band: Band, indicator: Indicator, limits: Sequence[Limit]) -> Band:
    """The part of a band on which no limit fires; if there is none, a narrow band beside the limits."""
    width = band.high - band.low
    low, high = -math.inf, math.inf
    for limit in limits:
        floor, ceiling = _good_side(limit, max(limit.hysteresis, min(MARGIN * width, NEAR * abs(limit.value))))
        low, high = max(low, floor), min(high, ceiling)
    if low > high:
        low = high = _between(low, high, limits)
    bottom, top = _moved(band, low, high)
    return _physical(indicator, bottom, top)


def _good_side(limit: Limit, margin: float) -> tuple[float, float]:
    if limit.kind is Kind.ABOVE:
        return -math.inf, limit.value - margin
    if limit.kind is Kind.BELOW:
        return limit.value + margin, math.inf
    upper = limit.value if limit.upper is None else limit.upper
    room = min(margin, (upper - limit.value) / 4)
    return limit.value + room, upper - room


def _between(low: float, high: float, limits: Sequence[Limit]) -> float:
    """When margins leave no room: the middle, which the bare limits still allow if anything does."""
    floors = [limit.value for limit in limits if limit.kind is not Kind.ABOVE]
    ceilings = [
        limit.value if limit.kind is Kind.ABOVE or limit.upper is None else limit.upper
        for limit in limits
        if limit.kind is not Kind.BELOW
    ]
    return (max(floors, default=low) + min(ceilings, default=high)) / 2


def _moved(band: Band, low: float, high: float) -> tuple[float, float]:
    keep = (band.high - band.low) * KEEP
    if band.low > high - keep / 4:
        return max(low, high - keep), high
    if band.high < low + keep / 4:
        return low, min(high, low + keep)
    return max(band.low, low), min(band.high, high)


def _physical(indicator: Indicator, low: float, high: float) -> Band:
    """Cut to what is possible at all; a limit that stands on the edge of the possible leaves that edge."""
    floor = -math.inf if indicator.minimum is None else indicator.minimum
    ceiling = math.inf if indicator.maximum is None else indicator.maximum
    low, high = min(ceiling, max(floor, low)), min(ceiling, max(floor, high))
    return Band(min(low, high), max(low, high))
