"""The calendar that a Mekong delta province lives by: Tết, holidays, school, harvests, the budget year.

Every curve is a pure function of a local day or moment and lies within 0 and 1.
"""

import math
from datetime import date, timedelta

TET = (
    date(2020, 1, 25),
    date(2021, 2, 12),
    date(2022, 2, 1),
    date(2023, 1, 22),
    date(2024, 2, 10),
    date(2025, 1, 29),
    date(2026, 2, 17),
    date(2027, 2, 6),
    date(2028, 1, 26),
    date(2029, 2, 13),
    date(2030, 2, 3),
)
"""The first day of the lunar year."""

FIXED_HOLIDAYS = ((1, 1), (4, 30), (5, 1), (9, 1), (9, 2))
SPENT = (0.005, 0.02, 0.06, 0.12, 0.19, 0.275, 0.365, 0.445, 0.53, 0.615, 0.715, 0.87, 1.0)
"""The share of a year's public investment paid out when each month begins, and at the end of the last."""

CLINIC_TET = (0.35, 0.28, 0.2, 0.12, 0.06, 0.08, 0.14, 0.2, 0.3)
"""Out-patients on the nine days of Tết's leave."""

OFF_BEFORE_TET, OFF_AFTER_TET = -4, 4
SUNDAY = 6
SATURDAY = 5


def days_from_tet(day: date) -> int | None:
    """Days since the nearest Tết, negative before it; None when it is further than 60 days away or not in the table."""
    near = min(((day - tet).days for tet in TET), key=abs)
    return near if abs(near) <= 60 else None  # noqa: PLR2004 - two months is "not about Tết" on either side


def is_tet_leave(day: date) -> bool:
    """Whether offices and schools are closed for Tết."""
    gap = days_from_tet(day)
    return gap is not None and OFF_BEFORE_TET <= gap <= OFF_AFTER_TET


def is_holiday(day: date) -> bool:
    """Whether `day` is a public holiday."""
    return (day.month, day.day) in FIXED_HOLIDAYS or is_tet_leave(day)


def bell(x: float, middle: float, width: float) -> float:
    """A bump of height 1 around `middle`."""
    return math.exp(-(((x - middle) / width) ** 2))


def year_part(day: date) -> float:
    """How much of the year has passed, 0 on 1 January, just under 1 on 31 December."""
    first = date(day.year, 1, 1)
    return (day - first).days / (date(day.year + 1, 1, 1) - first).days


def turn(part: float, peak: float) -> float:
    """A yearly wave, 1 at the part of the year `peak`, 0 half a year away."""
    return (1 + math.cos(2 * math.pi * (part - peak))) / 2


def season_bell(day: date, peak: float, width: float) -> float:
    """A yearly bump around the part of the year `peak`, wrapping at New Year."""
    part = year_part(day)
    return max(bell(part + turn_, peak, width) for turn_ in (-1, 0, 1))


def office_day(day: date) -> float:
    """How much public offices take in: Monday most, Saturday morning little, holidays nothing."""
    if is_holiday(day) or day.weekday() == SUNDAY:
        return 0.0
    if day.weekday() == SATURDAY:
        return 0.2
    gap = days_from_tet(day)
    rush = 0.35 if gap is not None and -14 <= gap < OFF_BEFORE_TET else 0.0  # noqa: PLR2004 - two weeks
    return min(1.0, (0.65, 0.6, 0.56, 0.55, 0.6)[day.weekday()] + rush)


def office_hour(hour: float) -> float:
    """Office hours, 7 to 11:30 and 13 to 17, busiest in the middle of the morning."""
    return min(1.0, bell(hour, 9.0, 1.5) + 0.8 * bell(hour, 15.0, 1.4))


def clinic_day(day: date) -> float:
    """Out-patients by day: Monday crowds, thin Sundays, nearly nobody at Tết and many just after."""
    gap = days_from_tet(day)
    if gap is not None and OFF_BEFORE_TET <= gap <= OFF_AFTER_TET:
        return CLINIC_TET[gap - OFF_BEFORE_TET]
    week = (1.0, 0.85, 0.8, 0.78, 0.8, 0.5, 0.3)[day.weekday()]
    after = 0.15 if gap is not None and OFF_AFTER_TET < gap <= OFF_AFTER_TET + 7 else 0.0
    return min(1.0, week * 0.85 + after)


def emergency_day(day: date) -> float:
    """Emergencies by day: weekends above weekdays, Tết highest of all."""
    gap = days_from_tet(day)
    if gap is not None and -1 <= gap <= OFF_AFTER_TET:
        return 1.0
    return 0.7 if day.weekday() >= SATURDAY else 0.5


def waking_hour(hour: float) -> float:
    """What follows people's day: low at night, two humps."""
    return min(1.0, 0.08 + 0.82 * bell(hour, 9.5, 3.2) + 0.75 * bell(hour, 18.5, 3.0))


def traffic_hour(hour: float) -> float:
    """Vehicles by hour: before work and after it, with a thin night."""
    return min(1.0, 0.06 + 0.8 * bell(hour, 7.0, 1.3) + 0.4 * bell(hour, 12.0, 3.0) + 0.9 * bell(hour, 17.3, 1.6))


def traffic_day(day: date) -> float:
    """Vehicles by day: the journey home before Tết, empty roads on the first two days, the journey back after."""
    gap = days_from_tet(day)
    if gap is not None and -8 <= gap <= 8:  # noqa: PLR2004 - the week on either side of Tết
        return 0.35 if gap in {0, 1} else 0.55 + 0.45 * max(bell(gap, -3, 2.0), bell(gap, 5, 2.0))
    if is_holiday(day) or is_holiday(day + timedelta(days=1)):
        return 0.9
    return (0.62, 0.6, 0.6, 0.61, 0.68, 0.74, 0.72)[day.weekday()]


def trade_day(day: date) -> float:
    """Shops and markets: a month of rising trade before Tết, then closed shutters for three days."""
    gap = days_from_tet(day)
    week = (0.45, 0.45, 0.45, 0.46, 0.5, 0.58, 0.56)[day.weekday()]
    if gap is None:
        return week
    if 0 <= gap <= 3:  # noqa: PLR2004 - the three days of Tết
        return 0.1
    return min(1.0, week + (0.5 * bell(gap, -3, 12.0) if gap < 0 else -0.12 * bell(gap, 4, 8.0)))


def visitor_day(day: date) -> float:
    """Visitors: weekends, Tết, the end of April, summer leave, 2 September."""
    gap = days_from_tet(day)
    week = (0.25, 0.24, 0.25, 0.27, 0.38, 0.62, 0.6)[day.weekday()]
    summer = 0.2 * season_bell(day, 0.51, 0.08)
    feast = 0.0
    if gap is not None:
        feast = 0.55 * bell(gap, 3, 3.0)
    elif is_holiday(day):
        feast = 0.4
    return min(1.0, week + summer + feast)


def load_day(day: date) -> float:
    """Electricity by day: factories rest on Sundays and at Tết."""
    if is_tet_leave(day):
        return 0.25
    return 0.6 if day.weekday() == SUNDAY or is_holiday(day) else 0.85


def load_hour(hour: float) -> float:
    """Electricity by hour: late morning, early afternoon and the evening's lamps."""
    return min(1.0, 0.2 + 0.5 * bell(hour, 10.5, 2.5) + 0.5 * bell(hour, 14.5, 2.2) + 0.65 * bell(hour, 19.0, 2.0))


def is_school_day(day: date) -> bool:
    """Whether there are lessons: Monday to Friday between 5 September and 31 May, not on holidays, not around Tết."""
    gap = days_from_tet(day)
    at_tet = gap is not None and -7 <= gap <= 6  # noqa: PLR2004 - two weeks of leave around Tết
    in_year = not (5, 31) < (day.month, day.day) < (9, 5)
    return in_year and day.weekday() < SATURDAY and not at_tet and not is_holiday(day)


def last_school_day(day: date) -> date:
    """The last day with lessons, `day` itself included."""
    while not is_school_day(day):
        day -= timedelta(days=1)
    return day


def attendance_day(day: date) -> float:
    """Attendance on a school day: full, thinner right before and after Tết and towards the end of May."""
    gap = days_from_tet(day)
    thin = 0.0
    if gap is not None:
        thin = 0.55 * max(bell(gap, 8, 3.5), 0.6 * bell(gap, -9, 2.5))
    monday = 0.08 if day.weekday() in {0, 4} else 0.0
    rains = 0.12 * season_bell(day, 0.78, 0.06)
    return max(0.0, 0.95 - thin - monday - rains - (0.15 if day.month == 5 and day.day > 20 else 0.0))  # noqa: PLR2004


def rice_harvest(day: date) -> float:
    """The three rice crops: winter-spring in March, summer-autumn in late July, autumn-winter in November."""
    return max(season_bell(day, 0.20, 0.05), 0.9 * season_bell(day, 0.57, 0.05), 0.65 * season_bell(day, 0.87, 0.045))


def fruit_harvest(day: date) -> float:
    """Durian, rambutan and longan: May to August, with a small crop for Tết."""
    gap = days_from_tet(day)
    feast = 0.45 * bell(gap, -12, 14.0) if gap is not None else 0.0
    return max(0.12, season_bell(day, 0.46, 0.09), feast)


def shrimp_harvest(day: date) -> float:
    """Two shrimp crops: June to August and October to December."""
    return max(0.08, season_bell(day, 0.54, 0.07), 0.8 * season_bell(day, 0.88, 0.06))


def dry_season(day: date) -> float:
    """The salt season: begins in December, stands highest in March and April, gone by the end of June."""
    return max(season_bell(day, 0.24, 0.12), 0.75 * season_bell(day, 0.14, 0.10))


def wet_season(day: date) -> float:
    """The rains: May to November, most in September and October."""
    return max(season_bell(day, 0.62, 0.16), season_bell(day, 0.76, 0.08))


def heat(day: date) -> float:
    """Air temperature through the year: hottest in late April, coolest at New Year."""
    return max(0.0, min(1.0, 0.62 * turn(year_part(day), 0.38) + 0.38 * season_bell(day, 0.31, 0.09)))


def sun(hour: float) -> float:
    """Height of the sun: 0 before six and after eighteen."""
    return max(0.0, math.sin((hour - 5.9) / 12.1 * math.pi))


def warmth_hour(hour: float) -> float:
    """Air temperature through the day: lowest at half past five, highest at two."""
    rising = 5.5 <= hour < 14  # noqa: PLR2004 - the hours just named
    if rising:
        return (1 - math.cos((hour - 5.5) / 8.5 * math.pi)) / 2
    return (1 + math.cos(((hour - 14) % 24) / 15.5 * math.pi)) / 2


def spent(part: float) -> float:
    """What share of the year's investment has been paid out: little before summer, a rush in November and December."""
    month = min(11, int(part * 12))
    return SPENT[month] + (SPENT[month + 1] - SPENT[month]) * (part * 12 - month)


def collected(part: float) -> float:
    """What share of the year's revenue has come in: January's declarations first, then steadily, December above."""
    return min(1.0, 0.08 * min(1.0, part / 0.06) + 0.86 * part + 0.06 * max(0.0, (part - 0.9) / 0.1))
