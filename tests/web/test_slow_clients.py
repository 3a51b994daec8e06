"""Whoever holds connections without asking anything keeps nobody else from the console."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from fastapi import FastAPI

from ioc.telemetry import Counts
from ioc.web.api import create_app
from ioc.web.messages import add_messages
from ioc.web.refusal import Refusal
from tests.support.gates import dawdler, gate, is_cut
from tests.web.centre import Centre, serving

UNFINISHED = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
UNFINISHED_BODY = b"POST /v1/box HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n[1"
LIMITS = {"connections": 20, "headers": 0.6, "body": 0.6, "idle": 0.6, "stalled": 0.6}
LONG = {"connections": 20, "headers": 60, "body": 60, "idle": 60, "stalled": 60}


@dataclass
class Bed:
    port: int
    counts: Counts

    def cut(self, why: str) -> float:
        return self.counts.value("connections_cut", gate="console", why=why)


@contextlib.asynccontextmanager
async def console(app: FastAPI, **limits: float) -> AsyncIterator[Bed]:
    counts = Counts()
    async with serving(app, at=gate(counts, **limits)) as address:
        yield Bed(int(address.rpartition(":")[2]), counts)


def box() -> FastAPI:
    app = FastAPI()
    app.state.close_streams = lambda: None
    app.add_exception_handler(Refusal, _refused)
    add_messages(app, None, {"/v1/box": lambda _body, _headers: 200})
    return app


async def _refused(_: object, error: Exception) -> object:
    assert isinstance(error, Refusal)
    return error.response()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def ask(port: int) -> int:
    async with (
        asyncio.timeout(20),
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/healthz") as answer,
    ):
        return answer.status


@pytest.mark.parametrize("said", [b"", UNFINISHED, WHOLE], ids=["silent", "half a header", "idle"])
async def test_good_request_is_answered_while_three_times_as_many_dawdle_as_there_is_room(
    place: Centre, said: bytes
) -> None:
    async with console(create_app(place.live), **LONG) as bed:
        before = descriptors()
        dawdlers = [await asyncio.to_thread(dawdler, bed.port, said, waits=said is WHOLE) for _ in range(60)]
        statuses = [await ask(bed.port) for _ in range(5)]
        assert statuses == [200] * 5
        # Both ends are of this process: the dawdlers' own, and at most as many of the server as there is room for.
        assert descriptors() - before <= 60 + LONG["connections"] + 5
        assert bed.cut("crowded") >= 40
        assert bed.counts.value("connections", gate="console") <= LONG["connections"]
        for one in dawdlers:
            one.close()


async def test_half_a_header_silence_and_idling_are_cut_in_time(place: Centre) -> None:
    async with console(create_app(place.live), **LIMITS) as bed:
        dawdlers = [dawdler(bed.port, said) for said in (b"", UNFINISHED, WHOLE)]
        cut = await asyncio.gather(*(asyncio.to_thread(is_cut, one, 20) for one in dawdlers))
        assert cut == [True] * 3
        assert (bed.cut("headers"), bed.cut("idle")) == (2, 1)
        for one in dawdlers:
            one.close()


async def test_slow_body_is_answered_with_408_and_cut() -> None:
    async with console(box(), **LIMITS) as bed:
        connection = dawdler(bed.port, UNFINISHED_BODY)
        connection.settimeout(20)
        answer = await asyncio.to_thread(connection.recv, 4096)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert await asyncio.to_thread(is_cut, connection, 20)
        connection.close()


async def test_body_that_takes_long_and_then_comes_is_taken() -> None:
    async with console(box(), **LONG) as bed:
        connection = dawdler(bed.port, UNFINISHED_BODY)
        await asyncio.sleep(0.3)  # noqa: TID251 - the other side waits meanwhile
        connection.sendall(b", 2, 3]")
        connection.settimeout(20)
        assert (await asyncio.to_thread(connection.recv, 4096)).startswith(b"HTTP/1.1 200 ")
        connection.close()


async def test_stream_outlives_every_deadline(place: Centre) -> None:
    place.live.tick()
    async with console(create_app(place.live), **LIMITS) as bed:
        connection = dawdler(bed.port, b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n")
        assert not await asyncio.to_thread(is_cut, connection, 2.5)
        connection.close()


@pytest.mark.parametrize("said", [b"Content-Length: 9\r\n\r\nab", b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"])
async def test_stream_asked_for_with_a_body_that_never_comes_ends_without_a_stack(
    place: Centre, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    place.live.tick()
    async with console(create_app(place.live), **LIMITS) as bed:
        connection = dawdler(bed.port, b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n" + said)
        assert await asyncio.to_thread(is_cut, connection, 20)
        connection.close()
    assert "Traceback" not in caplog.text


async def test_strangers_that_speak_no_http_write_no_lines_into_the_log(
    place: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    upgrade = WHOLE[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with console(create_app(place.live), **LIMITS) as bed:
        for said, status in ((b"\x16\x03\x01\r\n\r\n", b"400"), (upgrade, b"200")):
            connection = dawdler(bed.port, said)
            connection.settimeout(20)
            assert (await asyncio.to_thread(connection.recv, 12)).endswith(status)
            connection.close()
    assert [one for one in caplog.records if one.name.startswith("uvicorn") and one.levelname == "WARNING"] == []


async def test_newcomer_is_told_when_every_place_is_a_stream(place: Centre) -> None:
    place.live.tick()
    async with console(create_app(place.live), **LONG | {"connections": 3}) as bed:
        streams = [dawdler(bed.port, b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(3)]
        for one in streams:
            one.settimeout(20)
            assert await asyncio.to_thread(one.recv, 15) == b"HTTP/1.1 200 OK"
        assert await ask(bed.port) == 503
        assert bed.cut("refused") == 1
        for one in streams:
            one.close()
