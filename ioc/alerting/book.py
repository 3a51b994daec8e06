"""The extra rules beside the catalogue: which of them hold for a series at a time, the nearest before others. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

import msgspec

from indicators.holidays import Holidays
from indicators.override import in_hours, in_season
from indicators.spec import Indicator, Period, Rollup, Series, Site, Target, is_valid, local_day, local_time
from indicators.window import midnight
from ioc.alerting.extra import Change, Combination, DayType, ExtraRule, Pace, Stuck, Tally, Threshold
from ioc.alerting.rules import THRESHOLDS, Bound, Plan, Rule
from ioc.model import DAY, HOUR, Detail, Kind, Micros

MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.HALF_YEAR: 6, Period.YEAR: 12}
SATURDAY = 5


class Atlas(Protocol):
    """The catalogue, as far as placing rules needs it."""

    @property
    def sites(self) -> Mapping[str, Site]:
        """By id."""
        ...

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        """By id."""
        ...

    @property
    def targets(self) -> Sequence[Target]:
        """All of them."""
        ...

    def ancestors(self, site_id: str, /) -> Sequence[Site]:
        """The sites above, nearest first."""
        ...

    def targets_for(self, site_id: str, indicator_id: str, at: Micros, /) -> Sequence[Target]:
        """The targets that hold, by deadline."""
        ...

    def watched(self, site_id: str, indicator_id: str, at: Micros, /) -> Series | None:
        """The series, None when it is not watched."""
        ...


class Rulebook:
    """The extra rules of one centre; answers as `ioc.alerting.rules.Extras` asks."""

    def __init__(self, extras: Iterable[ExtraRule], atlas: Atlas, holidays: Holidays) -> None:
        """`extras` in the order of their files: of two that are equally near the first holds."""
        self.all = tuple(extras)
        self._atlas = atlas
        self._holidays = holidays
        self._plain: dict[str, list[ExtraRule]] = defaultdict(list)
        self._wide: dict[str, list[ExtraRule]] = defaultdict(list)
        self._tallies: dict[str, list[ExtraRule]] = defaultdict(list)
        for extra in self.all:
            shelf = (
                self._plain if extra.kind in THRESHOLDS else self._tallies if extra.kind is Kind.COUNT else self._wide
            )
            for indicator in extra.fed_by:
                shelf[indicator].append(extra)
        self.root = root_of(atlas)

    def rules_for(self, site: str, indicator: str, at: Micros) -> tuple[Rule, ...]:
        """The rules in force that one value decides, at most one per slot."""
        shelf = self._plain.get(indicator)
        if shelf is None:
            return ()
        return tuple(rule_of(extra, self._atlas.indicators[indicator]) for extra in self._nearest(shelf, site, at))

    def bound_for(self, site: str, indicator: str, at: Micros) -> tuple[Bound, ...]:
        """The rules in force that look at more than one value of the series."""
        shelf = self._wide.get(indicator)
        if shelf is None:
            return ()
        bound = (self._bound(extra, site, at) for extra in self._nearest(shelf, site, at))
        return tuple(one for one in bound if one is not None)

    def feeding(self, site: str, indicator: str, rule: str) -> tuple[str, ...]:
        """The indicators that a rule looks at which stands there, in force or not; () when there is none of that id."""
        for extra in self._wide.get(indicator, ()):
            if (extra.id, extra.indicator) == (rule, indicator) and self.distance(extra, site) is not None:
                return extra.fed_by
        return ()

    def tallies_of(self, site: str, indicator: str) -> Sequence[tuple[str, ExtraRule]]:
        """The rules that count this site, in force or not, each with the site whose alert it is."""
        shelf, place = self._tallies.get(indicator), self._atlas.sites.get(site)
        if shelf is None or place is None:
            return ()
        lineage = self._lineage(site)
        return [
            (scope, extra)
            for extra in shelf
            if place.level in extra.scope.levels
            for scope in (extra.scope.sites or (self.root,))
            if scope in lineage
        ]

    def tally_rule(self, extra: ExtraRule, site: str, at: Micros) -> Rule | None:
        """The rule that counts for a site, None when it is not in force."""
        del site
        return rule_of(extra, self._atlas.indicators[extra.indicator]) if self.is_on(extra, at) else None

    def holding(self, site: str, indicator: str, at: Micros) -> list[Rule]:
        """Every rule in force that looks at the series or counts it."""
        counts = [rule for _, one in self.tallies_of(site, indicator) if (rule := self.tally_rule(one, site, at))]
        bound = [one.rule for one in self.bound_for(site, indicator, at)]
        return [*self.rules_for(site, indicator, at), *bound, *counts]

    def is_on(self, extra: ExtraRule, at: Micros) -> bool:
        """Whether the rule holds at that time, somewhere."""
        scope, now = extra.scope, local_time(at)
        return (
            is_valid(scope.valid_from, scope.valid_to, now.date())
            and in_season(scope.season, now.date())
            and in_hours(scope.hours, now.hour)
            and (not scope.days or not self.day_types(now.date()).isdisjoint(scope.days))
        )

    def day_types(self, day: date) -> frozenset[DayType]:
        """What sort of day it is."""
        holiday = self._holidays.on(day)
        if holiday is not None:
            return frozenset({DayType.HOLIDAY, DayType.TET} if holiday.is_tet else {DayType.HOLIDAY})
        return frozenset({DayType.WEEKEND if day.weekday() >= SATURDAY else DayType.WORKING})

    def distance(self, extra: ExtraRule, site: str) -> tuple[int, bool] | None:
        """How far above the site the rule was written, and whether for any level; None: not for the site."""
        scope, lineage = extra.scope, self._lineage(site)
        place = self._atlas.sites.get(site)
        if scope.levels and (place is None or place.level not in scope.levels):
            return None
        near = [lineage.index(name) for name in scope.sites if name in lineage]
        if scope.sites and not near:
            return None
        return (min(near) if scope.sites else len(lineage), not scope.levels)

    def _nearest(self, shelf: Iterable[ExtraRule], site: str, at: Micros) -> Iterator[ExtraRule]:
        held: dict[tuple[str, str], tuple[tuple[int, ...], ExtraRule]] = {}
        for extra in shelf:
            distance = self.distance(extra, site)
            if distance is None or not self.is_on(extra, at):
                continue
            scope = extra.scope
            full = (*distance, not scope.days, scope.season is None, scope.hours is None)
            place = (extra.slot, extra.indicator if extra.kind is Kind.COMBINATION else "")
            if place not in held or full < held[place][0]:
                held[place] = (full, extra)
        return (held[place][1] for place in sorted(held))

    def _bound(self, extra: ExtraRule, site: str, at: Micros) -> Bound | None:
        indicator = self._atlas.indicators[extra.indicator]
        rule = rule_of(extra, indicator)
        if not isinstance(extra.what, Pace):
            return Bound(rule, extra, indicator.silent_after, field=indicator.field)
        plan, target = self._plan(indicator, site, at)
        if plan is None or target is None:
            return None
        detail = Detail(deadline=target.deadline.isoformat())
        basis = target.basis if extra.basis == "target" else extra.basis
        return Bound(msgspec.structs.replace(rule, detail=detail, basis=basis), extra, indicator.silent_after, plan)

    def _plan(self, indicator: Indicator, site: str, at: Micros) -> tuple[Plan | None, Target | None]:
        day = local_day(at - 1)
        for target in self._atlas.targets_for(site, indicator.id, at - 1):
            begins = target.valid_from or date(target.deadline.year, 1, 1)
            if begins <= day <= target.deadline:
                return Plan(
                    start=midnight(begins),
                    end=midnight(target.deadline) + DAY,
                    target=target.value,
                    at_least=target.at_least,
                    sums=indicator.rollup_time is Rollup.SUM,
                    closes=_closes(indicator.period, at),
                ), target
        return None, None

    def _lineage(self, site: str) -> tuple[str, ...]:
        return (site, *(above.id for above in self._atlas.ancestors(site)))


def root_of(atlas: Atlas) -> str:
    """The site at the top, that with most sites below where there are several; "" when there is none."""
    tops = Counter((atlas.ancestors(name) or (site,))[-1].id for name, site in atlas.sites.items())
    return max(sorted(tops), key=lambda name: tops[name], default="")


def rule_of(extra: ExtraRule, indicator: Indicator) -> Rule:
    """The bounds on what the kind measures: change per time, microseconds alike, percent short, sites, yes or no."""
    low, high, hysteresis, detail = _bounds(extra, indicator)
    return Rule(
        id=extra.id,
        kind=extra.kind,
        severity=extra.severity,
        low=low,
        high=high,
        hysteresis=hysteresis,
        for_=extra.for_,
        keep_firing_for=extra.keep_firing_for,
        basis=extra.basis,
        detail=detail,
    )


def _bounds(extra: ExtraRule, indicator: Indicator) -> tuple[float | None, float | None, float, Detail | None]:
    match extra.what:
        case Threshold(low, high, hysteresis):
            return low, high, hysteresis, None
        case Change(by, _, per, hysteresis):
            is_up = extra.kind is Kind.RISING
            return (None if is_up else -by), (by if is_up else None), hysteresis, Detail(span=per)
        case Stuck(cadences, _):
            span = round(cadences * indicator.due_every)
            return None, float(span), 0.0, Detail(span=span)
        case Pace(behind):
            return None, behind, 0.0, Detail()
        case Tally(at_least, least):
            level = extra.scope.levels[0].value if extra.scope.levels else ""
            return None, at_least - 0.5, 0.0, Detail(level=level, least=least)
        case Combination():
            return None, 0.5, 0.0, Detail(name_vi=extra.name_vi, name_en=extra.name_en)


def _closes(period: Period, at: Micros) -> Micros:
    """When the period of a value ends; of an instant, the hour it lies in begins."""
    months = MONTHS.get(period)
    if months is None:
        return at - at % HOUR
    day = local_day(at - 1)
    number = (day.year * 12 + day.month - 1) // months * months + months
    return midnight(date(number // 12, number % 12 + 1, 1))
