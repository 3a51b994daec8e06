"""What each kind of database declares about itself is true, and the writer loses nothing on any of them."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from ioc.clock import SystemClock
from ioc.model import Sample
from ioc.store import position, writer
from ioc.store.config import InfluxConfig
from ioc.store.database import BadLinesError
from ioc.store.influxql import Reader
from ioc.store.line import line
from ioc.store.sink import INFLUX_1, INFLUX_LATER, VICTORIA, Sink, Truth
from tests.store.scripted import Scripted, scripted
from tests.store.storing import bench, samples, until
from tests.store.test_writer import exported
from tests.support.servers import Server

Values = dict[tuple[str, int], list[float]]


@dataclass
class Subject:
    """A database under test; `crash` kills and starts it, `values` are by site and millisecond."""

    config: InfluxConfig
    truth: Truth
    crash: Callable[[], None]
    server: Server | Scripted

    async def values(self) -> Values:
        if isinstance(self.server, Scripted):
            points = self.server.points.items()
            return {(series.rsplit("=", 1)[1], at // 1000): [float(p["value"])] for (series, at), p in points}
        if self.truth is VICTORIA:
            return {(site, at): found for (site, _, at), found in (await exported(self.server)).items()}
        async with aiohttp.ClientSession() as session:
            rows = await Reader(self.config, session).select("SELECT value FROM sample GROUP BY site")
        return {(row["site"], row["time"] // 1000): [row["value"]] for row in rows}


@pytest.fixture(params=["influxd", "victoria", "scripted"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "scripted":
        async with scripted() as server:
            config = InfluxConfig(url=server.url, api="v2", org="o", bucket="b", linger=0.01)
            yield Subject(config, INFLUX_LATER, lambda: None, server)
        return
    server = request.getfixturevalue(request.param)

    def crash() -> None:
        server.kill()
        server.start()

    if request.param == "influxd":
        yield Subject(InfluxConfig(url=server.url, linger=0.01), INFLUX_1, crash, server)
    else:
        yield Subject(InfluxConfig(url=server.url, api="v2", org="o", linger=0.01), VICTORIA, crash, server)


@asynccontextmanager
async def sink(subject: Subject) -> AsyncIterator[Sink]:
    async with aiohttp.ClientSession() as session:
        yield Sink(subject.config, session)


def body(written: list[Sample]) -> bytes:
    return b"\n".join(line(sample, None) for sample in written)


def values(written: Collection[Sample]) -> Values:
    return {(s.site, s.at // 1000): [s.value] for s in written}


async def test_sink_knows_what_it_talks_to(subject: Subject) -> None:
    async with sink(subject) as to:
        assert await to.truth() == subject.truth


async def test_sink_overwrites_as_declared(subject: Subject) -> None:
    written = samples(20)
    async with sink(subject) as to:
        await to.write(body(written))
        await to.write(body(written))
    once = values(written)
    kept = await subject.values()
    assert kept == (once if subject.truth.overwrites else {key: found * 2 for key, found in once.items()})


async def test_sink_keeps_the_good_lines_as_declared(subject: Subject) -> None:
    written = samples(20)
    refused = False
    async with sink(subject) as to:
        await to.write(body(written[:1]))
        try:
            await to.write(body(written[1:10]) + b"\nrubbish\n" + body(written[10:]))
        except BadLinesError:
            refused = True
    assert await subject.values() == values(written if subject.truth.partial else written[:1])
    assert refused != (subject.truth is VICTORIA), "that one swallows bad lines, hence the encoder's own refusals"


async def test_sink_keeps_its_word_over_a_crash_as_declared(subject: Subject) -> None:
    written = samples(2000)
    async with sink(subject) as to:
        await to.write(body(written))
        before = await subject.values() if subject.truth.ack_is_durable else None
        subject.crash()
        kept = await subject.values()
    assert (kept == values(written)) == subject.truth.ack_is_durable
    assert before in (None, kept)


async def test_writer_loses_nothing_over_crashes(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last crash comes when all is acknowledged and nothing new will ever arrive."""
    monkeypatch.setattr(position, "WATCH_SECONDS", 0.2)
    monkeypatch.setattr(writer, "WATCH_SECONDS", 0.2)
    written = samples(3000)
    async with bench(tmp_path) as at, at.writing(subject.config):
        for start in range(0, 3000, 1000):
            await at.journal.append(written[start : start + 1000])
            await at.written()
            await SystemClock().sleep(1.1 if subject.truth is VICTORIA else 0)  # it tells its start in whole seconds
            replays = at.counts.value("influx_replays")
            subject.crash()
            if not subject.truth.ack_is_durable:
                await until(lambda seen=replays: at.counts.value("influx_replays") > seen)
            await at.written()
    assert (await subject.values()).keys() == values(written).keys()
