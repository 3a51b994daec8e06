"""The questions that walls ask, as InfluxQL that 1.x, 2.x and 3.x answer. Pure.

A wall shows how things stand at the right edge of the time range, however far apart its indicators report; so its
queries look back a fixed span from `${__to}` instead of using the range. Grouped subqueries keep one question one
query: 260 indicators cost as much as one.
"""

# ruff: noqa: S608 - the parts of a query are ids of the checked catalogue ([a-z0-9-]) and Grafana's own macros
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from dashboards.centre import one_of
from indicators.spec import Indicator, Series
from ioc.model import DAY, HOUR, MINUTE, Micros

RAW = "sample"
BOUND = "bound"
ROLLUPS = {"sample_1d": "daily", "sample_1mo": "calendar", "sample_1q": "calendar", "sample_1y": "calendar"}
"""Roll-ups, and the retention policy in which each is kept (`config/influxdb/layout.toml`)."""
POLICIES = "SHOW RETENTION POLICIES"
NO_GAP = '"gap" = 0'
EDITION = '"edition" = 0${edition}'
"""Grafana leaves a variable empty that found nothing, and the query has to stay one."""
EDITION_IN_FORCE = 'SELECT last("edition") FROM "bound_edition"'
LOOK_BACK = 800 * DAY
"""Long enough for the last two yearly values."""
PICKED_SITE = '"site" =~ /^${site:regex}$/'
PICKED_INDICATOR = "\"indicator\" = '${indicator}'"
TRENDS: tuple[tuple[Micros, Micros, str, str], ...] = (
    (HOUR, DAY, "mean", "30m"),
    (7 * DAY, 60 * DAY, "mean", "1d"),
    (LOOK_BACK, LOOK_BACK, "last", "30d"),
)
"""Cadence up to, span of the small curve, aggregate and step."""


class Aim(NamedTuple):
    """What a target asks for: a value, at least or at most, by a deadline in milliseconds."""

    value: float
    at_least: bool
    deadline: int

    @property
    def columns(self) -> str:
        """The target as columns beside `value`."""
        sense = 1 if self.at_least else -1
        scale = f"*{sense * 100}/{abs(self.value)}" if self.value else f"*{sense}"
        gap = f'("value"-({self.value})){scale}'
        constants = {"target": self.value, "sense": sense, "deadline": self.deadline}
        shown = ", ".join(f'"value"*0+({value}) AS "{name}"' for name, value in constants.items())
        return f'{shown}, {gap} AS "gap", {gap} AS "met"'


def until_now(span: Micros) -> str:
    """The condition for the last `span` before the right edge of the time range."""
    return f"time > ${{__to}}ms - {_span(span)} AND time <= ${{__to}}ms"


def latest(where: str, span: Micros = LOOK_BACK, measurement: str = RAW) -> str:
    """The last point of every series, with its own time: site, field, indicator, value, severity, state."""
    return (
        f'SELECT last("value") AS "value", "severity", "state" FROM "{measurement}" '
        f'WHERE {where} AND {until_now(span)} GROUP BY "site", "field", "indicator"'
    )


def last(where: str, span: Micros = LOOK_BACK, column: str = "value") -> str:
    """Only the newest value of every series, or whatever column."""
    return (
        f'SELECT last("{column}") AS "{column}" FROM "{RAW}" '
        f'WHERE {where} AND {until_now(span)} GROUP BY "site", "field", "indicator"'
    )


def judged(where: str) -> str:
    """The severity of every series as it was judged last."""
    return last(where, column="severity")


def table(where: str, copies: Mapping[str, str], least_severity: int | None = None) -> str:
    """One row a series. `copies` names further columns that repeat a tag, for mappings to turn into other words."""
    tags = ", ".join(f'"{tag}" AS "{name}"' for name, tag in copies.items())
    condition = "" if least_severity is None else f' WHERE "severity" >= {least_severity}'
    return f'SELECT {tags}, "value", "severity", "state" FROM ({latest(where)}){condition}'


def numbered(where: str, groups: Sequence[Iterable[Series]], copies: Mapping[str, str], others: str = "") -> str:
    """Like `table`, with a column `group` that says in which of the groups of series a row belongs.

    Rows that the condition `others` picks come too, with the group -1.
    """
    tags = ", ".join(f'"{tag}" AS "{name}"' for name, tag in copies.items())
    wanted = {number: both(where, _any_series(group)) for number, group in enumerate(groups)}
    wanted |= {-1: others} if others else {}
    parts = []
    for number, condition in wanted.items():
        columns = f'"value", "severity", "state", "value"*0+({number}) AS "group"'
        parts.append(f'(SELECT {columns} FROM ({latest(condition)}) GROUP BY "site", "field", "indicator")')
    return f'SELECT {tags}, "value", "severity", "state", "group" FROM {", ".join(parts)}'


def worst_by(tag: str, where: str) -> str:
    """The worst severity for each value of a tag."""
    return f'SELECT max("severity") AS "worst" FROM ({judged(where)}) GROUP BY "{tag}"'


def spots(marks: Sequence[tuple[tuple[float, float], Sequence[str]]]) -> str:
    """The worst severity at each mark: its latitude and longitude, and the sites that it stands for.

    `place` is ten times the mark's number plus the severity, so that one text can tell both.
    """
    parts = []
    for number, ((latitude, longitude), sites) in enumerate(marks):
        constants = {"latitude": latitude, "longitude": longitude}
        shown = ", ".join(f'"worst"*0+{value} AS "{name}"' for name, value in constants.items())
        worst = f'SELECT max("severity") AS "worst" FROM ({judged(one_of("site", sites))})'
        parts.append(f'(SELECT "worst", "worst"+{10 * number} AS "place", {shown} FROM ({worst}))')
    return f'SELECT "place", "worst", "latitude", "longitude" FROM {", ".join(parts)}'


def margins(where: str, planned: Mapping[Aim, Iterable[Series]], copies: Mapping[str, str]) -> str:
    """One row a series with a target; each distinct target is one subquery.

    `gap` is the margin in percent of the target (in the unit where the target is 0); at or above 0 the plan is met.
    """
    parts = []
    for aim, series in planned.items():
        points = latest(both(where, one_of("indicator", (one.indicator.id for one in series))))
        parts.append(f'(SELECT "value", "state", {aim.columns} FROM ({points}) GROUP BY "site", "field", "indicator")')
    tags = ", ".join(f'"{tag}" AS "{name}"' for name, tag in copies.items())
    asked = '"value", "state", "target", "sense", "deadline", "gap", "met"'
    return f"SELECT {tags}, {asked} FROM {', '.join(parts)}"


def trends(where: str, indicators: Sequence[Indicator]) -> str:
    """A small curve for every indicator, over a span that suits its cadence."""
    parts = []
    shortest = 0
    for cadence, span, aggregate, step in TRENDS:
        ids = [one.id for one in indicators if shortest < one.due_every <= cadence]
        shortest = cadence
        if ids:
            wanted = both(where, one_of("indicator", ids), until_now(span))
            points = f'SELECT {aggregate}("value") AS "value" FROM "{RAW}" WHERE {wanted}'
            parts.append(f'({points} GROUP BY time({step}), "indicator" fill(none))')
    return f'SELECT "value" FROM {", ".join(parts)} GROUP BY "indicator"'


def course(where: str, *by: str) -> str:
    """The mean over the time range, one curve for each value of the tags `by`."""
    return (
        f'SELECT mean("value") AS "value" FROM "{RAW}" WHERE {where} AND $timeFilter '
        f"GROUP BY time($__interval), {_tags(by)} fill(none)"
    )


def course_and_bounds(where: str) -> str:
    """One curve without `line`, and each limit and the target as a stepped line, broken where none holds.

    Corners a year to either side are read, as every line says again at each New Year where it lies.
    """
    points = f'SELECT mean("value") AS "value" FROM "{RAW}" WHERE {where} AND $timeFilter'
    span = "time >= ${__from}ms - 366d AND time <= ${__to}ms + 366d"
    corners = f'FROM "{BOUND}" WHERE {both(where, span, EDITION)}'
    there = f'(SELECT "value", "held" {corners} AND "held" = 1 GROUP BY "line")'
    gone = f'(SELECT "held" {corners} AND "held" = 0 GROUP BY "line")'
    steps = f'SELECT "value"*"held" AS "value" FROM {there}, {gone}'
    return f'SELECT "value" FROM ({points} GROUP BY time($__interval) fill(none)), ({steps}) GROUP BY "line"'


def rollups(where: str) -> str:
    """The calendar roll-ups of the time range, one curve for each period: days, months, quarters, years."""
    return f'SELECT "value" FROM {_rolled_up()} WHERE {both(where, NO_GAP, "$timeFilter")}'


def revisions(where: str) -> str:
    """Values that were corrected after they had come: whatever period consists of one value and was revised."""
    changed = both(where, NO_GAP, '"m" = 1', '"revision" > 1', "$timeFilter")
    return f'SELECT "value", "revision" FROM {_rolled_up()} WHERE {changed}'


def newest(where: str, limit: int) -> str:
    """The newest points as they came."""
    return (
        f'SELECT "value", "severity", "state" FROM "{RAW}" WHERE {where} AND {until_now(LOOK_BACK)} '
        f"ORDER BY time DESC LIMIT {limit}"
    )


def _rolled_up() -> str:
    """Each policy is a variable, empty where the database has none of that name: roll-ups lie beside the samples."""
    return ", ".join(f'"${{{policy}}}"."{name}"' for name, policy in ROLLUPS.items())


def both(*conditions: str) -> str:
    """All of the conditions."""
    return " AND ".join(conditions)


def _any_series(series: Iterable[Series]) -> str:
    """The condition for exactly these series; sites that share their indicators are named together."""
    by_site: dict[str, set[str]] = defaultdict(set)
    for one in series:
        by_site[one.site.id].add(one.indicator.id)
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for site, ids in by_site.items():
        alike[tuple(sorted(ids))].append(site)
    pairs = [both(one_of("site", sites), one_of("indicator", ids)) for ids, sites in sorted(alike.items())]
    return f"(({') OR ('.join(pairs)}))"


def _tags(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _span(span: Micros) -> str:
    return f"{span // DAY}d" if span % DAY == 0 else f"{span // MINUTE}m"
