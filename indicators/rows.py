"""The tables of the catalogue: their columns, what a cell of each holds, and what a row becomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from indicators.cells import (
    BadCellError,
    Parser,
    day,
    duration,
    filled,
    hours,
    identifier,
    integer,
    number,
    one_of,
    optional,
    season,
    several,
    text,
)
from indicators.problem import Problem
from indicators.sheet import Sheet
from indicators.spec import (
    CADENCES,
    Confidence,
    Direction,
    Field,
    Indicator,
    Level,
    Limit,
    Office,
    Period,
    Rollup,
    Site,
    Target,
    Unit,
    Watch,
)
from ioc.model import Kind, Placing, Severity

Thing = TypeVar("Thing", Unit, Field, Office, Site, Indicator, Limit, Target, Watch)
Cells = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Placed(Generic[Thing]):
    """A thing and where it was written."""

    thing: Thing
    file: str
    line: int

    def problem(self, column: str, vi: str, en: str) -> Problem:
        """What is wrong with one cell of it."""
        return Problem(self.file, self.line, column, vi, en)


@dataclass(frozen=True)
class Table(Generic[Thing]):
    """`build` gets the parsed cells by column and a word from where the file lies (field or tenant)."""

    columns: Mapping[str, Parser[Any]]
    build: Callable[[Cells, str], Thing]

    def take(self, sheet: Sheet, home: str) -> tuple[list[Placed[Thing]], list[Problem]]:
        """The things of a sheet; a row with a bad cell becomes problems instead."""
        things: list[Placed[Thing]] = []
        problems: list[Problem] = []
        for line, cells in sheet.rows:
            values: dict[str, Any] = {}
            for column, parse in self.columns.items():
                try:
                    values[column] = parse(cells[column])
                except BadCellError as error:
                    problems.append(Problem(sheet.name, line, column, error.words.vi, error.words.en))
            if len(values) == len(self.columns):
                things.append(Placed(self.build(values, home), sheet.name, line))
        return things, problems


WEIGHTS = ("@population", "@area")
PERIOD: Mapping[str, Period] = {period.value: period for period in Period}
DIRECTION: Mapping[str, Direction] = {direction.value: direction for direction in Direction}
ROLLUP: Mapping[str, Rollup] = {rollup.value: rollup for rollup in Rollup}
LEVEL: Mapping[str, Level] = {level.value: level for level in Level}
CONFIDENCE: Mapping[str, Confidence] = {confidence.value: confidence for confidence in Confidence}
KIND: Mapping[str, Kind] = {kind.value: kind for kind in (Kind.ABOVE, Kind.BELOW, Kind.OUTSIDE)}
SEVERITY: Mapping[str, Severity] = {s.name.lower(): s for s in (Severity.INFO, Severity.WARNING, Severity.CRITICAL)}
CADENCE: Mapping[str, str] = {cadence: cadence for cadence in CADENCES}
TIER: Mapping[str, int] = {"1": 1, "2": 2, "3": 3, "4": 4}
PLACING: Mapping[str, Placing] = {placing.value: placing for placing in Placing}
SENSE: Mapping[str, bool] = {"at-least": True, "at-most": False}

_VALIDITY: Mapping[str, Parser[Any]] = {"valid_from": optional(day), "valid_to": optional(day)}
_NAMES: Mapping[str, Parser[Any]] = {"id": identifier, "name_vi": filled, "name_en": filled}
_SCOPE: Mapping[str, Parser[Any]] = {
    "id": identifier,
    "indicator": filled,
    "site": optional(text),
    "level": optional(one_of(LEVEL)),
}


def _indicator(cells: Cells, home: str) -> Indicator:
    values = dict(cells)
    return Indicator(field=home, minimum=values.pop("min"), maximum=values.pop("max"), **values)


def _limit(cells: Cells, _home: str) -> Limit:
    values = dict(cells)
    return Limit(for_=values.pop("for"), **values)


def _target(cells: Cells, _home: str) -> Target:
    values = dict(cells)
    return Target(at_least=values.pop("sense"), **values)


def _site(cells: Cells, home: str) -> Site:
    values = dict(cells)
    del values["provenance"]
    return Site(tenant=home, **values)


def _watch(cells: Cells, _home: str) -> Watch:
    values = dict(cells)
    return Watch(shown_under=values.pop("shown_under") or values["field"], **values)


UNITS = Table(
    {**_NAMES, "id": filled, "dimension": identifier, "factor": number, "offset": number, "placing": one_of(PLACING)},
    lambda cells, _: Unit(**cells),
)
FIELDS = Table({**_NAMES, "order": integer}, lambda cells, _: Field(**cells))
OFFICES = Table(_NAMES, lambda cells, _: Office(**cells))
INDICATORS = Table(
    {
        **_NAMES,
        "unit": filled,
        "cadence": one_of(CADENCE),
        "period": one_of(PERIOD),
        "direction": one_of(DIRECTION),
        "min": optional(number),
        "max": optional(number),
        "typical_min": number,
        "typical_max": number,
        "decimals": integer,
        "rollup_time": one_of(ROLLUP),
        "rollup_space": one_of(ROLLUP),
        "weight": optional(text),
        "formula": optional(text),
        "tier": one_of(TIER),
        "owner": filled,
        "source": filled,
        "references": several(text, "|"),
        "provenance": text,
        "confidence": one_of(CONFIDENCE),
    },
    _indicator,
)
LIMITS = Table(
    {
        **_SCOPE,
        "kind": one_of(KIND),
        "severity": one_of(SEVERITY),
        "value": number,
        "upper": optional(number),
        "hysteresis": number,
        "for": duration,
        "keep_firing_for": duration,
        "season": optional(season),
        "hours": optional(hours),
        **_VALIDITY,
        "basis": filled,
        "confidence": one_of(CONFIDENCE),
    },
    _limit,
)
TARGETS = Table(
    {
        **_SCOPE,
        "value": number,
        "sense": one_of(SENSE),
        "deadline": day,
        **_VALIDITY,
        "basis": filled,
        "confidence": one_of(CONFIDENCE),
    },
    _target,
)
SITES = Table(
    {
        **_NAMES,
        "level": one_of(LEVEL),
        "kind": filled,
        "parent": optional(text),
        "code": text,
        "population": optional(number),
        "area_km2": optional(number),
        "lat": optional(number),
        "lon": optional(number),
        **_VALIDITY,
        "predecessors": several(text, ";"),
        "successors": several(text, ";"),
        "provenance": text,
    },
    _site,
)
WATCHES = Table(
    {
        "site": filled,
        "field": filled,
        "tier": optional(one_of(TIER)),
        "indicator": optional(text),
        "shown_under": text,
        "application": text,
        **_VALIDITY,
    },
    _watch,
)
