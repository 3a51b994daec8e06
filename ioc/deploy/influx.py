"""`ioc influx apply`: makes an InfluxDB hold what the layout says, and says what it does."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlencode

import aiohttp

from ioc.deploy import influx1, influx2
from ioc.deploy.http import SUCCESS, Api, Reply, basic, yes
from ioc.deploy.influx1 import name
from ioc.deploy.layout import Account, Layout, secret
from ioc.deploy.step import Say, Step, carry_out
from ioc.errors import ConfigError, PermanentError

UNAUTHORIZED, MISSING = 401, 404
VIRGIN = "create admin user first"
MOST = 100


@dataclass(frozen=True, slots=True)
class Influx:
    """Which database: address, dialect, and what it is called there."""

    url: str
    api: Literal["v1", "v2"]
    database: str
    org: str = ""
    bucket: str = ""


async def apply(influx: Influx, layout: Layout, *, yes: bool, say: Say) -> bool:
    """Bring the database to the layout; True when nothing is left to do.

    Creates and lengthens at once. What deletes, shortens or takes away waits for `yes`, and is named.

    Raises:
        ConfigError: a secret cannot be read. TemporaryError, PermanentError: the database said so.
    """
    async with aiohttp.ClientSession() as session:
        server = (_First if influx.api == "v1" else _Second)(influx, layout, session)
        return await carry_out(server.plan, server.do, yes=yes, say=say)


class _First:
    """An InfluxDB 1.x."""

    def __init__(self, influx: Influx, layout: Layout, session: aiohttp.ClientSession) -> None:
        self._influx, self._layout = influx, layout
        self._secrets = _passwords(layout, layout.account)
        admin = layout.admin.username
        self._api = Api(influx.url, session, basic(admin, self._secrets[admin]))

    async def plan(self) -> Sequence[Step]:
        """What is to be done now."""
        return influx1.steps(self._layout, self._influx.database, self._secrets, await self._look())

    async def do(self, step: Step) -> None:
        """Carry out one statement."""
        _answer(await self._api.ask(step.method, step.path, form=step.form), step.what)

    async def _look(self) -> influx1.Found:
        reply = await self._query("SHOW USERS")
        if VIRGIN in reply.words:
            return influx1.Found()
        users = {str(row["user"]): bool(row["admin"]) for row in _answer(reply, "SHOW USERS")}
        return influx1.Found(
            admins=frozenset(user for user, is_admin in users.items() if is_admin),
            users=frozenset(users),
            policies=await self._policies(),
            grants={one: await self._grant(one) for one in self._accounts() if one in users},
            logins={one: await self._log_in(one) for one in self._accounts() if one in users},
        )

    def _accounts(self) -> list[str]:
        return [one.name for one in self._layout.account if one.password_file is not None]

    async def _policies(self) -> Mapping[str, influx1.Kept] | None:
        rows = _answer(await self._query("SHOW DATABASES"), "SHOW DATABASES")
        if self._influx.database not in [row["name"] for row in rows]:
            return None
        words = f"SHOW RETENTION POLICIES ON {name(self._influx.database)}"
        return {
            str(row["name"]): influx1.Kept(
                influx1.seconds(row["duration"]), influx1.seconds(row["shardGroupDuration"]), bool(row["default"])
            )
            for row in _answer(await self._query(words), words)
        }

    async def _grant(self, user: str) -> str:
        rows = _answer(await self._query(f"SHOW GRANTS FOR {name(user)}"), "SHOW GRANTS")
        return next((str(row["privilege"]) for row in rows if row["database"] == self._influx.database), "")

    async def _log_in(self, user: str) -> bool:
        who = basic(user, self._secrets[user])
        reply = await self._api.ask("POST", "/query", form={"q": "SHOW DATABASES"}, authorization=who)
        return reply.status != UNAUTHORIZED

    async def _query(self, words: str) -> Reply:
        return await self._api.ask("POST", "/query", form={"q": words})


class _Second:
    """An InfluxDB 2.x."""

    def __init__(self, influx: Influx, layout: Layout, session: aiohttp.ClientSession) -> None:
        if layout.admin.token_file is None:
            raise ConfigError("InfluxDB 2 cần / needs admin.token_file")
        self._layout, self._influx = layout, influx
        by_password = tuple(one for one in layout.account if one.token_file is None)
        self._target = influx2.Target(influx.database, influx.org, influx.bucket)
        self._secrets = _passwords(layout, by_password) | {"token": secret(layout.admin.token_file)}
        self._api = Api(influx.url, session, f"Token {self._secrets['token']}")

    async def plan(self) -> Sequence[Step]:
        """What is to be done now."""
        return influx2.steps(self._layout, self._target, self._secrets, await self._look())

    async def do(self, step: Step) -> None:
        """Send one request; keep the token that it makes."""
        reply = yes(await self._api.ask(step.method, step.path, body=step.body), step.what)
        if step.token_file is not None:
            write_secret(step.token_file, str(reply.document["token"]))

    async def _look(self) -> influx2.Found:
        set_up = await self._api.get("/api/v2/setup")
        if set_up["allowed"]:
            return influx2.Found(virgin=True)
        org_id = await self._org()
        if not org_id:
            return influx2.Found()
        scope = urlencode({"orgID": org_id})
        accounts = (await self._api.get(f"{influx2.LOGINS}?{scope}"))["authorizations"]
        return influx2.Found(
            org_id=org_id,
            buckets=await self._buckets(scope),
            mappings=(await self._api.get(f"/api/v2/dbrps?{scope}"))["content"],
            accounts=accounts,
            logins={str(one["token"]): await self._log_in(str(one["token"])) for one in accounts},
            tokens=(await self._api.get(f"{influx2.TOKENS}?{scope}"))["authorizations"],
            valid={one.name: await self._valid(one) for one in self._layout.account if one.token_file},
        )

    async def _org(self) -> str:
        path = f"/api/v2/orgs?org={quote(self._influx.org)}"
        reply = await self._api.ask("GET", path)
        orgs = [] if reply.status == MISSING else yes(reply, path).document["orgs"]
        return next((str(one["id"]) for one in orgs if one["name"] == self._influx.org), "")

    async def _buckets(self, scope: str) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        while True:
            page = await self._api.get(f"/api/v2/buckets?{scope}&limit={MOST}&offset={len(found)}")
            found |= {str(one["name"]): one for one in page["buckets"]}
            if len(page["buckets"]) < MOST:
                return found

    async def _log_in(self, account: str) -> bool:
        if account not in self._secrets:
            return True
        query = urlencode({"db": self._influx.database, "q": "SHOW MEASUREMENTS LIMIT 1"})
        who = basic(account, self._secrets[account])
        return (await self._api.ask("GET", f"/query?{query}", authorization=who)).status != UNAUTHORIZED

    async def _valid(self, account: Account) -> str:
        """The token in the account's file, if the server takes it."""
        if account.token_file is None or not account.token_file.exists():
            return ""
        token = account.token_file.read_text(encoding="utf-8").strip()
        if not token:
            return ""
        reply = await self._api.ask("GET", "/api/v2/buckets?limit=1", authorization=f"Token {token}")
        return token if reply.status in SUCCESS else ""


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _passwords(layout: Layout, accounts: Sequence[Account]) -> dict[str, str]:
    files = {one.name: one.password_file for one in accounts if one.password_file is not None}
    files[layout.admin.username] = layout.admin.password_file
    return {who: secret(path) for who, path in files.items()}


def _answer(reply: Reply, what: str) -> list[dict[str, Any]]:
    """The rows of one statement; a no may also come with 200 and an `error`."""
    document = yes(reply, what).document or {}
    results = document.get("results", [{}])
    if words := document.get("error") or results[0].get("error"):
        raise PermanentError("query", f"{what}: {words}")
    return [
        dict(zip(series["columns"], row, strict=True))
        for series in results[0].get("series", ())
        for row in series.get("values", ())
    ]
