"""The messages in `state.db`: counted without a walk, found by the provider's number without one."""

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ioc.alerting import ledger as ledgers
from ioc.alerting.ledger import Ledger
from ioc.alerting.outbox import COUNTS, NUMBERED, Outbox, Outcome
from ioc.alerting.turn import Turn
from ioc.model import Notification, Status
from tests.alerting.bed import T0, at, tell_one
from tests.notify.test_sentence import transition


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "state.db")
    yield opened
    opened.close()


def message(number: int) -> Notification:
    return tell_one(transition(incident=f"i-{number}", at=T0, after=Status.FIRING))[0]


def counted(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as db:
        states: Counter[str] = Counter(state for (state,) in db.execute("select state from outbox"))
    return {one.value: states[one] for one in Outcome}


def test_counts_are_those_of_a_walk_whatever_happens_to_the_messages(ledger: Ledger) -> None:
    outbox, dice = Outbox(ledger), random.Random(4)
    outbox.add([message(number) for number in range(30)], T0)
    seen: Counter[str] = Counter()
    for number in range(300):
        one, now = dice.randint(1, 40), at(number)
        deed = dice.randrange(7)
        if deed == 0:
            outbox.hold([(one, "budget")], now)
        elif deed == 1:
            outbox.fold([(message(1000 + number), [one], [])], now)
        elif deed == 2:
            outbox.prove(one, has_arrived=dice.random() < 0.5)
        elif deed == 3:
            outbox.receive("webhook", f"m-{dice.randint(1, 9)}", now, T0)
        elif deed == 4 and number % 20 == 0:
            ledger.retire(now)
        else:
            outcome = dice.choice(["sent", "sent", "unknown", "failed", "retry"])
            outbox.settle(one, outcome, now if outcome == "retry" else None, f"m-{dice.randint(1, 9)}", now)
        assert outbox.counts() == counted(ledger.path)
        seen.update(name for name, count in outbox.counts().items() if count)
    assert set(seen) == set(Outcome)


def test_an_older_file_is_counted_once_when_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.db"
    with monkeypatch.context() as patched:
        patched.setattr(ledgers, "SCHEMAS", ledgers.SCHEMAS[: ledgers.SCHEMAS.index(ledgers.RECEIPTS)])
        older = Ledger(path)
        older.commit(Turn(samples=1, notifications=[message(number) for number in range(7)]))
        Outbox(older).settle(3, "sent")
        older.close()
    newer = Ledger(path)
    assert Outbox(newer).counts() == dict.fromkeys(Outcome, 0) | {"waiting": 6, "sent": 1} == counted(path)
    newer.close()


@pytest.mark.parametrize(
    ("query", "values", "table", "index"),
    [
        (COUNTS, (), "outbox_counts", ""),
        (NUMBERED, ("m-1", 0, "zns"), "outbox", "outbox_detail"),
    ],
)
def test_a_question_walks_over_no_messages(
    ledger: Ledger, query: str, values: tuple[object, ...], table: str, index: str
) -> None:
    plan = [row[-1] for row in ledger._db.execute(f"explain query plan {query}", values)]
    assert len(plan) == 1
    expected = f"SEARCH {table} USING INDEX {index} (detail=?)" if index else f"SCAN {table}"
    assert plan == [expected]
