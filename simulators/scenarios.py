"""Stories: who leaves the ordinary course, when, and which alerts must follow.

A story is data. Its heights are told relative to the catalogue's own limits, so that it still works when they change.
Minutes are played minutes after the start; every series of a story is sent once a minute while it lasts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from indicators.spec import Limit, Series
from ioc.errors import ConfigError
from ioc.model import MINUTE, Kind, Micros, Severity, Status
from simulators.timing import due
from simulators.world import Catalogue, World

EVERY: Micros = MINUTE


@dataclass(frozen=True, slots=True)
class Point:
    """Height of a course at a minute: `beyond` the limit by that share of it; negative is on the good side."""

    minute: float
    severity: Severity
    beyond: float


@dataclass(frozen=True, slots=True)
class Course:
    """The overridden course of one indicator at the first of `sites` that watches it."""

    indicator: str
    kind: Kind
    sites: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """An alert that a story must cause, with the statuses it goes through in this order."""

    site: str
    indicator: str
    kind: Kind
    severity: Severity
    statuses: tuple[Status, ...] = (Status.PENDING, Status.FIRING, Status.RESOLVED)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story: id, names, and the courses it overrides."""

    id: str
    name_vi: str
    name_en: str
    courses: tuple[Course, ...]


WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL

SALT = Scenario(
    "man-xam-nhap",
    "Mặn xâm nhập sâu theo triều cường",
    "A spring tide pushes salt far upriver",
    (
        Course(
            "salinity",
            Kind.ABOVE,
            ("st-an-hiep", "st-my-hoa", "st-phu-tuc", "st-nhuan-phu-tan", "st-giao-hoa"),
            (
                Point(0, WARNING, -0.45),
                Point(4, WARNING, 0.20),
                Point(12, WARNING, 1.0),
                Point(20, CRITICAL, 0.10),
                Point(30, CRITICAL, 0.50),
                Point(42, CRITICAL, 0.30),
                Point(50, CRITICAL, -0.15),
                Point(60, WARNING, -0.40),
                Point(90, WARNING, -0.50),
            ),
        ),
    ),
)

EMERGENCY = Scenario(
    "qua-tai-cap-cuu",
    "Khoa cấp cứu quá tải",
    "Crowded emergency rooms",
    (
        Course(
            "emergency-wait",
            Kind.ABOVE,
            ("vn63-83",),
            (
                Point(0, WARNING, -0.30),
                Point(6, WARNING, 0.15),
                Point(18, CRITICAL, 0.10),
                Point(30, CRITICAL, 0.80),
                Point(45, CRITICAL, 0.40),
                Point(55, CRITICAL, -0.10),
                Point(68, WARNING, -0.30),
                Point(95, WARNING, -0.50),
            ),
        ),
    ),
)

SCENARIOS: Mapping[str, Scenario] = {scenario.id: scenario for scenario in (SALT, EMERGENCY)}


@dataclass(frozen=True, slots=True)
class Played:
    """A course tied to a series and to real limits: (moment, value) corners, in order."""

    series: Series
    kind: Kind
    corners: tuple[tuple[Micros, float], ...]
    limits: tuple[Limit, ...]

    @property
    def begin(self) -> Micros:
        """First moment of the override."""
        return self.corners[0][0]

    @property
    def end(self) -> Micros:
        """Last moment of the override."""
        return self.corners[-1][0]

    def value(self, at: Micros) -> float:
        """The value between the corners, rounded to the indicator's decimals."""
        for (left, low), (right, high) in zip(self.corners, self.corners[1:], strict=False):
            if left <= at <= right:
                value = low + (high - low) * (at - left) / (right - left)
                return round(value, self.series.indicator.decimals)
        return round(self.corners[-1][1], self.series.indicator.decimals)


class Story:
    """A world with a scenario in it: the courses it overrides, else the world's own."""

    def __init__(self, world: World, played: Iterable[Played] = ()) -> None:
        """`played` comes from `tie`; none leaves the world as it is."""
        self._world = world
        self._played = {course.series.id: course for course in played}

    def value(self, series: Series, at: Micros) -> float:
        """What the series shows at `at`."""
        course = self._played.get(series.id)
        if course is not None and course.begin <= at <= course.end:
            return course.value(at)
        return self._world.value(series, at)

    def due(self, series: Series, since: Micros, until: Micros) -> list[Micros]:
        """The measurement times in (since, until]: every minute within a story, else by the cadence."""
        course = self._played.get(series.id)
        if course is None or until < course.begin or since >= course.end:
            return due(series, since, until)
        first = max(course.begin, since // EVERY * EVERY + EVERY)
        minutes = set(range(first, min(until, course.end) + 1, EVERY))
        return sorted(minutes.union(due(series, since, until)))

    def expected(self) -> tuple[Expected, ...]:
        """The alerts that must follow: one per limit that a course crosses and leaves again."""
        return tuple(
            Expected(course.series.site.id, course.series.indicator.id, course.kind, limit.severity)
            for course in self._played.values()
            for limit in course.limits
        )


def tie(scenario: Scenario, catalogue: Catalogue, series: Iterable[Series], start: Micros) -> tuple[Played, ...]:
    """The scenario's courses on real series and limits.

    Raises:
        ConfigError: no site watches the indicator, or it has no such limit.
    """
    known = {one.id: one for one in series}
    return tuple(_tied(scenario, course, catalogue, known, start) for course in scenario.courses)


def _tied(
    scenario: Scenario, course: Course, catalogue: Catalogue, known: Mapping[str, Series], start: Micros
) -> Played:
    ids = [f"{site}/{course.indicator}" for site in course.sites]
    series = next((known[one] for one in ids if one in known), None)
    if series is None:
        raise ConfigError(f"scenario {scenario.id}: danh mục không có / the catalogue has none of {', '.join(ids)}")
    limits = {
        limit.severity: limit
        for limit in catalogue.limits_for(series.site.id, course.indicator, start)
        if limit.kind is course.kind
    }
    missing = {point.severity for point in course.points} - limits.keys()
    if missing:
        names = ", ".join(sorted(severity.name.lower() for severity in missing))
        raise ConfigError(
            f"scenario {scenario.id}: {series.id} không có ngưỡng / has no {course.kind} limit of severity {names}"
        )
    corners = tuple((start + round(p.minute * MINUTE), _height(p, course, limits[p.severity])) for p in course.points)
    return Played(series, course.kind, corners, _crossed(course.kind, corners, limits.values()))


def _height(point: Point, course: Course, limit: Limit) -> float:
    towards = 1 if course.kind is Kind.ABOVE else -1
    return limit.value + towards * point.beyond * abs(limit.value)


def _crossed(kind: Kind, corners: Iterable[tuple[Micros, float]], limits: Iterable[Limit]) -> tuple[Limit, ...]:
    values = [value for _, value in corners]
    if kind is Kind.ABOVE:
        return tuple(limit for limit in limits if max(values) > limit.value)
    return tuple(limit for limit in limits if min(values) < limit.value)
