"""F05: InfluxDB is killed under load; the journal keeps all, alerts do not notice, the backlog drains fast."""

from collections.abc import Iterator
from itertools import count as numbers

import pytest

from ioc.clock import SystemClock
from ioc.model import SECOND
from tests.e2e.centre import PLAYED, Centre, running, wait_until
from tests.e2e.test_path import CATALOGUE, Point, ask, count, points
from tests.faults.bed import MIB, Probe, at_rate, live, meanwhile, percentile, played, vitals
from tests.faults.case import Case
from tests.faults.oracle import Oracle, pause
from tests.faults.relay import Mode, relay
from tests.support.servers import Mosquitto, Server

CLOCK = SystemClock()
RATE = 500


@pytest.mark.row(
    "F05", "database away at 500/s: 0 lost, alerts p99 below 2 s, memory flat, drained at 20 times real time or faster"
)
def test_database_away_under_load_loses_nothing(case: Case, mosquitto: Mosquitto, influxd: Server) -> None:
    away, warm = (case.away, 60) if case.full else (16, 6)
    oracle, series = Oracle(), flowing()
    with running(Centre(case.directory, mosquitto.port, influxd.url)) as centre:
        probe, signs = Probe(case.directory, mosquitto.port, oracle), vitals(centre)
        with (
            meanwhile(lambda stop: at_rate(oracle, mosquitto.port, RATE, series, stop, 5)),
            meanwhile(lambda stop: probe.run(stop, 2.0 if case.full else 0.5)),
        ):
            wait_until(lambda: count(influxd) > 0)
            pause(warm)  # every series heard, every cache as large as it gets
            influxd.kill()
            for _ in range(away * 2):
                pause(0.5)
                signs.look()
            influxd.start()
            backlog, drained = drain(centre)
        wait_until(lambda: count(influxd) == len(oracle.accepted), 120)
    verdict = oracle.judge_database(influxd)
    delay = percentile(probe.delays, 0.99)
    case.figures.update({"away s": away, "judged": verdict, "alerts": len(probe.delays), "alert p99 s": f"{delay:.2f}"})
    case.figures.update({"growth MiB": f"{signs.growth:.1f}", "memory MiB": f"{max(signs.memory) / MIB:.0f}"})
    case.figures.update({"backlog": backlog, "drained at": f"{drained / RATE:.0f} times real time, arrivals going on"})
    assert verdict.is_clean, verdict
    assert delay < case.within(2, 8)
    assert signs.growth < 20
    assert drained >= case.within(20, 10) * RATE


def flowing() -> Iterator[Point]:
    """Every series in turn, each sample from the moment in which it is sent, but for what the start took."""
    lap = live(len(CATALOGUE.series(PLAYED)))
    for number in numbers():
        site, field, indicator, _, value = lap[number % len(lap)]
        yield site, field, indicator, PLAYED + number * SECOND // RATE - 5 * SECOND, value


def drain(centre: Centre) -> tuple[int, float]:
    """How much waited when the database took its first batch again, and how many a second left from then on."""
    lag = lambda: centre.count("ioc_influx_lag")  # noqa: E731
    most = lag()
    deadline = CLOCK.monotonic() + 60
    while (left := lag()) >= most - 2 * RATE:
        most = max(most, left)
        assert CLOCK.monotonic() < deadline, "the database is back and nothing drains"
        pause(0.02)
    began = CLOCK.monotonic()
    while lag() > 2 * RATE:
        assert CLOCK.monotonic() < began + 120, f"{lag():.0f} left of {most:.0f} after two minutes"
        pause(0.02)
    return int(most), (left - 2 * RATE) / max(CLOCK.monotonic() - began, 0.05)


@pytest.mark.row("F05", "live samples go first: while a backlog drains, a new sample is in the database within 2 s")
def test_live_samples_overtake_the_backlog(
    case: Case, mosquitto: Mosquitto, influxd: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOC__INFLUX__BATCH", "1000")
    oracle, backlog = Oracle(), points(400_000 if case.full else 60_000)
    with (
        relay(influxd.port) as way,
        running(Centre(case.directory, mosquitto.port, f"http://127.0.0.1:{way.port}")) as centre,
    ):
        influxd.kill()
        oracle.publish(mosquitto.port, backlog, 20)
        wait_until(lambda: centre.count("ioc_samples_stored_total") == len(backlog), 120)
        way.turn(Mode.DELAY, 0.05)
        influxd.start()
        wait_until(lambda: count(influxd) > 0, 40)
        site, field, indicator, _, value = backlog[0]
        live = (site, field, indicator, played(case.directory).now() - SECOND, value)
        oracle.publish(mosquitto.port, [live])
        began = CLOCK.monotonic()
        query = f"SELECT value FROM sample WHERE time = {live[3]}u"  # noqa: S608 - a number
        wait_until(lambda: bool(ask(influxd, query)), 120)
        delay, behind = CLOCK.monotonic() - began, int(centre.count("ioc_influx_lag"))
        way.turn(Mode.PASS)
        wait_until(lambda: count(influxd) == len(backlog) + 1, 120)
    verdict = oracle.judge_database(influxd)
    case.tell(backlog=len(backlog), live_after_s=f"{delay:.1f}", backlog_left_then=behind, judged=verdict)
    assert verdict.is_clean, verdict
    assert behind > 0
    assert delay < case.within(2, 10)
