"""The writer against real databases: everything that the journal holds is there, each with value, time and tags."""

import json
import os
import signal
from pathlib import Path

import aiohttp
import msgspec
import pytest

from ioc.model import DAY, Sample, Severity
from ioc.store.config import InfluxConfig
from ioc.store.influxql import Reader
from tests.store.storing import Bench, NotingClock, ask, bench, samples, until
from tests.support import servers
from tests.support.servers import Server

N = 10_000
Point = tuple[str, str, str, int, float, int, int | None]


def expected(written: list[Sample], severities: dict[int, Severity]) -> set[Point]:
    return {
        (s.site, s.field, s.indicator, s.at, s.value, int(s.state), severities.get(seq, Severity.OK))
        for seq, s in enumerate(written, start=1)
    }


async def points(config: InfluxConfig) -> set[Point]:
    async with aiohttp.ClientSession() as session:
        rows = await Reader(config, session).select("SELECT value, state, severity FROM sample GROUP BY *")
    names = ("site", "field", "indicator", "time", "value", "state", "severity")
    return {tuple(row[name] for name in names) for row in rows}


async def test_writer_stores_all_though_the_database_stops_in_between(influxd: Server, tmp_path: Path) -> None:
    written = samples(N)
    config = InfluxConfig(url=influxd.url, batch=500, linger=0.01)
    async with bench(tmp_path) as at:
        at.findings.found = {7: Severity.WARNING, 5000: Severity.CRITICAL, N: Severity.INFO}
        async with at.writing(config):
            for start in range(0, N, 1000):
                if start == 3000:
                    influxd.stop()
                if start == 6000:
                    await until(lambda: at.counts.value("link_failures", link="influxdb") >= 1)
                    influxd.start()
                await at.journal.append(written[start : start + 1000])
            await at.written()
            await until(lambda: at.counts.value("influx_lag") == 0)  # measured a moment after the cursor has moved
        assert at.counts.value("points_written") == N
        assert at.counts.value("link_up", link="influxdb") == 1
        assert await points(config) == expected(written, at.findings.found)


async def test_writer_makes_the_database_again_when_it_vanished(influxd: Server, tmp_path: Path) -> None:
    config = InfluxConfig(url=influxd.url, linger=0.01, database='a "strange" one')
    async with bench(tmp_path) as at, at.writing(config):
        await at.journal.append(samples(10))
        await at.written()
        await ask(influxd, 'DROP DATABASE "a \\"strange\\" one"')
        await at.journal.append(samples(10, start=10))
        await at.written()
        assert len(await points(config)) == 10


async def test_writer_dead_letters_what_the_database_refuses(influxd: Server, tmp_path: Path) -> None:
    """Legal lines that InfluxDB will not have: a series key beyond 64 KiB, a time older than its retention."""
    good = samples(4993)
    huge = [samples(1, start=n, site="x" * 70_000)[0] for n in (6000, 6001, 6002)]
    old = [msgspec.structs.replace(sample, at=sample.at - 40 * 365 * DAY) for sample in samples(4, start=7000)]
    offered = list(good)
    for place, bad in zip((0, 1, 1000, 2500, 2501, 4000, len(good) + 6), [*huge, *old], strict=True):
        offered.insert(place, bad)
    config = InfluxConfig(url=influxd.url, linger=0.01, timeout=30)
    await ask(influxd, 'CREATE DATABASE "ioc" WITH DURATION 1500w')
    async with bench(tmp_path) as at:
        await at.journal.append(offered)
        async with at.writing(config):
            await at.written()
        assert await points(config) == expected(good, {})
        letters = at.journal.dead_letters(10)
        assert {(letter.reason, letter.source) for letter in letters} == {("store", "influxdb")}
        assert sum("max key length exceeded" in letter.detail for letter in letters) == 3
        assert sum("points beyond retention policy" in letter.detail for letter in letters) == 4
        assert (at.counts.value("points_written"), at.counts.value("points_refused")) == (4993, 7)


async def test_writer_outlasts_a_frozen_database(influxd: Server, tmp_path: Path) -> None:
    written = samples(3000)
    config = InfluxConfig(url=influxd.url, linger=0.01, timeout=0.3)
    async with bench(tmp_path) as at:
        async with at.writing(config):
            await at.journal.append(written[:1000])
            await at.written()
            freeze(influxd, signal.SIGSTOP)
            await at.journal.append(written[1000:])
            await until(lambda: at.counts.value("link_failures", link="influxdb") >= 2)
            assert at.position() == (1000, 1000)
            assert at.counts.value("influx_lag") == 2000
            freeze(influxd, signal.SIGCONT)
            await at.written()
        assert await points(config) == expected(written, {})


def freeze(server: Server, number: signal.Signals) -> None:
    assert server.child.pid is not None
    os.kill(server.child.pid, number)


async def test_writer_resumes_when_its_right_is_given_back(tmp_path: Path) -> None:
    """It needs no more than the right to write, and loses nothing while that is taken away."""
    server = servers.influxd(tmp_path)
    path = tmp_path / "influxdb.conf"
    path.write_text(path.read_text().replace("auth-enabled = false", "auth-enabled = true"))
    server.start()
    try:
        await ask(server, "CREATE USER root WITH PASSWORD 'r' WITH ALL PRIVILEGES")
        for statement in ("CREATE DATABASE ioc", "CREATE USER w WITH PASSWORD 'sesame'", "GRANT WRITE ON ioc TO w"):
            await ask(server, statement)
        config = InfluxConfig(url=server.url, username="w", password="sesame", linger=0.01)
        async with bench(tmp_path) as at, at.writing(config, NotingClock()):
            await at.journal.append(samples(100))
            await at.written()
            await ask(server, "REVOKE WRITE ON ioc FROM w")
            await at.journal.append(samples(100, start=100))
            await until(lambda: at.counts.value("link_up", link="influxdb") == 0)
            assert at.position() == (100, 100)
            await ask(server, "GRANT WRITE ON ioc TO w")
            await at.written()
            assert at.refused == []
        reading = InfluxConfig(url=server.url, username="root", password="r")
        assert await points(reading) == expected(samples(200), {})
    finally:
        server.kill()


async def test_writer_refuses_before_the_database_what_it_would_swallow(victoria: Server, tmp_path: Path) -> None:
    config = InfluxConfig(url=victoria.url, linger=0.01)
    bad = [*samples(1, start=3, site="ends in \\"), *samples(1, start=4, site="two\nlines")]
    async with bench(tmp_path) as at:
        await at.journal.append([*samples(3), *bad])
        async with at.writing(config):
            await at.written()
        assert sorted(letter.detail[:5] for letter in at.journal.dead_letters(10)) == ["name:", "name:"]
        assert at.counts.value("points_written") == 3


async def test_writer_speaks_v2(victoria: Server, tmp_path: Path) -> None:
    written = samples(N)
    config = InfluxConfig(url=victoria.url, api="v2", org="o", linger=0.01)
    async with bench(tmp_path) as at:
        await at.journal.append(written)
        async with at.writing(config):
            await at.written()
    assert await exported(victoria) == {(s.site, s.indicator, s.at // 1000): [s.value] for s in written}


async def exported(victoria: Server) -> dict[tuple[str, str, int], list[float]]:
    """Every value that VictoriaMetrics holds, by site, indicator and millisecond."""
    found: dict[tuple[str, str, int], list[float]] = {}
    async with aiohttp.ClientSession() as session:
        await session.get(victoria.url + "/internal/force_flush")
        async with session.post(victoria.url + "/api/v1/export", data={"match[]": "sample_value"}) as answer:
            for text in (await answer.text()).splitlines():
                series = json.loads(text)
                key = series["metric"]["site"], series["metric"]["indicator"]
                for at, value in zip(series["timestamps"], series["values"], strict=True):
                    found.setdefault((*key, at), []).append(value)
    return found


@pytest.mark.parametrize("behind", [0, 40])
async def test_writer_starts_over_with_another_journal(influxd: Server, tmp_path: Path, behind: int) -> None:
    config = InfluxConfig(url=influxd.url, linger=0.01)
    async with bench(tmp_path) as at:
        await at.journal.append(samples(10))
        stale(at, 100, behind)
        async with at.writing(config):
            await until(lambda: at.position() == (10, 10))
        assert len(await points(config)) == 10


def stale(at: Bench, seq: int, behind: int) -> None:
    at.cursors.set("influx", seq)
    at.cursors.set("influx-severity", seq - behind)
