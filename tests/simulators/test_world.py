import math
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.spec import VIETNAM, Series
from ioc.model import DAY, HOUR, Kind, Micros, Severity, micros
from simulators.almanac import TET, is_school_day
from simulators.band import Band, within
from simulators.timing import due, last_due
from simulators.world import World
from tests.simulators.small_world import START, SmallCatalogue, limit

CATALOGUE = SmallCatalogue()
WORLD = World(CATALOGUE, 1)
MOMENTS = st.integers(micros(datetime(2020, 1, 1, tzinfo=VIETNAM)), micros(datetime(2030, 12, 31, tzinfo=VIETNAM)))
SERIES = st.sampled_from(CATALOGUE.series(START))
ROOT = Path(__file__).parents[2]

PRINT = """
from simulators.world import World
from tests.simulators.small_world import START, SmallCatalogue
catalogue = SmallCatalogue()
world = World(catalogue, {seed})
print([world.value(series, START + k * 7_777_777_777) for series in catalogue.series(START) for k in range(20)])
"""


def day(text: str, hour: int = 12) -> Micros:
    return micros(datetime.fromisoformat(text).replace(hour=hour, tzinfo=VIETNAM))


def value(series_id: str, at: Micros) -> float:
    return WORLD.value(CATALOGUE.one(series_id), at)


def printed(seed: int, hash_seed: str) -> bytes:
    code = PRINT.format(seed=seed)
    environment = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout


def test_same_seed_in_another_process_gives_the_same_bytes():
    assert printed(1, "1") == printed(1, "2")


def test_another_seed_gives_another_world():
    assert printed(1, "0") != printed(2, "0")


@given(SERIES, MOMENTS, st.integers(0, 5))
def test_value_does_not_depend_on_what_was_asked_before(series: Series, at: Micros, seed: int):
    fresh = World(CATALOGUE, seed).value(series, at)
    used = World(CATALOGUE, seed)
    for other in CATALOGUE.series(START):
        used.value(other, at + HOUR)
    assert used.value(series, at) == fresh


@given(SERIES, MOMENTS)
def test_value_is_possible_and_has_the_indicators_decimals(series: Series, at: Micros):
    shown = WORLD.value(series, at)
    entry = series.indicator
    assert math.isfinite(shown)
    assert entry.minimum is None or shown >= entry.minimum
    assert entry.maximum is None or shown <= entry.maximum
    assert shown == round(shown, entry.decimals)


@given(SERIES, MOMENTS)
def test_quiet_world_stays_on_the_good_side_of_every_limit(series: Series, at: Micros):
    if series.site.id == "st-an-thuan":
        return
    shown = WORLD.value(series, at)
    for one in CATALOGUE.limits_for(series.site.id, series.indicator.id, at):
        if one.kind is Kind.ABOVE:
            assert shown <= one.value
        elif one.kind is Kind.BELOW:
            assert shown >= one.value
        else:
            assert one.value <= shown <= one.upper


def test_salt_at_the_mouth_is_high_in_april_and_low_in_october():
    april = max(value("st-an-thuan/salinity", day("2025-04-01") + k * HOUR) for k in range(360))
    october = max(value("st-an-thuan/salinity", day("2024-10-01") + k * HOUR) for k in range(360))
    assert april > 15
    assert october < 3


def test_salt_is_lower_upriver():
    for k in range(48):
        assert value("st-an-hiep/salinity", START + k * HOUR) < value("st-an-thuan/salinity", START + k * HOUR)


def test_tide_has_two_unequal_high_waters_a_day_and_a_fortnight():
    levels = [value("st-an-thuan/water-level", day("2025-03-01", 0) + k * HOUR) for k in range(24 * 30)]
    highs = [b for a, b, c in zip(levels, levels[1:], levels[2:], strict=False) if a < b >= c]
    assert 54 <= len(highs) <= 62
    ranges = [max(levels[k : k + 25]) - min(levels[k : k + 25]) for k in range(0, 24 * 28, 24)]
    assert max(ranges) > 1.3 * min(ranges)


@pytest.mark.parametrize("tet", [tet for tet in TET if 2021 <= tet.year <= 2029], ids=str)
def test_tet_empties_hospitals_and_fills_the_week_after(tet: date):
    series = CATALOGUE.one("vn63-83/outpatient-visits")
    noon = micros(datetime(tet.year, tet.month, tet.day, 12, tzinfo=VIETNAM))
    usual = [WORLD.value(series, noon - 28 * DAY + k * DAY) for k in range(7)]
    assert WORLD.value(series, noon) < 0.8 * sum(usual) / 7


def test_tet_month_shows_in_retail_sales():
    sales = [value("vn63-83/retail-sales", day(f"2025-{month:02}-15")) for month in range(1, 7)]
    assert sales[0] == max(sales)


def test_offices_take_in_nothing_at_night():
    night = value("vn63-83/dossiers-settled", day("2025-03-12", 2))
    morning = value("vn63-83/dossiers-settled", day("2025-03-12", 9))
    assert night < morning / 10


def test_disbursement_grows_through_the_year_and_starts_anew():
    series = CATALOGUE.one("vn63-83/public-investment-disbursement-share")
    weeks = due(series, day("2024-01-01", 0), day("2024-12-31"))
    shares = [WORLD.value(series, at) for at in weeks]
    assert shares == sorted(shares)
    assert shares[0] < 6
    assert shares[-1] > 85
    assert shares[-1] - shares[-9] > 20, "the rush of the last two months"
    assert WORLD.value(series, day("2025-01-10")) < 6


def test_school_attendance_is_held_over_days_without_lessons():
    friday, sunday = date(2025, 3, 14), date(2025, 3, 16)
    assert is_school_day(friday)
    assert not is_school_day(sunday)
    assert value("vn63-83/attendance-rate", day(str(friday))) == value("vn63-83/attendance-rate", day(str(sunday)))


def test_statistic_is_constant_within_its_period_and_differs_from_the_next():
    series = CATALOGUE.one("vn63-83/retail-sales")
    february = {WORLD.value(series, day("2025-02-01", 0) + k * DAY) for k in range(28)}
    assert len(february) == 1
    assert WORLD.value(series, day("2025-03-05")) not in february


def test_running_count_of_the_day_grows_to_its_total_and_starts_anew():
    series = CATALOGUE.one("vn63-83/e-invoices")
    times = due(series, day("2025-03-12", 0) - 1, day("2025-03-13", 0) - 1)
    counts = [WORLD.value(series, at) for at in times]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] / 20
    assert WORLD.value(series, times[-1] + 900_000_000) < counts[-1] / 20


def test_district_counts_are_about_its_share_of_the_province():
    days = [last_due(CATALOGUE.one("vn63-83/outpatient-visits").indicator, START - k * DAY) for k in range(60)]
    province = sum(value("vn63-83/outpatient-visits", at) for at in days)
    district = sum(value("vn63-83-831/outpatient-visits", at) for at in days)
    assert district / province == pytest.approx(175_893 / 1_298_010, rel=0.15)


@given(MOMENTS)
def test_share_is_what_its_parts_make(at: Micros):
    part, whole = value("vn63-83/dossiers-on-time", at), value("vn63-83/dossiers-settled", at)
    assert part <= whole
    if whole:
        assert value("vn63-83/dossiers-on-time-share", at) == round(100 * part / whole, 1)


def test_band_between_two_limits_that_leave_no_margin_lies_between_them():
    series = CATALOGUE.one("vn63-83/air-temperature")
    limits = (
        limit("air-temperature", Kind.BELOW, Severity.WARNING, 27.0, hysteresis=2.0),
        limit("air-temperature", Kind.ABOVE, Severity.WARNING, 28.0, hysteresis=2.0),
    )
    band = within(Band(22.0, 36.0), series.indicator, limits)
    assert 27.0 <= band.low <= band.high <= 28.0


def test_every_day_of_ten_years_has_a_course_for_every_series():
    first = datetime(2020, 1, 1, 9, tzinfo=VIETNAM)
    for series in CATALOGUE.series(START):
        values = [WORLD.value(series, micros(first + timedelta(days=k))) for k in range(0, 3650, 13)]
        assert all(map(math.isfinite, values))
        assert len(set(values)) > 3, f"{series.id} never moves"
