"""The ledger: every input has one outcome, committed with it, and a difference is found."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from indicators.load import load
from indicators.lookup import Catalogue
from ioc.clock import ManualClock
from ioc.errors import JournalError
from ioc.intake.judge import Verdict, judge
from ioc.journal.audit import Audit
from ioc.journal.journal import Journal, JournalConfig
from ioc.journal.reader import Balance, partitions
from ioc.model import HOUR, SECOND, Message, Micros, Reason, Rejection, Sample
from ioc.pump import inputs
from ioc.telemetry import Counts

T0 = 1_741_741_200 * SECOND - 1_741_741_200 * SECOND % HOUR


def sample(at: int, source: str = "mqtt") -> Sample:
    return Sample("s", "f", "i", at, 1.0, source=source)


def refusal(reason: Reason = Reason.RANGE, source: str = "mqtt") -> Rejection:
    return Rejection(reason, source, "ioc/v1/s", b"{}", "no", None)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(T0)


async def test_ledger_is_exact_by_source_and_hour(tmp_path: Path, clock: ManualClock) -> None:
    async with Journal(JournalConfig(directory=tmp_path), clock, Counts()) as journal:
        await journal.append([sample(1), sample(1), sample(2)], [refusal()], {"mqtt": 4})
        await journal.append([sample(3, "files")], [], {"files": 1})
        clock.move(3600)
        await journal.append([sample(1)], [refusal(), refusal(Reason.SCHEMA)], {"mqtt": 3})
        clock.move(86_400)
        await journal.append([sample(9)], [], {"mqtt": 1})
        assert journal.ledger(0) == [
            Balance("mqtt", T0 + 25 * HOUR, 1, 1, 0, 0),
            Balance("mqtt", T0 + HOUR, 3, 0, 1, 2),
            Balance("mqtt", T0, 4, 2, 1, 1),
            Balance("files", T0, 1, 1, 0, 0),
        ]
        assert [balance.hour for balance in journal.ledger(T0 + 2 * HOUR)] == [T0 + 25 * HOUR]
        assert journal.counts()["mqtt", "received"] == 8


async def test_what_a_database_refuses_later_is_no_second_outcome(tmp_path: Path, clock: ManualClock) -> None:
    async with Journal(JournalConfig(directory=tmp_path), clock, Counts()) as journal:
        await journal.append([sample(1)], [], {"mqtt": 1})
        await journal.append([], [refusal(Reason.STORE)])
        assert [balance.difference for balance in journal.ledger(0)] == [0]


def take(counts: Counts, n: int) -> None:
    counts.add("inputs_taken", n, source="mqtt")


async def test_input_without_outcome_is_flagged_after_a_minute(tmp_path: Path, clock: ManualClock) -> None:
    counts = Counts()
    async with Journal(JournalConfig(directory=tmp_path), clock, counts) as journal:
        audit = Audit(journal, clock, counts)
        audit.look()
        take(counts, 3)
        await journal.append([sample(1), sample(2)], [], {"mqtt": 3})
        audit.look()
        clock.move(59)
        audit.look()
        assert counts.value("ledger_imbalance", source="mqtt") == 0
        clock.move(2)
        audit.look()
        assert counts.value("ledger_imbalance", source="mqtt") == 1
        assert counts.value("ledger_inputs", source="mqtt", outcome="received") == 3
        assert counts.value("ledger_inputs", source="mqtt", outcome="stored") == 2


async def test_differences_of_two_hours_do_not_cancel_out(tmp_path: Path, clock: ManualClock) -> None:
    counts = Counts()
    async with Journal(JournalConfig(directory=tmp_path), clock, counts) as journal:
        await journal.append([sample(1)], [], {"mqtt": 2})
        clock.move(3600)
        await journal.append([sample(2), sample(3)], [], {"mqtt": 1})
        audit = Audit(journal, clock, counts)
        audit.look()
        clock.move(61)
        audit.look()
        assert counts.value("ledger_imbalance", source="mqtt") == 2


async def test_batch_taken_but_never_booked_is_flagged_unless_it_is_under_way(
    tmp_path: Path, clock: ManualClock
) -> None:
    counts = Counts()
    async with Journal(JournalConfig(directory=tmp_path), clock, counts) as journal:
        take(counts, 1)
        await journal.append([sample(1)], [], {"mqtt": 1})
        audit = Audit(journal, clock, counts)
        audit.look()
        take(counts, 5)
        counts.set("ledger_pipeline", 5, source="mqtt")
        for _ in range(3):
            clock.move(40)
            audit.look()
        assert counts.value("ledger_imbalance", source="mqtt") == 0
        counts.set("ledger_pipeline", 0, source="mqtt")
        for _ in range(3):
            clock.move(40)
            audit.look()
        assert counts.value("ledger_imbalance", source="mqtt") == 5
        await journal.append([sample(n) for n in range(2, 7)], [], {"mqtt": 5})
        audit.look()
        assert counts.value("ledger_imbalance", source="mqtt") == 0


async def test_row_removed_behind_our_back_is_flagged(tmp_path: Path, clock: ManualClock) -> None:
    counts = Counts()
    async with Journal(JournalConfig(directory=tmp_path), clock, counts) as journal:
        await journal.append([sample(1)], [], {"mqtt": 1})
        with closing(sqlite3.connect(partitions(tmp_path)[0], isolation_level=None)) as db:
            db.execute("UPDATE ledger SET n = 7 WHERE outcome = 'stored'")
        audit = Audit(journal, clock, counts)
        audit.look()
        clock.move(61)
        audit.look()
        assert counts.value("ledger_imbalance", source="mqtt") == 6


GOOD = '{"value": 3, "at": "2025-03-12T08:00:00+07:00", "field": "environment", "indicator": "salinity"}'


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(tenant="ben-tre")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (GOOD, 1),
        (f"[{GOOD}, {GOOD}]", 2),
        (f"[{GOOD}, 7, null]", 3),
        ("[]", 0),
        ("[" + ",".join([GOOD] * 1001) + "]", 1),
        ("[" * 50 + "]" * 50, 1),
        ("[" * 100_000, 1),
        ("not json", 1),
        ("[not json", 1),
        (f'[{GOOD}, {{"value": NaN, "at": "x"}}]', 2),
        (b"\xff\xfe" + f"[{GOOD},1]".encode("utf-16-le"), 2),
        (f"  [{GOOD}]", 1),
        ("", 1),
    ],
)
def test_inputs_are_as_many_as_intake_gives_outcomes(payload: str | bytes, expected: int, catalogue: Catalogue) -> None:
    data = payload.encode() if isinstance(payload, str) else payload
    message = Message("ioc/v1/ben-tre", data, 1, "mqtt")
    verdict = judge(message, catalogue, T0 + HOUR * 24)
    assert len(verdict.samples) + len(verdict.rejections) == expected
    assert inputs(message, verdict) == expected


def test_reading_that_intake_loses_is_noticed() -> None:
    def forgetful(message: Message, now: Micros) -> Verdict:
        assert now
        assert message
        return Verdict([sample(1)], [])

    message = Message("ioc/v1/ben-tre", f"[{GOOD}, {GOOD}]".encode(), 1, "mqtt")
    assert inputs(message, forgetful(message, T0)) == 2


async def test_books_that_cannot_be_read_are_looked_at_again(clock: ManualClock) -> None:
    loop, looked, again = asyncio.get_running_loop(), [], asyncio.Event()

    class Locked:
        def ledger(self, since: Micros) -> list[Balance]:
            looked.append(since)
            if len(looked) == 2:
                loop.call_soon_threadsafe(again.set)
            raise JournalError("locked")

        def counts(self) -> dict[tuple[str, str], int]:
            return {}

    running = asyncio.create_task(Audit(Locked(), clock, Counts()).run())
    await asyncio.wait_for(again.wait(), 5)
    running.cancel()
