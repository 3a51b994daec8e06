import json
from datetime import datetime

import pytest

from indicators.spec import VIETNAM
from ioc.model import State, micros
from simulators.reading import MAX_ITEMS, Parcel, Reading, letters, read, state_of
from tests.simulators.small_world import START, SmallCatalogue

CATALOGUE = SmallCatalogue()


def parcel(site: str, number: int = 0, **changes: object) -> Parcel:
    given = {
        "site": site,
        "field": "health",
        "indicator": f"beds-{number}",
        "at": START,
        "value": 1.5,
        "unit": "giường",
    }
    return Parcel(Reading(**(given | changes)), START)


def test_lone_reading_goes_under_its_own_topic():
    (letter,) = letters([parcel("vn63-83", state=State.ESTIMATE)])
    assert letter.topic == "ioc/v1/vn63-83/health/beds-0"
    assert json.loads(letter.payload) == {
        "value": 1.5,
        "at": "2025-03-12T06:00:00+07:00",
        "unit": "giường",
        "state": "estimate",
    }


def test_readings_of_one_site_share_a_batch_under_the_site():
    batch, lone = letters([parcel("a", 1), parcel("b"), parcel("a", 2)])
    assert batch.topic == "ioc/v1/a"
    assert batch.count == 2
    assert [item["indicator"] for item in json.loads(batch.payload)] == ["beds-1", "beds-2"]
    assert set(json.loads(batch.payload)[0]) == {"field", "indicator", "value", "at", "unit"}
    assert lone.topic == "ioc/v1/b/health/beds-0"


@pytest.mark.parametrize("unit", ["%", "đ" * 300])
def test_batches_stay_within_the_limits_of_the_wire(unit: str):
    packed = list(letters(parcel("a", k, unit=unit) for k in range(3 * MAX_ITEMS + 1)))
    assert sum(letter.count for letter in packed) == 3 * MAX_ITEMS + 1
    for letter in packed:
        assert letter.count <= MAX_ITEMS
        assert len(letter.payload) <= 65_536


def test_raw_bytes_are_sent_as_they_are():
    broken = Parcel(parcel("a").reading, START, b"{")
    (letter,) = letters([broken])
    assert letter.payload == b"{"


@pytest.mark.parametrize(
    ("series", "at", "now", "state"),
    [
        ("vn63-83/air-temperature", "2025-03-12", "2025-03-12", None),
        ("vn63-83/outpatient-visits", "2025-03-12", "2025-03-13", None),
        ("vn63-83/retail-sales", "2025-02-10T00:00:00", "2025-02-10", State.ESTIMATE),
        ("vn63-83/retail-sales", "2025-02-28T23:59:59", "2025-03-12", State.PRELIMINARY),
        ("vn63-83/retail-sales", "2025-01-31T23:59:59", "2025-03-12", State.OFFICIAL),
        ("vn63-83/population", "2024-12-31T23:59:59", "2025-03-12", State.PRELIMINARY),
    ],
)
def test_state_ripens_with_the_period(series: str, at: str, now: str, state: State | None):
    one = CATALOGUE.one(series)
    assert state_of(one, local(at), local(now)) is state
    assert read(one, local(at), 1.0, local(now)).state is state


def local(text: str) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=VIETNAM))
