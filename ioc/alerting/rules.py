"""Limits turned into rules, and what one value is under them. Pure.

Edges, with `h` the hysteresis: a value is in breach when it lies strictly beyond a bound (the bound itself is still
allowed), and clear when it is back within by at least `h` (`<= high - h`, `>= low + h`). What lies between is neither,
and leaves an alert as it stands. Without hysteresis every value is one or the other.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from indicators.spec import CADENCES, Indicator, Limit, Series
from ioc.alerting.extra import ExtraRule
from ioc.model import DAY, Detail, Kind, Micros, Severity

MONTH = CADENCES["1mo"]
LATE_AFTER = 7 * DAY
THRESHOLDS = frozenset({Kind.ABOVE, Kind.BELOW, Kind.OUTSIDE})
"""The kinds that one value decides."""


class Limits(Protocol):
    """The catalogue, as far as judging needs it; every answer is for a site at a moment."""

    def limits_for(self, site: str, indicator: str, at: Micros, /) -> Sequence[Limit]:
        """The limits in force, at most one per slot; the same all through a local hour."""
        ...

    def watched(self, site: str, indicator: str, at: Micros, /) -> Series | None:
        """The series, or None when the site is not open or does not watch the indicator."""
        ...

    def watched_until(self, site: str, indicator: str, at: Micros, /) -> Micros | None:
        """When the series watched at that moment is watched no more; None: no end is known."""
        ...

    def series(self, at: Micros, /) -> Iterable[Series]:
        """Every series watched."""
        ...


class Rule(msgspec.Struct, frozen=True):
    """What makes an alert: values below `low` or above `high` for as long as `for_`. Without either: silence.

    `id` is that of the limit or of the extra rule, or `no-data`. Bounds and hysteresis are in the indicator's unit, or
    in that of what the kind measures; durations in microseconds.
    """

    id: str
    kind: Kind
    severity: Severity
    low: float | None
    high: float | None
    hysteresis: float
    for_: Micros
    keep_firing_for: Micros
    basis: str
    detail: Detail | None = None

    @property
    def slot(self) -> str:
        """Which of the alerts of a series it drives, e.g. `above-critical`."""
        return slot(self.kind, self.severity)

    @property
    def bound(self) -> float | None:
        """The limit crossed, the lower one of a range."""
        return self.high if self.low is None else self.low

    @property
    def shown(self) -> float | None:
        """The limit as a reader is told it: a count that must not reach 3 is kept as a bound of 2.5."""
        return float(math.ceil(self.high)) if self.kind is Kind.COUNT and self.high is not None else self.bound

    @property
    def upper(self) -> float | None:
        """The upper end of a range, else None."""
        return None if self.low is None else self.high


class Plan(msgspec.Struct, frozen=True):
    """A target and the stretch in which it is to be reached: from `start` up to but not including `end`.

    `sums`: the values of the stretch add up. `closes`: the end of the value's own period. All that a pace is judged by
    beside the values.
    """

    start: Micros
    end: Micros
    target: float
    at_least: bool
    sums: bool
    closes: Micros


class Bound(msgspec.Struct, frozen=True):
    """An extra rule as it holds for one series at one time; `patience`: for how long the series may be silent.

    `field`: that of the indicator which the alert stands on; "": that of the sample.
    """

    rule: Rule
    extra: ExtraRule
    patience: Micros
    plan: Plan | None = None
    field: str = ""


class Extras(Protocol):
    """The rules beyond the catalogue's limits; every answer is for a site at a moment."""

    @property
    def root(self) -> str:
        """The site at the top."""
        ...

    def rules_for(self, site: str, indicator: str, at: Micros, /) -> tuple[Rule, ...]:
        """The rules in force that one value decides, at most one per slot; they go before limits of their slot."""
        ...

    def bound_for(self, site: str, indicator: str, at: Micros, /) -> tuple[Bound, ...]:
        """The rules in force that look at more than one value of the series; the same all through a local hour."""
        ...

    def feeding(self, site: str, indicator: str, rule: str, /) -> tuple[str, ...]:
        """The indicators that a rule looks at which stands there, in force or not; () when there is none of that id."""
        ...

    def tallies_of(self, site: str, indicator: str, /) -> Sequence[tuple[str, ExtraRule]]:
        """The rules that count this site, in force or not, each with the site whose alert it is."""
        ...

    def tally_rule(self, extra: ExtraRule, site: str, at: Micros, /) -> Rule | None:
        """The rule that counts for a site, None when it is not in force."""
        ...


class NoExtras:
    """The catalogue's limits alone."""

    root = ""

    def rules_for(self, _site: str, _indicator: str, _at: Micros, /) -> tuple[Rule, ...]:
        """None."""
        return ()

    def bound_for(self, _site: str, _indicator: str, _at: Micros, /) -> tuple[Bound, ...]:
        """None."""
        return ()

    def feeding(self, _site: str, _indicator: str, _rule: str, /) -> tuple[str, ...]:
        """None."""
        return ()

    def tallies_of(self, _site: str, _indicator: str, /) -> tuple[tuple[str, ExtraRule], ...]:
        """None."""
        return ()

    def tally_rule(self, _extra: ExtraRule, _site: str, _at: Micros, /) -> Rule | None:
        """None."""
        return None


NO_EXTRAS = NoExtras()


class Terms(msgspec.Struct, frozen=True):
    """What a series is judged by at one time; without `silence` it is not watched then.

    A value older than `late_after` at its arrival is history; None: never, as for statistics of a month and longer.
    `is_wide`: whether rules look at it that look at more than one value, or count it.
    """

    field: str = ""
    rules: tuple[Rule, ...] = ()
    silence: Rule | None = None
    late_after: Micros | None = LATE_AFTER
    extras: tuple[Bound, ...] = ()
    is_wide: bool = False


def slot(kind: Kind, severity: Severity) -> str:
    """The place that an alert takes on a series."""
    return f"{kind}-{severity.name.lower()}"


def critical_of(place: str) -> str:
    """The slot of the same kind that is critical; in the order of slots it stands first."""
    return f"{place.rpartition('-')[0]}-{Severity.CRITICAL.name.lower()}"


def breached(rule: Rule, value: float) -> bool:
    """Whether a value lies beyond the rule's bounds."""
    return (rule.high is not None and value > rule.high) or (rule.low is not None and value < rule.low)


def cleared(rule: Rule, value: float) -> bool:
    """Whether a value lies within the rule's bounds by at least the hysteresis."""
    return (rule.high is None or value <= rule.high - rule.hysteresis) and (
        rule.low is None or value >= rule.low + rule.hysteresis
    )


def severity_of(value: float, rules: Iterable[Rule]) -> Severity:
    """The worst severity whose bounds this one value breaks, whatever came before it."""
    return max((rule.severity for rule in rules if breached(rule, value)), default=Severity.OK)


def rules_for(limits: Sequence[Limit]) -> tuple[Rule, ...]:
    """One rule per limit, in the order of their slots."""
    return tuple(sorted(map(_rule, limits), key=lambda rule: rule.slot))


def no_data_rule(indicator: Indicator) -> Rule:
    """The rule that reports a series silent for 3 cadences up to hourly, 2 below monthly, 1 and 10 days beyond."""
    return _silence(Kind.NO_DATA, Severity.WARNING, indicator.silent_after)


def source_rule(patience: Micros, reach: Detail) -> Rule:
    """The rule that reports a source from which nothing at all came for so long; `reach`: where its series lie."""
    return _silence(Kind.SOURCE_DOWN, Severity.CRITICAL, patience, reach)


def terms_at(limits: Limits, site: str, indicator: str, at: Micros, extras: Extras = NO_EXTRAS) -> Terms:
    """What the catalogue and the extra rules say about a series at that time."""
    series = limits.watched(site, indicator, at)
    if series is None:
        return Terms()
    bound = extras.bound_for(site, indicator, at)
    return Terms(
        field=series.indicator.field,
        rules=_over(rules_for(limits.limits_for(site, indicator, at)), extras.rules_for(site, indicator, at)),
        silence=no_data_rule(series.indicator),
        late_after=None if series.indicator.due_every >= MONTH else LATE_AFTER,
        extras=bound,
        is_wide=bool(bound or extras.tallies_of(site, indicator)),
    )


def _over(limits: tuple[Rule, ...], extras: tuple[Rule, ...]) -> tuple[Rule, ...]:
    if not extras:
        return limits
    by_slot = {rule.slot: rule for rule in (*limits, *extras)}
    return tuple(by_slot[place] for place in sorted(by_slot))


def _silence(kind: Kind, severity: Severity, patience: Micros, reach: Detail | None = None) -> Rule:
    return Rule(
        id=kind.value,
        kind=kind,
        severity=severity,
        low=None,
        high=None,
        hysteresis=0.0,
        for_=patience,
        keep_firing_for=0,
        basis="",
        detail=reach,
    )


def _rule(limit: Limit) -> Rule:
    low, high = {
        Kind.BELOW: (limit.value, None),
        Kind.OUTSIDE: (limit.value, limit.upper),
    }.get(limit.kind, (None, limit.value))
    return Rule(
        id=limit.id,
        kind=limit.kind,
        severity=limit.severity,
        low=low,
        high=high,
        hysteresis=limit.hysteresis,
        for_=limit.for_,
        keep_firing_for=limit.keep_firing_for,
        basis=limit.basis,
    )
