"""The server inside a task of ours."""

import asyncio
import signal
import socket

import aiohttp
import pytest

from ioc.clock import SystemClock
from ioc.errors import ConfigError
from ioc.web.api import create_app
from ioc.web.server import serve
from tests.support.gates import gate
from tests.web.centre import Centre, at_work, centre, serving, wide


async def test_cancelling_ends_within_two_seconds_while_streams_are_open(place: Centre) -> None:
    place.live.tick()
    clock = SystemClock()
    async with aiohttp.ClientSession() as session:
        async with serving(create_app(place.live)) as address:
            answers = [await session.get(f"{address}/v1/stream") for _ in range(5)]
            for answer in answers:
                await answer.content.readline()
            began = clock.monotonic()
        assert clock.monotonic() - began < 2
        for answer in answers:
            assert b"snapshot" in await answer.content.read()
            answer.close()


async def test_cancelling_ends_within_two_seconds_while_a_browser_does_not_read() -> None:
    place = centre(shelf=wide(100), tick_seconds=0.05)
    clock = SystemClock()
    async with at_work(place) as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.socket() as sulking:
            sulking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sulking.connect((host, int(port)))
            sulking.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n")
            series = [one.id for one in place.shelf.series_watched]
            for value in range(200):
                for one in series:
                    place.sample(one, value)
                await clock.sleep(0.02)
                if place.counts.value("web_stream_resyncs"):
                    break
            assert place.counts.value("web_stream_resyncs") >= 1
            began = clock.monotonic()
            await asyncio.sleep(0)  # noqa: TID251 - lets the server take the last frame
            place.live.hub.close()
    assert clock.monotonic() - began < 2


async def test_gate_that_can_watch_no_more_ends_the_server(place: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise LookupError("no such visit")

    broken = gate()
    monkeypatch.setattr(broken, "look", fail)
    async with asyncio.timeout(20):
        with pytest.raises(LookupError, match="no such visit"):
            await serve(create_app(place.live), "127.0.0.1", 0, broken, lambda _: None)


async def test_signals_of_the_process_are_left_alone(place: Centre) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    async with at_work(place):
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


async def test_port_that_is_taken_is_said_plainly(place: Centre) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}.*web.port"):
            await serve(create_app(place.live), "127.0.0.1", port, gate(), lambda _: None)


async def test_address_that_cannot_be_is_said_plainly(place: Centre) -> None:
    with pytest.raises(ConfigError, match=r"203\.0\.113\.1"):
        await serve(create_app(place.live), "203.0.113.1", 0, gate(), lambda _: None)
