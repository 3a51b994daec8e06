"""When values fall due, and which stretch of time a value speaks for, on the Vietnamese calendar (UTC+7).

An instant is measured on the grid (10:00, 10:15 ...). Whatever speaks for a stretch of time is stamped on the last
second of it, so that the calendar day of the stamp lies inside the stretch.
"""

from datetime import datetime

from indicators.spec import CADENCES, VIETNAM, Indicator, Period, Series, local_time
from ioc.model import DAY, HOUR, SECOND, Micros, micros

MONDAY: Micros = 4 * DAY - 7 * HOUR
"""1970-01-05T00:00+07:00, from which every cadence up to a week divides."""

MONTHS = {"1mo": 1, "1q": 3, "6mo": 6, "1y": 12}
FIXED_PERIODS: dict[Period, Micros] = {Period.HOUR: HOUR, Period.DAY: DAY, Period.WEEK: 7 * DAY}
CALENDAR_PERIODS = {Period.MONTH: 1, Period.QUARTER: 3, Period.HALF_YEAR: 6, Period.YEAR: 12}


def due(series: Series, since: Micros, until: Micros) -> list[Micros]:
    """The measurement times of a series after `since`, up to and including `until`."""
    times = []
    at = next_due(series.indicator, since)
    while at <= until:
        times.append(at)
        at = next_due(series.indicator, at)
    return times


def last_due(indicator: Indicator, until: Micros) -> Micros:
    """The latest measurement time not after `until`."""
    lag = _lag(indicator)
    if (months := MONTHS.get(indicator.cadence)) is not None:
        return _month_start(_month_index(until + lag) // months * months) - lag
    step = CADENCES[indicator.cadence]
    return MONDAY + (until + lag - MONDAY) // step * step - lag


def next_due(indicator: Indicator, after: Micros) -> Micros:
    """The first measurement time after `after`."""
    lag = _lag(indicator)
    if (months := MONTHS.get(indicator.cadence)) is not None:
        return _month_start((_month_index(after + lag) // months + 1) * months) - lag
    step = CADENCES[indicator.cadence]
    return MONDAY + ((after + lag - MONDAY) // step + 1) * step - lag


def stretch(period: Period, at: Micros) -> tuple[Micros, Micros]:
    """The calendar period that contains `at`: its first microsecond and the first one after it."""
    if (months := CALENDAR_PERIODS.get(period)) is not None:
        first = _month_index(at) // months * months
        return _month_start(first), _month_start(first + months)
    step = FIXED_PERIODS[period]
    begin = MONDAY + (at - MONDAY) // step * step
    return begin, begin + step


def is_running(indicator: Indicator) -> bool:
    """Whether values come more often than the period ends, so that they speak for the period so far."""
    return indicator.period is not Period.INSTANT and CADENCES[indicator.cadence] < _length(indicator.period)


def _length(period: Period) -> Micros:
    if period in CALENDAR_PERIODS:
        return CALENDAR_PERIODS[period] * 28 * DAY
    return FIXED_PERIODS[period]


def _lag(indicator: Indicator) -> Micros:
    is_snapshot = indicator.period is Period.INSTANT and CADENCES[indicator.cadence] < DAY
    return 0 if is_snapshot else SECOND


def _month_index(at: Micros) -> int:
    local = local_time(at)
    return local.year * 12 + local.month - 1


def _month_start(index: int) -> Micros:
    return micros(datetime(index // 12, index % 12 + 1, 1, tzinfo=VIETNAM))
