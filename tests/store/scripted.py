"""A database that answers as told: the v2 write path, one body kept or refused as a whole."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from ioc.demo.children import LOOPBACK, free_port

Fields = dict[str, str]


class Scripted:
    """`answers` are given first, one a request (status, headers); then `bad`, `limit` and `token` decide."""

    def __init__(self) -> None:
        self.port = free_port()
        self.points: dict[tuple[str, int], Fields] = {}
        self.bodies: list[list[bytes]] = []
        self.answers: deque[tuple[int, dict[str, str]]] = deque()
        self.bad: Callable[[bytes], bool] = lambda line: line.startswith(b"rubbish")
        self.limit = 1_000_000
        self.token: str | None = None
        self.pings = 0
        self.hang = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def ping(self, _: web.Request) -> web.Response:
        self.pings += 1
        return web.Response(status=204, headers={"X-Influxdb-Version": "v2.7.11"})

    async def write(self, request: web.Request) -> web.Response:
        assert dict(request.query) == {"org": "o", "bucket": "b", "precision": "us"}
        lines = (await request.read()).split(b"\n")
        self.bodies.append(lines)
        if self.hang:
            self.hang -= 1
            await asyncio.Event().wait()
        if self.answers:
            status, headers = self.answers.popleft()
            return web.Response(status=status, headers=headers)
        if self.token is not None and request.headers.get("Authorization") != f"Token {self.token}":
            return web.Response(status=401, text=json.dumps({"code": "unauthorized"}))
        return self._judge(lines)

    def _judge(self, lines: list[bytes]) -> web.Response:
        if len(lines) > self.limit:
            return web.Response(status=413)
        if guilty := [line for line in lines if self.bad(line)]:
            return web.json_response({"code": "invalid", "message": f"bad: {guilty[0].decode()}"}, status=400)
        for line in lines:
            series, fields, at = line.decode().split(" ")
            point = self.points.setdefault((series, int(at)), {})
            point.update(pair.split("=", 1) for pair in fields.split(","))
        return web.Response(status=204)


@asynccontextmanager
async def scripted() -> AsyncIterator[Scripted]:
    server = Scripted()
    app = web.Application(client_max_size=2**26)
    app.router.add_get("/ping", server.ping)
    app.router.add_post("/api/v2/write", server.write)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, server.port).start()
    yield server
    await runner.cleanup()
