import asyncio
from itertools import islice
from pathlib import Path

from aiomqtt import Client, ProtocolVersion

from ioc.clock import PlayedClock, SystemClock
from simulators.load import LoadSettings, generate, samples
from simulators.world import World
from tests.simulators.small_world import START, SmallCatalogue
from tests.support.servers import Mosquitto

CATALOGUE = SmallCatalogue()
WORLD = World(CATALOGUE, 1)
SERIES = CATALOGUE.series(START)


def test_samples_are_unique_and_round_the_series_in_turn():
    some = list(islice(samples(SERIES, WORLD, START), 5 * len(SERIES)))
    assert len({(one.series, one.at) for one in some}) == len(some)
    assert [one.series for one in some[: len(SERIES)]] == [series.id for series in SERIES]
    assert [one.at for one in some] == sorted(one.at for one in some)


async def test_acknowledged_samples_are_all_on_the_list_and_at_the_subscriber(mosquitto: Mosquitto, tmp_path: Path):
    settings = LoadSettings(
        host=mosquitto.host, port=mosquitto.port, rate=1000, seconds=1, acknowledged=tmp_path / "acknowledged.txt"
    )
    clock = PlayedClock(START, SystemClock().now())
    async with Client(mosquitto.host, mosquitto.port, protocol=ProtocolVersion.V5) as listener:
        await listener.subscribe("ioc/v1/#", qos=1)
        begun = clock.monotonic()
        assert await generate(settings, SERIES, WORLD, clock) == 1000
        took = clock.monotonic() - begun
        async with asyncio.timeout(5):
            heard = [await anext(aiter(listener.messages)) for _ in range(1000)]
    lines = settings.acknowledged.read_text().splitlines()
    assert len(set(lines)) == len(heard) == 1000
    assert 0.9 <= took < 5, "paced, not all at once"
