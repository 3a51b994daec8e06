"""The heart beats while the parts move, and only then."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator

import aiohttp
import pytest
import structlog
from pydantic import SecretStr

from ioc.clock import ManualClock
from ioc.notify.dispatch import Dispatcher
from ioc.notify.watchdog import Watchdog, WatchdogConfig
from ioc.telemetry import Counts
from tests.notify.provider import Provider, Reply, provider
from tests.notify.test_dispatch import Table


class Heart:
    def __init__(self, server: Provider, session: aiohttp.ClientSession) -> None:
        server.replies = [Reply()]
        self.server = server
        self.clock = ManualClock()
        self.counts = Counts()
        config = WatchdogConfig(url=f"{server.url}/beat", interval=30.0, patience=60.0, secret=SecretStr("key"))
        self.dog = Watchdog(config, ("evaluator", "dispatcher"), session, self.clock, self.counts)


@pytest.fixture
async def heart() -> AsyncIterator[Heart]:
    async with provider() as server, aiohttp.ClientSession() as session:
        yield Heart(server, session)


async def test_beat_is_signed_and_names_the_parts(heart: Heart) -> None:
    await heart.dog.beat()
    [got] = heart.server.got
    assert got.document["alive"] == ["dispatcher", "evaluator"]
    signed = got.headers["X-IOC-Timestamp"].encode() + b"." + got.raw
    assert got.headers["X-IOC-Signature"] == "sha256=" + hmac.new(b"key", signed, hashlib.sha256).hexdigest()


async def test_one_part_that_stands_still_stops_the_heart_until_it_moves(heart: Heart) -> None:
    with structlog.testing.capture_logs() as logs:
        for _ in range(4):
            heart.clock.move(25.0)
            heart.dog.moved("evaluator")
            await heart.dog.beat()
        assert len(heart.server.got) == 2
        assert heart.dog.standing() == ("dispatcher",)
        heart.dog.moved("dispatcher")
        await heart.dog.beat()
    assert len(heart.server.got) == 3
    said = [entry["event"] for entry in logs if entry["event"].startswith("heart")]
    assert said == ["heart stopped", "heart beats again"]


async def test_receiver_that_fails_does_not_stop_the_heart(heart: Heart) -> None:
    heart.server.replies = [Reply(b"", 500), Reply()]
    await heart.dog.beat()
    assert heart.counts.value("link_up", link="watchdog") == 0
    await heart.dog.beat()
    assert heart.counts.value("link_up", link="watchdog") == 1
    assert heart.counts.value("heartbeats") == 1


async def test_run_beats_at_its_interval(heart: Heart) -> None:
    task = asyncio.create_task(heart.dog.run())
    async with asyncio.timeout(5):
        while len(heart.server.got) < 3:  # noqa: ASYNC110 - a server counts
            await asyncio.sleep(0.005)  # noqa: TID251
    task.cancel()
    await asyncio.wait({task})
    assert heart.clock.monotonic() >= 60.0


async def test_dispatcher_moves_the_heart_even_when_there_is_nothing_to_say(heart: Heart) -> None:
    heart.clock.move(61.0)
    assert "dispatcher" in heart.dog.standing()
    table = Table()
    table.next_try = None
    dispatcher = Dispatcher(table, {}, heart.clock, heart.counts, lambda: heart.dog.moved("dispatcher"))
    task = asyncio.create_task(dispatcher.run())
    async with asyncio.timeout(5):
        while "dispatcher" in heart.dog.standing():  # noqa: ASYNC110 - another thread reads the outbox
            await asyncio.sleep(0.005)  # noqa: TID251
    task.cancel()
    await asyncio.wait({task})
