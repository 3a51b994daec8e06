"""A scripted provider on loopback: it answers as told, keeps what it got, and can fall silent after delivery."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from ioc.demo.children import free_port
from ioc.model import Notification
from ioc.notify.render.slots import slots
from tests.notify.test_sentence import CATALOGUE, transition


@dataclass
class Reply:
    """One answer. `hang`: the message is taken, and no answer comes."""

    body: object = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False


@dataclass
class Got:
    path: str
    headers: dict[str, str]
    raw: bytes
    query: str = ""

    @property
    def document(self) -> Any:
        return msgspec.json.decode(self.raw)


class Provider:
    def __init__(self) -> None:
        self.port = free_port()
        self.replies: list[Reply] = []
        self.got: list[Got] = []
        self._released = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: web.BaseRequest) -> web.Response:
        self.got.append(Got(request.path, dict(request.headers), await request.read(), request.query_string))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if reply.hang:
            await self._released.wait()
        body = reply.body if isinstance(reply.body, bytes) else msgspec.json.encode(reply.body)
        return web.Response(status=reply.status, headers=reply.headers, body=body)

    def release(self) -> None:
        self._released.set()


@asynccontextmanager
async def provider(scripted: Provider | None = None) -> AsyncIterator[Provider]:
    scripted = scripted or Provider()
    runner = web.ServerRunner(web.Server(scripted.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", scripted.port).start()
    try:
        yield scripted
    finally:
        scripted.release()
        await runner.cleanup()


def note(address: str = "0912 345 678", *, digest: bool = False, lang: str = "vi", **changes: object) -> Notification:
    """A message as the routes make it; `digest`: one without slots."""
    told = transition(**changes)
    said = None if digest else slots(told, CATALOGUE, lang)
    text = "Tóm tắt: 12 cảnh báo tại tỉnh Bến Tre <b>&</b> @all"
    return Notification("duty", "probe", address, told.incident, told.revision, told, "[NGUY CẤP]", text, said)
