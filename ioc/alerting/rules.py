"""Limits turned into rules, and what one value is under them. Pure.

Edges, with `h` the hysteresis: a value is in breach when it lies strictly beyond a bound (the bound itself is still
allowed), and clear when it is back within by at least `h` (`<= high - h`, `>= low + h`). What lies between is neither,
and leaves an alert as it stands. Without hysteresis every value is one or the other.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from indicators.spec import CADENCES, Indicator, Limit, Series
from ioc.model import DAY, Kind, Micros, Severity

MONTH = CADENCES["1mo"]
LATE_AFTER = 7 * DAY


class Limits(Protocol):
    """The catalogue, as far as judging needs it; every answer is for a site at a moment."""

    def limits_for(self, site: str, indicator: str, at: Micros, /) -> Sequence[Limit]:
        """The limits in force, at most one per slot; the same all through a local hour."""
        ...

    def watched(self, site: str, indicator: str, at: Micros, /) -> Series | None:
        """The series, or None when the site is not open or does not watch the indicator."""
        ...

    def series(self, at: Micros, /) -> Iterable[Series]:
        """Every series watched."""
        ...


class Rule(msgspec.Struct, frozen=True):
    """What makes an alert: values below `low` or above `high` for as long as `for_`. Without either: silence.

    `id` is the limit's id or `no-data`. Bounds and hysteresis are in the indicator's unit, durations in microseconds.
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

    @property
    def slot(self) -> str:
        """Which of the alerts of a series it drives, e.g. `above-critical`."""
        return slot(self.kind, self.severity)

    @property
    def bound(self) -> float | None:
        """The limit crossed, the lower one of a range."""
        return self.high if self.low is None else self.low

    @property
    def upper(self) -> float | None:
        """The upper end of a range, else None."""
        return None if self.low is None else self.high


class Terms(msgspec.Struct, frozen=True):
    """What a series is judged by at one time; without `silence` it is not watched then.

    A value older than `late_after` at its arrival is history; None: never, as for statistics of a month and longer.
    """

    field: str = ""
    rules: tuple[Rule, ...] = ()
    silence: Rule | None = None
    late_after: Micros | None = LATE_AFTER


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
    return Rule(
        id=Kind.NO_DATA.value,
        kind=Kind.NO_DATA,
        severity=Severity.WARNING,
        low=None,
        high=None,
        hysteresis=0.0,
        for_=indicator.silent_after,
        keep_firing_for=0,
        basis="",
    )


def terms_at(limits: Limits, site: str, indicator: str, at: Micros) -> Terms:
    """What the catalogue says about a series at that time."""
    series = limits.watched(site, indicator, at)
    if series is None:
        return Terms()
    return Terms(
        field=series.indicator.field,
        rules=rules_for(limits.limits_for(site, indicator, at)),
        silence=no_data_rule(series.indicator),
        late_after=None if series.indicator.due_every >= MONTH else LATE_AFTER,
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
