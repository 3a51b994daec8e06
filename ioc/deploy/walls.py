"""What Grafana shall hold beside its provisioned dashboards: teams, folders and their rights, home page, playlists.

Teams, rights and home page stand in one JSON document (`config/grafana/`), playlists in the files that the dashboards'
generator writes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from ioc.complaint import named, words
from ioc.deploy.step import Step
from ioc.errors import ConfigError, PermanentError

RIGHTS = {"view": 1, "edit": 2, "admin": 4}
STRANGERS = "quyền riêng sẵn có bị bỏ / takes away rights given by hand"
Uid = str
T = TypeVar("T")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Folder(_Strict):
    """A folder, and what each team may do in it; nobody else sees it, save administrators.

    Without a title it is one that Grafana makes from its provisioned files, and must be there already.
    """

    uid: Uid = Field(pattern=r"^[a-zA-Z0-9_-]{1,40}$")
    title: str = ""
    teams: dict[str, Literal["view", "edit", "admin"]] = {}


class Item(_Strict):
    """One page of a playlist."""

    type: Literal["dashboard_by_uid", "dashboard_by_tag"]
    value: str = Field(min_length=1)


class Playlist(_Strict):
    """Dashboards shown one after the other on a wall. Known by its name: Grafana itself gives it a uid."""

    uid: Uid = ""
    name: str = Field(min_length=1)
    interval: str = Field(default="30s", pattern=r"^[1-9][0-9]*[smh]$")
    items: tuple[Item, ...] = Field(min_length=1)


class Walls(_Strict):
    """The whole document."""

    teams: tuple[str, ...] = ()
    folders: tuple[Folder, ...] = ()
    home: Uid = ""
    playlists: tuple[Playlist, ...] = ()

    @model_validator(mode="after")
    def _teams_known(self) -> Self:
        for folder in self.folders:
            if unknown := set(folder.teams) - set(self.teams):
                raise ValueError(f"folder {folder.uid}: không có nhóm này / no team {', '.join(sorted(unknown))}")
        return self


@dataclass(frozen=True, slots=True)
class Found:
    """A Grafana as its API tells it: team ids by name; folders and their rights by uid; playlists by name."""

    teams: Mapping[str, int] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    rights: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    home: Uid = ""
    playlists: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def load(path: Path, playlists: Sequence[Path] = ()) -> Walls:
    """Read the document, and lists of playlists to show beside its own; ConfigError names what is wrong."""
    walls = _read(path, TypeAdapter(Walls))
    more = [one for file in playlists for one in _read(file, TypeAdapter(tuple[Playlist, ...]))]
    return walls.model_copy(update={"playlists": (*walls.playlists, *more)})


def _read(path: Path, form: TypeAdapter[T]) -> T:
    try:
        return form.validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        lines = (f"{path}: {named(one['loc'])}: {words(dict(one))}" for one in error.errors())
        raise ConfigError("\n".join(lines)) from error


def steps(walls: Walls, found: Found) -> tuple[Step, ...]:
    """What can be done now."""
    plan = [
        Step(f"team {team}", "POST", "/api/teams", {"name": team}) for team in walls.teams if team not in found.teams
    ]
    plan += _folders(walls, found)
    if set(walls.teams) <= set(found.teams):
        plan += _rights(walls, found)
    if walls.home and walls.home != found.home:
        plan.append(Step(f"home page {walls.home}", "PATCH", "/api/org/preferences", {"homeDashboardUID": walls.home}))
    return (*plan, *_playlists(walls, found))


def _folders(walls: Walls, found: Found) -> Iterator[Step]:
    for folder in walls.folders:
        title = found.folders.get(folder.uid)
        if title is None and not folder.title:
            raise PermanentError("no-folder", f"{folder.uid} is not provisioned (yet); dashboards are read every 30 s")
        if title is None:
            yield Step(f"folder {folder.title}", "POST", "/api/folders", {"uid": folder.uid, "title": folder.title})
        elif folder.title and title != folder.title:
            body = {"title": folder.title, "overwrite": True}
            yield Step(f"folder {title} is now {folder.title}", "PUT", f"/api/folders/{folder.uid}", body)


def _rights(walls: Walls, found: Found) -> Iterator[Step]:
    for folder in walls.folders:
        if folder.uid not in found.folders:
            continue
        wanted = {found.teams[team]: RIGHTS[right] for team, right in folder.teams.items()}
        entries = [one for one in found.rights.get(folder.uid, ()) if not one.get("inherited")]
        teams = {int(one["teamId"]): int(one["permission"]) for one in entries if one.get("teamId")}
        roles = [one for one in entries if one.get("role")]
        users = [one for one in entries if one.get("userId")]
        strangers = bool(users or set(teams) - set(wanted))
        if teams != wanted or roles or users:
            items = [{"teamId": team, "permission": right} for team, right in wanted.items()]
            shown = ", ".join(f"{team}: {right}" for team, right in folder.teams.items()) or "administrators only"
            path = f"/api/folders/{folder.uid}/permissions"
            caution = STRANGERS if strangers else ""
            yield Step(
                f"rights in {found.folders[folder.uid]}: {shown}", "POST", path, {"items": items}, caution=caution
            )


def _playlists(walls: Walls, found: Found) -> Iterator[Step]:
    for playlist in walls.playlists:
        items = [one.model_dump() for one in playlist.items]
        body = {"name": playlist.name, "interval": playlist.interval, "items": items}
        has = found.playlists.get(playlist.name)
        if has is None:
            yield Step(f"playlist {playlist.name}", "POST", "/api/playlists", body)
            continue
        shown = [{"type": one["type"], "value": one["value"]} for one in has["items"]]
        if (has["interval"], shown) != (playlist.interval, items):
            yield Step(f"playlist {playlist.name}", "PUT", f"/api/playlists/{has['uid']}", body)
