"""F05: InfluxDB is killed under load; the journal keeps all, alerts do not notice, the backlog drains fast."""

import pytest

from ioc.clock import SystemClock
from ioc.model import SECOND
from tests.e2e.centre import Centre, running, wait_until
from tests.e2e.test_path import ask, count, points
from tests.faults.bed import MIB, Probe, at_rate, meanwhile, percentile, played, vitals
from tests.faults.case import Case
from tests.faults.oracle import Oracle, pause
from tests.support.servers import Mosquitto, Server

CLOCK = SystemClock()
RATE = 500


@pytest.mark.row(
    "F05", "database away at 500/s: 0 lost, alerts p99 below 2 s, memory flat, drained at 20 times real time or faster"
)
def test_database_away_under_load_loses_nothing(case: Case, mosquitto: Mosquitto, influxd: Server) -> None:
    away = 600 if case.full else 20
    oracle, series = Oracle(), iter(points((away + 60) * RATE))
    with running(Centre(case.directory, mosquitto.port, influxd.url)) as centre:
        probe, signs = Probe(case.directory, mosquitto.port, oracle), vitals(centre)
        with (
            meanwhile(lambda stop: at_rate(oracle, mosquitto.port, RATE, series, stop, 5)),
            meanwhile(lambda stop: probe.run(stop, 2.0 if case.full else 0.5)),
        ):
            wait_until(lambda: count(influxd) > 0)
            influxd.kill()
            missed_from = len(oracle.accepted)
            for _ in range(away * 2):
                pause(0.5)
                signs.look()
        wait_until(lambda: centre.count("ioc_samples_stored_total") == len(oracle.accepted))
        backlog = len(oracle.accepted) - missed_from
        influxd.start()
        wait_until(lambda: not_before(influxd, missed_from), 40)
        began = CLOCK.monotonic()
        first = count(influxd)
        wait_until(lambda: count(influxd) == len(oracle.accepted), 120)
        drained = (len(oracle.accepted) - first) / max(CLOCK.monotonic() - began, 0.05)
    verdict = oracle.judge_database(influxd)
    delay = percentile(probe.delays, 0.99)
    case.figures.update({"away s": away, "judged": verdict, "alerts": len(probe.delays), "alert p99 s": f"{delay:.2f}"})
    case.figures.update({"growth MiB": f"{signs.growth:.1f}", "memory MiB": f"{max(signs.memory) / MIB:.0f}"})
    case.figures.update({"backlog": backlog, "drained at": f"{drained / RATE:.0f} times real time"})
    assert verdict.is_clean, verdict
    assert delay < 2
    assert signs.growth < 30
    assert drained >= 20 * RATE


def not_before(influxd: Server, n: int) -> bool:
    """Whether the database has begun to take the backlog."""
    return count(influxd) > n


@pytest.mark.full_only
@pytest.mark.row("F05", "live samples go first: while a backlog drains, a new sample is in the database within 2 s")
def test_live_samples_overtake_the_backlog(case: Case, mosquitto: Mosquitto, influxd: Server) -> None:
    oracle, backlog = Oracle(), points(200_000)
    with running(Centre(case.directory, mosquitto.port, influxd.url)) as centre:
        influxd.kill()
        oracle.publish(mosquitto.port, backlog, 20)
        wait_until(lambda: centre.count("ioc_samples_stored_total") == len(backlog), 120)
        clock = played(case.directory)
        influxd.start()
        wait_until(lambda: count(influxd) > 0, 40)
        site, field, indicator, _, value = backlog[0]
        live = (site, field, indicator, clock.now() - SECOND, value)
        oracle.publish(mosquitto.port, [live])
        began = CLOCK.monotonic()
        query = f"SELECT value FROM sample WHERE time = {live[3]}u"  # noqa: S608 - a number
        wait_until(lambda: bool(ask(influxd, query)), 120)
        delay = CLOCK.monotonic() - began
        behind = len(backlog) - count(influxd)
    case.figures.update({"backlog": len(backlog), "live after s": f"{delay:.1f}", "backlog left then": behind})
    assert behind > 0 or delay < 2
    assert delay < 2
