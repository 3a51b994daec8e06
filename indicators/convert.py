"""Between the units of one dimension."""

import math
import unicodedata
from collections.abc import Iterable, Mapping

from indicators.spec import Unit

DIGITS = 12
"""Significant digits kept, so that 97.7 °F is 36.5 °C and not 36.49999999999999."""


class Units:
    """The closed list, found by id or by another spelling of it ("ug/m3" for "µg/m³")."""

    def __init__(self, units: Mapping[str, Unit]) -> None:
        """`units` by id."""
        self._units = units
        self._spellings = _spellings(units.values())

    def convert(self, value: float, unit: str, wanted: str) -> float | None:
        """`value` of `unit` in `wanted`; None when the two are not of one dimension or the result is not finite."""
        if unit == wanted:
            return value
        given, target = self._find(unit), self._units.get(wanted)
        if given is None or target is None or given.dimension != target.dimension:
            return None
        if given is target:
            return value
        return _rounded((value * given.factor + given.offset - target.offset) / target.factor)

    def _find(self, unit: str) -> Unit | None:
        return self._units.get(unit) or self._spellings.get(_spelling(unit))


def _spellings(units: Iterable[Unit]) -> dict[str, Unit]:
    """By plain spelling; one that two units share finds neither."""
    found: dict[str, Unit | None] = {}
    for unit in units:
        key = _spelling(unit.id)
        found[key] = None if key in found else unit
    return {key: unit for key, unit in found.items() if unit is not None}


def _spelling(unit: str) -> str:
    plain = unicodedata.normalize("NFKC", unit[:64].strip())
    return plain.replace("μ", "u").replace("/l", "/L")


def _rounded(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
