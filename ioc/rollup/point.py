"""Roll-ups as points for a time-series database: measurement, tags and numbers, but not yet any format. Pure.

One measurement for each axis and period: `sample_1d`, `sample_1mo`, `sample_1q`, `sample_1y` over time, and likewise
`sample_space_…` and `sample_formula_…`. A day, a month and a year may begin at the same moment, so that one measurement
for several would need a further tag.
"""

from collections.abc import Mapping
from typing import NamedTuple

from indicators.spec import Period
from ioc.model import Micros
from ioc.rollup.row import Axis, Gap, Rollup

STEMS = {Axis.TIME: "sample", Axis.SPACE: "sample_space", Axis.FORMULA: "sample_formula"}
ENDINGS = {Period.DAY: "1d", Period.MONTH: "1mo", Period.QUARTER: "1q", Period.YEAR: "1y"}


class Point(NamedTuple):
    """One roll-up at the start of its period. A number that is a float is always one, likewise an int."""

    measurement: str
    site: str
    field: str
    indicator: str
    at: Micros
    numbers: Mapping[str, float]
    is_daily: bool


def point(row: Rollup, field: str) -> Point:
    """The point of a roll-up; `field` is the field of its indicator.

    Without a value it has `gap` above 0 and no `value`, `low` and `high`.
    """
    floats = {"value": row.value, "numerator": row.numerator, "denominator": row.denominator}
    if row.gap is Gap.NONE:
        floats |= {"low": row.low, "high": row.high}
    numbers: dict[str, float] = {name: float(number) for name, number in floats.items() if number is not None}
    numbers |= {"n": row.n, "m": row.m, "state": int(row.state), "complete": int(row.complete), "gap": int(row.gap)}
    numbers["revision"] = row.revision
    is_daily = row.kind is Period.DAY
    return Point(measurement(row.axis, row.kind), row.site, field, row.indicator, row.start, numbers, is_daily)


def measurement(axis: Axis, kind: Period) -> str:
    """Where roll-ups of an axis and a period are kept."""
    return f"{STEMS[axis]}_{ENDINGS[kind]}"
