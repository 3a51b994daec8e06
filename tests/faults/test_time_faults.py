"""F16, F35, F39: the wall clock steps, the centre restarts in the middle of alerts, and runs for long."""

import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from ioc.clock import SystemClock
from ioc.demo.children import LOOPBACK
from tests.alerting import test_alert_kill as twins
from tests.e2e.centre import PLAYED, Centre, running, wait_until
from tests.e2e.test_path import CATALOGUE, Point, points
from tests.faults.bed import MIB, Probe, at_rate, live, meanwhile, vitals
from tests.faults.case import Case
from tests.faults.oracle import Oracle, pause
from tests.support.servers import Mosquitto

CLOCK = SystemClock()
LIBRARIES = [
    *Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"),
    *Path("/usr/lib").glob("faketime/libfaketimeMT.so.1"),
]
NUMBER = re.compile(rb"id: ?([0-9a-f]+-\d+)\n")
TICK_SECONDS = "0.5"
STEPS = {"+1h": 3600, "-1h": -3600, "+1d": 86_400, "-1d": -86_400}


@contextmanager
def stepping(case: Case, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Processes started meanwhile take their wall time from the machine's plus what the file says (seconds)."""
    assert LIBRARIES, "libfaketime is missing: apt-get install faketime"
    file = case.directory / "step"
    file.write_text("+0\n", encoding="ascii")
    with monkeypatch.context() as patch:
        patch.setenv("LD_PRELOAD", str(LIBRARIES[0]))
        patch.setenv("FAKETIME_TIMESTAMP_FILE", str(file))
        patch.setenv("FAKETIME_CACHE_DURATION", "1")  # without a cache every look at a clock reads the file
        patch.setenv("IOC__WEB__TICK_SECONDS", TICK_SECONDS)
        patch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        patch.setenv("DONT_FAKE_MONOTONIC", "1")
        # Its "fix" for the steady clock ends waits for the interpreter's lock at once: threads spin on it for seconds.
        patch.setenv("FAKETIME_FORCE_MONOTONIC_FIX", "0")
        yield file


def beat(port: int, seconds: float) -> float:
    """By how many per cent the mean interval of the console's ticks differs from what is set, over so many seconds."""
    heard: dict[bytes, float] = {}
    with socket.create_connection((LOOPBACK, port), timeout=10) as stream:
        stream.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: ioc\r\n\r\n")
        end = CLOCK.monotonic() + seconds
        while CLOCK.monotonic() < end or len(heard) < 5:
            for number in NUMBER.findall(stream.recv(1 << 20)):
                heard.setdefault(number, CLOCK.monotonic())
    times = list(heard.values())[1:]
    return 100 * ((times[-1] - times[0]) / (len(times) - 1) / float(TICK_SECONDS) - 1)


def stepped(file: Path, seconds: int, watch: Callable[[], float]) -> float:
    """What is seen while the machine's clock is off by so much; then it is put right."""
    file.write_text(f"{seconds:+d}\n", encoding="ascii")
    seen = watch()
    file.write_text("+0\n", encoding="ascii")
    pause(2)
    return seen


def doubted(directory: Path) -> int:
    """How many stretches are kept in which what was received is flagged."""
    with closing(sqlite3.connect(directory / "state/clock.db")) as db:
        (stretches,) = db.execute("SELECT COUNT(*) FROM stretches WHERE end > start").fetchone()
    return int(stretches)


def overtaken(heard: int) -> Iterator[Point]:
    """Old values of series that have newer ones: they move no alert, so that whatever moves was moved by the step."""
    all_series = len(CATALOGUE.series(PLAYED))
    return (one for number, one in enumerate(points(100_000, 60 * all_series)) if number % all_series < heard)


def steps_under_load(case: Case, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch, names: list[str]) -> None:
    heard, settle = (len(CATALOGUE.series(PLAYED)), 15) if case.full else (400, 4)
    oracle, series = Oracle(), overtaken(heard)
    with stepping(case, monkeypatch) as file:
        centre = Centre(case.directory, mosquitto.port)
        centre.start()
    try:
        probe = Probe(case.directory, mosquitto.port, oracle)
        oracle.publish(mosquitto.port, live(heard), 5)
        wait_until(lambda: centre.count("ioc_samples_judged_total") == len(oracle.accepted), 60)
        with meanwhile(lambda stop: at_rate(oracle, mosquitto.port, 100, series, stop, 5)):
            pause(10 if case.full else 2)
            for name in names:
                last = probe.last_event()
                off = stepped(file, STEPS[name], lambda: beat(centre.port, settle))
                case.figures[f"events after {name}"] = probe.last_event() - last
                case.figures[f"cadence after {name}"] = f"{off:+.1f} %"
        seen = centre.count("ioc_clock_steps_total")
        wait_until(lambda: centre.count("ioc_samples_stored_total") == len(oracle.accepted), 60)
    finally:
        centre.child.stop()
    case.tell(judged=oracle.judge_journal(case.directory / "journal"), steps_told=f"{seen:.0f} of {2 * len(names)}")
    case.tell(stretches_flagged=doubted(case.directory))
    assert oracle.judge_journal(case.directory / "journal").is_clean
    assert min(seen, doubted(case.directory)) >= len(names)
    # A few seconds beside other tests tell only a tick that waits for the wall clock, or that comes in bursts.
    bound = case.within(5, 50)
    for name in names:
        assert abs(float(str(case.figures[f"cadence after {name}"]).split()[0])) < bound
        assert case.figures[f"events after {name}"] == 0


@pytest.mark.row(
    "F16", "wall clock steps by 1 h and back: nothing lost, cadence within 5 %, no alert moved by the step"
)
def test_clock_off_by_an_hour_moves_no_alert(case: Case, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    steps_under_load(case, mosquitto, monkeypatch, ["+1h", "-1h"])


@pytest.mark.full_only
@pytest.mark.row(
    "F16", "wall clock steps by 1 d and back: nothing lost, cadence within 5 %, no alert moved by the step"
)
def test_clock_off_by_a_day_moves_no_alert(case: Case, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    steps_under_load(case, mosquitto, monkeypatch, ["+1d", "-1d"])


@pytest.mark.row("F35", "restarted in the middle of alerts: no repeat, no miss, the ledger of an undisturbed twin")
def test_restart_in_active_alerts_equals_a_twin(case: Case) -> None:
    kills = 50 if case.full else 6
    chance = case.chance()
    journal, state, twin = (case.directory / name for name in ("journal.json", "state.db", "twin.db"))
    journal.write_bytes(msgspec.json.encode(twins.entries(twins.course(chance))))
    twins.run_until(twins.start(journal, twin, twins.ENTRIES), "idle")
    for _ in range(kills):
        if twins.run_until(twins.start(journal, state, twins.ENTRIES), "idle", chance.randint(1, 3)) == "idle":
            break
    twins.run_until(twins.start(journal, state, twins.ENTRIES), "idle")
    ledger, other = twins.dump(state), twins.dump(twin)
    events = sum(line.startswith('INSERT INTO "events"') for line in ledger)
    case.tell(kills=kills, alert_steps=events, differences=len(set(ledger) ^ set(other)))
    assert ledger == other
    assert events > 50


@pytest.mark.row("F39", "slow leak: memory, files and threads stay level under load")
def test_resources_stay_level(case: Case, mosquitto: Mosquitto) -> None:
    seconds, warm = (240, 60) if case.full else (9, 6)
    oracle, series = Oracle(), iter(live(500 * (seconds + warm + 20)))
    with running(Centre(case.directory, mosquitto.port)) as centre:
        signs = vitals(centre)
        with meanwhile(lambda stop: at_rate(oracle, mosquitto.port, 500, series, stop, 5)):
            pause(warm)
            for _ in range(seconds * 2):
                pause(0.5)
                signs.look()
    slope = signs.growth / (seconds * 2 / 3) * 60
    case.tell(seconds=seconds, growth_MiB_per_min=f"{slope:.2f}", memory_MiB=f"{max(signs.memory) / MIB:.0f}")
    case.tell(
        files=f"{min(signs.files)} to {max(signs.files)}", threads=f"{min(signs.threads)} to {max(signs.threads)}"
    )
    assert max(signs.files) - min(signs.files) <= 6
    assert max(signs.threads) - min(signs.threads) <= 6
    assert slope < (4 if case.full else 60)
