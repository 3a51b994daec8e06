"""The lunar dates are those of the moon over Vietnam, and a wrong row is named with its line."""

import math
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from indicators.holidays import FILE, Holiday, parse, shipped
from ioc.errors import ConfigError

YEARS = range(2023, 2031)
ROWS = parse(FILE.read_text(encoding="utf-8"), FILE.name)
J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
DELTA_T = timedelta(seconds=70)


def new_moon(number: int) -> date:
    """The day in Vietnam of new moon `number` since January 2000 (the principal terms of Meeus, to some minutes)."""
    t = number / 1236.85
    days = 2451550.09766 + 29.530588861 * number + 0.00015437 * t * t - 2451545.0
    sun, moon, node = (
        math.radians(first + per * number)
        for first, per in ((2.5534, 29.10535670), (201.5643, 385.81693528), (160.7108, 390.67050284))
    )
    days += -0.40720 * math.sin(moon) + 0.17241 * math.sin(sun) + 0.01608 * math.sin(2 * moon)
    days += 0.01039 * math.sin(2 * node) + 0.00739 * math.sin(moon - sun) - 0.00514 * math.sin(moon + sun)
    days += 0.00208 * math.sin(2 * sun) - 0.00111 * math.sin(moon - 2 * node)
    days -= 0.00057 * math.sin(moon + 2 * node)
    return (J2000 + timedelta(days=days) - DELTA_T + timedelta(hours=7)).date()


MOONS = [new_moon(number) for number in range(270, 400)]


def month_of_solstice(year: int) -> int:
    """Which new moon begins the month in which the winter solstice of that year lies: the eleventh of the calendar."""
    solstice = date(year, 12, 22 if year % 4 == 3 else 21)
    return max(number for number, day in enumerate(MOONS) if day <= solstice)


def sign(day: date) -> int:
    """In which twelfth of its way the sun stands when that day begins in Vietnam (to a hundredth of a degree)."""
    since = (day - J2000.date()).days - 0.5 - 7 / 24
    anomaly = math.radians(357.529 + 0.98560028 * since)
    longitude = 280.459 + 0.98564736 * since + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly)
    return int(longitude % 360 // 30)


def leap_after(first: int, last: int) -> int | None:
    """The first month in which the sun enters no new twelfth, in a year of thirteen months."""
    if last - first < 13:
        return None
    return next(number for number in range(first + 1, last) if sign(MOONS[number]) == sign(MOONS[number + 1]))


def of_kind(name: str) -> dict[int, Holiday]:
    return {row.first.year: row for row in ROWS if row.name_en == name}


def test_tet_is_the_second_new_moon_after_the_solstice() -> None:
    tet = of_kind("Lunar New Year")
    assert set(tet) == set(YEARS)
    for year in YEARS:
        assert tet[year].first + timedelta(days=1) == MOONS[month_of_solstice(year - 1) + 2], year
        assert tet[year].is_tet
        assert (tet[year].last - tet[year].first).days == 4


def test_the_hung_kings_day_is_the_tenth_of_the_third_month() -> None:
    kings = of_kind("Hung Kings' Commemoration")
    for year in YEARS:
        eleventh = month_of_solstice(year - 1)
        leap = leap_after(eleventh, month_of_solstice(year))
        third = eleventh + 4 + (leap is not None and leap <= eleventh + 4)
        assert kings[year].first == MOONS[third] + timedelta(days=9), year


def test_every_year_has_its_eleven_days_off() -> None:
    for year in YEARS:
        days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
        assert sum(shipped().on(day) is not None for day in days if day.year == year) == 11
    assert all(one.last < other.first for one, other in pairwise(sorted(ROWS)))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x,2025-13-01,2025-01-01,a,b,holiday,p,memory", "x.csv:2: .*a date is written like"),
        ("x,2025-01-02,2025-01-01,a,b,holiday,p,memory", "x.csv:2: last: .*before the first"),
        ("x,2025-01-01,2025-01-01,a,b,feast,p,memory", "x.csv:2: kind: .*tet, holiday"),
    ],
)
def test_a_wrong_row_is_named(row: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse("id,first,last,name_vi,name_en,kind,provenance,confidence\n" + row + "\n", "x.csv")


def test_a_file_with_other_columns_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"x.csv:1: .*id,first,last"):
        parse("day\n2025-01-01\n", "x.csv")
