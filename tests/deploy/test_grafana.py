"""`ioc grafana apply` against a scripted Grafana."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ioc.cli import app
from ioc.deploy import walls
from ioc.deploy.grafana import Grafana, apply
from ioc.deploy.walls import Walls
from ioc.errors import ConfigError, PermanentError, TemporaryError
from tests.deploy import neighbours
from tests.deploy.tools import CONFIG, ROOT

FILE = CONFIG / "grafana/walls.ben-tre.json"
PLAYLISTS = ROOT / "dashboards/provisioning/playlists/ben-tre.json"


class Stage:
    """A server and how to reach it."""

    def __init__(self, server: neighbours.Grafana, grafana: Grafana) -> None:
        self.server, self.grafana = server, grafana

    async def apply(self, wanted: Walls, *, yes: bool = False) -> tuple[bool, list[str]]:
        said: list[str] = []
        self.server.changes.clear()
        return await apply(self.grafana, wanted, yes=yes, say=said.append), said

    def rights(self, uid: str) -> dict[str, int]:
        names = {row["id"]: row["name"] for row in self.server.teams}
        return {
            names.get(row.get("teamId"), row.get("role", "?")): row["permission"] for row in self.server.rights[uid]
        }


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    password = tmp_path / "password"
    password.write_text("mật khẩu\n", encoding="utf-8")
    server = neighbours.Grafana("mật khẩu")
    async with neighbours.serving(server) as url:
        yield Stage(server, Grafana(url, "admin", password))


@pytest.fixture
def wanted() -> Walls:
    playlist = {"name": "TV", "interval": "30s", "items": [{"type": "dashboard_by_uid", "value": "a"}]}
    folders = [{"uid": "f", "title": "Bến Tre", "teams": {"trực ban": "view"}}, {"uid": "g", "title": "Kín"}]
    return Walls.model_validate_json(
        json.dumps({"teams": ["trực ban"], "folders": folders, "home": "a", "playlists": [playlist]})
    )


async def test_empty_server_gets_everything_and_is_then_left_alone(stage: Stage, wanted: Walls) -> None:
    assert (await stage.apply(wanted))[0]
    assert stage.rights("f") == {"trực ban": 1}
    assert stage.rights("g") == {}
    assert stage.server.preferences["homeDashboardUID"] == "a"
    (playlist,) = stage.server.playlists.values()
    assert [item["value"] for item in playlist["items"]] == ["a"]
    (uid,) = stage.server.playlists
    settled = ["= đúng như yêu cầu / as wanted", f"  TV: /playlists/play/{uid}?kiosk&theme=light"]
    assert await stage.apply(wanted) == (True, settled)
    assert stage.server.changes == []


async def test_what_was_changed_is_put_right(stage: Stage, wanted: Walls) -> None:
    await stage.apply(wanted)
    stage.server.folders["f"]["title"] = "khác"
    stage.server.preferences["homeDashboardUID"] = "z"
    next(iter(stage.server.playlists.values()))["interval"] = "5m"
    stage.server.rights["f"] = [{"role": "Viewer", "permission": 1}]
    assert (await stage.apply(wanted))[0]
    assert sorted(stage.server.changes) == [
        "PATCH /api/org/preferences", "POST /api/folders/f/permissions", "PUT /api/folders/f",
        f"PUT /api/playlists/{next(iter(stage.server.playlists))}",
    ]  # fmt: skip
    assert len(stage.server.playlists) == 1


@pytest.mark.parametrize("stranger", [{"userId": 7, "permission": 2}, {"teamId": 99, "permission": 2}])
async def test_rights_given_by_hand_stay_until_a_yes(stage: Stage, wanted: Walls, stranger: dict[str, Any]) -> None:
    await stage.apply(wanted)
    stage.server.rights["f"].append(stranger)
    done, said = await stage.apply(wanted)
    assert not done
    assert any(line.startswith("!") for line in said)
    assert stage.server.changes == []
    assert (await stage.apply(wanted, yes=True))[0]
    assert stage.rights("f") == {"trực ban": 1}


async def test_team_made_by_somebody_meanwhile_is_taken_as_it_is(stage: Stage, wanted: Walls) -> None:
    stage.server.first["POST /api/teams"] = lambda: stage.server.teams.append({"id": 9, "name": "trực ban"})
    done, said = await stage.apply(wanted)
    assert done
    (conflict,) = [line for line in said if line.startswith("~")]
    assert "looking again: team trực ban" in conflict
    assert stage.rights("f") == {"trực ban": 1}
    assert [row["name"] for row in stage.server.teams] == ["trực ban"]


async def test_folder_changed_by_somebody_meanwhile_is_tried_again(stage: Stage, wanted: Walls) -> None:
    await stage.apply(wanted)
    stage.server.folders["f"]["title"] = "khác"
    stage.server.first["PUT /api/folders/f"] = 412
    done, _ = await stage.apply(wanted)
    assert done
    assert stage.server.changes == ["PUT /api/folders/f"] * 2
    assert stage.server.folders["f"]["title"] == "Bến Tre"


async def test_conflict_that_never_ends_is_an_error(stage: Stage, wanted: Walls) -> None:
    def hide() -> None:
        stage.server.first["POST /api/teams"] = 409
        stage.server.first["GET /api/teams/search"] = hide

    hide()
    with pytest.raises(PermanentError, match=r"unsettled.*team trực ban"):
        await stage.apply(wanted)


async def test_refused_step_is_named_and_holds_no_other_back(stage: Stage, wanted: Walls) -> None:
    stage.server.first["PATCH /api/org/preferences"] = 403
    with pytest.raises(PermanentError, match=r"refused: home page a: http-403.*by the script"):
        await stage.apply(wanted)
    assert stage.rights("f") == {"trực ban": 1}
    assert len(stage.server.playlists) == 1
    assert stage.server.changes.count("PATCH /api/org/preferences") == 1
    assert (await stage.apply(wanted))[0]
    assert stage.server.changes == ["PATCH /api/org/preferences"]


async def test_server_that_goes_away_half_way_is_named_with_the_step(stage: Stage, wanted: Walls) -> None:
    stage.server.first["POST /api/playlists"] = 503
    with pytest.raises(TemporaryError, match="playlist TV: http-503"):
        await stage.apply(wanted)
    assert {row["name"] for row in stage.server.teams} == {"trực ban"}
    assert (await stage.apply(wanted))[0]
    assert len(stage.server.playlists) == 1


async def test_provisioned_folders_keep_their_title(stage: Stage) -> None:
    shipped = walls.load(FILE, [PLAYLISTS])
    for folder in shipped.folders:
        stage.server.provision(folder.uid, f"tên của {folder.uid}")
    assert (await stage.apply(shipped))[0]
    assert stage.server.folders["ben-tre-vn63-83"]["title"] == "tên của ben-tre-vn63-83"
    assert stage.rights("ben-tre-operations") == {"Vận hành hệ thống": 1}
    assert len(stage.server.playlists) == len(shipped.playlists) > 0


async def test_folder_that_is_not_provisioned_yet_is_named(stage: Stage) -> None:
    with pytest.raises(PermanentError, match="ben-tre-vn63-83 is not provisioned"):
        await stage.apply(walls.load(FILE))


async def test_command_tells_by_its_exit_code_whether_something_waits(stage: Stage, tmp_path: Path) -> None:
    walls_file = tmp_path / "walls.json"
    walls_file.write_text('{"folders": [{"uid": "f", "title": "Kín"}]}', encoding="utf-8")
    options = [f"--url={stage.grafana.url}", f"--password-file={stage.grafana.password_file}", f"--walls={walls_file}"]

    async def command(*words: str) -> int:
        return (await asyncio.to_thread(CliRunner().invoke, app, ["grafana", "apply", *options, *words])).exit_code

    assert [await command(), await command()] == [0, 0]
    stage.server.rights["f"].append({"userId": 7, "permission": 2})
    assert [await command(), await command("--yes"), await command()] == [3, 0, 0]


async def test_wrong_password_is_refused(stage: Stage, wanted: Walls) -> None:
    stage.grafana.password_file.write_text("x", encoding="utf-8")
    with pytest.raises(PermanentError, match="http-401"):
        await stage.apply(wanted)


def test_shipped_walls_name_folders_and_pages_that_are_generated() -> None:
    shipped = walls.load(FILE, [PLAYLISTS])
    providers = (ROOT / "dashboards/provisioning/dashboards/ben-tre.yaml").read_text(encoding="utf-8")
    for folder in shipped.folders:
        assert f"folderUid: {folder.uid}\n" in providers
    pages = {json.loads(path.read_bytes())["uid"] for path in (ROOT / "dashboards/generated").rglob("*.json")}
    assert shipped.home in pages
    assert {item.value for playlist in shipped.playlists for item in playlist.items} <= pages


@pytest.mark.parametrize(
    "text", ["", "{}x", '{"folders": [{"uid": "f", "teams": {"nobody": "view"}}]}', '{"folders": [{"uid": "a b"}]}']
)
def test_document_that_is_wrong_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "walls.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"walls\.json"):
        walls.load(path)
