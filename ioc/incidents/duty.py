"""How incidents are made and who is told when nobody answers: settings, and the duty table as read from a file."""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from indicators.cells import duration
from ioc.errors import ConfigError
from ioc.model import HOUR, MINUTE, Micros, Severity

ANY = "*"


class IncidentsConfig(BaseModel):
    """Where the duty table stands. Alerts of one site and field that begin within `gather` make one incident."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offices: Path | None = Field(default=None, description="the duty table; without it nothing escalates")
    gather: str = Field(default="2h", description="a later alert makes a new incident")
    reopen: str = Field(default="30min", description="an alert within this time after the end reopens the incident")
    severity: str = Field(default="warning", pattern="^(info|warning|critical)$", description="the least that counts")

    @field_validator("gather", "reopen")
    @classmethod
    def _is_a_duration(cls, text: str) -> str:
        duration(text)
        return text


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

    wait: str
    officials: tuple[str, ...] = Field(min_length=1)
    channels: tuple[str, ...] = Field(min_length=1)


class _OfficeRow(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    repeats: int = Field(default=0, ge=0, le=20)
    unacknowledge: str | None = None
    step: tuple[_StepRow, ...] = ()


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
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if unknown := set(document) - {"office"}:
        raise ConfigError(f"{path}: không có khóa này / unknown key {min(unknown)!r}; entries are written [[office]]")
    found: dict[str, Duty] = {}
    for number, entry in enumerate(document.get("office", []), 1):
        place = f"{path}: [[office]] number {number}"
        row = _row(entry, place)
        if row.id in found or (row.id != ANY and row.id not in offices):
            raise ConfigError(f"{place}: {row.id!r} is {'there twice' if row.id in found else 'not in the catalogue'}")
        found[row.id] = _duty(row, place, officials)
    return found


def _row(entry: object, place: str) -> _OfficeRow:
    try:
        return _OfficeRow.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{place}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _duty(row: _OfficeRow, place: str, officials: Mapping[str, Collection[str]]) -> Duty:
    for number, step in enumerate(row.step, 1):
        for name in step.officials:
            if name not in officials:
                raise ConfigError(
                    f"{place}: step {number}: không có cán bộ này / no official {name!r} in the file of officials"
                )
            for channel in step.channels:
                if channel not in officials[name]:
                    raise ConfigError(
                        f"{place}: step {number}: cán bộ không có địa chỉ ở kênh này / "
                        f"official {name!r} has no address for {channel!r}"
                    )
    try:
        steps = tuple(Step(duration(step.wait), step.officials, step.channels) for step in row.step)
        until = None if row.unacknowledge is None else duration(row.unacknowledge)
    except ValueError as error:
        raise ConfigError(f"{place}: {error}") from error
    return Duty(steps, row.repeats, until)
