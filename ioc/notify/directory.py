"""Who can be told and about what: officials and routes, as written in two TOML files."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from indicators.spec import local_time
from ioc.errors import ConfigError
from ioc.model import Kind, Micros, Severity
from ioc.notify.hours import checked, ends
from ioc.tomlfile import TomlFile

SeverityName = Literal["info", "warning", "critical"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Absence(BaseModel):
    """Local days, both included, on which an official's deputies are told instead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: date
    last: date


class Official(BaseModel):
    """A role that is told things, and its address on each channel. The first deputy who is there stands in.

    `quiet`: local hours in which only critical messages come, the rest in a digest afterwards. `order`: the channels
    for a critical message that nobody acknowledges, one after the other. `per_day`: another allowance than the general.
    `machine`: another system, which gets every message at once and no digest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title_vi: str
    title_en: str
    lang: Literal["vi", "en"] = "vi"
    channels: dict[str, str]
    deputies: tuple[str, ...] = ()
    away: tuple[Absence, ...] = ()
    quiet: str | None = None
    order: tuple[str, ...] = ()
    per_day: int | None = Field(default=None, gt=0)
    machine: bool = False

    @field_validator("quiet")
    @classmethod
    def _is_a_span(cls, quiet: str | None) -> str | None:
        return checked(quiet)

    @model_validator(mode="after")
    def _has_an_address_for_each(self) -> Self:
        for channel in self.order:
            if channel not in self.channels:
                raise ValueError(f"order: channels không có kênh này / no address for {channel!r} among its channels")
        return self

    def is_away(self, at: Micros) -> bool:
        """Whether that moment falls on a day of absence."""
        day = local_time(at).date()
        return any(absence.first <= day <= absence.last for absence in self.away)


class Route(BaseModel):
    """Which transitions go to whom. Empty lists match everything; `sites` match with all that lies below them.

    `hours` ("22:00-06:00" runs over midnight) and `days` are local; a critical transition goes at any hour.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fields: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    severity: SeverityName = "warning"
    hours: str | None = None
    days: tuple[Day, ...] = ()
    officials: tuple[str, ...]
    channels: tuple[str, ...]

    @field_validator("hours")
    @classmethod
    def _is_a_span(cls, hours: str | None) -> str | None:
        return checked(hours)

    @property
    def least(self) -> Severity:
        """The lowest severity that takes this route."""
        return Severity[self.severity.upper()]

    def is_open(self, at: Micros) -> bool:
        """Whether that moment lies in the route's hours and days; a night belongs to the day it began on."""
        local = local_time(at)
        if self.hours is None:
            return self._takes(local)
        first, last = ends(self.hours)
        now = local.time()
        if first < last:
            return first <= now < last and self._takes(local)
        if now < last:
            return not self.days or DAYS[local.weekday() - 1] in self.days
        return now >= first and self._takes(local)

    def _takes(self, local: datetime) -> bool:
        return not self.days or DAYS[local.weekday()] in self.days


class Directory(BaseModel):
    """All officials and routes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    officials: tuple[Official, ...] = ()
    routes: tuple[Route, ...] = ()

    def official(self, name: str) -> Official:
        """The official with that id."""
        return next(official for official in self.officials if official.id == name)

    def acting(self, name: str, channel: str, at: Micros) -> Official:
        """Who is told for that official: itself, or the nearest deputy who is there and has the channel."""
        official = self.official(name)
        if not official.is_away(at):
            return official
        for deputy in self._deputies(official):
            if channel in deputy.channels and not deputy.is_away(at):
                return deputy
        return official

    def _deputies(self, official: Official) -> Iterator[Official]:
        """Deputies, then the deputies' deputies, nobody twice."""
        seen = {official.id}
        waiting = list(official.deputies)
        while waiting:
            name = waiting.pop(0)
            if name not in seen:
                seen.add(name)
                deputy = self.official(name)
                yield deputy
                waiting += deputy.deputies


class OfficialsFile(BaseModel):
    """The file of officials as written."""

    model_config = ConfigDict(extra="forbid")

    official: tuple[Official, ...] = ()


class RoutesFile(BaseModel):
    """The file of routes as written."""

    model_config = ConfigDict(extra="forbid")

    route: tuple[Route, ...] = ()


def load(officials: Path, routes: Path) -> Directory:
    """Read and check both files.

    Raises:
        ConfigError: naming file, line and column of everything that is wrong.
    """
    hint = "kiểm tra {0} trong [notify] / look at {0} in [notify]"
    people, ways = TomlFile.read(officials, hint.format("officials")), TomlFile.read(routes, hint.format("routes"))
    directory = Directory(officials=people.shaped(OfficialsFile).official, routes=ways.shaped(RoutesFile).route)
    if problems := [*_wrong_officials(people, directory), *_wrong_routes(ways, directory, officials)]:
        raise ConfigError("\n".join(problems))
    return directory


def _wrong_officials(file: TomlFile, directory: Directory) -> Iterator[str]:
    ids = [official.id for official in directory.officials]
    for number, official in enumerate(directory.officials):
        if official.id in ids[:number]:
            yield file.complaint(
                ("official", number, "id"), f"hai cán bộ trùng mã / two officials with one id, {official.id!r}"
            )
        for name in official.deputies:
            if name not in ids:
                yield file.complaint(
                    ("official", number, "deputies"), f"không có cấp phó này / no deputy {name!r} in this file"
                )


def _wrong_routes(file: TomlFile, directory: Directory, officials: Path) -> Iterator[str]:
    known = {official.id: official for official in directory.officials}
    for number, route in enumerate(directory.routes):
        for name in route.officials:
            if name not in known:
                yield file.complaint(
                    ("route", number, "officials"), f"không có cán bộ này / no official {name!r} in {officials}"
                )
                continue
            for channel in route.channels:
                if channel not in known[name].channels:
                    yield file.complaint(
                        ("route", number, "channels"),
                        f"cán bộ không có địa chỉ ở kênh này / official {name!r} has no address for {channel!r}",
                    )
