"""Whatever part of the chain dies, the outside receiver hears the silence. A real engine and broker, in short time."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from ioc.clock import SystemClock
from tests.e2e.centre import Centre
from tests.notify.provider import Provider, Reply, provider
from tests.support.servers import Mosquitto, mosquitto

CLOCK = SystemClock()
INTERVAL, PATIENCE = 0.4, 1.6
NOTICED = 3 * PATIENCE
"""Seconds; in the shipped settings the same factors make 90."""
SETTINGS = """
[notify.watchdog]
url = "{url}/beat"
interval = {interval}
patience = {patience}
"""


class Chain:
    """Broker, engine and the receiver outside."""

    def __init__(self, broker: Mosquitto, centre: Centre, receiver: Provider) -> None:
        self.broker = broker
        self.centre = centre
        self.receiver = receiver

    async def beats(self, more: int = 2) -> None:
        """Wait until so many beats have come."""
        wanted = len(self.receiver.got) + more
        async with asyncio.timeout(60):
            while len(self.receiver.got) < wanted:
                await CLOCK.sleep(0.05)

    async def falls_silent(self) -> None:
        """Wait until no beat has come for longer than the receiver would stand."""
        async with asyncio.timeout(NOTICED * 10):
            seen, since = len(self.receiver.got), CLOCK.monotonic()
            while CLOCK.monotonic() - since < PATIENCE * 1.5:
                await CLOCK.sleep(0.05)
                if len(self.receiver.got) != seen:
                    seen, since = len(self.receiver.got), CLOCK.monotonic()


@pytest.fixture
async def chain(tmp_path: Path) -> AsyncIterator[Chain]:
    broker = mosquitto(tmp_path / "broker")
    broker.start()
    async with provider() as receiver:
        receiver.replies = [Reply()]
        settings = SETTINGS.format(url=receiver.url, interval=INTERVAL, patience=PATIENCE)
        centre = Centre(tmp_path, broker.port, more=settings)
        await asyncio.to_thread(centre.child.spawn)
        yield Chain(broker, centre, receiver)
        centre.child.stop()
    broker.stop()


async def end_broker(chain: Chain) -> None:
    chain.broker.kill()


async def end_engine(chain: Chain) -> None:
    chain.centre.child.kill()


async def stop_engine(chain: Chain) -> None:
    assert chain.centre.child.pid is not None
    os.kill(chain.centre.child.pid, signal.SIGSTOP)


async def mend_broker(chain: Chain) -> None:
    chain.broker.start()


async def mend_engine(chain: Chain) -> None:
    await asyncio.to_thread(chain.centre.child.spawn)


async def resume_engine(chain: Chain) -> None:
    assert chain.centre.child.pid is not None
    os.kill(chain.centre.child.pid, signal.SIGCONT)


PARTS: dict[str, tuple[Callable[[Chain], Awaitable[None]], Callable[[Chain], Awaitable[None]]]] = {
    "broker": (end_broker, mend_broker),
    "engine": (end_engine, mend_engine),
    "engine that hangs": (stop_engine, resume_engine),
}


async def test_death_of_each_part_stops_the_heart_until_it_is_mended(chain: Chain) -> None:
    for end, mend in PARTS.values():
        await chain.beats()
        await end(chain)
        await chain.falls_silent()
        await mend(chain)
    await chain.beats()
    assert chain.receiver.got[-1].document["alive"] == ["dispatcher", "evaluator", "intake"]
    assert await asyncio.to_thread(chain.centre.count, "ioc_samples_stored_total") == 0
    assert await asyncio.to_thread(chain.centre.get, "/v1/dead-letters") == {"counts": {}, "dead_letters": []}
