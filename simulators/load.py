"""A load generator: unique samples at a steady rate over the catalogue's series, and a list of what was acknowledged.

Run as `python -m simulators.load`. The list has one line per acknowledged sample: `site/indicator at value`, with `at`
in microseconds; whatever is on it must later be found in the journal.
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Annotated, TextIO

import structlog
import typer
from aiomqtt import Client
from pydantic import BaseModel, ConfigDict, Field

from indicators.load import load as load_catalogue
from indicators.spec import Series
from ioc.clock import Clock, PlayedClock, SystemClock
from ioc.errors import IocError
from ioc.model import Micros
from ioc.telemetry import log_to_stderr
from simulators.cli import run_until_stopped
from simulators.mqtt import IN_FLIGHT, START, connection, publish_all
from simulators.reading import Parcel, Reading, letters
from simulators.world import World

PULSE = 0.05
"""Seconds between two portions."""

log = structlog.get_logger("simulators.load")


class LoadSettings(BaseModel):
    """How much, how long, where to. Every sample is a message of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = 1883
    tenant: str = "ben-tre"
    seed: int = 1
    rate: float = Field(default=500.0, gt=0, le=100_000)
    seconds: float = Field(default=10.0, gt=0, le=86_400)
    start: Micros = START
    began: Micros | None = None
    speed: float = 1.0
    acknowledged: Path = Path("acknowledged.txt")


def samples(series: Sequence[Series], world: World, begin: Micros) -> Iterator[Reading]:
    """Endless readings, round the series in turn, a microsecond apart, so that each (series, at) occurs once."""
    known = [(one, world.value(one, begin)) for one in series]
    for number, (one, value) in enumerate(cycle(known)):
        indicator = one.indicator
        yield Reading(one.site.id, indicator.field, indicator.id, begin + number, value, indicator.unit)


async def generate(settings: LoadSettings, series: Sequence[Series], world: World, clock: Clock) -> int:
    """Send `rate` x `seconds` samples and write down the acknowledged ones; returns how many.

    Raises:
        MqttError: the connection broke; the list holds what was acknowledged until then.
    """
    total = round(settings.rate * settings.seconds)
    stream = islice(samples(series, world, clock.now()), total)
    done = 0
    with settings.acknowledged.open("a", encoding="utf-8") as book:
        async with connection(settings.host, settings.port) as client:
            began = clock.monotonic()
            while done < total:
                owed = min(total, int((clock.monotonic() - began + PULSE) * settings.rate)) - done
                done += await _portion(client, list(islice(stream, max(0, owed))), clock.now(), book)
                await clock.sleep(max(0.0, done / settings.rate - (clock.monotonic() - began)))
    return done


async def _portion(client: Client, readings: list[Reading], now: Micros, book: TextIO) -> int:
    packed = [(reading, letter) for reading in readings for letter in letters([Parcel(reading, now)])]
    for begin in range(0, len(packed), IN_FLIGHT):
        some = packed[begin : begin + IN_FLIGHT]
        await publish_all(client, [letter for _, letter in some])
        book.writelines(f"{reading.series} {reading.at} {reading.value!r}\n" for reading, _ in some)
        book.flush()
    return len(readings)


async def run(settings: LoadSettings) -> None:
    """Load the tenant's catalogue and send."""
    catalogue = load_catalogue(tenant=settings.tenant)
    system = SystemClock()
    began = system.now() if settings.began is None else settings.began
    clock = PlayedClock(settings.start, began, settings.speed)
    series = catalogue.series(clock.now())
    done = await generate(settings, series, World(catalogue, settings.seed), clock)
    log.info("acknowledged", samples=done, series=len(series), file=str(settings.acknowledged))


def main(  # noqa: PLR0913 - typer reads the signature
    *,
    host: Annotated[str, typer.Option(help="Máy chủ MQTT / broker host")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Cổng MQTT / broker port")] = 1883,
    tenant: Annotated[str, typer.Option(help="Đơn vị / tenant")] = "ben-tre",
    seed: Annotated[int, typer.Option(help="Số khởi tạo / seed")] = 1,
    rate: Annotated[float, typer.Option(help="Số giá trị mỗi giây / samples per second")] = 500.0,
    seconds: Annotated[float, typer.Option(help="Trong bao lâu / for how long")] = 10.0,
    began: Annotated[int | None, typer.Option(help="Lúc thật ứng với giờ diễn / real time of the played start")] = None,
    speed: Annotated[float, typer.Option(help="Số giây diễn mỗi giây thật / played seconds per real second")] = 1.0,
    acknowledged: Annotated[
        Path, typer.Option(help="Ghi các giá trị đã được nhận / list of acknowledged samples")
    ] = Path("acknowledged.txt"),
) -> None:
    """Gửi đều N giá trị mỗi giây trong T giây, ghi lại giá trị đã được broker nhận.

    Sends N unique samples a second for T seconds at QoS 1 and writes down those that the broker acknowledged.
    """
    log_to_stderr()
    settings = LoadSettings(
        host=host,
        port=port,
        tenant=tenant,
        seed=seed,
        rate=rate,
        seconds=seconds,
        began=began,
        speed=speed,
        acknowledged=acknowledged,
    )
    run_until_stopped(run(settings))


if __name__ == "__main__":
    try:
        typer.run(main)
    except IocError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
