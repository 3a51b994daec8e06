from datetime import date

import pytest

from ioc.alerting.judge import Judge
from ioc.alerting.load import Week, is_night, times, weeks, worst, worst_day
from ioc.alerting.turn import Memory
from ioc.model import DAY, HOUR, MINUTE, SECOND
from tests.alerting.bed import T0, SmallCatalogue, at, entries, limit, sample, tell_one


def test_times_count_only_what_is_told() -> None:
    samples = [sample(0, 11.0), sample(60, 11.0), sample(70, 1.0), sample(100, 1.0)]
    told = Judge(SmallCatalogue([limit()]), Memory()).take(entries(samples)).transitions
    assert len(told) == 3
    assert times(told, tell_one) == {"duty-officer": [at(61), at(101)]}


@pytest.mark.parametrize(("hours", "expected"), [(0, False), (14.99, False), (15, True), (22.99, True), (23, False)])
def test_night_is_from_22_to_6_in_vietnam(hours: float, *, expected: bool) -> None:
    assert is_night(T0 + int(hours * HOUR)) is expected


def test_weeks_begin_on_monday_in_vietnam() -> None:
    # T0 is Saturday 1 June 2024, 07:00; Sunday ends 41 hours later.
    moments = [T0, T0 + 41 * HOUR - 1, T0 + 41 * HOUR]
    assert weeks({"duty-officer": moments}) == [
        Week("duty-officer", "2024-W22", 2, 1),
        Week("duty-officer", "2024-W23", 1, 1),
    ]


@pytest.mark.parametrize(
    ("seconds", "expected"), [([], 0), ([5], 1), ([0, 599], 2), ([0, 600], 1), ([0, 300, 599, 600, 601], 4)]
)
def test_worst_slides_over_all_stretches(seconds: list[int], expected: int) -> None:
    assert worst([T0 + second * SECOND for second in seconds], 10 * MINUTE) == expected


def test_worst_day_is_the_first_of_the_fullest() -> None:
    assert worst_day([T0, T0 + DAY, T0 + DAY + 1, T0 + 2 * DAY, T0 + 2 * DAY + 1]) == (date(2024, 6, 2), 2)
    assert worst_day([]) == (None, 0)
