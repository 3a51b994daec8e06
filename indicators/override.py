"""Which of several limits or targets holds for a site: the nearest one overrides the rest. Pure."""

from collections.abc import Hashable, Iterable, Sequence
from datetime import date, datetime
from typing import TypeVar

from indicators.spec import Level, Limit, Target, is_valid

Season = tuple[tuple[int, int], tuple[int, int]]
Hours = tuple[int, int]
Row = TypeVar("Row", Limit, Target)
Slot = TypeVar("Slot", bound=Hashable)

Distance = tuple[int, ...]
"""Smaller is nearer, and the nearest row of a slot holds."""


def ruling_limits(rows: Iterable[Limit], lineage: Sequence[str], level: Level, now: datetime) -> tuple[Limit, ...]:
    """The limits that hold at local time `now`, at most one per slot; `lineage` is the site and those above it."""
    day, hour = now.date(), now.hour
    nearest: dict[str, tuple[Distance, Limit]] = {}
    for row in rows:
        if not is_valid(row.valid_from, row.valid_to, day) or not in_season(row.season, day):
            continue
        if in_hours(row.hours, hour) and (distance := _distance(row, lineage, level)) is not None:
            full = (*distance, row.season is None, row.hours is None)
            _keep(nearest, row.slot, full, row)
    return tuple(row for _, row in nearest.values())


def ruling_targets(rows: Iterable[Target], lineage: Sequence[str], level: Level, day: date) -> tuple[Target, ...]:
    """The targets that hold on a day, at most one per deadline and sense, by deadline."""
    nearest: dict[tuple[date, bool], tuple[Distance, Target]] = {}
    for row in rows:
        distance = _distance(row, lineage, level)
        if distance is not None and is_valid(row.valid_from, row.valid_to, day):
            _keep(nearest, (row.deadline, row.at_least), distance, row)
    return tuple(nearest[slot][1] for slot in sorted(nearest))


def in_season(season: Season | None, day: date) -> bool:
    """Whether a day lies in the season, both ends included; a season may run over New Year."""
    if season is None:
        return True
    first, last = season
    today = (day.month, day.day)
    return first <= today <= last if first <= last else today >= first or today <= last


def in_hours(hours: Hours | None, hour: int) -> bool:
    """Whether an hour of the day lies in [from, to); hours may run over midnight."""
    if hours is None:
        return True
    first, last = hours
    return first <= hour < last if first < last else hour >= first or hour < last


def _distance(row: Limit | Target, lineage: Sequence[str], level: Level) -> Distance | None:
    """How far above the row was written, and whether for any level; None when it does not concern the site."""
    if row.level is not None and row.level is not level:
        return None
    if row.site is None:
        return (len(lineage), row.level is None)
    return (lineage.index(row.site), row.level is None) if row.site in lineage else None


def _keep(nearest: dict[Slot, tuple[Distance, Row]], slot: Slot, distance: Distance, row: Row) -> None:
    held = nearest.get(slot)
    if held is None or distance < held[0]:
        nearest[slot] = (distance, row)
