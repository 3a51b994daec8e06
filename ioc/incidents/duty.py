"""How incidents are made and who is told when nobody answers: settings, and the duty table as read from a file."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from indicators.cells import BadCellError, duration
from ioc.errors import ConfigError
from ioc.model import HOUR, MINUTE, Micros, Severity
from ioc.tomlfile import TomlFile

ANY = "*"


def _checked(text: str) -> str:
    try:
        duration(text)
    except BadCellError as error:
        raise ValueError(f"{error.words.vi} / {error}") from error
    return text


Wait = Annotated[str, AfterValidator(_checked)]


class IncidentsConfig(BaseModel):
    """Where the duty table stands. Alerts of one site and field that begin within `gather` make one incident."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offices: Path | None = Field(default=None, description="the duty table; without it nothing escalates")
    gather: Wait = Field(default="2h", description="a later alert makes a new incident")
    reopen: Wait = Field(default="30min", description="an alert within this time after the end reopens the incident")
    severity: Literal["info", "warning", "critical"] = Field(default="warning", description="the least that counts")


class Step(msgspec.Struct, frozen=True):
    """After so long without an acknowledgement, these officials are told on these channels."""

    wait: Micros
    officials: tuple[str, ...]
    channels: tuple[str, ...]


class Duty(msgspec.Struct, frozen=True):
    """The ladder of one office: its steps, how often the last is repeated, and how long an acknowledgement holds."""

    steps: tuple[Step, ...] = ()
    repeats: int = 0
    unacknowledge: Micros | None = None

    def next(self, taken: int) -> Step | None:
        """The step that follows when so many have been taken."""
        if not self.steps or taken >= len(self.steps) + self.repeats:
            return None
        return self.steps[min(taken, len(self.steps) - 1)]


class Policy(msgspec.Struct, frozen=True):
    """All that deciding about incidents needs to know; `duties` by office, ANY for all others."""

    gather: Micros = 2 * HOUR
    reopen: Micros = 30 * MINUTE
    least: Severity = Severity.WARNING
    duties: Mapping[str, Duty] = {}

    def duty(self, office: str) -> Duty:
        """The ladder of an office; one without steps where there is none."""
        return self.duties.get(office) or self.duties.get(ANY) or Duty()


class _StepRow(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    wait: Wait
    officials: tuple[str, ...] = Field(min_length=1)
    channels: tuple[str, ...] = Field(min_length=1)


class _OfficeRow(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    repeats: int = Field(default=0, ge=0, le=20)
    unacknowledge: Wait | None = None
    step: tuple[_StepRow, ...] = ()


class OfficesFile(BaseModel):
    """The duty table as written."""

    model_config = ConfigDict(extra="forbid")

    office: tuple[_OfficeRow, ...] = ()


def load(config: IncidentsConfig, offices: Collection[str], officials: Mapping[str, Collection[str]]) -> Policy:
    """The policy of these settings. `offices` of the catalogue; `officials` with the channels that each has.

    Raises:
        ConfigError: naming the file, the entry and what is wrong with it.
    """
    duties = {} if config.offices is None else dict(_duties(config.offices, offices, officials))
    return Policy(
        gather=duration(config.gather),
        reopen=duration(config.reopen),
        least=Severity[config.severity.upper()],
        duties=duties,
    )


def _duties(path: Path, offices: Collection[str], officials: Mapping[str, Collection[str]]) -> dict[str, Duty]:
    file = TomlFile.read(path, "kiểm tra offices trong [incidents] / look at offices in [incidents]")
    rows = file.shaped(OfficesFile).office
    if problems := [*_wrong_ids(file, rows, offices), *_wrong_steps(file, rows, officials)]:
        raise ConfigError("\n".join(problems))
    return {row.id: _duty(row) for row in rows}


def _wrong_ids(file: TomlFile, rows: Sequence[_OfficeRow], offices: Collection[str]) -> Iterator[str]:
    ids = [row.id for row in rows]
    for number, name in enumerate(ids):
        if name in ids[:number]:
            yield file.complaint(("office", number, "id"), f"có hai lần / {name!r} is there twice")
        elif name != ANY and name not in offices:
            yield file.complaint(
                ("office", number, "id"), f"không có trong danh mục / {name!r} is not in the catalogue"
            )


def _wrong_steps(file: TomlFile, rows: Sequence[_OfficeRow], officials: Mapping[str, Collection[str]]) -> Iterator[str]:
    for number, row in enumerate(rows):
        for place, step in enumerate(row.step):
            for text in _strangers(step, officials):
                yield file.complaint(("office", number, "step", place), text)


def _strangers(step: _StepRow, officials: Mapping[str, Collection[str]]) -> Iterator[str]:
    for name in step.officials:
        if name not in officials:
            yield f"không có cán bộ này / no official {name!r} in the file of officials"
            continue
        for channel in step.channels:
            if channel not in officials[name]:
                yield f"cán bộ không có địa chỉ ở kênh này / official {name!r} has no address for {channel!r}"


def _duty(row: _OfficeRow) -> Duty:
    steps = tuple(Step(duration(step.wait), step.officials, step.channels) for step in row.step)
    return Duty(steps, row.repeats, None if row.unacknowledge is None else duration(row.unacknowledge))
