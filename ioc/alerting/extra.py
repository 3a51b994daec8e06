"""Rules beyond the catalogue's limits, as they stand in a rule file. Pure values."""

from datetime import date
from enum import StrEnum

import msgspec

from indicators.spec import Level
from ioc.model import Kind, Micros, Severity


class DayType(StrEnum):
    """What sort of day it is; Tết is a holiday too, a weekend may also be one."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    TET = "tet"


class Curve(StrEnum):
    """How a plan is to be fulfilled over its time."""

    LINEAR = "linear"
    LAST_YEAR = "last-year"


class Scope(msgspec.Struct, frozen=True):
    """Where and when a rule holds; what is empty or None holds everywhere, always. `sites` include all below them."""

    sites: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    season: tuple[tuple[int, int], tuple[int, int]] | None = None
    hours: tuple[int, int] | None = None
    days: tuple[DayType, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


class Threshold(msgspec.Struct, frozen=True):
    """Values below `low` or above `high`."""

    low: float | None = None
    high: float | None = None
    hysteresis: float = 0.0


class Change(msgspec.Struct, frozen=True):
    """A change by more than `by` per `per`, seen over `window`; `by` is positive in both directions."""

    by: float
    window: Micros
    per: Micros
    hysteresis: float = 0.0


class Stuck(msgspec.Struct, frozen=True):
    """The same value for longer than so many cadences; values in `besides` may stay as long as they like."""

    cadences: float
    besides: tuple[float, ...] = ()


class Pace(msgspec.Struct, frozen=True):
    """More than `behind` percent of the way to the target short of the plan; silent with fewer than `periods` values.

    `start`: the value at which the plan begins; None: 0 for what adds up over the year, else the first value of it.
    """

    behind: float
    periods: int
    curve: Curve = Curve.LINEAR
    start: float | None = None


class Tally(msgspec.Struct, frozen=True):
    """At least so many sites at which a limit of at least the severity `least` is broken."""

    at_least: int
    least: Severity


class Condition(msgspec.Struct, frozen=True):
    """One part of a combination: an indicator beyond a bound, or with `is_not` within it.

    What has not been heard of for `patience` is not known.
    """

    indicator: str
    low: float | None = None
    high: float | None = None
    hysteresis: float = 0.0
    is_not: bool = False
    patience: Micros = 0


class Combination(msgspec.Struct, frozen=True):
    """All conditions, or any of them, at one site."""

    conditions: tuple[Condition, ...]
    is_any: bool = False


What = Threshold | Change | Stuck | Pace | Tally | Combination


class ExtraRule(msgspec.Struct, frozen=True):
    """One rule of a rule file, for one indicator; the alert of a combination stands on its first indicator.

    `place` is the file and line that it stands in.
    """

    id: str
    kind: Kind
    severity: Severity
    indicator: str
    what: What
    basis: str
    scope: Scope = Scope()
    for_: Micros = 0
    keep_firing_for: Micros = 0
    name_vi: str = ""
    name_en: str = ""
    place: str = ""

    @property
    def slot(self) -> str:
        """The place that rules override each other for: kind and severity."""
        return f"{self.kind}-{self.severity.name.lower()}"

    @property
    def fed_by(self) -> tuple[str, ...]:
        """The indicators whose values it looks at."""
        if isinstance(self.what, Combination):
            return tuple(dict.fromkeys(one.indicator for one in self.what.conditions))
        return (self.indicator,)
