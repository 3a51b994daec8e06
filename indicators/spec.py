"""What a catalogue is made of. Pure values; `indicators.catalogue` reads them from files and looks them up.

Dates are local calendar days (UTC+7); `valid_from` and `valid_to` are both inclusive, None means open.
Durations are microseconds.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

from ioc.model import DAY, HOUR, MINUTE, Kind, Micros, Placing, Severity, moment

VIETNAM = timezone(timedelta(hours=7), "+07")

CADENCES: dict[str, Micros] = {
    "1min": MINUTE,
    "5min": 5 * MINUTE,
    "10min": 10 * MINUTE,
    "15min": 15 * MINUTE,
    "30min": 30 * MINUTE,
    "1h": HOUR,
    "6h": 6 * HOUR,
    "1d": DAY,
    "1w": 7 * DAY,
    "1mo": 31 * DAY,
    "1q": 92 * DAY,
    "6mo": 184 * DAY,
    "1y": 366 * DAY,
}
"""How often a value is due; calendar cadences count with their longest period."""


CALENDAR_GRACE: Micros = 10 * DAY
"""How late a monthly statistic, or a rarer one, may come."""


class Period(StrEnum):
    """The stretch of time that one value speaks for."""

    INSTANT = "instant"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half-year"
    YEAR = "year"


class Direction(StrEnum):
    """Which way is good."""

    HIGHER_BETTER = "higher-better"
    LOWER_BETTER = "lower-better"
    RANGE = "range"
    NEUTRAL = "neutral"


class Rollup(StrEnum):
    """How parts make a whole, over time or over space."""

    SUM = "sum"
    MEAN = "mean"
    WEIGHTED_MEAN = "weighted-mean"
    MAX = "max"
    MIN = "min"
    LAST = "last"
    NONE = "none"


class Level(StrEnum):
    """The rank of a site in the tree."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    STATION = "station"


class Confidence(StrEnum):
    """How far a row can be trusted; `memory` and `assumption` may never be cited as law."""

    SOURCED = "sourced"
    PARTLY_SOURCED = "partly-sourced"
    MEMORY = "memory"
    ASSUMPTION = "assumption"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the closed list; value in base unit = value * factor + offset. Only one dimension converts."""

    id: str
    name_vi: str
    name_en: str
    dimension: str
    factor: float
    offset: float
    placing: Placing = Placing.AFTER


@dataclass(frozen=True, slots=True)
class Field:
    """A field of government (lĩnh vực)."""

    id: str
    name_vi: str
    name_en: str
    order: int


@dataclass(frozen=True, slots=True)
class Office:
    """Who answers for an indicator."""

    id: str
    name_vi: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A governed place, or a station in one. Identity is `id`, never the official code."""

    id: str
    level: Level
    kind: str
    name_vi: str
    name_en: str
    parent: str | None
    code: str
    population: float | None
    area_km2: float | None
    lat: float | None
    lon: float | None
    valid_from: date | None
    valid_to: date | None
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]
    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """What is measured. `minimum`/`maximum`: the physical range; `typical_*`: where values usually lie."""

    id: str
    field: str
    name_vi: str
    name_en: str
    unit: str
    cadence: str
    period: Period
    direction: Direction
    minimum: float | None
    maximum: float | None
    typical_min: float
    typical_max: float
    decimals: int
    rollup_time: Rollup
    rollup_space: Rollup
    weight: str | None
    formula: str | None
    tier: int
    owner: str
    source: str
    references: tuple[str, ...]
    provenance: str
    confidence: Confidence

    @property
    def due_every(self) -> Micros:
        """How often a value is due, in microseconds."""
        return CADENCES[self.cadence]

    @property
    def silent_after(self) -> Micros:
        """How long without a value before the series counts as silent: statistics come late, sensors do not."""
        due = self.due_every
        if due <= HOUR:
            return 3 * due
        return 2 * due if due < CADENCES["1mo"] else due + CALENDAR_GRACE


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A threshold. `site` scopes it to a site and all below it, `level` to sites of one level; both None: everywhere.

    ABOVE and BELOW use `value`; OUTSIDE uses `value` (lower) and `upper`. `hysteresis` is in the indicator's unit.
    """

    id: str
    indicator: str
    site: str | None
    level: Level | None
    kind: Kind
    severity: Severity
    value: float
    upper: float | None
    hysteresis: float
    for_: Micros
    keep_firing_for: Micros
    season: tuple[tuple[int, int], tuple[int, int]] | None
    hours: tuple[int, int] | None
    valid_from: date | None
    valid_to: date | None
    basis: str
    confidence: Confidence

    @property
    def slot(self) -> str:
        """The place that limits override each other for: kind and severity."""
        return f"{self.kind}-{self.severity.name.lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A planned value with a deadline. `at_least` False means "at most"."""

    id: str
    indicator: str
    site: str | None
    level: Level | None
    value: float
    at_least: bool
    deadline: date
    valid_from: date | None
    valid_to: date | None
    basis: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One row of a profile: `site` watches a field down to `tier`, or one `indicator`; walls show it `shown_under`."""

    site: str
    field: str
    tier: int | None
    indicator: str | None
    shown_under: str
    application: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Series:
    """Site + indicator, with the field under which that site's wall shows it."""

    site: Site
    indicator: Indicator
    shown_under: str

    @property
    def id(self) -> str:
        """`site/indicator`."""
        return f"{self.site.id}/{self.indicator.id}"


def local_day(at: Micros) -> date:
    """The Vietnamese calendar day of a moment."""
    return moment(at).astimezone(VIETNAM).date()


def local_time(at: Micros) -> datetime:
    """The Vietnamese wall time of a moment."""
    return moment(at).astimezone(VIETNAM)


def is_valid(valid_from: date | None, valid_to: date | None, day: date) -> bool:
    """Whether `day` lies in the period, both ends included."""
    return (valid_from is None or valid_from <= day) and (valid_to is None or day <= valid_to)
