"""F13: a process killed anywhere, at random and at chosen system calls, loses nothing that was accepted."""

import sys
from pathlib import Path

import pytest

from ioc.clock import SystemClock
from ioc.demo.children import Child
from ioc.journal.reader import JournalReader
from tests.e2e.centre import Centre, running, wait_until
from tests.e2e.test_path import points
from tests.faults import spool
from tests.faults.bed import meanwhile, traced
from tests.faults.case import Case
from tests.faults.oracle import Oracle, pause
from tests.support.servers import Mosquitto

CLOCK = SystemClock()
CALLS = {"fdatasync": 12, "pwrite64": 110, "sendto": 40}
"""How far into its work a process is killed, at most."""
READINGS = 5


def settled(directory: Path, expected: int) -> bool:
    reader = JournalReader(directory)
    try:
        return reader.tail >= expected
    finally:
        reader.close()


@pytest.mark.row("F13", "accepted = committed: random kills of the whole centre lose nothing; ready within 3 s")
def test_random_kills_of_the_centre_lose_nothing(case: Case, mosquitto: Mosquitto) -> None:
    kills, each = (50, 10_000) if case.full else (5, 1500)
    chance = case.chance()
    oracle, starts = Oracle(), []
    centre = Centre(case.directory, mosquitto.port)
    series = points(kills * each)

    def produce(_: object) -> None:
        oracle.publish(mosquitto.port, series, READINGS)

    with running(centre):
        with meanwhile(produce):
            for _ in range(kills):
                pause(chance.uniform(0.05, 2.5 if case.full else 0.7))
                centre.child.kill()
                began = CLOCK.monotonic()
                centre.start()
                starts.append(CLOCK.monotonic() - began)
        wait_until(lambda: settled(case.directory / "journal", len(series)), 120)
    verdict = oracle.judge_journal(case.directory / "journal")
    case.figures.update({"kills": kills, "judged": verdict, "slowest start s": f"{max(starts):.2f}"})
    assert verdict.is_clean, verdict
    assert verdict.accepted == kills * each
    assert max(starts) < case.within(3, 20)


@pytest.mark.row("F13", "accepted = committed: kills at chosen system calls lose nothing, and nothing comes twice")
def test_kills_at_chosen_system_calls_lose_nothing(case: Case, mosquitto: Mosquitto) -> None:
    felt, each = (201, 2500) if case.full else (12, 1000)
    chance = case.chance()
    oracle, journal = Oracle(), case.directory / "journal"
    argv = [sys.executable, spool.__file__, str(mosquitto.port), "spool", str(journal), str(CLOCK.now())]
    plain = Child("spool", argv, case.directory / "spool.log")
    plain.start(lambda: "link up" in plain.last_words())
    plain.kill()
    killed = dict.fromkeys(CALLS, 0)
    sent = missed = 0
    while (number := sum(killed.values())) < felt:
        call = list(CALLS)[number % len(CALLS)]
        tracing = traced(call, "signal=KILL", str(chance.randint(1, CALLS[call])), argv, case.directory / "trace")
        with Child("spool", tracing, case.directory / "spool.log") as child:
            child.spawn()
            oracle.publish(mosquitto.port, points(each, sent), READINGS)
            sent += each
            has_died = dies(child, 8.0)
        killed[call] += has_died
        missed += not has_died
        assert missed < felt / 4, f"{call} is hardly ever reached as often as asked: {child.last_words()}"
    with plain:
        plain.spawn()
        wait_until(lambda: settled(journal, sent), 120)
    again = duplicates(journal) / felt
    case.figures.update({"kills": " ".join(f"{n} x {call}" for call, n in killed.items()), "missed": missed})
    case.tell(redelivered_a_kill=f"{again:.0f} of {spool.RECEIVE_MAXIMUM * READINGS} at most")
    verdict = case.figures["judged"] = oracle.judge_journal(journal)
    assert verdict.is_clean, verdict
    assert verdict.accepted == sent
    assert again <= spool.RECEIVE_MAXIMUM * READINGS


def dies(child: Child, seconds: float) -> bool:
    deadline = CLOCK.monotonic() + seconds
    while child.running and CLOCK.monotonic() < deadline:
        pause(0.02)
    return not child.running


def duplicates(journal: Path) -> int:
    reader = JournalReader(journal)
    try:
        return sum(n for (_, outcome), n in reader.counts().items() if outcome == "duplicate")
    finally:
        reader.close()
