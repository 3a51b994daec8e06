"""Killed in any state, as often as you like: what is on disk in the end is what an undisturbed twin wrote."""

import random
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import msgspec

from ioc.alerting.ledger import Ledger
from ioc.model import Entry, Kind, Sample, Status
from tests.alerting.bed import entries, sample

HERE = Path(__file__).parent
ENTRIES = 420
STOPS = range(25, 400, 25)
KILLS_AT_WORK = 12
SITES = ["an-thoi", "cho-lach", "giong-trom", "thanh-phu"]


def course(dice: random.Random) -> list[Sample]:
    """Four stations, a value every 20 s or so, wandering through all limits, with gaps, delays and late values."""
    samples, values = [], dict.fromkeys(SITES, 5.0)
    received = 0.0
    for i in range(ENTRIES):
        place = dice.choice(SITES[: 3 + (i // 60) % 2])
        values[place] = min(16.0, max(0.0, values[place] + dice.choice([-4.0, -1.0, 0.0, 0.0, 2.0, 4.0])))
        measured = 8.0 * i - (200 if dice.random() < 0.05 else dice.uniform(0, 3))
        received = max(received, 8.0 * i + dice.uniform(0, 5))
        samples.append(sample(measured, values[place], received=received, site=place))
    return samples


def start(journal: Path, state: Path, stop: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "evaluate_journal.py"), str(journal), str(state), str(stop)]
    root = {"PYTHONPATH": str(HERE.parents[1])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=root)


def kill(child: subprocess.Popen[str]) -> None:
    with child:
        child.kill()


def run_until(child: subprocess.Popen[str], word: str, lines: int = 10**6) -> str:
    """Read what the child says until `word` or that many lines, kill it, and return its last word."""
    assert child.stdout is not None
    said = ""
    for _ in range(lines):
        said = child.stdout.readline().strip()
        if said in (word, ""):
            break
    kill(child)
    assert said, "the evaluating process died of itself"
    return said


def states(state: Path) -> set[str]:
    """Which states some alert was in when the process was killed."""
    ledger = Ledger(state)
    memory = ledger.load()
    ledger.close()
    alerts = dict(memory.alerts)
    heard = {key for key, _ in memory.heard}
    found = {"ok"} if heard - {key[:2] for key in alerts} else set()
    for alert in alerts.values():
        if alert.rule.kind is Kind.NO_DATA:
            found.add("no-data")
        elif alert.status is Status.PENDING:
            found.add("pending")
        else:
            found.add("keep-firing" if alert.timer else "firing")
    return found


def dump(state: Path) -> list[str]:
    with closing(sqlite3.connect(state)) as db:
        return list(db.iterdump())


def test_the_ledger_after_kills_in_every_state_equals_that_of_a_twin(tmp_path: Path) -> None:
    journal, state, twin = tmp_path / "journal.json", tmp_path / "state.db", tmp_path / "twin.db"
    kept: list[Entry] = entries(course(random.Random(7)))
    journal.write_bytes(msgspec.json.encode(kept))
    run_until(start(journal, twin, ENTRIES), "idle")

    in_state: Counter[str] = Counter()
    for stop in STOPS:
        run_until(start(journal, state, stop), "idle")
        in_state.update(states(state))
    run_until(start(journal, state, ENTRIES), "idle")
    assert dump(state) == dump(twin)
    assert all(in_state[name] >= 5 for name in ("ok", "pending", "firing", "keep-firing", "no-data")), in_state


def test_the_ledger_after_kills_at_work_equals_that_of_a_twin(tmp_path: Path) -> None:
    journal, state, twin = tmp_path / "journal.json", tmp_path / "state.db", tmp_path / "twin.db"
    dice = random.Random(11)
    journal.write_bytes(msgspec.json.encode(entries(course(dice))))
    run_until(start(journal, twin, ENTRIES), "idle")

    for _ in range(KILLS_AT_WORK):
        assert run_until(start(journal, state, ENTRIES), "idle", lines=dice.randint(1, 12)) != "idle"
    run_until(start(journal, state, ENTRIES), "idle")
    assert dump(state) == dump(twin)
