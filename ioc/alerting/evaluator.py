"""Follows the journal, has it judged, commits what came of it. The shell around `Judge`."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from ioc.alerting.judge import Judge
from ioc.alerting.ledger import Ledger
from ioc.alerting.rules import NO_EXTRAS, Extras, Limits
from ioc.alerting.turn import Turn
from ioc.clock import Clock
from ioc.errors import TemporaryError
from ioc.model import MINUTE, SECOND, Entry, Micros, Notification, Transition
from ioc.retry import Backoff
from ioc.telemetry import Counts, Link

BATCH = 500
SETTLED_AFTER = 0.5
BEAT: Micros = 30 * SECOND
"""How often the horizon is kept though nothing happened: it is what tells later when the engine stopped."""
BREAK: Micros = MINUTE
"""A pause that is longer is a break, in which nobody can be blamed for silence."""
STALL = 60.0
"""Real seconds between two looks at the journal: a process that was stopped that long did not listen either."""

Tell = Callable[[Transition], Sequence[Notification]]


class Log(Protocol):
    """The journal, as far as judging needs it."""

    @property
    def tail(self) -> int:
        """The last sequence number committed."""
        ...

    def read(self, after: int, limit: int) -> list[Entry]:
        """Up to `limit` entries that follow number `after`."""
        ...

    async def beyond(self, seq: int) -> None:
        """Wait until the tail is past `seq`."""
        ...


class Evaluator:
    """Judges every entry of the journal once. Start `run`; the others may wait with `judged_beyond`."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts that an evaluator stands between
        self,
        log: Log,
        ledger: Ledger,
        limits: Limits,
        clock: Clock,
        counts: Counts,
        tell: Tell,
        extras: Extras = NO_EXTRAS,
    ) -> None:
        """`tell` turns a transition that has a revision, so is told, into messages, purely."""
        self._extras = extras
        self._beaten: Micros = 0
        self._log = log
        self._ledger = ledger
        self._limits = limits
        self._clock = clock
        self._counts = counts
        self._tell = tell
        self._link = Link("state-db", counts)
        self._backoff = Backoff()
        self._cursor = 0
        self._moved = asyncio.Event()
        self._told = asyncio.Event()

    async def run(self) -> None:
        """Go on where the ledger stands, and never return."""
        judge = Judge(self._limits, await asyncio.to_thread(self._ledger.load), self._extras)
        started, self._beaten = self._clock.now(), judge.horizon
        await self._commit(judge.await_first(started))
        await self._catch_up(judge, started)
        looked = self._clock.monotonic()
        while True:
            if self._clock.monotonic() - looked > STALL:
                await self._catch_up(judge, self._clock.now())
            looked = self._clock.monotonic()
            entries = self._log.read(judge.cursor, BATCH)
            if entries:
                await self._commit(judge.take(entries))
                continue
            # What the clock shows now is past for good once the journal has stayed drained for the time of a commit.
            horizon = self._clock.now()
            if await self._stays_drained(judge.cursor):
                await self._commit(judge.advance(horizon))

    async def _catch_up(self, judge: Judge, started: Micros) -> None:
        """Judge what was received before the start; between two receipts, and up to the start, there may be breaks."""
        while True:
            entries = [entry for entry in self._log.read(judge.cursor, BATCH) if entry.sample.received_at < started]
            unbroken = _up_to_break(entries, judge.horizon)
            if unbroken:
                await self._commit(judge.take(unbroken))
                continue
            resumed = entries[0].sample.received_at if entries else started
            if judge.horizon and resumed - judge.horizon > BREAK:
                await self._commit(judge.resume(resumed))
            if not entries:
                return

    async def judged_beyond(self, seq: int) -> None:
        """Wait until a sequence number past `seq` has been judged and committed."""
        while self._cursor <= seq:
            await self._moved.wait()

    async def moved(self) -> None:
        """Wait until a batch has been judged, or the timers have been looked at."""
        await self._moved.wait()

    async def told(self) -> None:
        """Wait until messages have been put into the outbox since the last call. For one caller."""
        await self._told.wait()
        self._told.clear()

    async def _stays_drained(self, cursor: int) -> bool:
        arrival = asyncio.ensure_future(self._log.beyond(cursor))
        pause = asyncio.ensure_future(self._clock.sleep(SETTLED_AFTER))
        try:
            done, _ = await asyncio.wait({arrival, pause}, return_when=asyncio.FIRST_COMPLETED)
            if arrival in done:
                arrival.result()
            return arrival not in done
        finally:
            arrival.cancel()
            pause.cancel()

    async def _commit(self, turn: Turn) -> None:
        turn.beats = turn.horizon - self._beaten >= BEAT
        if not turn.is_empty:
            turn.notifications += [note for told in turn.transitions if told.revision for note in self._tell(told)]
            await self._store(turn)
            self._beaten = turn.horizon
            self._count(turn)
            if turn.notifications:
                self._told.set()
        self._cursor = turn.cursor
        self._moved.set()
        self._moved = asyncio.Event()
        self._counts.set("evaluator_lag", max(0, self._log.tail - turn.cursor))

    async def _store(self, turn: Turn) -> None:
        failures = 0
        while True:
            try:
                await asyncio.to_thread(self._ledger.commit, turn)
            except TemporaryError as error:
                failures += 1
                self._link.down(str(error.__cause__ or error))
                await self._clock.sleep(self._backoff.delay(failures))
            else:
                self._link.up()
                return

    def _count(self, turn: Turn) -> None:
        self._counts.add("samples_judged", turn.samples)
        self._counts.add("samples_late", turn.late)
        for told in turn.transitions:
            self._counts.add("alert_transitions", after=told.after.value, severity=told.severity.name.lower())


def _up_to_break(entries: Sequence[Entry], horizon: Micros) -> list[Entry]:
    """The entries that follow each other without a break; of a first run there is no break before the first."""
    last = horizon or (entries[0].sample.received_at if entries else 0)
    for number, entry in enumerate(entries):
        if entry.sample.received_at - last > BREAK:
            return list(entries[:number])
        last = entry.sample.received_at
    return list(entries)
