"""What the rules measure that look at more than one value, step by step."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.alerting.extra import Change, Combination, Condition, Curve, ExtraRule, Pace, Stuck, What
from ioc.alerting.measure import FINENESS, Measure, Points, observe, recollect
from ioc.alerting.rules import Bound, Plan, Rule
from ioc.alerting.state import Figures
from ioc.model import DAY, HOUR, MINUTE, SECOND, Kind, Severity
from tests.alerting.bed import T0, at, sample

RULE = Rule("r", Kind.RISING, Severity.WARNING, None, 1.0, 0.0, 0, 0, "assumption")
SUMS = Plan(start=T0, end=T0 + 100 * DAY, target=1000.0, at_least=True, sums=True, closes=T0 + 10 * DAY)


def bound(what: What, plan: Plan | None = None, patience: int = 3 * HOUR) -> Bound:
    extra = ExtraRule("r", Kind.RISING, Severity.WARNING, "salinity", what, "assumption")
    return Bound(RULE, extra, patience, plan)


def measured(one: Bound, *values: tuple[float, float], points: Points = ()) -> list[Measure | None]:
    """What is measured after each (seconds, value)."""
    found = []
    for seconds, value in values:
        points, measure = observe(one, points, sample(seconds, value))
        found.append(measure)
    return found


def test_a_change_is_told_once_the_window_is_covered() -> None:
    one = bound(Change(by=2.0, window=HOUR, per=HOUR))
    found = measured(one, (0, 1.0), (1800, 2.0), (2700, 4.0), (3600, 5.0), (7200, 5.0))
    assert found[:2] == [None, None]
    assert [measure and round(measure.value, 6) for measure in found[2:]] == [4.0, 4.0, 0.0]
    assert found[3] == Measure(4.0, Figures(value=4.0, bound=2.0))


def test_a_fall_is_negative_and_said_without_its_sign() -> None:
    (_, fell) = measured(bound(Change(2.0, HOUR, HOUR)), (0, 9.0), (3600, 4.0))
    assert fell == Measure(-5.0, Figures(value=5.0, bound=2.0))


def test_a_change_is_scaled_to_its_period() -> None:
    (_, rose) = measured(bound(Change(2.0, HOUR, 6 * HOUR)), (0, 1.0), (3600, 2.0))
    assert rose is not None
    assert rose.value == pytest.approx(6.0)


def test_after_a_gap_a_change_is_not_known() -> None:
    assert measured(bound(Change(2.0, HOUR, HOUR)), (0, 1.0), (9000, 9.0))[-1] is None


@given(st.lists(st.integers(1, 600), min_size=1, max_size=200))
def test_a_window_is_kept_in_few_points_and_in_order(steps: list[int]) -> None:
    one, points, seconds = bound(Change(2.0, HOUR, HOUR)), (), 0
    for step in steps:
        seconds += step
        points, _ = observe(one, points, sample(seconds, float(step)))
        assert points[-1] == (at(seconds), float(step))
        assert points[0][0] >= at(seconds) - HOUR
    assert len(points) <= FINENESS + 3
    assert all(earlier < later for (earlier, _), (later, _) in pairwise(points))


def test_a_run_lasts_from_its_first_value_until_another() -> None:
    found = measured(bound(Stuck(3)), (0, 4.0), (3600, 5.0), (7200, 5.0), (10800, 5.0), (14400, 4.9))
    assert [measure and measure.value for measure in found] == [0.0, 0.0, float(HOUR), 2.0 * HOUR, 0.0]
    assert found[3] == Measure(2.0 * HOUR, Figures(value=5.0, since=at(3600)))


def test_a_silence_ends_a_run() -> None:
    assert measured(bound(Stuck(3), patience=HOUR), (0, 5.0), (3601, 5.0))[-1] == Measure(
        0.0, Figures(value=5.0, since=at(3601))
    )


def test_a_value_that_may_stay_is_no_run() -> None:
    assert [m and m.value for m in measured(bound(Stuck(3, (0.0,))), (0, 0.0), (3600, 0.0), (7200, 0.0))] == [0, 0, 0]


def daily(*values: float) -> list[tuple[float, float]]:
    return [((day + 1) * DAY / SECOND, value) for day, value in enumerate(values)]


def test_a_pace_cannot_be_told_from_few_periods() -> None:
    found = measured(bound(Pace(10, periods=3), SUMS, DAY), *daily(40.0, 40.0, 40.0))
    assert found[:2] == [None, None]
    assert found[2] == Measure(-2.0, Figures(value=120.0, bound=100.0, upper=1000.0))


def test_a_pace_cannot_be_told_when_the_beginning_is_missing() -> None:
    late = [(5 * DAY / SECOND, 40.0), *[((6 + n) * DAY / SECOND, 1.0) for n in range(4)]]
    assert measured(bound(Pace(10, periods=2), SUMS, 2 * DAY), *late) == [None] * 5


def test_a_level_goes_from_its_first_value_to_the_target() -> None:
    plan = Plan(start=T0, end=T0 + 100 * DAY, target=20.0, at_least=False, sums=False, closes=T0 + 50 * DAY)
    found = measured(bound(Pace(10, periods=2), plan, DAY), (3600, 40.0), (50 * DAY / SECOND, 34.0))
    assert found == [None, Measure(20.0, Figures(value=34.0, bound=30.0, upper=20.0))]


def test_a_pace_by_last_year_follows_its_curve() -> None:
    last_year = tuple((T0 - 366 * DAY + day * DAY, 10.0 if day <= 10 else 1.0) for day in range(1, 101))
    one = bound(Pace(10, periods=2, curve=Curve.LAST_YEAR, start=0.0), SUMS, DAY)
    found = measured(one, *daily(10.0, 10.0), points=last_year)[-1]
    assert found is not None
    assert found.figures.bound == pytest.approx(1000 * 101 / 190)  # a day more: a year may be one shorter


def test_a_corrected_figure_of_an_older_period_counts() -> None:
    one = bound(Pace(10, periods=2), SUMS, DAY)
    points: Points = ((at(DAY / SECOND), 40.0), (at(2 * DAY / SECOND), 40.0))
    again = recollect(one, points, sample(DAY / SECOND, 90.0))
    assert again == ((at(DAY / SECOND), 90.0), (at(2 * DAY / SECOND), 40.0))
    assert recollect(bound(Stuck(3)), points, sample(DAY / SECOND, 90.0)) == points


SALT = Condition("salinity", high=4.0, hysteresis=1.0, patience=HOUR)
TIDE = Condition("water-level", high=100.0, patience=HOUR)


def told(what: Combination, *heard: tuple[float, str, float]) -> list[float | None]:
    one, points, found = bound(what), (), []
    for seconds, indicator, value in heard:
        points, measure = observe(one, points, sample(seconds, value, indicator=indicator))
        found.append(measure and measure.value)
    return found


def test_all_conditions_must_hold() -> None:
    both = Combination((SALT, TIDE))
    assert told(both, (0, "salinity", 5.0), (60, "water-level", 120.0), (120, "salinity", 3.5)) == [None, 1.0, 1.0]
    assert told(both, (0, "salinity", 5.0), (60, "water-level", 90.0)) == [None, 0.0]
    assert told(both, (0, "salinity", 2.0)) == [0.0]


def test_any_condition_will_do() -> None:
    either = Combination((SALT, TIDE), is_any=True)
    assert told(either, (0, "salinity", 5.0), (60, "salinity", 1.0), (120, "water-level", 1.0)) == [1.0, None, 0.0]


def test_a_condition_may_be_denied() -> None:
    gate = Condition("water-level", high=100.0, is_not=True, patience=HOUR)
    assert told(Combination((SALT, gate)), (0, "salinity", 5.0), (60, "water-level", 90.0)) == [None, 1.0]


def test_what_was_heard_long_ago_is_not_known() -> None:
    late = (60 + HOUR // SECOND + 1, "salinity", 5.0)
    assert told(Combination((SALT, TIDE)), (60, "water-level", 120.0), late) == [None, None]


def test_between_clear_and_breach_a_condition_stays_as_it_was() -> None:
    both = Combination((SALT, TIDE))
    heard = [(0, "water-level", 120.0), (60, "salinity", 3.5), (120, "salinity", 5.0), (180, "salinity", 3.5)]
    assert told(both, *heard) == [None, 0.0, 1.0, 1.0]
    assert SALT.patience > MINUTE
