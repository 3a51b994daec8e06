"""Tests of rules as data: a series, what happens to it step by step, and the transitions that must follow.

series = "st-an-thuan/salinity"
start = 2025-03-12T05:00:00+07:00
steps = [["0min", 0.5], ["10min", 4.5], ["4h"]]     # after so long this value; without a value: nothing came

[expect]                                            # by step; a step that is not here expects nothing
"10min" = ["above-critical pending", "above-warning pending"]
"""

import difflib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from indicators.cells import BadCellError, duration
from ioc.alerting.judge import Judge
from ioc.alerting.rules import Limits, slot
from ioc.alerting.turn import Memory
from ioc.alerting.wording import muted
from ioc.errors import ConfigError
from ioc.model import Entry, Micros, Sample, Transition, micros


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One test as written. `start` has a time zone; `note` is for people."""

    series: str
    start: datetime
    steps: list[list[str | float]]
    expect: dict[str, list[str]] = {}
    note: str = ""


class Mismatch(NamedTuple):
    """A step after which other transitions came than were expected."""

    step: str
    expected: list[str]
    happened: list[str]


def read_trials(folder: Path) -> list[tuple[Path, Trial]]:
    """The `*.toml` of a folder by name. Raises ConfigError, naming the file, when one is wrong or none is there."""
    found = [(path, _read(path)) for path in sorted(folder.glob("*.toml"))]
    if not found:
        raise ConfigError(f"{folder}: không có tệp / there is no *.toml")
    return found


def run(trial: Trial, limits: Limits) -> list[Mismatch]:
    """Where the rules do otherwise than expected. Raises ConfigError when the series is not watched then."""
    start = micros(trial.start)
    site, _, indicator = trial.series.partition("/")
    series = limits.watched(site, indicator, start)
    if series is None:
        raise ConfigError(f"{trial.series}: không theo dõi lúc đó / is not watched at {trial.start.isoformat()}")
    judge = Judge(limits, Memory())
    found = []
    for number, (step, offset, value) in enumerate(_steps(trial), 1):
        at = start + offset
        if value is None:
            told = judge.advance(at).transitions
        else:
            one = Sample(site, series.indicator.field, indicator, at, value, received_at=at)
            told = judge.take([Entry(number, one)]).transitions
        expected, happened = trial.expect.get(step, []), [said(move) for move in told]
        if expected != happened:
            found.append(Mismatch(step, expected, happened))
    return found


def said(told: Transition) -> str:
    """A transition in the words of a test: `above-critical firing`, with `muted` when nobody is told."""
    return f"{slot(told.kind, told.severity)} {told.after}{muted(told)}"


def _read(path: Path) -> Trial:
    try:
        trial = msgspec.toml.decode(path.read_bytes(), type=Trial)
        steps = [step for step, _, _ in _steps(trial)]
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error
    for name in trial.expect:
        if name not in steps:
            close = "".join(f"; did you mean {one}?" for one in difflib.get_close_matches(name, steps, 1))
            raise ConfigError(f"{path}: expect: không có bước / there is no step {name!r}{close}")
    if trial.start.tzinfo is None:
        raise ConfigError(f"{path}: start: thiếu múi giờ, ví dụ / it has no time zone, such as +07:00")
    return trial


def _steps(trial: Trial) -> Iterator[tuple[str, Micros, float | None]]:
    """Name, offset and value of each step. Raises ValueError naming the step."""
    last = -1
    for number, step in enumerate(trial.steps, 1):
        match step:
            case [str(name), *value] if not value or (len(value) == 1 and isinstance(value[0], float)):
                offset = _offset(name, number)
            case _:
                raise ValueError(f'steps: {number}: phải là / it must be ["10min", 1.5] or ["10min"]')
        if offset <= last:
            raise ValueError(f"steps: {number}: {name} không sau bước trước / does not follow the step before")
        last = offset
        yield name, offset, float(value[0]) if value else None


def _offset(name: str, number: int) -> Micros:
    try:
        return duration(name)
    except BadCellError as error:
        raise ValueError(f"steps: {number}: {error.words.vi} / {error}") from error
