"""From messages to samples and named refusals."""

import json

import pytest

from ioc.intake.judge import judge
from ioc.intake.topic import Address, parse
from ioc.model import HOUR, MINUTE, SECOND, Message, Reason, Sample, State
from tests.support.catalogue import CHAU_THANH, PROVINCE, STATION, small

CATALOGUE = small()
NOW = 1_741_741_200 * SECOND  # 2025-03-12T08:00:00+07:00
TOPIC = f"ioc/v1/{STATION}/environment/salinity"


def message(topic: str = TOPIC, identity: str | None = None, **keys: object) -> Message:
    reading = {"value": 1.5, "at": "2025-03-12T08:00:00+07:00", **keys}
    return Message(topic, json.dumps(reading).encode(), 1, "mqtt", identity)


def refused(given: Message) -> Reason:
    verdict = judge(given, CATALOGUE, NOW)
    assert verdict.samples == []
    [rejection] = verdict.rejections
    assert rejection.payload == given.payload
    return rejection.reason


def test_good_reading_becomes_a_sample() -> None:
    verdict = judge(message(state="estimate", seq=1), CATALOGUE, NOW)
    assert verdict.samples == [Sample(STATION, "environment", "salinity", NOW, 1.5, State.ESTIMATE, "mqtt")]
    assert verdict.rejections == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (message("ioc/v1/a/b"), Reason.TOPIC),
        (message("ioc/v1/A/environment/salinity"), Reason.TOPIC),
        (message("ioc/v1/../environment/salinity"), Reason.TOPIC),
        (message("other/v1/a/b/c"), Reason.TOPIC),
        (message("ioc/v1/nowhere/environment/salinity"), Reason.UNKNOWN_SITE),
        (message(f"ioc/v1/{STATION}/weather/salinity"), Reason.UNKNOWN_FIELD),
        (message(f"ioc/v1/{STATION}/environment/saltiness"), Reason.UNKNOWN_INDICATOR),
        (message(f"ioc/v1/{STATION}/health/salinity"), Reason.UNKNOWN_INDICATOR),
        (message(f"ioc/v1/{STATION}/health/bed-occupancy"), Reason.NOT_ENTITLED),
        (message(at="2025-03-12T08:05:01+07:00"), Reason.FUTURE),
        (message(at="2200-01-01T00:00:00Z"), Reason.FUTURE),
        (message(at="0001-01-01T00:00:00+14:00"), Reason.NO_TIME),
        (message(at="1899-12-31T23:59:59Z"), Reason.NO_TIME),
        (message(unit="m"), Reason.UNIT),
        (message(unit="%"), Reason.UNIT),
        (message(unit=""), Reason.UNIT),
        (message(value=50.1), Reason.RANGE),
        (message(value=-0.1), Reason.RANGE),
        (message(value=50_100, unit="mg/L"), Reason.RANGE),
        (message(site=PROVINCE), Reason.SPOOF),
        (message(identity=CHAU_THANH), Reason.SPOOF),
        (message(f"ioc/v1/{STATION}"), Reason.SCHEMA),
    ],
)
def test_refusal_names_its_reason(given: Message, reason: Reason) -> None:
    assert refused(given) == reason


def test_site_closed_by_then_is_refused_and_before_is_not() -> None:
    late = NOW + 365 * 24 * HOUR
    closed = message(at="2025-07-01T00:00:00+07:00")
    last = message(at="2025-06-30T23:59:59+07:00")
    assert judge(closed, CATALOGUE, late).rejections[0].reason == Reason.SITE_CLOSED
    assert len(judge(last, CATALOGUE, late).samples) == 1


def test_five_minutes_ahead_are_taken() -> None:
    assert judge(message(at="2025-03-12T08:05:00+07:00"), CATALOGUE, NOW).samples[0].at == NOW + 5 * MINUTE


@pytest.mark.parametrize(("value", "unit", "kept"), [(1500, "mg/L", 1.5), (1.5, "g/L", 1.5)])
def test_unit_is_converted_and_the_original_kept(value: float, unit: str, kept: float) -> None:
    [sample] = judge(message(value=value, unit=unit), CATALOGUE, NOW).samples
    assert sample.value == pytest.approx(kept)
    assert sample.original == (None if unit == "g/L" else "1500.0 mg/L")


def test_temperature_converts_with_its_offset() -> None:
    topic = f"ioc/v1/{PROVINCE}/environment/temperature"
    [sample] = judge(message(topic, value=98.6, unit="°F"), CATALOGUE, NOW).samples
    assert sample.value == pytest.approx(37.0)


def test_batch_of_a_site_names_each_series() -> None:
    def reading(indicator: str, value: object) -> dict[str, object]:
        return {"field": "environment", "indicator": indicator, "value": value, "at": "2025-03-12T08:00:00+07:00"}

    payload = json.dumps([reading("temperature", 30), reading("temperature", "30"), reading("ph", 7)]).encode()
    verdict = judge(Message(f"ioc/v1/{PROVINCE}", payload, 1, "mqtt"), CATALOGUE, NOW)
    assert [(s.indicator, s.value) for s in verdict.samples] == [("temperature", 30.0), ("ph", 7.0)]
    assert [(r.position, r.reason) for r in verdict.rejections] == [(1, Reason.NOT_A_NUMBER)]


@pytest.mark.parametrize(
    ("topic", "address"),
    [
        ("ioc/v1/a/b/c", Address("a", "b", "c")),
        ("ioc/v1/a", Address("a")),
        ("ioc/v1/a/", None),
        ("ioc/v1/a/b/c/d", None),
        ("ioc/v1/a/b/c\n", None),
        (f"ioc/v1/{'a' * 65}/b/c", None),
    ],
)
def test_topic_names_an_address_or_nothing(topic: str, address: Address | None) -> None:
    assert parse(topic) == address


def test_number_of_a_known_series_is_told_even_of_a_refused_reading() -> None:
    assert judge(message(seq=7), CATALOGUE, NOW).numbers == [(f"{STATION}/salinity", 7)]
    assert judge(message(seq=8, value=1e9), CATALOGUE, NOW).numbers == [(f"{STATION}/salinity", 8)]


@pytest.mark.parametrize("number", [-1, 2**53 + 1, 2**63, 2**64, 10**100])
def test_number_that_no_file_can_hold_is_not_followed(number: int) -> None:
    verdict = judge(message(seq=number), CATALOGUE, NOW)
    assert (len(verdict.samples), verdict.numbers) == (1, [])


@pytest.mark.parametrize("topic", [f"ioc/v1/{STATION}", "ioc/v1/nowhere", f"ioc/v1/{STATION}/environment/nothing"])
def test_numbers_of_names_that_nobody_knows_are_not_remembered(topic: str) -> None:
    made_up = {} if topic.count("/") > 2 else {"field": "environment", "indicator": "x" * 40_000}
    assert judge(message(topic, seq=1, **made_up), CATALOGUE, NOW).numbers == []
