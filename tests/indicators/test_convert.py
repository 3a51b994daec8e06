"""Units of one dimension."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.indicators.made import UNITS, catalogue, indicator

SHELF = catalogue()
PAIRS = [(a.id, b.id) for a in UNITS for b in UNITS if a.dimension == b.dimension]


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [
        (97.7, "°F", "°C", 36.5),
        (36.5, "°C", "°F", 97.7),
        (-40, "°F", "°C", -40),
        (4100, "mg/L", "g/L", 4.1),
        (0.3, "g/L", "mg/L", 300),
        (1250, "triệu đồng", "tỷ đồng", 1.25),
        (12, "µg/m3", "µg/m³", 12),
        (12, "ug/m3", "µg/m³", 12),
        (12, "μg/m³", "µg/m³", 12),
        (5, " mg/l ", "mg/L", 5),
    ],
)
def test_convert_between_units_of_one_dimension(value: float, unit: str, wanted: str, expected: float) -> None:
    assert SHELF.convert(value, unit, indicator(unit=wanted)) == expected


@pytest.mark.parametrize(
    ("unit", "wanted"), [("%", "g/L"), ("°C", "tỷ đồng"), ("furlong", "%"), ("", "%"), ("mg/L", "x")]
)
def test_convert_across_dimensions_or_from_an_unknown_unit_is_none(unit: str, wanted: str) -> None:
    assert SHELF.convert(1.0, unit, indicator(unit=wanted)) is None


def test_convert_to_the_same_unit_changes_nothing_even_when_it_is_not_listed() -> None:
    value = 0.1 + 0.2
    assert SHELF.convert(value, "°C", indicator(unit="°C")) is value
    assert SHELF.convert(value, "furlong", indicator(unit="furlong")) is value


def test_convert_beyond_what_a_number_holds_is_none() -> None:
    assert SHELF.convert(1e308, "tỷ đồng", indicator(unit="triệu đồng")) is None


@given(st.sampled_from(PAIRS), st.floats(-1e12, 1e12))
def test_convert_there_and_back_is_the_same(pair: tuple[str, str], value: float) -> None:
    there = SHELF.convert(value, pair[0], indicator(unit=pair[1]))
    assert there is not None
    back = SHELF.convert(there, pair[1], indicator(unit=pair[0]))
    assert back == pytest.approx(value, rel=1e-9, abs=1e-9)
