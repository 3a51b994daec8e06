import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ioc.alerting.judge import Judge
from ioc.alerting.ledger import JUDGED_KEPT, SCHEMAS, Ledger
from ioc.alerting.outbox import Outbox, Outcome
from ioc.alerting.record import read_record
from ioc.alerting.replay import Start
from ioc.alerting.turn import Heard, Memory, Turn
from ioc.errors import PermanentError, TemporaryError
from ioc.model import HOUR, SECOND, Sample, Severity, Status
from tests.alerting.bed import SmallCatalogue, at, entries, limit, remember, sample, tell_one

STORY = [sample(0, 11.0), sample(60, 11.0), sample(70, 1.0), sample(100, 1.0)]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "state.db")
    yield opened
    opened.close()


def turn_of(samples: list[Sample]) -> Turn:
    turn = Judge(SmallCatalogue([limit()]), Memory()).take(entries(samples))
    turn.notifications += [note for told in turn.transitions if told.revision for note in tell_one(told)]
    return turn


def test_a_new_ledger_is_empty(ledger: Ledger) -> None:
    memory = ledger.load()
    assert (memory.cursor, memory.horizon, list(memory.heard), list(memory.alerts)) == (0, 0, [], [])
    assert (ledger.cursor(), ledger.active(), ledger.events(10)) == (0, [], [])
    assert Outbox(ledger).counts() == dict.fromkeys(Outcome, 0)


@pytest.mark.parametrize("seen", range(1, len(STORY) + 1))
def test_load_gives_back_what_was_committed(ledger: Ledger, seen: int) -> None:
    turn = turn_of(STORY[:seen])
    ledger.commit(turn)
    expected, memory = remember(Memory(), turn), ledger.load()
    assert (memory.cursor, memory.horizon) == (seen, expected.horizon)
    assert list(memory.heard) == list(expected.heard)
    assert list(memory.alerts) == list(expected.alerts)


def test_the_file_is_flushed_at_every_commit(ledger: Ledger) -> None:
    assert ledger._db.execute("pragma synchronous").fetchone() == (2,)
    assert ledger._db.execute("pragma journal_mode").fetchone() == ("wal",)


def test_a_turn_that_fails_leaves_nothing(ledger: Ledger) -> None:
    turn = turn_of(STORY)
    turn.judged.append(("not a number", Severity.WARNING))  # type: ignore[arg-type]
    with pytest.raises(PermanentError):
        ledger.commit(turn)
    assert (ledger.cursor(), ledger.events(10), Outbox(ledger).counts()["waiting"]) == (0, [], 0)
    ledger.commit(turn_of(STORY))
    assert ledger.cursor() == 4


def test_a_locked_file_is_a_temporary_error(ledger: Ledger, tmp_path: Path) -> None:
    ledger._db.execute("pragma busy_timeout = 10")
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(TemporaryError):
            ledger.commit(turn_of(STORY))


def test_a_file_of_another_schema_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db")) as db:
        db.execute("pragma user_version = 99")
    with pytest.raises(PermanentError, match="schema 99"):
        Ledger(tmp_path / "state.db")


def test_a_file_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db")) as db:
        db.executescript(SCHEMAS[0] + "pragma user_version = 1;")
    opened = Ledger(tmp_path / "state.db")
    opened.commit(Turn(cursor=8, awaited=at(3)))
    opened.close()
    record = read_record(tmp_path / "state.db")
    assert (record.cursor, record.starts) == (8, (Start(8, at(3)),))


def test_severities_lists_what_is_not_ok(ledger: Ledger) -> None:
    ledger.commit(turn_of(STORY))
    assert ledger.severities(1, 4) == {1: Severity.CRITICAL, 2: Severity.CRITICAL}
    assert ledger.severities(2, 2) == {2: Severity.CRITICAL}
    assert ledger.severities(3, 4) == {}


def test_severities_far_behind_are_forgotten(ledger: Ledger) -> None:
    ledger.commit(turn_of(STORY))
    ledger.commit(Turn(cursor=JUDGED_KEPT + 1, samples=1))
    assert ledger.severities(1, 4) == {2: Severity.CRITICAL}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [(1, [Status.PENDING]), (2, [Status.FIRING]), (3, [Status.FIRING]), (4, [Status.RESOLVED])],
)
def test_active_shows_the_latest_transition(ledger: Ledger, seen: int, expected: list[Status]) -> None:
    ledger.commit(turn_of(STORY[:seen]))
    assert [told.after for told in ledger.active()] == expected


def test_active_forgets_pending_that_came_to_nothing(ledger: Ledger) -> None:
    ledger.commit(turn_of([sample(0, 11.0), sample(10, 1.0)]))
    assert ledger.active() == []
    assert len(ledger.events(10)) == 2


def test_active_shows_resolved_for_an_hour_of_logical_time(ledger: Ledger) -> None:
    ledger.commit(turn_of(STORY))
    ledger.commit(Turn(cursor=5, horizon=at(101) + HOUR, samples=1))
    assert len(ledger.active()) == 1
    ledger.commit(Turn(cursor=6, horizon=at(101) + HOUR + 1, samples=1))
    assert ledger.active() == []


def test_events_come_newest_first_and_page_back(ledger: Ledger) -> None:
    ledger.commit(turn_of(STORY))
    newest = ledger.events(2)
    assert [told.after for _, told in newest] == [Status.RESOLVED, Status.FIRING]
    (oldest,) = ledger.events(2, before_id=newest[-1][0])
    assert oldest[1].after is Status.PENDING


def test_retire_forgets_what_is_over_and_old(ledger: Ledger, tmp_path: Path) -> None:
    ledger.commit(turn_of(STORY))
    for number, *_ in Outbox(ledger).due(at(1000), 10):
        Outbox(ledger).settle(number, "sent")
    assert ledger.retire(at(50)) == 1
    assert [told.after for _, told in ledger.events(10)] == [Status.RESOLVED, Status.FIRING]
    assert read_record(tmp_path / "state.db").cut == at(50)
    assert ledger.retire(at(1000)) == 2
    assert (ledger.events(10), ledger.active(), Outbox(ledger).counts()["sent"]) == ([], [], 0)
    assert read_record(tmp_path / "state.db").cut == at(1000)


def test_retire_keeps_what_an_alert_that_stands_was_last_told_and_messages_not_settled(ledger: Ledger) -> None:
    ledger.commit(turn_of(STORY[:2]))
    ledger.retire(at(10**6))
    assert [told.after for told in ledger.active()] == [Status.FIRING]
    assert Outbox(ledger).counts()["waiting"] == 1


def test_retire_of_nothing_cuts_nothing(ledger: Ledger, tmp_path: Path) -> None:
    ledger.commit(turn_of(STORY))
    assert ledger.retire(0) == 0
    assert read_record(tmp_path / "state.db").cut == 0


def test_the_outbox_keeps_a_message_until_its_outcome_is_known(ledger: Ledger) -> None:
    ledger.commit(turn_of(STORY))
    (first, message, tries, *_), (second, *_) = Outbox(ledger).due(at(0), 10)
    assert (message.revision, message.transition.after, tries) == (1, Status.FIRING, 0)
    Outbox(ledger).settle(first, "sent")
    Outbox(ledger).settle(second, "retry", next_try=at(30), detail="503")
    assert Outbox(ledger).due(at(30) - 1, 10) == []
    ((again, _, tries, *_),) = Outbox(ledger).due(at(30), 10)
    assert (again, tries) == (second, 1)
    assert Outbox(ledger).counts() == dict.fromkeys(Outcome, 0) | {"waiting": 1, "sent": 1}


@pytest.mark.parametrize("outcome", ["unknown", "failed"])
def test_an_outcome_is_the_end_unless_another_try_is_set(ledger: Ledger, outcome: str) -> None:
    ledger.commit(turn_of(STORY[:2]))
    ((number, *_),) = Outbox(ledger).due(at(0), 10)
    Outbox(ledger).settle(number, outcome, next_try=at(5))
    assert len(Outbox(ledger).due(at(5), 10)) == 1
    Outbox(ledger).settle(number, outcome, detail="no answer")
    assert Outbox(ledger).due(at(1000), 10) == []
    assert Outbox(ledger).counts()[outcome] == 1


def test_an_outcome_nobody_knows_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="perhaps"):
        Outbox(ledger).settle(1, "perhaps")


def test_readers_and_writers_of_many_threads_do_not_meet(ledger: Ledger) -> None:
    ledger.commit(turn_of(STORY))
    failures: list[Exception] = []

    def work(lane: int) -> None:
        try:
            for turn in range(30):
                if lane % 2:
                    Outbox(ledger).settle(1, "retry", next_try=turn * SECOND)
                else:
                    assert len(ledger.events(10)) == 3
        except Exception as error:  # noqa: BLE001 - carried to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(lane,)) for lane in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Outbox(ledger).due(100 * SECOND, 1)[0][2] == 90


def test_what_was_heard_is_carried_over_from_the_table_of_older_files(tmp_path: Path) -> None:
    rows = [
        (f"site-{n:04}", "salinity", None if n == 7 else n, n, None if n % 2 else n + 1, "mỏ-cày") for n in range(1203)
    ]
    with closing(sqlite3.connect(tmp_path / "state.db")) as db:
        for schema in SCHEMAS[:5]:
            db.executescript(schema)
        db.executemany("insert into heard values (?, ?, ?, ?, ?, ?)", rows)
        db.execute("pragma user_version = 5")
        db.commit()
    ledger = Ledger(tmp_path / "state.db")
    ledger.commit(Turn(heard={("site-0003", "salinity"): Heard(9, 9, 9, "")}))
    found = dict(ledger.load().heard)
    ledger.close()
    assert found == {
        (site, indicator): Heard(*times)
        for site, indicator, *times in rows  # type: ignore[arg-type]
    } | {("site-0003", "salinity"): Heard(9, 9, 9, "")}
