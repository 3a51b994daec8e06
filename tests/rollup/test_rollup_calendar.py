from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.spec import Period, local_time
from indicators.window import Window
from ioc.model import DAY, HOUR, SECOND
from ioc.rollup import calendar
from ioc.rollup.calendar import ROLLED, span
from tests.rollup.ground import INDICATORS, PLAN, indicator, when

OWN = {one.id: one for one in INDICATORS}
MOMENTS = st.integers(when("1990-01-01T00:00"), when("2090-01-01T00:00"))
KINDS = st.sampled_from([kind for kind in Period if kind is not Period.INSTANT])


@pytest.mark.parametrize(
    ("kind", "inside", "start", "end"),
    [
        (Period.HOUR, "2024-02-29T10:59:59.999999", "2024-02-29T10:00", "2024-02-29T11:00"),
        (Period.DAY, "2024-02-29T00:00", "2024-02-29T00:00", "2024-03-01T00:00"),
        (Period.WEEK, "2024-12-31T12:00", "2024-12-30T00:00", "2025-01-06T00:00"),
        (Period.MONTH, "2024-02-29T23:59:59", "2024-02-01T00:00", "2024-03-01T00:00"),
        (Period.MONTH, "2023-02-28T23:59:59", "2023-02-01T00:00", "2023-03-01T00:00"),
        (Period.QUARTER, "2024-12-31T23:59:59", "2024-10-01T00:00", "2025-01-01T00:00"),
        (Period.HALF_YEAR, "2024-07-01T00:00", "2024-07-01T00:00", "2025-01-01T00:00"),
        (Period.YEAR, "2024-01-01T06:59", "2024-01-01T00:00", "2025-01-01T00:00"),
    ],
)
def test_span_has_local_bounds(kind: Period, inside: str, start: str, end: str) -> None:
    assert span(kind, when(inside)) == (kind, when(start), when(end))


@given(KINDS, MOMENTS)
def test_span_holds_its_moment_and_touches_its_neighbours(kind: Period, at: int) -> None:
    here = span(kind, at)
    assert here.start <= at < here.end
    assert span(kind, here.end).start == here.end
    assert calendar.preceding(here).end == here.start
    assert local_time(here.start).time().minute == 0


@given(MOMENTS)
def test_parents_contain_the_shorter_ones(at: int) -> None:
    spans = [span(kind, at) for kind in ROLLED]
    for place, one in enumerate(spans):
        assert list(calendar.parents(one)) == spans[place + 1 :]
        assert all(above.start <= one.start and one.end <= above.end for above in spans[place + 1 :])


@given(MOMENTS)
def test_week_begins_on_monday(at: int) -> None:
    begin = local_time(span(Period.WEEK, at).start)
    assert (begin.weekday(), begin.hour) == (0, 0)
    assert local_time(span(Period.WEEK, at).end) - begin == timedelta(days=7)


@pytest.mark.parametrize(
    "stamp", ["2024-02-29T23:59:59", "2024-03-01T00:00", "2024-02-01T00:00:01", "2024-02-15T08:00"]
)
def test_stamp_of_a_statistic_counts_in_the_period_that_it_closes(stamp: str) -> None:
    assert calendar.cell(OWN["rank"], when(stamp)) == when("2024-03-01T00:00") - 1


def test_stamp_of_an_instant_counts_where_it_lies() -> None:
    assert calendar.cell(OWN["salt"], when("2024-03-01T00:00")) == when("2024-03-01T00:00")


def test_a_week_counts_in_the_month_in_which_it_ends() -> None:
    cell = calendar.cell(OWN["visits"], when("2024-02-26T09:00"))
    assert span(Period.MONTH, cell).start == when("2024-03-01T00:00")


@pytest.mark.parametrize(
    ("what", "kinds"),
    [
        ("salt", "day month quarter year"),
        ("settled", "day month quarter year"),
        ("visits", "month quarter year"),
        ("beds", "month quarter year"),
        ("trust", "quarter year"),
        ("income", "year"),
        ("rank", "month"),
    ],
)
def test_kinds_begin_with_the_shortest_that_makes_sense(what: str, kinds: str) -> None:
    assert " ".join(PLAN.kinds[what]) == kinds


def test_an_instant_that_does_not_add_up_has_no_rollup() -> None:
    assert calendar.kinds(indicator("x", Period.INSTANT, "1d", "none", "none")) == ()


@pytest.mark.parametrize(
    ("what", "kind", "at", "n"),
    [
        ("flow", Period.DAY, "2024-02-29T12:00", 96),
        ("salt", Period.MONTH, "2024-02-29T12:00", 29 * 24),
        ("settled", Period.DAY, "2024-02-29T12:00", 24),
        ("cases", Period.YEAR, "2024-06-01T00:00", 366),
        ("cases", Period.YEAR, "2023-06-01T00:00", 365),
        ("visits", Period.MONTH, "2024-03-10T00:00", 5),
        ("visits", Period.MONTH, "2024-02-10T00:00", 4),
        ("revenue", Period.QUARTER, "2024-02-10T00:00", 3),
        ("pupils", Period.YEAR, "2024-02-10T00:00", 1),
    ],
)
def test_expected_counts_what_falls_due(what: str, kind: Period, at: str, n: int) -> None:
    always = Window(-(2**60), 2**60)
    assert calendar.expected(OWN[what], span(kind, when(at)), always) == n


def test_expected_leaves_out_the_time_after_a_site_has_closed() -> None:
    until_june = Window(-(2**60), when("2025-07-01T00:00"))
    assert calendar.expected(OWN["cases"], span(Period.YEAR, when("2025-01-01T00:00")), until_june) == 181
    assert calendar.expected(OWN["cases"], span(Period.DAY, when("2025-07-01T00:00")), until_june) == 0


def test_allowance_is_half_as_long_again_as_the_cadence() -> None:
    assert calendar.allowance(OWN["patients"]) == DAY + 12 * HOUR
    assert calendar.allowance(OWN["revenue"]) == 31 * DAY * 3 // 2 > 40 * DAY + SECOND
