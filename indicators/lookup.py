"""The catalogue in memory: who watches what, which limits and targets hold, and what a place is called.

Answers depend on the moment asked about. Nothing changes after building; what is asked often is remembered.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from indicators.convert import Units
from indicators.override import ruling_limits, ruling_targets
from indicators.spec import (
    Field,
    Indicator,
    Limit,
    Office,
    Series,
    Site,
    Target,
    Unit,
    Watch,
    local_day,
    local_time,
)
from indicators.tree import Tree
from indicators.window import ALWAYS_TO, Window, window
from ioc.model import Micros

Named = TypeVar("Named", Unit, Field, Office, Site, Indicator)
Ruled = TypeVar("Ruled", Limit, Target)

Address = tuple[str, str | None, str | None]
"""Site, and the one indicator or the whole field that a row of its profile names."""


class Claim(NamedTuple):
    """One row of a profile, with the stretch in which it entitles an open site."""

    window: Window
    watch: Watch


class Catalogue:
    """Immutable; every mapping is by id."""

    def __init__(  # noqa: PLR0913 - the nine kinds of rows that make a catalogue
        self,
        *,
        units: Iterable[Unit] = (),
        fields: Iterable[Field] = (),
        offices: Iterable[Office] = (),
        sites: Iterable[Site] = (),
        indicators: Iterable[Indicator] = (),
        limits: Iterable[Limit] = (),
        targets: Iterable[Target] = (),
        watches: Iterable[Watch] = (),
        tenant: str = "",
    ) -> None:
        """The rows are taken as they are: `indicators.checks` finds what is wrong with them."""
        self.tenant = tenant
        self.units = _by_id(units)
        self.fields = _by_id(fields)
        self.offices = _by_id(offices)
        self.sites = _by_id(sites)
        self.indicators = _by_id(indicators)
        self.limits = tuple(limits)
        self.targets = tuple(targets)
        self.watches = tuple(watches)
        self._tree = Tree(self.sites)
        self._units = Units(self.units)
        self._limits = _by_indicator(self.limits)
        self._targets = _by_indicator(self.targets)
        self._claims = self._claims_by_site()
        self._turns = self._turning_points()
        self._in_field = self._indicators_by_field()
        self._series: dict[tuple[str, str], tuple[tuple[Window, Series], ...]] = {}
        self._last: tuple[int, tuple[Series, ...]] = (-1, ())

    def watched(self, site_id: str, indicator_id: str, at: Micros) -> Series | None:
        """The series; None when the site is not open at that moment or does not watch the indicator then."""
        known = self._series.get((site_id, indicator_id))
        if known is None:
            known = self._trace(site_id, indicator_id)
        for stretch, series in known:
            if stretch.start <= at < stretch.end:
                return series
        return None

    def watched_until(self, site_id: str, indicator_id: str, at: Micros) -> Micros | None:
        """When a series watched at that moment is watched no more; None: that is not known, or it is not watched."""
        self.watched(site_id, indicator_id, at)
        stretches = sorted(stretch for stretch, _ in self._series.get((site_id, indicator_id), ()))
        end = at
        for stretch in stretches:
            if stretch.start <= end < stretch.end:
                end = stretch.end
        return None if end in (at, ALWAYS_TO) else end

    def is_open(self, site_id: str, at: Micros) -> bool:
        """Whether the site is known and exists at that moment."""
        return site_id in self.sites and self._tree.window(site_id).holds(at)

    def series(self, at: Micros) -> tuple[Series, ...]:
        """Every series watched at that moment, ordered by site, shown-under field and indicator."""
        turn = bisect_right(self._turns, at)
        last = self._last  # read once: another thread may ask about another moment meanwhile
        if last[0] != turn:
            last = self._last = (turn, tuple(sorted(self._live(at), key=self._rank)))
        return last[1]

    def limits_for(self, site_id: str, indicator_id: str, at: Micros) -> tuple[Limit, ...]:
        """The limits that hold there and then, at most one per slot (kind and severity); the nearest overrides."""
        rows = self._limits.get(indicator_id)
        site = self.sites.get(site_id)
        if rows is None or site is None:
            return ()
        return ruling_limits(rows, self._tree.lineage(site_id), site.level, local_time(at))

    def targets_for(self, site_id: str, indicator_id: str, at: Micros) -> tuple[Target, ...]:
        """The targets that hold there and then, at most one per deadline and sense, by deadline."""
        rows = self._targets.get(indicator_id)
        site = self.sites.get(site_id)
        if rows is None or site is None:
            return ()
        return ruling_targets(rows, self._tree.lineage(site_id), site.level, local_day(at))

    def ancestors(self, site_id: str) -> tuple[Site, ...]:
        """The sites above, nearest first; open or closed."""
        return self._tree.ancestors(site_id)

    def children(self, site_id: str) -> tuple[Site, ...]:
        """The sites directly below; open or closed."""
        return self._tree.children(site_id)

    def place(self, site_id: str, lang: str = "vi") -> str:
        """The name within a sentence, with where it lies if other places share it: "huyện Châu Thành (Bến Tre)"."""
        return self._tree.place(site_id, lang)

    def convert(self, value: float, unit: str, indicator: Indicator) -> float | None:
        """`value` in the indicator's unit; unchanged when the unit is equal, None when it does not convert."""
        return self._units.convert(value, unit, indicator.unit)

    def _trace(self, site_id: str, indicator_id: str) -> tuple[tuple[Window, Series], ...]:
        """When the pair is a series, remembered; a row for the indicator goes before one for its field."""
        site, indicator = self.sites.get(site_id), self.indicators.get(indicator_id)
        if site is None or indicator is None:
            return ()
        named = self._claims.get((site_id, indicator_id, None), ())
        tiered = self._claims.get((site_id, None, indicator.field), ())
        found = tuple(
            (claim.window, Series(site, indicator, claim.watch.shown_under))
            for claim in (*named, *tiered)
            if claim.watch.tier is None or indicator.tier <= claim.watch.tier
        )
        self._series[site_id, indicator_id] = found
        return found

    def _live(self, at: Micros) -> Iterator[Series]:
        names: dict[str, set[str]] = defaultdict(set)
        for claims in self._claims.values():
            for claim in claims:
                if claim.window.holds(at):
                    names[claim.watch.site].update(self._named(claim.watch))
        for site_id, indicator_ids in names.items():
            for indicator_id in indicator_ids:
                if (series := self.watched(site_id, indicator_id, at)) is not None:
                    yield series

    def _named(self, watch: Watch) -> Iterable[str]:
        if watch.indicator is not None:
            return (watch.indicator,)
        deepest = watch.tier or 0
        return (indicator.id for indicator in self._in_field.get(watch.field, ()) if indicator.tier <= deepest)

    def _rank(self, series: Series) -> tuple[str, int, str]:
        field = self.fields.get(series.shown_under)
        return series.site.id, 0 if field is None else field.order, series.indicator.id

    def _claims_by_site(self) -> Mapping[Address, list[Claim]]:
        claims = defaultdict(list)
        for watch in self.watches:
            if watch.site not in self.sites:
                continue
            claimed = window(watch.valid_from, watch.valid_to).within(self._tree.window(watch.site))
            if claimed is not None:
                field = watch.field if watch.indicator is None else None
                claims[watch.site, watch.indicator, field].append(Claim(claimed, watch))
        return claims

    def _turning_points(self) -> list[Micros]:
        """The moments at which a series begins or ends."""
        return sorted({moment for claims in self._claims.values() for claim in claims for moment in claim.window})

    def _indicators_by_field(self) -> Mapping[str, list[Indicator]]:
        found = defaultdict(list)
        for indicator in self.indicators.values():
            found[indicator.field].append(indicator)
        return found


def _by_id(rows: Iterable[Named]) -> Mapping[str, Named]:
    return MappingProxyType({row.id: row for row in rows})


def _by_indicator(rows: Iterable[Ruled]) -> Mapping[str, tuple[Ruled, ...]]:
    found: dict[str, list[Ruled]] = defaultdict(list)
    for row in rows:
        found[row.indicator].append(row)
    return {indicator: tuple(held) for indicator, held in found.items()}
