"""The wire, against the real broker: what a subscriber gets is what the world shows."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from itertools import pairwise

from aiomqtt import Client, ProtocolVersion

from ioc.clock import PlayedClock, SystemClock
from ioc.model import MINUTE, micros
from ioc.telemetry import Counts
from simulators.faults import Faults
from simulators.mqtt import Player, PlaySettings
from simulators.world import World
from tests.simulators.small_world import START, SmallCatalogue
from tests.support.servers import Mosquitto

CATALOGUE = SmallCatalogue()
WORLD = World(CATALOGUE, 1)
BY_ID = {series.id: series for series in CATALOGUE.series(START)}


class Heard:
    """What a subscriber has heard: (series, at) -> value, and the broken messages."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, int], float] = {}
        self.items: list[dict[str, object]] = []
        self.broken = 0

    def hear(self, topic: str, payload: bytes) -> None:
        try:
            body = json.loads(payload)
            site, *rest = topic.removeprefix("ioc/v1/").split("/")
            for item in (
                body if isinstance(body, list) else [body | dict(zip(("field", "indicator"), rest, strict=True))]
            ):
                self.values[f"{site}/{item['indicator']}", _micros(item["at"])] = item["value"]
                self.items.append(item)
        except (ValueError, KeyError, AttributeError):
            self.broken += 1


def _micros(text: str) -> int:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return micros(at)


@asynccontextmanager
async def listening(server: Mosquitto) -> AsyncIterator[Heard]:
    heard = Heard()

    async def listen() -> None:
        async for message in client.messages:
            heard.hear(str(message.topic), bytes(message.payload))

    async with Client(server.host, server.port, protocol=ProtocolVersion.V5) as client:
        await client.subscribe("ioc/v1/#", qos=1)
        task = asyncio.create_task(listen())
        yield heard
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def playing(server: Mosquitto, counts: Counts | None = None, **changes: object) -> AsyncIterator[Player]:
    given = {"host": server.host, "port": server.port, "start": START, "speed": 600.0, "tick": 0.1}
    settings = PlaySettings(**(given | changes))
    clock = PlayedClock(START, SystemClock().now(), settings.speed)
    player = Player(settings, CATALOGUE, clock, counts or Counts())
    task = asyncio.create_task(player.play())
    yield player
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(heard: Heard, series: set[str], seconds: float = 8.0) -> None:
    async with asyncio.timeout(seconds):
        while not series <= {name for name, _ in heard.values}:
            await SystemClock().sleep(0.05)


async def test_every_series_is_heard_at_once_with_the_worlds_values(mosquitto: Mosquitto):
    async with listening(mosquitto) as heard, playing(mosquitto):
        await until(heard, set(BY_ID), seconds=4.0)
    assert heard.broken == 0
    for (name, at), value in heard.values.items():
        assert value == WORLD.value(BY_ID[name], at)
    assert all(item["unit"] == CATALOGUE.indicators[str(item["indicator"])].unit for item in heard.items)


async def test_values_follow_as_they_fall_due(mosquitto: Mosquitto):
    async with listening(mosquitto) as heard, playing(mosquitto):
        await SystemClock().sleep(2.0)
    minutes = sorted(at for name, at in heard.values if name == "vn63-83/datacentre-cpu-load")
    assert len(minutes) >= 15, "600 played seconds per second, due every minute"
    assert {later - at for at, later in pairwise(minutes)} == {MINUTE}


async def test_story_is_told_on_the_wire(mosquitto: Mosquitto):
    async with listening(mosquitto) as heard, playing(mosquitto, scenario="man-xam-nhap", speed=3000.0) as player:
        await SystemClock().sleep(2.5)
    (expected, *_) = player.story.expected()
    course = {
        at: value for (name, at), value in heard.values.items() if name == f"{expected.site}/{expected.indicator}"
    }
    assert max(course.values()) > 4
    assert course[max(course)] < 1
    assert course[min(course)] < 1


async def test_only_the_sites_named_are_played(mosquitto: Mosquitto):
    async with listening(mosquitto) as heard, playing(mosquitto, sites=("st-an-hiep",)):
        await until(heard, {"st-an-hiep/salinity", "st-an-hiep/water-level"})
    assert {name.split("/")[0] for name, _ in heard.values} == {"st-an-hiep"}


async def test_faults_reach_the_wire(mosquitto: Mosquitto):
    async with listening(mosquitto) as heard, playing(mosquitto, faults=Faults(malformed=0.5, duplicate=0.5)):
        await SystemClock().sleep(2.0)
    assert heard.broken > 3
    assert len(heard.items) > len(heard.values), "duplicates"


async def test_what_fell_due_while_the_broker_was_down_is_sent_afterwards(mosquitto: Mosquitto):
    counts = Counts()
    async with AsyncExitStack() as stack:
        async with listening(mosquitto) as heard:
            player = await stack.enter_async_context(playing(mosquitto, counts))
            await until(heard, set(BY_ID))
        down = player.now()
        mosquitto.kill()
        await SystemClock().sleep(0.7)
        up = player.now()
        mosquitto.start()
        missed = sum(len(player.story.due(series, down, up)) for series in BY_ID.values())
        assert missed > 0
        async with asyncio.timeout(30):
            while counts.total("simulated_readings") < len(heard.items) + missed:
                await SystemClock().sleep(0.05)
