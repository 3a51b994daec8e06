"""Validity in microseconds agrees with validity in days."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from indicators.spec import is_valid, local_day
from indicators.window import midnight, window
from tests.indicators.made import at

DAYS = st.one_of(st.none(), st.dates(date(1990, 1, 1), date(2040, 1, 1)))


@given(DAYS, DAYS, st.integers(at("1995-01-01"), at("2039-01-01")))
def test_window_holds_exactly_the_days_of_its_validity(first: date | None, last: date | None, moment: int) -> None:
    assert window(first, last).holds(moment) == is_valid(first, last, local_day(moment))


@given(DAYS, DAYS, DAYS, DAYS)
def test_window_within_another_is_what_both_hold(
    a: date | None, b: date | None, c: date | None, d: date | None
) -> None:
    one, other = window(a, b), window(c, d)
    shared = one.within(other)
    for edge in (one.start, one.end - 1, other.start, other.end - 1):
        assert (shared is not None and shared.holds(edge)) == (one.holds(edge) and other.holds(edge))


def test_midnight_is_seventeen_hours_utc_of_the_day_before() -> None:
    assert midnight(date(1970, 1, 1)) == -7 * 3_600_000_000


def test_window_up_to_the_last_day_there_is_does_not_overflow() -> None:
    assert window(date.min, date.max).holds(at("2025-01-01"))
