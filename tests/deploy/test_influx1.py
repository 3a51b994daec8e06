"""`ioc influx apply` on the real InfluxDB 1.x, with accounts required from the first moment."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner

from dashboards.influxql import LOOK_BACK, POLICIES, ROLLUPS
from ioc.cli import app
from ioc.deploy import layout
from ioc.deploy.http import basic
from ioc.deploy.influx import Influx, apply
from ioc.deploy.influx1 import seconds
from ioc.deploy.layout import Layout
from ioc.errors import ConfigError, PermanentError, TemporaryError
from tests.deploy.tools import CONFIG, influxd, make_secrets

LAYOUT = CONFIG / "influxdb/layout.toml"
NAMES = ("raw", "daily", "calendar")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    child, url = influxd(tmp_path / "influxd")
    yield url
    child.kill()


@pytest.fixture
def wanted(tmp_path: Path) -> Layout:
    return layout.load(LAYOUT, make_secrets(tmp_path / "secrets"))


async def test_empty_server_gets_policies_and_accounts_and_keeps_them(url: str, wanted: Layout) -> None:
    done, said = await applied(url, wanted)
    assert done
    assert len([line for line in said if line.startswith("+")]) == 1 + 1 + 2 + 3 + 3
    policies = await as_admin(url, wanted, "SHOW RETENTION POLICIES ON ioc")
    assert [(row[0], seconds(row[1]), seconds(row[2]), row[4]) for row in policies] == [
        (one.name, one.keep, one.shard, one.name == "raw") for one in wanted.policy
    ]
    done, said = await applied(url, wanted)
    assert done
    assert said == ["= đúng như yêu cầu / as wanted"]


def test_walls_open_few_files(tmp_path: Path) -> None:
    shard = layout.load(LAYOUT, tmp_path).policy[0].shard * 1_000_000
    assert LOOK_BACK / shard + 1 < 4, "the walls were measured with files of a year"


def test_walls_read_rollups_from_policies_of_the_layout(tmp_path: Path) -> None:
    assert set(ROLLUPS.values()) <= {one.name for one in layout.load(LAYOUT, tmp_path).policy[1:]}


async def test_nothing_said_shows_a_secret(url: str, wanted: Layout) -> None:
    _, said = await applied(url, wanted)
    for one in (*wanted.account, wanted.admin):
        assert one.password_file is not None
        assert one.password_file.read_text().strip() not in "\n".join(said)


async def test_rights_are_those_of_the_layout(url: str, wanted: Layout) -> None:
    await applied(url, wanted)
    line = "sample,site=a,field=b,indicator=c value=1.5 1700000000000000"
    found = {}
    for one in wanted.account:
        who = (one.name, secret(one.password_file))
        found[one.name] = (await write(url, line, who), (await ask(url, "SELECT * FROM sample", who))[0])
    assert found["ioc"] == (204, 403)
    assert found["reader-operators"] == found["reader-officials"] == (403, 200)
    assert await write(url, line, None) == 401
    assert (await ask(url, "SELECT * FROM sample", None))[0] == 401
    who = ("reader-operators", secret(wanted.account[1].password_file))
    _, answer = await ask(url, "SELECT value FROM raw.sample", who)
    assert answer["results"][0]["series"][0]["values"][0][1] == 1.5
    _, answer = await ask(url, POLICIES, who)
    assert set(ROLLUPS.values()) <= {row[0] for row in answer["results"][0]["series"][0]["values"]}, (
        "walls ask for them"
    )


async def test_shortening_waits_for_a_yes(url: str, wanted: Layout) -> None:
    await applied(url, wanted)
    short = with_raw(wanted, keep_days=1000)
    done, said = await applied(url, short)
    assert not done
    assert any(line.startswith("!") and "raw" in line for line in said)
    assert await kept(url, wanted, "raw") == 7300
    assert (await applied(url, short, yes=True))[0]
    assert await kept(url, wanted, "raw") == 1000


def test_command_changes_nothing_twice_and_deletes_nothing_without_a_yes(url: str, tmp_path: Path) -> None:
    secrets, short = make_secrets(tmp_path / "secrets"), tmp_path / "short.toml"
    short.write_text(LAYOUT.read_text(encoding="utf-8").replace("7300 ", "1000 "), encoding="utf-8")

    def command(layout: Path, *words: str) -> tuple[int, str]:
        argv = ["influx", "apply", f"--layout={layout}", f"--secrets={secrets}", *words]
        done = CliRunner().invoke(app, argv, env={"IOC__INFLUX__URL": url})
        return done.exit_code, done.output

    assert command(LAYOUT)[0] == 0
    assert command(LAYOUT) == (0, "= đúng như yêu cầu / as wanted\n")
    code, said = command(short)
    assert (code, said.startswith("! chưa làm / not done without --yes: policy raw: 1000 d")) == (3, True)
    assert command(LAYOUT)[1].startswith("="), "nothing was shortened"
    assert command(short, "--yes")[0] == 0
    assert command(short) == (0, "= đúng như yêu cầu / as wanted\n")


async def test_lengthening_does_not_wait(url: str, wanted: Layout) -> None:
    await applied(url, wanted)
    assert (await applied(url, with_raw(wanted, keep_days=0)))[0]
    assert await kept(url, wanted, "raw") == 0


async def test_database_that_a_writer_made_keeps_its_default_until_a_yes(url: str, wanted: Layout) -> None:
    admin = (wanted.admin.username, secret(wanted.admin.password_file))
    await ask(url, f"CREATE USER {admin[0]} WITH PASSWORD '{admin[1]}' WITH ALL PRIVILEGES", None)
    await ask(url, "CREATE DATABASE ioc", admin)
    done, said = await applied(url, wanted)
    assert not done
    assert any("autogen" in line for line in said)
    assert [row[0] for row in await as_admin(url, wanted, "SHOW RETENTION POLICIES ON ioc") if row[4]] == ["autogen"]
    assert (await applied(url, wanted, yes=True))[0]
    rows = await as_admin(url, wanted, "SHOW RETENTION POLICIES ON ioc")
    assert [row[0] for row in rows if row[4]] == ["raw"]
    assert "autogen" in [row[0] for row in rows], "nothing is deleted"


async def test_new_password_in_the_file_is_taken_up(url: str, wanted: Layout) -> None:
    await applied(url, wanted)
    path = wanted.account[1].password_file
    assert path is not None
    path.write_text("quite'another \\one\n", encoding="utf-8")
    done, said = await applied(url, wanted)
    assert done
    assert said[0] == "+ password of reader-operators"
    assert (await ask(url, "SHOW DATABASES", ("reader-operators", "quite'another \\one")))[0] == 200


async def test_wrong_administrator_is_an_error_without_changes(url: str, wanted: Layout) -> None:
    await applied(url, wanted)
    wanted.admin.password_file.write_text("wrong\n", encoding="utf-8")
    with pytest.raises(PermanentError, match="http-401"):
        await applied(url, wanted)


async def test_database_away_is_temporary(wanted: Layout, free_port: int) -> None:
    with pytest.raises(TemporaryError):
        await applied(f"http://127.0.0.1:{free_port}", wanted)


async def test_missing_or_empty_secret_names_its_file(url: str, wanted: Layout) -> None:
    wanted.admin.password_file.write_text("\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"influx-admin-password: .*is empty"):
        await applied(url, wanted)
    wanted.admin.password_file.unlink()
    with pytest.raises(ConfigError, match=r"influx-admin-password: .*cannot be read"):
        await applied(url, wanted)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("keep_days = 7300", "keep_days = -1"),
        ("shard_days = 364 ", "shard_days = 9999 "),
        ('name = "daily"', 'name = "raw"'),
        ('rights = "write"', 'rights = "all"'),
        ("[admin]", "[admin]\nshoe = 1"),
        ("[admin]", "[admin"),
    ],
)
def test_layout_that_is_wrong_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = LAYOUT.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "layout.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"layout\.toml"):
        layout.load(path, tmp_path)


async def applied(url: str, wanted: Layout, *, yes: bool = False) -> tuple[bool, list[str]]:
    said: list[str] = []
    return await apply(Influx(url, "v1", "ioc"), wanted, yes=yes, say=said.append), said


def with_raw(wanted: Layout, **changes: Any) -> Layout:
    first = wanted.policy[0].model_copy(update=changes)
    return wanted.model_copy(update={"policy": (first, *wanted.policy[1:])})


async def kept(url: str, wanted: Layout, policy: str) -> int:
    rows = await as_admin(url, wanted, "SHOW RETENTION POLICIES ON ioc")
    return next(seconds(row[1]) for row in rows if row[0] == policy) // 86_400


async def as_admin(url: str, wanted: Layout, words: str) -> list[list[Any]]:
    status, answer = await ask(url, words, (wanted.admin.username, secret(wanted.admin.password_file)))
    assert status == 200, answer
    return answer["results"][0]["series"][0]["values"]


async def ask(url: str, words: str, who: tuple[str, str] | None) -> tuple[int, Any]:
    auth = {"Authorization": basic(*who)} if who else {}
    form = {"q": words, "db": "ioc"}
    async with aiohttp.ClientSession() as session, session.post(f"{url}/query", data=form, headers=auth) as answer:
        status, document = answer.status, await answer.json()
        # A right that is missing is told with 200 by a statement, with 403 by the server.
        denied = "not authorized" in str(document.get("results"))
        return (403 if denied else status), document


async def write(url: str, line: str, who: tuple[str, str] | None) -> int:
    auth = {"Authorization": basic(*who)} if who else {}
    path = f"{url}/write?db=ioc&precision=u"
    async with aiohttp.ClientSession() as session, session.post(path, data=line, headers=auth) as answer:
        return answer.status


def secret(path: Path | None) -> str:
    assert path is not None
    return path.read_text(encoding="utf-8").strip()
