"""What a caller may ask of a series, and the points that answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.spec import Period
from ioc.model import DAY, HOUR, MINUTE, SECOND, Sample, State
from ioc.web.refusal import Refusal
from ioc.web.span import MAX_POINTS, Span, coarser, points, span
from tests.web.centre import NOW


def sample(at: int, value: float, state: State = State.PROVISIONAL) -> Sample:
    return Sample("ben-tre", "health", "beds", at, value, state)


@pytest.mark.parametrize(
    ("text", "back"),
    [("-90s", 90 * SECOND), ("-30min", 30 * MINUTE), ("-24h", DAY), ("-7d", 7 * DAY), ("-2w", 14 * DAY)],
)
def test_relative_start_counts_from_now(text: str, back: int) -> None:
    assert span(text, "", "", NOW) == Span(NOW - back, NOW, 0)


def test_nothing_given_means_the_last_day() -> None:
    assert span("", "", "", NOW) == Span(NOW - DAY, NOW, 0)


@pytest.mark.parametrize("text", ["2024-05-31T07:00:00+07:00", "2024-05-31T07:00:00 07:00", "2024-05-31T00:00:00Z"])
def test_iso_time_with_zone_is_read_even_when_the_plus_was_not_escaped(text: str) -> None:
    assert span(text, "now", "", NOW).start == NOW - DAY


@pytest.mark.parametrize(
    "text", ["2024-05-31T07:00:00", "yesterday", "-24", "24h", "-1y", "2024-05-31", "-٣h", "Z" * 500]
)
def test_start_of_another_form_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        span(text, "", "", NOW)
    assert refusal.value.parameter == "from"
    assert "ISO 8601 có múi giờ" in refusal.value.vi
    assert "-24h" in refusal.value.en
    assert len(refusal.value.vi) < 300


def test_end_before_start_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        span("-1h", "-2h", "", NOW)
    assert refusal.value.parameter == "from"


@pytest.mark.parametrize("text", ["0", "-5", "1.5", "minute", "1e3", "²"])
def test_step_that_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        span("-1h", "", text, NOW)
    assert refusal.value.parameter == "step"


def test_step_too_fine_for_the_stretch_is_refused_with_the_least_that_works() -> None:
    with pytest.raises(Refusal) as refusal:
        span("-7d", "", "60", NOW)
    assert "303" in refusal.value.vi
    assert span("-7d", "", "303", NOW).step == 303 * SECOND


@given(st.integers(1, 200 * 366 * DAY))
def test_coarser_never_makes_more_points_than_allowed(width: int) -> None:
    used = coarser(Span(NOW - width, NOW, 0))
    assert width // used.step + 2 <= MAX_POINTS + 1


def test_without_step_every_sample_is_a_point() -> None:
    assert points([sample(NOW, 1), sample(NOW + 1, 2)], 0, Period.INSTANT) == [(NOW, 1, 0), (NOW + 1, 2, 0)]


def test_instants_are_averaged_and_periods_keep_the_last() -> None:
    samples = [sample(NOW, 1), sample(NOW + MINUTE, 2), sample(NOW + HOUR, 9)]
    assert points(samples, HOUR, Period.INSTANT) == [(NOW, 1.5, 0), (NOW + HOUR, 9, 0)]
    assert points(samples, HOUR, Period.DAY) == [(NOW, 2, 0), (NOW + HOUR, 9, 0)]


def test_daily_buckets_begin_at_vietnamese_midnight() -> None:
    found = points([sample(NOW, 1)], DAY, Period.INSTANT)
    assert found[0][0] == NOW - 7 * HOUR


def test_bucket_is_as_mature_as_its_least_mature_sample() -> None:
    samples = [sample(NOW, 1, State.OFFICIAL), sample(NOW + 1, 1, State.ESTIMATE)]
    assert points(samples, HOUR, Period.INSTANT)[0][2] == State.ESTIMATE
