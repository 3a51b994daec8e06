import json

import pytest

from ioc.model import HOUR, MINUTE
from simulators import faults
from simulators.faults import Faults, strike
from simulators.reading import Parcel, Reading
from tests.simulators.small_world import START

SERIES = [f"site-{k}" for k in range(50)]


def stream(hours: int = 6) -> list[Parcel]:
    return [
        Parcel(Reading(site, "health", "beds", at, float(at % 997), "giường"), at)
        for at in range(START, START + hours * HOUR, 10 * MINUTE)
        for site in SERIES
    ]


def began(reading: Reading, at: int) -> float:
    assert reading.indicator == "beds"
    return float(at % 997)


def test_no_rate_changes_nothing():
    assert list(strike(stream(), Faults(), 1, began)) == stream()


@pytest.mark.parametrize("name", Faults.model_fields)
def test_fault_strikes_about_as_often_as_its_rate(name: str):
    before = stream(60)
    after = list(strike(before, Faults(**{name: 0.2}), 1, began))
    hit = {
        "gap": len(before) - len(after),
        "duplicate": len(after) - len(before),
    }.get(name, sum(one != other for one, other in zip(before, after, strict=False)))
    assert hit / len(before) == pytest.approx(0.2, abs=0.06 if name == "stuck" else 0.04)


@pytest.mark.parametrize("name", Faults.model_fields)
def test_fault_strikes_the_same_readings_in_whatever_portions(name: str):
    rates = Faults(**{name: 0.3})
    whole = list(strike(stream(), rates, 1, began))
    parts = [parcel for one in stream() for parcel in strike([one], rates, 1, began)]
    assert parts == whole
    assert list(strike(stream(), rates, 2, began)) != whole


def test_gap_silences_a_series_for_a_whole_hour():
    left = {(p.reading.series, p.reading.at // HOUR) for p in faults.gap(stream(), 1, 0.3)}
    gone = [p for p in stream() if (p.reading.series, p.reading.at // HOUR) not in left]
    assert gone
    assert len(list(faults.gap(stream(), 1, 0.3))) + len(gone) == len(stream())


def test_stuck_gauge_repeats_the_first_value_of_the_hour():
    for before, after in zip(stream(), faults.stuck(stream(), 1, 1.0, began), strict=True):
        assert after.reading.value == float(before.reading.at // HOUR * HOUR % 997)
        assert after.reading.at == before.reading.at


def test_spike_is_far_from_what_was_measured():
    for before, after in zip(stream(), faults.spike(stream(), 1, 1.0), strict=True):
        assert after.reading.value > 10 * before.reading.value


def test_late_reading_keeps_its_time_and_is_sent_up_to_half_an_hour_later():
    for before, after in zip(stream(), faults.late(stream(), 1, 1.0), strict=True):
        assert after.reading == before.reading
        assert MINUTE <= after.send_at - before.send_at <= 30 * MINUTE


def test_duplicate_is_the_same_reading_twice_in_a_row():
    twice = list(faults.duplicate(stream(), 1, 1.0))
    assert twice[::2] == twice[1::2] == stream()


def test_malformed_message_is_no_valid_reading():
    for parcel in faults.malformed(stream(), 1, 1.0):
        assert parcel.raw is not None
        assert not is_valid(parcel.raw)


def is_valid(raw: bytes) -> bool:
    try:
        body = json.loads(raw, parse_constant=lambda _: None)
    except ValueError:
        return False
    return isinstance(body.get("value"), float) and "+07:00" in body.get("at", "")
