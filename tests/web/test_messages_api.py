"""The messages over real HTTP, and what other systems post."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response

from ioc.web.messages import LARGEST_BODY, add_messages
from ioc.web.refusal import Refusal
from ioc.web.server import serve
from tests.notify.tray_bed import Office, firing
from tests.support.gates import gate


def refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return error.response()


class Box:
    """Keeps what is posted; forbids what says so."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str]] = []

    def take(self, body: bytes, headers: Mapping[str, str]) -> int:
        self.got.append((body, headers.get("x-signature", "")))
        return 403 if body == b"forged" else 200


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
async def web(tmp_path: Path, box: Box) -> AsyncIterator[aiohttp.ClientSession]:
    office = Office(tmp_path)
    office.tell_all(firing(number) for number in range(7))
    office.work()
    app = FastAPI()
    app.state.close_streams = lambda: None
    app.add_exception_handler(Refusal, refused)
    add_messages(app, office.outbox, {"/v1/box": box.take})
    bound: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(app, "127.0.0.1", 0, gate(), bound.set_result))
    async with aiohttp.ClientSession(f"http://127.0.0.1:{await bound}") as session:
        yield session
    task.cancel()
    await asyncio.wait({task})


async def test_outbox_shows_the_newest_messages_and_pages_back(web: aiohttp.ClientSession) -> None:
    async with web.get("/v1/outbox?limit=3") as answer:
        body = await answer.json()
    assert body["counts"] == {"waiting": 0, "sent": 5, "unknown": 0, "failed": 0, "delivered": 0, "held": 2, "told": 0}
    assert [(row["id"], row["state"], row["detail"]) for row in body["messages"]] == [
        (7, "held", "budget"),
        (6, "held", "budget"),
        (5, "sent", ""),
    ]
    assert "address" not in body["messages"][0]
    async with web.get("/v1/outbox?before=3") as answer:
        assert [row["id"] for row in (await answer.json())["messages"]] == [2, 1]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "before=-1", "before=9999999999999999"])
async def test_outbox_asked_wrongly_says_so(web: aiohttp.ClientSession, query: str) -> None:
    async with web.get(f"/v1/outbox?{query}") as answer:
        assert answer.status == 400


async def test_inlet_gets_body_and_headers_and_answers(web: aiohttp.ClientSession, box: Box) -> None:
    for body, status in ((b"news", 200), (b"forged", 403)):
        async with web.post("/v1/box", data=body, headers={"X-Signature": "s"}) as answer:
            assert (answer.status, (await answer.json())["taken"]) == (status, status == 200)
    assert box.got == [(b"news", "s"), (b"forged", "s")]


async def test_inlet_takes_no_more_than_a_mebibyte(web: aiohttp.ClientSession, box: Box) -> None:
    async with web.post("/v1/box", data=BytesIO(b"x" * (LARGEST_BODY + 1))) as answer:
        assert answer.status == 413
    assert box.got == []
