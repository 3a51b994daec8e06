import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from indicators.spec import Limit
from ioc.alerting.evaluator import Evaluator
from ioc.alerting.ledger import Ledger
from ioc.alerting.outbox import Outbox
from ioc.alerting.record import read_record
from ioc.clock import SystemClock
from ioc.model import SECOND, Micros, Severity, Status
from ioc.telemetry import Counts
from tests.alerting.bed import T0, MemoryLog, SmallCatalogue, at, entries, limit, sample, tell_one


class SetClock(SystemClock):
    """Shows what it was set to; waits a hundredth of what it is asked to."""

    def __init__(self) -> None:
        self.shown: Micros = T0

    def now(self) -> Micros:
        return self.shown

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 100)


class LeapingClock(SetClock):
    """Leaps ahead during the first wait; during the second, what was received before the leap arrives."""

    def __init__(self, log: MemoryLog) -> None:
        super().__init__()
        self.log, self.waits = log, 0

    async def sleep(self, seconds: float) -> None:
        self.waits += 1
        if self.waits == 1:
            self.shown = at(100)
        if self.waits == 2:
            self.log.append(sample(2, 1.0, received=50))
        await super().sleep(seconds)


class Bench:
    """An evaluator with all that it needs."""

    def __init__(
        self, ledger: Ledger, log: MemoryLog, clock: SetClock | None = None, limits: Sequence[Limit] = ()
    ) -> None:
        self.ledger, self.log = ledger, log
        self.clock, self.counts = clock or SetClock(), Counts()
        book = SmallCatalogue(limits or [limit()])
        self.evaluator = Evaluator(log, ledger, book, self.clock, self.counts, tell_one)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.evaluator.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def reach(self, seq: int) -> None:
        async with asyncio.timeout(10):
            await self.evaluator.judged_beyond(seq - 1)

    async def reach_event(self, count: int) -> list[Status]:
        async with asyncio.timeout(10):
            while len(self.ledger.events(100)) < count:
                await self.clock.sleep(1)
        return [told.after for _, told in reversed(self.ledger.events(100))]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "state.db")
    yield opened
    opened.close()


STORY = [sample(0, 11.0), sample(60, 11.0), sample(70, 1.0), sample(100, 1.0)]


async def test_run_judges_what_is_there_and_what_comes(ledger: Ledger) -> None:
    bench = Bench(ledger, MemoryLog(entries(STORY[:1])))
    async with bench.running():
        await bench.reach(1)
        assert [told.after for told in ledger.active()] == [Status.PENDING]
        bench.log.append(STORY[1])
        await bench.reach(2)
        assert [told.after for told in ledger.active()] == [Status.FIRING]
    assert ledger.severities(1, 2) == {1: Severity.CRITICAL, 2: Severity.CRITICAL}


async def test_run_goes_on_where_another_stopped(ledger: Ledger) -> None:
    for seen in range(1, len(STORY) + 1):
        bench = Bench(ledger, MemoryLog(entries(STORY[:seen])))
        async with bench.running():
            await bench.reach(seen)
    assert await bench.reach_event(3) == [Status.PENDING, Status.FIRING, Status.RESOLVED]
    assert bench.counts.value("samples_judged") == 1


async def test_only_firing_and_resolved_are_told_each_once(ledger: Ledger) -> None:
    bench = Bench(ledger, MemoryLog(entries([*STORY, sample(200, 11.0), sample(210, 1.0)])))
    async with bench.running():
        await bench.reach(6)
    waiting = [(message.revision, message.transition.after) for _, message, *_ in Outbox(ledger).due(T0, 10)]
    assert waiting == [(1, Status.FIRING), (2, Status.RESOLVED)]


async def test_what_is_muted_stays_so_over_restarts(ledger: Ledger) -> None:
    limits = [
        limit(for_=0, keep_firing_for=0),
        limit(for_=0, keep_firing_for=0, id="warn", value=5.0, severity=Severity.WARNING),
    ]
    story = [sample(0, 11.0), sample(60, 11.0), sample(70, 1.0)]
    for seen in range(1, len(story) + 1):
        bench = Bench(ledger, MemoryLog(entries(story[:seen])), limits=limits)
        async with bench.running():
            await bench.reach(seen)
    assert [told.severity for told in ledger.active()] == [Severity.CRITICAL, Severity.WARNING]
    waiting = [(message.transition.severity, message.transition.after) for _, message, *_ in Outbox(ledger).due(T0, 10)]
    assert waiting == [(Severity.CRITICAL, Status.FIRING), (Severity.CRITICAL, Status.RESOLVED)]


async def test_a_timer_runs_out_while_nothing_arrives(ledger: Ledger) -> None:
    bench = Bench(ledger, MemoryLog(entries(STORY[:1])))
    async with bench.running():
        await bench.reach(1)
        bench.clock.shown = at(61) - 1
        await bench.clock.sleep(3)
        assert await bench.reach_event(1) == [Status.PENDING]
        bench.clock.shown = at(61)
        assert await bench.reach_event(2) == [Status.PENDING, Status.FIRING]
    ((_, told),) = ledger.events(1)
    assert told.at == at(61)


async def test_a_timer_waits_while_the_journal_is_not_drained(ledger: Ledger) -> None:
    bench = Bench(ledger, MemoryLog(entries([STORY[0], sample(10, 1.0)])))
    bench.clock.shown = at(1000)
    async with bench.running():
        await bench.reach(2)
    assert [told.after for _, told in reversed(ledger.events(10))][:2] == [Status.PENDING, Status.OK]


async def test_a_tick_goes_no_further_than_the_time_before_the_wait(ledger: Ledger) -> None:
    log = MemoryLog(entries(STORY[:1]))
    bench = Bench(ledger, log, LeapingClock(log))
    async with bench.running():
        await bench.reach(2)
    assert (await bench.reach_event(2))[:2] == [Status.PENDING, Status.OK]


async def test_a_series_never_heard_of_is_told_of(ledger: Ledger) -> None:
    bench = Bench(ledger, MemoryLog())
    async with bench.running():
        await bench.clock.sleep(2)
        bench.clock.shown = at(180)
        await bench.reach_event(1)
    ((_, told),) = ledger.events(1)
    assert (told.rule, told.since, told.at) == ("no-data", T0, at(180))


class StoppedClock(SetClock):
    """Can be made to jump as for a process that was stopped: both its times at once."""

    stood = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.stood

    def jump(self, seconds: float) -> None:
        self.shown += int(seconds * SECOND)
        self.stood += seconds


async def test_a_process_that_was_stopped_blames_nobody_for_silence(ledger: Ledger, tmp_path: Path) -> None:
    clock = StoppedClock()
    bench = Bench(ledger, MemoryLog(entries([sample(0, 1.0)])), clock)
    clock.shown = at(10)
    async with bench.running():
        await bench.reach(1)
        await clock.sleep(3)
        clock.jump(3600)
        await clock.sleep(5)
        assert ledger.events(10) == []
        clock.shown = at(3610 + 180)
        assert await bench.reach_event(1) == [Status.FIRING]
    ((_, told),) = ledger.events(1)
    assert (told.since, told.at) == (at(3610), at(3610 + 180))
    assert [start.at for start in read_record(tmp_path / "state.db").starts if start.stopped is not None] == [at(3610)]


async def test_a_ledger_that_cannot_be_written_is_tried_again(ledger: Ledger, tmp_path: Path) -> None:
    ledger._db.execute("pragma busy_timeout = 5")
    bench = Bench(ledger, MemoryLog(entries(STORY)))
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        async with bench.running():
            async with asyncio.timeout(10):
                while bench.counts.value("link_failures", link="state-db") < 3:
                    await bench.clock.sleep(1)
            assert ledger.cursor() == 0
            other.execute("rollback")
            await bench.reach(4)
    assert await bench.reach_event(3) == [Status.PENDING, Status.FIRING, Status.RESOLVED]


async def test_run_counts_what_it_did(ledger: Ledger) -> None:
    bench = Bench(ledger, MemoryLog(entries([*STORY, sample(90, 1.0, received=102)])))
    async with bench.running():
        await bench.reach(5)
    assert bench.counts.value("samples_judged") == 5
    assert bench.counts.value("samples_late") == 1
    assert bench.counts.value("alert_transitions", after="firing", severity="critical") == 1
    assert bench.counts.value("evaluator_lag") == 0


async def test_run_ends_when_the_journal_cannot_be_followed(ledger: Ledger) -> None:
    class BrokenLog(MemoryLog):
        async def beyond(self, seq: int) -> None:
            raise RuntimeError(f"lost at {seq}")

    with pytest.raises(RuntimeError, match="lost at 0"):
        await Bench(ledger, BrokenLog()).evaluator.run()
