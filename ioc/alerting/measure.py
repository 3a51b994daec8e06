"""What a rule measures that looks at more than one value: a change, a run of equals, a pace, a combination. Pure.

Each such rule keeps a few points of its series, (time, value), and nothing else: whoever is given them back goes on
where another stopped. What cannot be told yet is None, and leaves an alert as it stands.
"""

from typing import NamedTuple

from ioc.alerting.extra import Change, Combination, Condition, Curve, Pace, Stuck
from ioc.alerting.rules import Bound, Plan
from ioc.alerting.state import Figures
from ioc.model import DAY, Micros, Sample

Points = tuple[tuple[Micros, float], ...]

FINENESS = 60
"""A window is kept with at most about so many points."""
COVERED = 0.75
"""A change is told once the points reach over so much of its window."""
YEAR = 366 * DAY
SLIP = DAY
"""By how much a year is shorter than that."""
UNKNOWN, NO, YES = -1.0, 0.0, 1.0


class Measure(NamedTuple):
    """What the bounds of a rule judge, and what is said of it."""

    value: float
    figures: Figures


Observed = tuple[Points, Measure | None]


def observe(bound: Bound, points: Points, sample: Sample) -> Observed:
    """The points with the sample among them, and what is measured at its time."""
    match bound.extra.what:
        case Change() as what:
            return _change(what, points, sample)
        case Stuck() as what:
            return _run(bound, what, points, sample)
        case Pace() as what:
            return _pace(bound, what, points, sample)
        case Combination() as what:
            return _combination(what, points, sample)
        case _:
            return points, None


def recollect(bound: Bound, points: Points, sample: Sample) -> Points:
    """The points with a late sample among them: a corrected figure counts, though it moves no alert by itself."""
    if isinstance(bound.extra.what, Pace) and bound.plan is not None:
        return _merged(points, sample, bound.plan.start - YEAR)
    return points


def _change(what: Change, points: Points, sample: Sample) -> Observed:
    kept = _thinned(points, sample, what.window)
    first_at, first = kept[0]
    covered = sample.at - first_at
    if covered < COVERED * what.window:
        return kept, None
    change = (sample.value - first) * what.per / covered
    return kept, Measure(change, Figures(value=abs(change), bound=what.by))


def _thinned(points: Points, sample: Sample, window: Micros) -> Points:
    kept = [point for point in points if sample.at - window <= point[0] < sample.at]
    if len(kept) > 1 and kept[-1][0] - kept[-2][0] < window // FINENESS:
        kept.pop()
    return (*kept, (sample.at, sample.value))


def _run(bound: Bound, what: Stuck, points: Points, sample: Sample) -> Observed:
    """The points are the first and the latest of a run of equal values; a silence ends a run."""
    now = (sample.at, sample.value)
    first = points[0] if points else now
    is_broken = first[1] != sample.value or (points and sample.at - points[-1][0] > bound.patience)
    if is_broken or sample.value in what.besides:
        first = now
    lasting = sample.at - first[0]
    return (first, now), Measure(float(lasting), Figures(value=sample.value, since=first[0]))


def _pace(bound: Bound, what: Pace, points: Points, sample: Sample) -> Observed:
    plan = bound.plan
    if plan is None:
        return points, None
    kept = _merged(points, sample, plan.start - YEAR)
    within = [(at, value) for at, value in kept if plan.start < at <= plan.end]
    if what.start is None and within[0][0] > plan.start + bound.patience:
        return kept, None  # what came before is not known
    here = [value for _, value in within]
    before = [(at + YEAR, value) for at, value in kept if at <= plan.start]
    share = _share(what, plan, before)
    if len(here) < what.periods or share is None:
        return kept, None
    start = what.start if what.start is not None else 0.0 if plan.sums else here[0]
    actual = sum(here) if plan.sums else sample.value
    way = plan.target - start
    expected = start + way * share
    short = (expected - actual) if plan.at_least else (actual - expected)
    if way == 0:
        return kept, None
    return kept, Measure(100 * short / abs(way), Figures(value=actual, bound=expected, upper=plan.target))


def _share(what: Pace, plan: Plan, before: list[tuple[Micros, float]]) -> float | None:
    """How much of the way should be done by the end of the value's period."""
    done = min(1.0, (plan.closes - plan.start) / (plan.end - plan.start))
    if what.curve is Curve.LINEAR:
        return done
    whole = sum(value for _, value in before)
    if len(before) < what.periods or whole <= 0:
        return None
    return sum(value for at, value in before if at <= plan.closes + SLIP) / whole


def _merged(points: Points, sample: Sample, since: Micros) -> Points:
    found = {at: value for at, value in points if at >= since} | {sample.at: sample.value}
    return tuple(sorted(found.items()))


def _combination(what: Combination, points: Points, sample: Sample) -> Observed:
    """One point per condition: when its indicator was heard, and whether it held."""
    known = points if len(points) == len(what.conditions) else ((0, UNKNOWN),) * len(what.conditions)
    kept = tuple(
        (sample.at, _holds(one, sample.value, point[1])) if one.indicator == sample.indicator else point
        for one, point in zip(what.conditions, known, strict=True)
    )
    truths = [_truth(one, point, sample.at) for one, point in zip(what.conditions, kept, strict=True)]
    decisive, other = (YES, NO) if what.is_any else (NO, YES)
    if decisive in truths:
        return kept, Measure(decisive, Figures())
    return kept, None if UNKNOWN in truths else Measure(other, Figures())


def _holds(one: Condition, value: float, before: float) -> float:
    is_beyond = (one.high is not None and value > one.high) or (one.low is not None and value < one.low)
    is_within = (one.high is None or value <= one.high - one.hysteresis) and (
        one.low is None or value >= one.low + one.hysteresis
    )
    if is_beyond or is_within:
        return YES if is_beyond else NO
    return NO if before == UNKNOWN else before


def _truth(one: Condition, point: tuple[Micros, float], now: Micros) -> float:
    at, held = point
    if held == UNKNOWN or now - at > one.patience:
        return UNKNOWN
    return 1.0 - held if one.is_not else held
