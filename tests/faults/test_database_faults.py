"""F06 to F10: the database is frozen, slow, refuses lines or rights, answers oddly, forgets what it acknowledged."""

import asyncio
import os
import signal
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ioc.clock import SystemClock
from ioc.model import DAY
from ioc.store import courier, position, writer
from ioc.store.config import InfluxConfig
from tests.e2e.centre import Centre, running, wait_until
from tests.e2e.test_path import count, points
from tests.faults.bed import MIB, at_rate, meanwhile, percentile, vitals
from tests.faults.case import Case
from tests.faults.oracle import Oracle, pause
from tests.faults.relay import Mode, Relay, relay
from tests.store.scripted import Scripted, scripted
from tests.store.storing import bench, samples
from tests.store.test_sink_contract import values
from tests.store.test_writer import ask, expected, exported
from tests.store.test_writer import points as stored_points
from tests.support import servers
from tests.support.servers import Mosquitto, Server

CLOCK = SystemClock()
RATE = 200


class Latency:
    """How long the console takes to say that it is alive: an upper bound of the event loop's lag."""

    def __init__(self, port: int) -> None:
        """Asks nothing yet."""
        self._port = port
        self.seconds: list[float] = []

    def run(self, stop: threading.Event) -> None:
        """Ask ten times a second until told to stop."""
        while not stop.wait(0.1):
            began = CLOCK.monotonic()
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/healthz", timeout=10) as answer:
                answer.read()
            self.seconds.append(CLOCK.monotonic() - began)


@pytest.mark.row("F06", "database frozen or slow: every row once, below 300 MiB, the loop's lag p99 below 100 ms")
@pytest.mark.parametrize("how", ["frozen", "slow"])
def test_database_frozen_or_slow_holds_nothing_up(case: Case, how: str, mosquitto: Mosquitto, influxd: Server) -> None:
    seconds = 60 if case.full else 6
    oracle, series = Oracle(), iter(points((seconds + 30) * RATE))
    with (
        relay(influxd.port) as way,
        running(Centre(case.directory, mosquitto.port, f"http://127.0.0.1:{way.port}")) as centre,
    ):
        latency, signs = Latency(centre.port), vitals(centre)
        with meanwhile(lambda stop: at_rate(oracle, mosquitto.port, RATE, series, stop, 5)), meanwhile(latency.run):
            wait_until(lambda: count(influxd) > 0)
            disturb(how, influxd, way)
            for _ in range(seconds * 2):
                pause(0.5)
                signs.look()
            mend(how, influxd, way)
            pause(2)
        wait_until(lambda: count(influxd) == len(oracle.accepted), 60)
    verdict = oracle.judge_database(influxd)
    lag = percentile(latency.seconds, 0.99 if case.full else 0.9) * 1000  # a few dozen looks have no 99th percentile
    case.figures.update(
        {how: f"{seconds} s", "judged": verdict, f"lag {'p99' if case.full else 'p90'} ms": f"{lag:.0f}"}
    )
    case.figures["memory MiB"] = f"{max(signs.memory) / MIB:.0f}"
    assert verdict.is_clean, verdict
    assert max(signs.memory) < 300 * MIB
    assert lag < case.within(100, 2000)


def disturb(how: str, influxd: Server, way: Relay) -> None:
    if how == "frozen":
        assert influxd.child.pid is not None
        os.kill(influxd.child.pid, signal.SIGSTOP)
    else:
        way.turn(Mode.DELAY, 5.0)


def mend(how: str, influxd: Server, way: Relay) -> None:
    if how == "frozen":
        assert influxd.child.pid is not None
        os.kill(influxd.child.pid, signal.SIGCONT)
    else:
        way.turn(Mode.PASS)


@pytest.fixture
async def database() -> AsyncIterator[Scripted]:
    async with scripted() as server:
        yield server


def config(database: Scripted, **more: object) -> InfluxConfig:
    return InfluxConfig.model_validate(
        {"url": database.url, "api": "v2", "org": "o", "bucket": "b", "linger": 0.01} | more
    )


@pytest.mark.row(
    "F07", "seven bad lines in 5,000: the good ones stored, the bad ones named, in fewer than 200 requests"
)
async def test_bad_lines_are_found_and_named(case: Case, database: Scripted) -> None:
    kinds = ("float", "int", "parse", "retention", "key", "time")
    times = {s.at: kinds[n % 6] for n, s in enumerate(samples(5000)) if n in {0, 2499, 2500, 3332, 3999, 4998, 4999}}
    database.bad = lambda line: int(line.rsplit(b" ", 1)[1]) in times
    async with bench(case.directory) as at:
        await at.journal.append(samples(5000))
        async with at.writing(config(database)):
            await at.written()
        letters = at.journal.dead_letters(100)
    case.figures.update({"stored": len(database.points), "named": len(letters), "requests": len(database.bodies)})
    assert len(database.points) == 4993
    assert {int(letter.payload.rsplit(b" ", 1)[1]) for letter in letters} == set(times)
    assert len(database.bodies) < 200


@pytest.mark.row(
    "F07", "lines that a real InfluxDB refuses for two reasons: the rest stored, those named with its words"
)
async def test_lines_that_influxdb_refuses_are_named(case: Case, influxd: Server) -> None:
    offered = samples(4993)
    bad = [samples(1, start=n, site="x" * 70_000)[0] for n in (6000, 6001, 6002)]
    bad += [type(s)(s.site, s.field, s.indicator, s.at - 40 * 365 * DAY, s.value) for s in samples(4, start=7000)]
    await ask(influxd, 'CREATE DATABASE "ioc" WITH DURATION 1500w')
    settings = InfluxConfig(url=influxd.url, linger=0.01, timeout=30)
    async with bench(case.directory) as at:
        await at.journal.append([*offered[:2000], *bad, *offered[2000:]])
        async with at.writing(settings):
            await at.written()
        letters = at.journal.dead_letters(100)
        case.figures.update({"stored": len(await stored_points(settings)), "named": len(letters)})
        assert await stored_points(settings) == expected(offered, {})
    assert len(letters) == len(bad)


@pytest.mark.row(
    "F08", "right revoked and given back: all kept, at most 2 tries a minute, back within 30 s, no secret told"
)
async def test_right_revoked_keeps_all(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    if not case.full:
        monkeypatch.setattr(courier, "DENIED_PAUSE", 3.0)
    secret, n = "sesame-open-9", 5000 if case.full else 500
    async with guarded(case.directory, secret) as server:
        settings = InfluxConfig(url=server.url, username="w", password=secret, linger=0.01)
        with capture_logs() as logs:
            async with bench(case.directory) as at, at.writing(settings):
                await at.journal.append(samples(n))
                await at.written()
                await ask(server, "REVOKE WRITE ON ioc FROM w")
                await at.journal.append(samples(n, start=n))
                alarm = await lasts(lambda: bool(at.counts.value("link_up", link="influxdb")))
                await CLOCK.sleep(65 if case.full else 0)
                tries = at.counts.value("link_failures", link="influxdb")
                await ask(server, "GRANT WRITE ON ioc TO w")
                back = await lasts(lambda: min(at.position()) < at.journal.tail)
        kept = await stored_points(InfluxConfig(url=server.url, username="root", password="r"))
    lost = len(expected(samples(2 * n), {}) ^ kept)
    case.figures.update({"lost": lost, "of": 2 * n, "tries": tries, "back s": f"{back:.1f}", "alarm s": f"{alarm:.1f}"})
    assert lost == 0
    assert secret not in str(logs)
    assert tries <= (3 if case.full else 1)
    assert back <= case.within(30, 50)


@asynccontextmanager
async def guarded(directory: Path, secret: str) -> AsyncIterator[Server]:
    """An InfluxDB where `w` may write into `ioc` and `root` may do all."""
    server = servers.influxd(directory)
    path = directory / "influxdb.conf"
    path.write_text(path.read_text().replace("auth-enabled = false", "auth-enabled = true"))
    server.start()
    try:
        await ask(server, "CREATE USER root WITH PASSWORD 'r' WITH ALL PRIVILEGES")
        for statement in ("CREATE DATABASE ioc", f"CREATE USER w WITH PASSWORD '{secret}'", "GRANT WRITE ON ioc TO w"):
            await ask(server, statement)
        yield server
    finally:
        server.kill()


async def lasts(condition: Callable[[], bool]) -> float:
    """How many seconds a condition stays true; at most 60."""
    began = CLOCK.monotonic()
    async with asyncio.timeout(60):
        while condition():
            await CLOCK.sleep(0.01)
    return CLOCK.monotonic() - began


class Waits(SystemClock):
    """Notes what is waited for; how much longer a busy machine takes is not ours."""

    def __init__(self) -> None:
        """None yet."""
        self.seconds: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Note it and wait."""
        self.seconds.append(seconds)
        await super().sleep(seconds)


@pytest.mark.row("F09", "404, 413, 429, 503: all kept, bodies split, told waits observed within 10 %")
async def test_odd_answers_lose_nothing(case: Case, database: Scripted) -> None:
    database.limit = 700
    database.answers.extend([(429, {"Retry-After": "1"}), (503, {"Retry-After": "2"})])
    stamps: list[float] = []
    judge = database.bad
    database.bad = lambda line: bool(stamps.append(CLOCK.monotonic())) or judge(line)
    waits = Waits()
    async with bench(case.directory) as at:
        await at.journal.append(samples(5000))
        began = CLOCK.monotonic()
        async with at.writing(config(database), waits):
            await at.written()
        letters = at.journal.dead_letters(10)
    waited = stamps[0] - began
    case.figures.update({"stored": len(database.points), "of": 5000, "told to wait s": 3, "waited s": f"{waited:.2f}"})
    assert (len(database.points), letters) == (5000, [])
    assert waited >= 3
    assert [pytest.approx(seconds, rel=0.1) for seconds in waits.seconds if seconds >= 1] == [1, 2]


@pytest.mark.row("F10", "a database that forgets what it acknowledged: nothing is missing after its kills")
async def test_database_that_forgets_is_filled_again(
    case: Case, victoria: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    kills, rate = (20, 5000) if case.full else (3, 2000)
    seconds = 6 if case.full else 2
    if not case.full:
        monkeypatch.setattr(position, "WATCH_SECONDS", 0.3)
        monkeypatch.setattr(writer, "WATCH_SECONDS", 0.3)
    settings = InfluxConfig(url=victoria.url, api="v2", org="o", linger=0.05)
    written = samples(kills * seconds * rate)
    async with bench(case.directory) as at, at.writing(settings):
        for kill in range(kills):
            for tenth in range(seconds * 10):
                start = (kill * seconds * 10 + tenth) * rate // 10
                await at.journal.append(written[start : start + rate // 10])
                await CLOCK.sleep(0.1)
            replays = at.counts.value("influx_replays")
            await asyncio.to_thread(victoria.kill)
            await CLOCK.sleep(1.1)  # it tells its start in whole seconds
            victoria.start()
        async with asyncio.timeout(600):
            while at.counts.value("influx_replays") <= replays or min(at.position()) < at.journal.tail:
                await CLOCK.sleep(0.1)
    kept = await exported(victoria)
    missing = len(values(written).keys() - {(site, stamp) for site, _, stamp in kept})
    case.figures.update({"kills": kills, "missing": missing, "of": f"{len(written):,}"})
    assert missing == 0
