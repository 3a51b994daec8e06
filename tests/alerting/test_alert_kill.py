"""Killed in any state, as often as you like: what is on disk in the end is what an undisturbed twin wrote."""

import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import msgspec

from ioc.alerting.ledger import Ledger
from ioc.model import Entry, Kind, Status
from tests.alerting.bed import entries
from tests.alerting.child import ENTRIES, course, run_until, start

STOPS = range(25, 400, 25)
KILLS_AT_WORK = 12
WIDER = (Kind.RISING, Kind.STUCK, Kind.COUNT)


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
        elif alert.rule.kind in WIDER:
            found.add(f"{alert.rule.kind}")
        elif alert.status is Status.PENDING:
            found.add("pending")
        else:
            found.add("keep-firing" if alert.timer else "firing")
    return found


def dump(state: Path) -> list[str]:
    """All that is on disk; of the tape what it tells, for what was written together is not the same after a kill."""
    ledger = Ledger(state)
    heard = sorted(ledger.load().heard)
    ledger.close()
    with closing(sqlite3.connect(state)) as db:
        return [*(line for line in db.iterdump() if not line.startswith('INSERT INTO "tape"')), *map(str, heard)]


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
    assert sum(line.startswith('INSERT INTO "acts"') for line in dump(twin)) > 50
    assert all(in_state[name] >= 5 for name in ("ok", "pending", "firing", "keep-firing", "no-data")), in_state
    assert all(in_state[kind] for kind in WIDER), in_state


def test_the_ledger_after_kills_at_work_equals_that_of_a_twin(tmp_path: Path) -> None:
    journal, state, twin = tmp_path / "journal.json", tmp_path / "state.db", tmp_path / "twin.db"
    dice = random.Random(11)
    journal.write_bytes(msgspec.json.encode(entries(course(dice))))
    run_until(start(journal, twin, ENTRIES), "idle")

    for _ in range(KILLS_AT_WORK):
        assert run_until(start(journal, state, ENTRIES), "idle", lines=dice.randint(1, 12)) != "idle"
    run_until(start(journal, state, ENTRIES), "idle")
    assert dump(state) == dump(twin)
