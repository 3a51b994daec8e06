"""F01, F03, F04, F26: the broker restarts, is out of reach, overflows; the writer behind the broker is slow."""

import asyncio
import json
import threading
from collections.abc import Iterator

import pytest

from ioc.clock import SystemClock
from ioc.model import HOUR, Message, moment
from ioc.sequences import listed
from ioc.telemetry import Counts
from tests.contract.test_mqtt_collector import config, publish_in_thread
from tests.e2e.centre import PLAYED, Centre, running, wait_until
from tests.e2e.test_path import points
from tests.faults.bed import meanwhile, vitals
from tests.faults.case import Case
from tests.faults.oracle import Oracle, pause
from tests.faults.relay import Mode, relay
from tests.support.collecting import collecting, numbers
from tests.support.publisher import publish
from tests.support.servers import Mosquitto

CLOCK = SystemClock()
READINGS = 5


@pytest.mark.row("F01", "broker restarted under load: nothing is lost, and the centre consumes within 5 s")
def test_broker_restarted_under_load_loses_nothing(case: Case, mosquitto: Mosquitto) -> None:
    restarts, n = (20, 100_000) if case.full else (3, 9000)
    chance, oracle, gaps = case.chance(), Oracle(), []
    series = points(n)

    def produce(stop: threading.Event) -> None:
        for start in range(0, n, n // 100):
            oracle.insist(mosquitto.port, series[start : start + n // 100], READINGS, window=20)
            stop.wait(restarts * 0.015)

    with running(Centre(case.directory, mosquitto.port)) as centre:
        with meanwhile(produce):
            for _ in range(restarts):
                pause(chance.uniform(0.2, 1.0))
                mosquitto.stop()
                before = stored(centre)
                mosquitto.start()
                began = CLOCK.monotonic()
                wait_until(lambda seen=before: stored(centre) > seen or len(oracle.accepted) == n, 20)
                gaps.append(CLOCK.monotonic() - began)
        wait_until(lambda: stored(centre) >= n, 60)
        lost_sessions = centre.count("ioc_sessions_lost_total")
    verdict = oracle.judge_journal(case.directory / "journal")
    case.figures.update({"restarts": restarts, "judged": verdict, "longest until consuming s": f"{max(gaps):.1f}"})
    assert verdict.is_clean, verdict
    assert (verdict.accepted, lost_sessions) == (n, 0)
    assert max(gaps) <= case.within(5, 20)


@pytest.mark.row("F03", "broker out of reach: nothing is lost, back within 20 s, memory stays flat")
def test_broker_out_of_reach_is_found_again(case: Case, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    away = 600 if case.full else 8
    monkeypatch.setenv("IOC__MQTT__RECONNECT_CAP", "15")
    oracle = Oracle()
    series = iter(points(away * 10 + 2000))
    with relay(mosquitto.port) as way, running(Centre(case.directory, way.port)) as centre:
        oracle.publish(mosquitto.port, [next(series) for _ in range(500)])
        wait_until(lambda: stored(centre) == 500)
        way.turn(Mode.BLACKHOLE)
        signs = vitals(centre)
        for _ in range(away):
            oracle.publish(mosquitto.port, [next(series) for _ in range(10)])
            signs.look()
            pause(1.0)
        assert centre.get("/healthz") is not None
        way.turn(Mode.PASS)
        began = CLOCK.monotonic()
        wait_until(lambda: stored(centre) == len(oracle.accepted), 60)
        back = CLOCK.monotonic() - began
    verdict = oracle.judge_journal(case.directory / "journal")
    case.figures.update(
        {"away s": away, "judged": verdict, "back after s": f"{back:.1f}", "growth MiB": f"{signs.growth:.1f}"}
    )
    assert verdict.is_clean, verdict
    assert back <= case.within(20, 40)
    assert signs.growth < 10


@pytest.mark.row(
    "F04", "broker drops from a full queue: shown within 30 s with the number dropped, and the gap table is exact"
)
def test_broker_that_drops_is_noticed(case: Case, mosquitto: Mosquitto) -> None:
    text = (
        (mosquitto.directory / "mosquitto.conf")
        .read_text()
        .replace("max_queued_messages 1000000", "max_queued_messages 1000")
    )
    mosquitto.stop()
    mosquitto.configure(text.replace("max_inflight_messages 1000", "max_inflight_messages 20") + "sys_interval 1\n")
    mosquitto.start()
    centre = Centre(case.directory, mosquitto.port)
    with running(centre):
        publish(mosquitto.port, numbered(1, 11))
        wait_until(lambda: stored(centre) == 10)
    publish(mosquitto.port, numbered(11, 5011))
    with running(centre):
        began = CLOCK.monotonic()
        wait_until(lambda: stored(centre) >= 1000)
        dropped = 5000 - stored(centre)
        wait_until(lambda: centre.count("ioc_broker_dropped_total") == dropped, 30)
        shown_after = CLOCK.monotonic() - began
        publish(mosquitto.port, numbered(5011, 5012))
        wait_until(lambda: centre.count("ioc_sequence_missing") == dropped, 30)
        case.tell(dropped=f"{dropped:.0f}", shown=f"{dropped:.0f}", after_s=f"{shown_after:.1f}")
    missing = [gap for _, gap in listed(case.directory / "state" / "gaps.db")]
    case.tell(gaps=", ".join(f"{gap.first} to {gap.last}" for gap in missing))
    assert sum(gap.size for gap in missing) == dropped > 0
    with running(centre):
        wait_until(lambda: "mqtt" not in centre.get("/readyz")["waiting_for"])
        pause(2)
        assert centre.count("ioc_broker_dropped_total") == 0, "told again after a restart"


def numbered(first: int, end: int) -> Iterator[tuple[str, bytes]]:
    """Readings of one series that a sender numbers."""
    for seq in range(first, end):
        body = {"value": 1.5, "at": moment(PLAYED - HOUR + seq).isoformat(), "seq": seq}
        yield "ioc/v1/st-my-hoa/environment/salinity", json.dumps(body).encode()


@pytest.mark.row("F26", "writer behind the broker pauses: what waits is bounded, nothing is lost")
async def test_writer_paused_holds_the_bound(case: Case, mosquitto: Mosquitto) -> None:
    seconds, n = (60, 60_000) if case.full else (3, 6000)
    counts, taken = Counts(), list[Message]()
    settings = config(mosquitto.port, buffer=500, batch=100, receive_maximum=400)
    async with collecting(settings, counts) as collector:
        publishing = asyncio.create_task(publish_in_thread(mosquitto.port, n))
        fullest, resumes = 0, CLOCK.monotonic() + seconds
        while CLOCK.monotonic() < resumes:
            await CLOCK.sleep(0.05)
            fullest = max(fullest, collector.buffered)
        async for batch in collector.batches():
            taken += batch
            await collector.ack([message.token for message in batch])
            if len(taken) >= n:
                break
        await publishing
    case.figures.update({"paused s": seconds, "fullest": fullest, "lost": n - len(set(numbers(taken))), "of": n})
    assert sorted(numbers(taken)) == list(range(n))
    assert fullest <= 400


def stored(centre: Centre) -> float:
    return centre.count("ioc_samples_stored_total")
