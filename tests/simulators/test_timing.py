from datetime import datetime

import pytest

from indicators.spec import VIETNAM, Series, local_time
from ioc.model import Micros, micros
from simulators.timing import due, last_due, next_due, stretch
from tests.simulators.small_world import SmallCatalogue

CATALOGUE = SmallCatalogue()


def at(text: str) -> Micros:
    return micros(datetime.fromisoformat(text).replace(tzinfo=VIETNAM))


def shown(times: list[Micros]) -> list[str]:
    return [local_time(time).strftime("%Y-%m-%d %H:%M:%S") for time in times]


@pytest.mark.parametrize(
    ("series", "since", "until", "expected"),
    [
        (
            "vn63-83/air-temperature",
            "2025-03-12 05:30",
            "2025-03-12 07:00",
            ["2025-03-12 06:00:00", "2025-03-12 07:00:00"],
        ),
        (
            "vn63-83/dossiers-settled",
            "2025-03-12 06:30",
            "2025-03-12 08:00",
            ["2025-03-12 06:59:59", "2025-03-12 07:59:59"],
        ),
        ("vn63-83/outpatient-visits", "2025-03-12 06:00", "2025-03-13 06:00", ["2025-03-12 23:59:59"]),
        (
            "vn63-83/market-inspections",
            "2025-03-12 06:00",
            "2025-03-24 06:00",
            ["2025-03-16 23:59:59", "2025-03-23 23:59:59"],
        ),
        (
            "vn63-83/retail-sales",
            "2024-01-31 12:00",
            "2024-03-01 00:00",
            ["2024-01-31 23:59:59", "2024-02-29 23:59:59"],
        ),
        ("vn63-83/retail-sales", "2025-02-01 00:00", "2025-03-01 00:00", ["2025-02-28 23:59:59"]),
        ("vn63-83/gdp-quarter", "2025-03-01 00:00", "2025-07-01 00:00", ["2025-03-31 23:59:59", "2025-06-30 23:59:59"]),
        ("vn63-83/plan-half", "2024-12-01 00:00", "2025-07-01 00:00", ["2024-12-31 23:59:59", "2025-06-30 23:59:59"]),
        ("vn63-83/population", "2023-06-01 00:00", "2025-01-01 00:00", ["2023-12-31 23:59:59", "2024-12-31 23:59:59"]),
    ],
)
def test_due_follows_the_vietnamese_calendar(series: str, since: str, until: str, expected: list[str]):
    assert shown(due(CATALOGUE.one(series), at(since), at(until))) == expected


@pytest.mark.parametrize("series", CATALOGUE.series(1), ids=lambda series: series.id)
def test_due_in_two_halves_equals_due_at_once(series: Series):
    since, middle, until = at("2024-02-28 10:00"), at("2024-06-30 23:59") + 59_000_000, at("2025-01-02 00:00")
    if series.indicator.cadence == "1min":
        since, until = middle - 3_600_000_000, middle + 3_600_000_000
    assert due(series, since, middle) + due(series, middle, until) == due(series, since, until)


@pytest.mark.parametrize("series", CATALOGUE.series(1), ids=lambda series: series.id)
def test_last_due_is_the_one_before_next_due(series: Series):
    now = at("2025-03-12 06:00")
    last = last_due(series.indicator, now)
    assert last <= now < next_due(series.indicator, last)
    assert next_due(series.indicator, last - 1) == last


def test_stretch_contains_its_own_stamp():
    for series in CATALOGUE.series(1):
        if series.indicator.period != "instant":
            stamp = last_due(series.indicator, at("2025-03-12 06:00"))
            begin, end = stretch(series.indicator.period, stamp)
            assert begin <= stamp < end
