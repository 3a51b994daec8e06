"""InfluxDB 2.x and Grafana as their documentation describes them, in memory, on loopback."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from aiohttp import web

from ioc.deploy.http import basic

Row = dict[str, Any]


class Scripted:
    """Records the changing requests; `rows` are by kind and id.

    `first` holds what happens just before a request is answered for the first time, by method and path: a status to
    answer with instead, or something that somebody else does.
    """

    def __init__(self) -> None:
        self.changes: list[str] = []
        self.first: dict[str, int | Callable[[], object]] = {}
        self.ids = count(1)
        self.app = web.Application(middlewares=[self._watched])
        self._routes()

    def _routes(self) -> None:
        raise NotImplementedError

    def is_known(self, request: web.Request) -> bool:
        raise NotImplementedError

    @web.middleware
    async def _watched(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not self.is_known(request):
            return web.json_response({"code": "unauthorized"}, status=401)
        if request.method != "GET":
            self.changes.append(f"{request.method} {request.path}")
        happens = self.first.pop(f"{request.method} {request.path}", None)
        if isinstance(happens, int):
            return web.json_response({"message": "by the script"}, status=happens)
        if happens is not None:
            happens()
        return await handler(request)

    def add(self, method: str, path: str, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        self.app.router.add_route(method, path, handler)


@asynccontextmanager
async def serving(server: Scripted) -> AsyncIterator[str]:
    runner = web.AppRunner(server.app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def reply(document: Any, status: int = 200) -> web.Response:
    return web.json_response(document, status=status)


class Influx2(Scripted):
    """InfluxDB 2.7: set-up, buckets with paging, DBRP mappings, 1.x logins, tokens."""

    hides_tokens = False

    def __init__(self) -> None:
        self.admin_token = ""
        self.org: Row = {}
        self.buckets: dict[str, Row] = {}
        self.mappings: dict[str, Row] = {}
        self.logins: dict[str, Row] = {}
        self.passwords: dict[str, str] = {}
        self.tokens: dict[str, Row] = {}
        super().__init__()

    def is_known(self, request: web.Request) -> bool:
        who = request.headers.get("Authorization", "")
        if request.path == "/api/v2/setup":
            return True
        if request.path == "/query":
            known = {basic(row["token"], self.passwords.get(key, "\0")) for key, row in self.logins.items()}
            return who in known
        if who == f"Token {self.admin_token}":
            return True
        return request.path == "/api/v2/buckets" and who in {f"Token {row['token']}" for row in self.tokens.values()}

    def _routes(self) -> None:
        self.add("GET", "/api/v2/setup", self.may_set_up)
        self.add("POST", "/api/v2/setup", self.set_up)
        self.add("GET", "/api/v2/orgs", self.orgs)
        self.add("GET", "/api/v2/buckets", self.list_buckets)
        self.add("POST", "/api/v2/buckets", self.make_bucket)
        self.add("PATCH", "/api/v2/buckets/{id}", self.change_bucket)
        self.add("GET", "/api/v2/dbrps", self.list_mappings)
        self.add("POST", "/api/v2/dbrps", self.make_mapping)
        self.add("DELETE", "/api/v2/dbrps/{id}", self.drop(lambda: self.mappings))
        self.add("GET", "/private/legacy/authorizations", self.list_logins)
        self.add("POST", "/private/legacy/authorizations", self.make_login)
        self.add("POST", "/private/legacy/authorizations/{id}/password", self.set_password)
        self.add("DELETE", "/private/legacy/authorizations/{id}", self.drop(lambda: self.logins))
        self.add("GET", "/api/v2/authorizations", self.list_tokens)
        self.add("POST", "/api/v2/authorizations", self.make_token)
        self.add("DELETE", "/api/v2/authorizations/{id}", self.drop(lambda: self.tokens))
        self.add("GET", "/query", self.query)

    async def may_set_up(self, _: web.Request) -> web.Response:
        return reply({"allowed": not self.org})

    async def set_up(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.org:
            return reply({"code": "conflict", "message": "onboarding has already been completed"}, 422)
        self.admin_token, self.org = body["token"], {"id": "0rg", "name": body["org"]}
        self._bucket(body["bucket"], body["retentionPeriodSeconds"], 604_800)
        for name in ("_monitoring", "_tasks"):
            self._bucket(name, 259_200, 86_400)
        return reply({"org": self.org}, 201)

    def _bucket(self, name: str, keep: int, shard: int) -> Row:
        key = f"b{next(self.ids)}"
        rule = {"type": "expire", "everySeconds": keep, "shardGroupDurationSeconds": shard}
        self.buckets[key] = {"id": key, "orgID": "0rg", "name": name, "retentionRules": [rule]}
        return self.buckets[key]

    async def orgs(self, request: web.Request) -> web.Response:
        if request.query["org"] != self.org["name"]:
            return reply({"code": "not found"}, 404)
        return reply({"orgs": [self.org]})

    async def list_buckets(self, request: web.Request) -> web.Response:
        start, most = int(request.query.get("offset", 0)), int(request.query.get("limit", 20))
        return reply({"buckets": list(self.buckets.values())[start : start + most]})

    async def make_bucket(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["name"] in {row["name"] for row in self.buckets.values()}:
            return reply({"code": "conflict"}, 422)
        rule = body["retentionRules"][0]
        return reply(self._bucket(body["name"], rule["everySeconds"], rule["shardGroupDurationSeconds"]), 201)

    async def change_bucket(self, request: web.Request) -> web.Response:
        self.buckets[request.match_info["id"]] |= await request.json()
        return reply(self.buckets[request.match_info["id"]])

    async def list_mappings(self, _: web.Request) -> web.Response:
        virtual = [
            {"id": f"v{key}", "bucketID": key, "database": row["name"], "retention_policy": "autogen", "virtual": True,
             "default": True, "orgID": "0rg"}
            for key, row in self.buckets.items()
        ]  # fmt: skip
        return reply({"content": [*virtual, *self.mappings.values()]})

    async def make_mapping(self, request: web.Request) -> web.Response:
        key = f"d{next(self.ids)}"
        self.mappings[key] = {"id": key, "virtual": False} | await request.json()
        return reply(self.mappings[key], 201)

    async def list_logins(self, _: web.Request) -> web.Response:
        return reply({"authorizations": list(self.logins.values())})

    async def make_login(self, request: web.Request) -> web.Response:
        key = f"l{next(self.ids)}"
        self.logins[key] = {"id": key, "status": "active"} | await request.json()
        return reply(self.logins[key], 201)

    async def set_password(self, request: web.Request) -> web.Response:
        self.passwords[request.match_info["id"]] = (await request.json())["password"]
        return web.Response(status=204)

    async def list_tokens(self, _: web.Request) -> web.Response:
        rows = [row | ({"token": ""} if self.hides_tokens else {}) for row in self.tokens.values()]
        return reply({"authorizations": rows})

    async def make_token(self, request: web.Request) -> web.Response:
        key = f"t{next(self.ids)}"
        self.tokens[key] = {"id": key, "status": "active", "token": f"made-{key}"} | await request.json()
        return reply(self.tokens[key], 201)

    async def query(self, _: web.Request) -> web.Response:
        return reply({"results": [{}]})

    def drop(self, rows: Callable[[], dict[str, Row]]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(request: web.Request) -> web.Response:
            del rows()[request.match_info["id"]]
            return web.Response(status=204)

        return handler


class Grafana(Scripted):
    """Grafana 12: teams, folders and permissions, preferences, playlists."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.teams: list[Row] = []
        self.folders: dict[str, Row] = {}
        self.rights: dict[str, list[Row]] = {}
        self.preferences: Row = {"theme": ""}
        self.playlists: dict[str, Row] = {}
        super().__init__()

    def is_known(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == basic("admin", self.password)

    def provision(self, uid: str, title: str) -> None:
        self.folders[uid] = {"uid": uid, "title": title}
        self.rights[uid] = [{"role": "Viewer", "permission": 1}, {"role": "Editor", "permission": 2}]

    def _routes(self) -> None:
        self.add("GET", "/api/teams/search", self.list_teams)
        self.add("POST", "/api/teams", self.make_team)
        self.add("GET", "/api/folders/{uid}", self.folder)
        self.add("POST", "/api/folders", self.make_folder)
        self.add("PUT", "/api/folders/{uid}", self.change_folder)
        self.add("GET", "/api/folders/{uid}/permissions", self.list_rights)
        self.add("POST", "/api/folders/{uid}/permissions", self.set_rights)
        self.add("GET", "/api/org/preferences", self.get_preferences)
        self.add("PATCH", "/api/org/preferences", self.set_preferences)
        self.add("GET", "/api/playlists", self.list_playlists)
        self.add("GET", "/api/playlists/{uid}", self.playlist)
        self.add("POST", "/api/playlists", self.make_playlist)
        self.add("PUT", "/api/playlists/{uid}", self.change_playlist)

    async def list_teams(self, request: web.Request) -> web.Response:
        start = (int(request.query["page"]) - 1) * int(request.query["perpage"])
        return reply(
            {"totalCount": len(self.teams), "teams": self.teams[start : start + int(request.query["perpage"])]}
        )

    async def make_team(self, request: web.Request) -> web.Response:
        name = (await request.json())["name"]
        if name in {row["name"] for row in self.teams}:
            return reply({"message": "Team name taken"}, 409)
        self.teams.append({"id": next(self.ids), "name": name})
        return reply({"message": "Team created"})

    async def folder(self, request: web.Request) -> web.Response:
        found = self.folders.get(request.match_info["uid"])
        return reply(found) if found else reply({"message": "folder not found"}, 404)

    async def make_folder(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.provision(body["uid"], body["title"])
        return reply(body)

    async def change_folder(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not body.get("overwrite") and "version" not in body:
            return reply({"message": "the folder has been changed by someone else"}, 412)
        self.folders[request.match_info["uid"]]["title"] = body["title"]
        return reply(body)

    async def list_rights(self, request: web.Request) -> web.Response:
        return reply(self.rights[request.match_info["uid"]])

    async def set_rights(self, request: web.Request) -> web.Response:
        rows = [row | {"teamId": row.get("teamId", 0), "userId": 0} for row in (await request.json())["items"]]
        self.rights[request.match_info["uid"]] = rows
        return reply({"message": "Folder permissions updated"})

    async def get_preferences(self, _: web.Request) -> web.Response:
        return reply(self.preferences)

    async def set_preferences(self, request: web.Request) -> web.Response:
        self.preferences |= await request.json()
        return reply({"message": "Preferences updated"})

    async def list_playlists(self, _: web.Request) -> web.Response:
        return reply([{key: row[key] for key in ("uid", "name", "interval")} for row in self.playlists.values()])

    async def playlist(self, request: web.Request) -> web.Response:
        return reply(self.playlists[request.match_info["uid"]])

    async def make_playlist(self, request: web.Request) -> web.Response:
        uid = f"p{next(self.ids)}"
        self.playlists[uid] = self._titled(await request.json()) | {"uid": uid}
        return reply({"uid": uid})

    async def change_playlist(self, request: web.Request) -> web.Response:
        uid = request.match_info["uid"]
        self.playlists[uid] = self._titled(await request.json()) | {"uid": uid}
        return reply(self.playlists[uid])

    def _titled(self, body: Row) -> Row:
        return body | {"items": [item | {"title": f"of {item['value']}"} for item in body["items"]]}
