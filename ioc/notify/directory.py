"""Who can be told and about what: officials and routes, as written in two TOML files."""

import tomllib
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ioc.errors import ConfigError
from ioc.model import Kind, Severity

SeverityName = Literal["info", "warning", "critical"]


class Official(BaseModel):
    """A role that is told things, and its address on each channel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title_vi: str
    title_en: str
    lang: Literal["vi", "en"] = "vi"
    channels: dict[str, str]


class Route(BaseModel):
    """Which transitions go to whom. Empty lists match everything; `sites` match with all that lies below them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fields: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    severity: SeverityName = "warning"
    officials: tuple[str, ...]
    channels: tuple[str, ...]

    @property
    def least(self) -> Severity:
        """The lowest severity that takes this route."""
        return Severity[self.severity.upper()]


class Directory(BaseModel):
    """All officials and routes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    officials: tuple[Official, ...] = ()
    routes: tuple[Route, ...] = ()

    def official(self, name: str) -> Official:
        """The official with that id."""
        return next(official for official in self.officials if official.id == name)


def load(officials: Path, routes: Path) -> Directory:
    """Read and check both files.

    Raises:
        ConfigError: naming the file, the entry and what is wrong with it.
    """
    directory = Directory(officials=_entries(officials, "official", Official), routes=_entries(routes, "route", Route))
    known = {official.id: official for official in directory.officials}
    for number, route in enumerate(directory.routes, 1):
        for name in route.officials:
            if name not in known:
                raise ConfigError(f"{routes}: route {number}: no official {name!r} in {officials}")
            for channel in route.channels:
                if channel not in known[name].channels:
                    raise ConfigError(f"{routes}: route {number}: official {name!r} has no address for {channel!r}")
    return directory


Entry = TypeVar("Entry", bound=BaseModel)


def _entries(path: Path, key: str, kind: type[Entry]) -> tuple[Entry, ...]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if unknown := set(document) - {key}:
        raise ConfigError(f"{path}: unknown key {min(unknown)!r}; entries are written [[{key}]]")
    found = []
    for number, entry in enumerate(document.get(key, []), 1):
        try:
            found.append(kind.model_validate(entry))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise ConfigError(f"{path}: [[{key}]] number {number}: {place}: {first['msg']}") from error
    return tuple(found)
