"""Running a collector inside a test."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from collectors.mqtt import MqttCollector, MqttConfig
from ioc.clock import SystemClock
from ioc.model import Message
from ioc.telemetry import Counts

CLOCK = SystemClock()


@asynccontextmanager
async def collecting(config: MqttConfig, counts: Counts | None = None) -> AsyncIterator[MqttCollector]:
    """A collector that runs, and has subscribed, until the end of the block."""
    counts = counts or Counts()
    collector = MqttCollector(config, CLOCK, counts)
    running = asyncio.create_task(collector.run())
    try:
        await until(lambda: counts.value("link_up", link=collector.name) == 1)
        yield collector
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(condition: object, seconds: float = 10.0) -> None:
    """Wait until `condition()` is true; TimeoutError after `seconds`."""
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            await CLOCK.sleep(0.01)


async def take(collector: MqttCollector, count: int, *, ack: bool = True, seconds: float = 20.0) -> list[Message]:
    """At least `count` messages; TimeoutError when they do not come in `seconds`."""
    taken: list[Message] = []
    async with asyncio.timeout(seconds):
        async for batch in collector.batches():
            taken += batch
            if ack:
                await collector.ack([message.token for message in batch])
            if len(taken) >= count:
                break
    return taken


async def quiet(collector: MqttCollector, seconds: float = 0.3) -> bool:
    """True if nothing comes for so long."""
    await CLOCK.sleep(seconds)
    return collector.buffered == 0


def numbered(count: int, start: int = 0) -> Iterable[tuple[str, bytes]]:
    """Messages with the payloads `start` .. `start + count - 1` on 100 topics."""
    return ((f"ioc/v1/ben-tre/health/i{n % 100}", b"%d" % n) for n in range(start, start + count))


def numbers(messages: Iterable[Message]) -> list[int]:
    """The payloads of numbered messages."""
    return [int(message.payload) for message in messages]
