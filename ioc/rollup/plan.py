"""What depends on what: read from the catalogue once. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

from indicators.formula import Formula, cycle, parse
from indicators.spec import Indicator, Level, Rollup, Series, Site, Watch
from indicators.window import Window
from ioc.model import Micros
from ioc.rollup import calendar
from ioc.rollup.calendar import Span

POPULATION, AREA = "@population", "@area"
PARTS_REMEMBERED = 100_000


class Catalogue(Protocol):
    """What rolling up needs of a catalogue."""

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        """Indicators by id."""
        ...

    @property
    def sites(self) -> Mapping[str, Site]:
        """Sites by id."""
        ...

    @property
    def watches(self) -> tuple[Watch, ...]:
        """The profiles' rows."""
        ...

    def children(self, site_id: str) -> tuple[Site, ...]:
        """The sites directly below, open or closed."""
        ...

    def watched(self, site_id: str, indicator_id: str, at: Micros) -> Series | None:
        """The series, if the site watches the indicator at that moment."""
        ...


class Plan:
    """Who is rolled up from whom, and in which order. Everything is by id.

    `users[x]`: formulas that need x; `weighed[x]`: indicators whose mean over space, `paced[x]`: over time, x weighs.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.indicators = catalogue.indicators
        self.sites = catalogue.sites
        self.formulas: dict[str, Formula] = {
            one.id: parse(one.formula) for one in self.indicators.values() if one.formula is not None
        }
        self.kinds = {one.id: calendar.kinds(one) for one in self.indicators.values()}
        self.leaf = {one.id: calendar.leaf(one) for one in self.indicators.values()}
        self.lifetime: dict[str, Window] = {site.id: calendar.lifetime(site) for site in self.sites.values()}
        self.depth = {site: len(self._lineage(site)) for site in self.sites}
        paced = self._weights("rollup_time")
        # A weight that is itself computed from what it weighs would never come to rest: then none of them ripples on.
        self.rank = self._ordered(paced)
        if not self.rank:
            paced = []
            self.rank = self._ordered(paced)
        self.users = _inverted((needer, part) for needer, formula in self.formulas.items() for part in formula.parts)
        self.weighed = _inverted(self._weights("rollup_space"))
        self.paced = _inverted(paced)
        self._heard = {above for watch in catalogue.watches for above in self._lineage(watch.site)}
        self._parts: dict[tuple[str, str, Span], tuple[str, ...]] = {}

    def knows(self, site: str, indicator: str) -> bool:
        """Whether samples of the series can be rolled up."""
        return site in self.sites and indicator in self.indicators

    def parent(self, site: str) -> str | None:
        """The site above, if it is in the catalogue."""
        above = self.sites[site].parent
        return above if above in self.sites else None

    def parts(self, site: str, indicator: str, stretch: Span) -> tuple[str, ...]:
        """The sites directly below that make up `site` in that period and are expected to report.

        A place consists of all the governed places in it, whether they watch the indicator or not; where none of them
        does, of the stations that do. Watching counts for the places above, too. Only sites that exist at some moment
        of the period take part.
        """
        key = site, indicator, stretch
        known = self._parts.get(key)
        if known is None:
            if len(self._parts) >= PARTS_REMEMBERED:
                self._parts.clear()
            known = self._parts[key] = self._find_parts(site, indicator, stretch)
        return known

    def _find_parts(self, site: str, indicator: str, stretch: Span) -> tuple[str, ...]:
        period = Window(stretch.start, stretch.end)
        if not self.lifetime[site].overlaps(period):
            return ()
        below = [child for child in self._catalogue.children(site) if self.lifetime[child.id].overlaps(period)]
        heard = [
            child
            for child in below
            if child.id in self._heard
            and (self._watches(child.id, indicator, period) or self.parts(child.id, indicator, stretch))
        ]
        if all(child.level is Level.STATION for child in heard):
            return tuple(child.id for child in heard)
        return tuple(child.id for child in below if child.level is not Level.STATION)

    def _watches(self, site: str, indicator: str, period: Window) -> bool:
        open_ = self.lifetime[site].within(period) or period
        return any(self._catalogue.watched(site, indicator, at) for at in (open_.start, open_.end - 1))

    def constant_weight(self, site: str, weight: str) -> float | None:
        """The site's population or area, if `weight` names it."""
        place = self.sites[site]
        return place.population if weight == POPULATION else place.area_km2

    def _lineage(self, site: str) -> tuple[str, ...]:
        """The site itself, if known, and those above it."""
        seen: dict[str, None] = {}
        here: str | None = site
        while here is not None and here in self.sites and here not in seen:
            seen[here] = None
            here = self.sites[here].parent
        return tuple(seen)

    def _weights(self, axis: str) -> list[tuple[str, str]]:
        return [
            (one.id, one.weight)
            for one in self.indicators.values()
            if getattr(one, axis) is Rollup.WEIGHTED_MEAN and one.weight is not None and one.weight in self.indicators
        ]

    def _ordered(self, paced: list[tuple[str, str]]) -> dict[str, int]:
        """An order in which an indicator follows its inputs and what weighs it over time."""
        needs: dict[str, tuple[str, ...]] = {
            one: tuple(part for part in formula.parts if part in self.indicators)
            for one, formula in self.formulas.items()
        }
        for one, by in paced:
            needs[one] = (*needs.get(one, ()), by)
        ranks: dict[str, int] = {}

        def rank(one: str) -> int:
            if one not in ranks:
                ranks[one] = 1 + max((rank(need) for need in needs.get(one, ())), default=0)
            return ranks[one]

        return {one: rank(one) for one in self.indicators} if not cycle(needs) else {}


def _inverted(pairs: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one, other in pairs:
        found[other].append(one)
    return {other: tuple(ones) for other, ones in found.items()}
