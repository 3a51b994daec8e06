"""Tests of rules as data: a series, what happens to it step by step, and the transitions that must follow.

series = "st-an-thuan/salinity"
start = 2025-03-12T05:00:00+07:00
steps = [["0min", 0.5], ["10min", 4.5], ["4h"]]     # after so long this value; without a value: nothing came

[expect]                                            # by step; a step that is not here expects nothing
"10min" = ["above-critical pending", "above-warning pending"]

A step may name another series: ["10min", 4.5, "st-son-doc/salinity"]. What happens elsewhere than on `series` is
expected with its place: "vn63-83/salinity count-critical pending". `rules` is a rule file beside the test.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from indicators.cells import BadCellError, duration
from ioc.alerting.judge import Judge
from ioc.alerting.rules import NO_EXTRAS, Extras, Limits, slot
from ioc.alerting.turn import Memory
from ioc.alerting.wording import muted
from ioc.complaint import near
from ioc.errors import ConfigError
from ioc.model import Entry, Micros, Sample, Transition, micros, moment
from ioc.tomlfile import TomlFile


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One test as written. `start` has a time zone; `note` is for people; `rules` replaces the centre's extra rules."""

    series: str
    start: datetime
    steps: list[list[str | float]]
    expect: dict[str, list[str]] = {}
    note: str = ""
    rules: str = ""


class Step(NamedTuple):
    """What happens after so long: a value of a series, or with None nothing."""

    name: str
    offset: Micros
    value: float | None
    series: str


class Mismatch(NamedTuple):
    """A step after which other transitions came than were expected."""

    step: str
    expected: list[str]
    happened: list[str]


def read_trials(folder: Path) -> list[tuple[Path, Trial]]:
    """The `*.toml` of a folder by name. Raises ConfigError, naming the file, when one is wrong or none is there."""
    found = [(path, _read(path)) for path in sorted(folder.glob("*.toml"))]
    if not found:
        raise ConfigError(
            f"{folder}: không có bài thử nào, hãy nêu thư mục / there is no *.toml, name the folder of tests"
        )
    return found


def run(trial: Trial, limits: Limits, extras: Extras = NO_EXTRAS) -> list[Mismatch]:
    """Where the rules do otherwise than expected. Raises ConfigError when a series is not watched then."""
    start = micros(trial.start)
    judge = Judge(limits, Memory(), extras)
    _field(limits, trial.series, start)
    found = []
    for number, step in enumerate(_steps(trial), 1):
        at = start + step.offset
        if step.value is None:
            told = judge.advance(at).transitions
        else:
            site, _, indicator = step.series.partition("/")
            field = _field(limits, step.series, at)
            told = judge.take(
                [Entry(number, Sample(site, field, indicator, at, step.value, received_at=at))]
            ).transitions
        happened = [said(move, trial.series) for move in told]
        found.append((step.name, happened))
    return _mismatches(trial, found)


def said(told: Transition, at_home: str = "") -> str:
    """A transition in the words of a test: `above-critical firing`, with `muted` when nobody is told."""
    where = f"{told.site}/{told.indicator}"
    place = "" if where == at_home or not at_home else f"{where} "
    return f"{place}{slot(told.kind, told.severity)} {told.after}{muted(told)}"


def _mismatches(trial: Trial, happened: list[tuple[str, list[str]]]) -> list[Mismatch]:
    by_step: dict[str, list[str]] = {}
    for name, moves in happened:
        by_step.setdefault(name, []).extend(moves)
    return [
        Mismatch(name, trial.expect.get(name, []), moves)
        for name, moves in by_step.items()
        if trial.expect.get(name, []) != moves
    ]


def _field(limits: Limits, name: str, at: Micros) -> str:
    site, _, indicator = name.partition("/")
    series = limits.watched(site, indicator, at)
    if series is None:
        raise ConfigError(f"{name}: không theo dõi lúc đó / is not watched at {moment(at).isoformat()}")
    return series.indicator.field


def _read(path: Path) -> Trial:
    file = TomlFile.read(path)
    try:
        trial = msgspec.convert(file.document, Trial)
    except msgspec.ValidationError as error:
        loc = [part for part in re.findall(r"\$\.(\w+)", str(error)) if part in file.document]
        raise ConfigError(f"{file.place(loc)}: không đúng mẫu / not of the form: {error}") from error
    if problems := list(_problems(file, trial)):
        raise ConfigError("\n".join(problems))
    return trial


def _problems(file: TomlFile, trial: Trial) -> Iterator[str]:
    if trial.start.tzinfo is None:
        yield file.complaint(("start",), "thiếu múi giờ, ví dụ / it has no time zone, such as +07:00")
    try:
        steps = [step.name for step in _steps(trial)]
    except ValueError as error:
        yield f"{file.place(('steps',))}: {error}"
        return
    for name in trial.expect:
        if name not in steps:
            text = f"không có bước này / there is no step {name!r}{near(name, steps)}"
            yield file.complaint(("expect", name), text)


def _steps(trial: Trial) -> Iterator[Step]:
    """The steps as written. Raises ValueError naming the step."""
    last: Micros = -1
    value: float | None
    for number, step in enumerate(trial.steps, 1):
        match step:
            case [str(name)]:
                value, series = None, trial.series
            case [str(name), float(value)]:
                series = trial.series
            case [str(name), float(value), str(series)]:
                pass
            case _:
                raise ValueError(f'steps: {number}: phải là / it must be ["10min", 1.5] or ["10min"]')
        offset = _offset(name, number)
        if offset < last or (offset == last and series == trial.series):
            raise ValueError(f"steps: {number}: {name} không sau bước trước / does not follow the step before")
        last = offset
        yield Step(name, offset, value, series)


def _offset(name: str, number: int) -> Micros:
    try:
        return duration(name)
    except BadCellError as error:
        raise ValueError(f"steps: {number}: {error.words.vi} / {error}") from error
