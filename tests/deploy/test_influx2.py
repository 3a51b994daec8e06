"""`ioc influx apply` against a scripted InfluxDB 2.x."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ioc.deploy import layout
from ioc.deploy.influx import Influx, apply
from ioc.deploy.layout import Layout
from ioc.errors import ConfigError, PermanentError
from tests.deploy.neighbours import Influx2, serving
from tests.deploy.tools import CONFIG, make_secrets


class Stage:
    """A server and what it shall hold."""

    def __init__(self, server: Influx2, influx: Influx, wanted: Layout) -> None:
        self.server, self.influx, self.wanted = server, influx, wanted

    async def apply(self, wanted: Layout | None = None, *, yes: bool = False) -> tuple[bool, list[str]]:
        said: list[str] = []
        self.server.changes.clear()
        return await apply(self.influx, wanted or self.wanted, yes=yes, say=said.append), said

    @property
    def token_file(self) -> Path:
        path = next(one.token_file for one in self.wanted.account if one.token_file)
        assert path is not None
        return path

    def bucket(self, name: str) -> dict[str, object]:
        return next(row for row in self.server.buckets.values() if row["name"] == name)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    text = (CONFIG / "influxdb/layout.toml").read_text(encoding="utf-8")
    (tmp_path / "layout.toml").write_text(text.replace("/var/lib/ioc-tokens", str(tmp_path)), encoding="utf-8")
    wanted = layout.load(tmp_path / "layout.toml", make_secrets(tmp_path / "secrets"))
    server = Influx2()
    async with serving(server) as url:
        yield Stage(server, Influx(url, "v2", "ioc", "ioc", "ioc"), wanted)


async def test_empty_server_is_set_up_and_then_left_alone(stage: Stage) -> None:
    done, said = await stage.apply()
    assert done
    assert {row["name"] for row in stage.server.buckets.values()} >= {"ioc", "ioc-daily", "ioc-calendar"}
    rules = {name: stage.bucket(name)["retentionRules"][0] for name in ("ioc", "ioc-daily", "ioc-calendar")}
    assert [rule["everySeconds"] // 86_400 for rule in rules.values()] == [7300, 18250, 0]
    assert [rule["shardGroupDurationSeconds"] // 86_400 for rule in rules.values()] == [364, 364, 3640]
    mapped = {row["retention_policy"]: (row["bucketID"], row["default"]) for row in stage.server.mappings.values()}
    assert mapped == {
        "raw": (stage.bucket("ioc")["id"], True),
        "daily": (stage.bucket("ioc-daily")["id"], False),
        "calendar": (stage.bucket("ioc-calendar")["id"], False),
    }
    assert await stage.apply() == (True, ["= đúng như yêu cầu / as wanted"])
    assert stage.server.changes == []
    assert not any(secret in "\n".join(said) for secret in [stage.server.admin_token, *stage.server.passwords.values()])


async def test_readers_only_read_and_the_writer_only_writes(stage: Stage) -> None:
    await stage.apply()
    assert {row["token"] for row in stage.server.logins.values()} == {"reader-operators", "reader-officials"}
    assert {one["action"] for row in stage.server.logins.values() for one in row["permissions"]} == {"read"}
    (token,) = stage.server.tokens.values()
    assert {one["action"] for one in token["permissions"]} == {"write"}
    assert all(one["resource"]["type"] == "buckets" for one in token["permissions"])
    assert stage.token_file.read_text() == f"{token['token']}\n"
    assert stage.token_file.stat().st_mode & 0o777 == 0o600


async def test_lost_token_file_gets_a_new_token_and_the_old_one_waits_for_a_yes(stage: Stage) -> None:
    await stage.apply()
    stage.token_file.unlink()
    done, said = await stage.apply()
    assert not done
    assert len(stage.server.tokens) == 2
    assert any("--yes" in line for line in said)
    assert (await stage.apply(yes=True))[0]
    assert [f"{row['token']}\n" for row in stage.server.tokens.values()] == [stage.token_file.read_text()]


async def test_server_that_hides_tokens_is_settled_too(stage: Stage) -> None:
    stage.server.hides_tokens = True
    assert (await stage.apply())[0]
    await stage.apply()
    assert stage.server.changes == []


async def test_shortening_waits_for_a_yes_and_lengthening_does_not(stage: Stage) -> None:
    await stage.apply()
    for days, waits in ((8000, False), (100, True), (0, True)):
        first = stage.wanted.policy[0].model_copy(update={"keep_days": days})
        wanted = stage.wanted.model_copy(update={"policy": (first, *stage.wanted.policy[1:])})
        done, _ = await stage.apply(wanted)
        assert done is (not waits or days == 0)
        if days == 100:
            assert stage.bucket("ioc")["retentionRules"][0]["everySeconds"] == 8000 * 86_400
            assert stage.server.changes == []


async def test_mapping_that_points_elsewhere_is_moved_only_after_a_yes(stage: Stage) -> None:
    await stage.apply()
    key = next(key for key, row in stage.server.mappings.items() if row["retention_policy"] == "daily")
    stage.server.mappings[key]["bucketID"] = "elsewhere"
    assert not (await stage.apply())[0]
    assert stage.server.changes == []
    assert (await stage.apply(yes=True))[0]
    daily = [row["bucketID"] for row in stage.server.mappings.values() if row["retention_policy"] == "daily"]
    assert daily == [stage.bucket("ioc-daily")["id"]]


async def test_changed_password_is_set_and_wider_rights_wait(stage: Stage) -> None:
    await stage.apply()
    path = next(one.password_file for one in stage.wanted.account if one.name == "reader-officials")
    assert path is not None
    path.write_text("another\n")
    assert (await stage.apply())[1][0] == "+ password of reader-officials"
    key = next(key for key, row in stage.server.logins.items() if row["token"] == "reader-officials")
    stage.server.logins[key]["permissions"].append({"action": "write", "resource": {"type": "buckets", "id": "b1"}})
    assert not (await stage.apply())[0]
    assert (await stage.apply(yes=True))[0]
    assert {one["action"] for row in stage.server.logins.values() for one in row["permissions"]} == {"read"}


async def test_refused_step_is_named_and_the_others_are_done(stage: Stage) -> None:
    stage.server.first["POST /api/v2/dbrps"] = 403
    with pytest.raises(PermanentError, match=r"refused: InfluxQL ioc\.raw: http-403"):
        await stage.apply()
    assert {row["retention_policy"] for row in stage.server.mappings.values()} == {"daily", "calendar"}
    assert stage.token_file.exists()
    assert (await stage.apply())[0]
    assert stage.server.changes == ["POST /api/v2/dbrps"]


async def test_server_of_somebody_else_is_refused(stage: Stage) -> None:
    await stage.apply()
    assert stage.wanted.admin.token_file is not None
    stage.wanted.admin.token_file.write_text("wrong\n")
    with pytest.raises(PermanentError, match="http-401"):
        await stage.apply()


async def test_administrator_without_token_is_refused(stage: Stage) -> None:
    admin = stage.wanted.admin.model_copy(update={"token_file": None})
    with pytest.raises(ConfigError, match="token_file"):
        await apply(replace(stage.influx), stage.wanted.model_copy(update={"admin": admin}), yes=False, say=print)
