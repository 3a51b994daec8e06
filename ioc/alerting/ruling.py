"""Why a limit holds for a series at a time, and why the others do not. Pure; the catalogue decides, this explains."""

import difflib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from indicators.lookup import Catalogue
from indicators.override import in_hours, in_season
from indicators.spec import Level, Limit, Series, is_valid, local_time
from ioc.errors import ConfigError
from ioc.model import Micros


class Bar(StrEnum):
    """What keeps a limit from concerning a series at a time."""

    SITE = "site"
    LEVEL = "level"
    DATES = "dates"
    SEASON = "season"
    HOURS = "hours"


class Edge(StrEnum):
    """What a limit has over another one that would hold too; the first that tells them apart decides."""

    SITE = "site"
    LEVEL = "level"
    SEASON = "season"
    HOURS = "hours"
    ORDER = "order"


class Ruling(NamedTuple):
    """One limit: barred, overridden `by` another that has an `edge` over it, or, with neither, in force."""

    limit: Limit
    bar: Bar | None = None
    by: Limit | None = None
    edge: Edge | None = None

    @property
    def holds(self) -> bool:
        """Whether the limit is in force."""
        return self.bar is None and self.by is None


def series_at(catalogue: Catalogue, name: str, at: Micros) -> Series:
    """The series `site/indicator`. Raises ConfigError, with names that come close, when it is not watched then."""
    site, _, indicator = name.partition("/")
    series = catalogue.watched(site, indicator, at)
    if series is None:
        close = difflib.get_close_matches(name, [one.id for one in catalogue.series(at)], 3)
        hint = f"; ý bạn là / did you mean {', '.join(close)}?" if close else ""
        raise ConfigError(f"{name}: không theo dõi vào lúc đó / is not watched at that time (--at){hint}")
    return series


def rulings(catalogue: Catalogue, site: str, indicator: str, at: Micros) -> tuple[Ruling, ...]:
    """Every limit of the indicator, by slot, the one in force first. Site and indicator are known ones."""
    lineage = (site, *(above.id for above in catalogue.ancestors(site)))
    level, now = catalogue.sites[site].level, local_time(at)
    winners = {limit.slot: limit for limit in catalogue.limits_for(site, indicator, at)}
    found = []
    for limit in catalogue.limits:
        if limit.indicator != indicator:
            continue
        bar, winner = _bar(limit, lineage, level, now), winners.get(limit.slot)
        if bar is None and winner is not None and winner is not limit:
            found.append(Ruling(limit, by=winner, edge=_edge(winner, limit, lineage)))
        else:
            found.append(Ruling(limit, bar))
    return tuple(sorted(found, key=lambda one: (one.limit.slot, not one.holds, one.bar is not None, one.limit.id)))


def _bar(limit: Limit, lineage: Sequence[str], level: Level, now: datetime) -> Bar | None:
    bars = {
        Bar.SITE: limit.site is None or limit.site in lineage,
        Bar.LEVEL: limit.level is None or limit.level is level,
        Bar.DATES: is_valid(limit.valid_from, limit.valid_to, now.date()),
        Bar.SEASON: in_season(limit.season, now.date()),
        Bar.HOURS: in_hours(limit.hours, now.hour),
    }
    return next((bar for bar, is_met in bars.items() if not is_met), None)


def _edge(winner: Limit, other: Limit, lineage: Sequence[str]) -> Edge:
    edges = {
        Edge.SITE: _height(winner, lineage) < _height(other, lineage),
        Edge.LEVEL: other.level is None and winner.level is not None,
        Edge.SEASON: other.season is None and winner.season is not None,
        Edge.HOURS: other.hours is None and winner.hours is not None,
    }
    return next((edge for edge, decides in edges.items() if decides), Edge.ORDER)


def _height(limit: Limit, lineage: Sequence[str]) -> int:
    return len(lineage) if limit.site is None else lineage.index(limit.site)
