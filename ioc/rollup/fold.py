"""Parts into wholes. Pure.

A `Tally` is what must be kept of a set of parts so that two sets can be combined without looking at the parts again.
Means are carried as sum and count (or weight), so that a mean of means is always the mean of the parts.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from indicators.spec import Rollup as Operator
from ioc.model import Micros, State
from ioc.rollup.row import Gap


class Part(NamedTuple):
    """One value to be combined. Without a `weight` it does not enter a weighted mean."""

    value: float
    first_at: Micros
    last_at: Micros
    state: State
    weight: float | None = None


class Tally(NamedTuple):
    """`n` parts; `weighted` is the sum of weight times value, `weight` the sum of weights."""

    n: int
    total: float
    weighted: float
    weight: float
    low: float
    high: float
    last: float
    first_at: Micros
    last_at: Micros
    state: State


class Outcome(NamedTuple):
    """A value with what it was divided from, or the reason why there is none."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    gap: Gap = Gap.NONE


def tally(operator: Operator, parts: Iterable[Part]) -> Tally | None:
    """The parts of one set, in order of time; None when none of them counts."""
    counted = [part for part in parts if part.weight is not None or operator is not Operator.WEIGHTED_MEAN]
    if not counted:
        return None
    values = [part.value for part in counted]
    weights = [part.weight or 0.0 for part in counted]
    newest = max(counted, key=lambda part: (part.last_at, part.value))
    return Tally(
        n=len(counted),
        total=_sum(values),
        weighted=_sum([value * weight for value, weight in zip(values, weights, strict=True)]),
        weight=_sum(weights),
        low=min(values),
        high=max(values),
        last=newest.value,
        first_at=min(part.first_at for part in counted),
        last_at=newest.last_at,
        state=min(part.state for part in counted),
    )


def merged(tallies: Sequence[Tally]) -> Tally | None:
    """Several sets as one; None when there is none."""
    if not tallies:
        return None
    newest = max(tallies, key=lambda one: (one.last_at, one.last))
    return Tally(
        n=sum(one.n for one in tallies),
        total=_sum([one.total for one in tallies]),
        weighted=_sum([one.weighted for one in tallies]),
        weight=_sum([one.weight for one in tallies]),
        low=min(one.low for one in tallies),
        high=max(one.high for one in tallies),
        last=newest.last,
        first_at=min(one.first_at for one in tallies),
        last_at=newest.last_at,
        state=min(one.state for one in tallies),
    )


def outcome(operator: Operator, one: Tally) -> Outcome:
    """What the operator makes of the set. `none` gives the last value: it is used for sets of one only."""
    match operator:
        case Operator.SUM:
            return checked(Outcome(one.total))
        case Operator.MEAN:
            return quotient(one.total, float(one.n))
        case Operator.WEIGHTED_MEAN:
            return quotient(one.weighted, one.weight)
        case Operator.MAX:
            return checked(Outcome(one.high))
        case Operator.MIN:
            return checked(Outcome(one.low))
        case Operator.LAST | Operator.NONE:
            return checked(Outcome(one.last))


def quotient(numerator: float, denominator: float) -> Outcome:
    """A division that keeps both sides; by zero it has no value."""
    if denominator == 0:
        return checked(Outcome(None, numerator, denominator, Gap.ZERO_DENOMINATOR))
    return checked(Outcome(numerator / denominator, numerator, denominator))


def checked(result: Outcome) -> Outcome:
    """Beyond what a number can hold there is no value."""
    numbers = [number for number in result[:3] if number is not None]
    return result if all(map(math.isfinite, numbers)) else Outcome(None, gap=Gap.NOT_FINITE)


def _sum(values: Sequence[float]) -> float:
    """Exact but for one rounding, so that the order of the parts does not matter; infinite when out of bounds."""
    try:
        total = math.fsum(values)
    except (OverflowError, ValueError):
        return math.inf
    return total if total == total else math.inf  # noqa: PLR0124 - the test for not-a-number
