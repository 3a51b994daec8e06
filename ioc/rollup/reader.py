"""Follows the journal and keeps every roll-up that its samples touch. The shell around `Ripple`."""

import asyncio
from typing import Protocol

from indicators.spec import Period
from ioc.clock import Clock
from ioc.errors import TemporaryError
from ioc.model import DAY, Entry
from ioc.retry import Backoff
from ioc.rollup import calendar
from ioc.rollup.plan import Catalogue, Plan
from ioc.rollup.ripple import Ripple
from ioc.rollup.table import Table
from ioc.telemetry import Counts, Link

PAGE = 500
PAGES_PER_BATCH = 10
GATHERED_FOR = 2.0
"""Seconds to let samples gather: one batch of many costs far less than many batches of one, under load too."""


class Log(Protocol):
    """The journal, as far as rolling up needs it. `read` is called from another thread."""

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


class Roller:
    """Rolls up every entry of the journal once. All of its work is done in a thread."""

    def __init__(self, log: Log, table: Table, catalogue: Catalogue, clock: Clock, counts: Counts) -> None:
        self._log = log
        self._table = table
        self._plan = Plan(catalogue)
        self._clock = clock
        self._counts = counts
        self._link = Link("rollup-db", counts)
        self._backoff = Backoff()
        self._cursor = 0
        self._moved = asyncio.Event()

    async def run(self) -> None:
        """Go on where the table stands, and never return."""
        self._cursor = await asyncio.to_thread(self._table.cursor)
        while True:
            await self._log.beyond(self._cursor)
            if self._log.tail - self._cursor < PAGE * PAGES_PER_BATCH:
                await self._clock.sleep(GATHERED_FOR)
            await self._advance()

    async def rolled_beyond(self, seq: int) -> None:
        """Wait until a sequence number past `seq` has been rolled up and committed."""
        while self._cursor <= seq:
            await self._moved.wait()

    async def moved(self) -> None:
        """Wait until something more has been rolled up."""
        await self._moved.wait()

    def retire(self, keep_days: int) -> int:
        """Let go of values reported for days longer ago than `keep_days`; how many. The roll-ups themselves stay.

        Values of months and longer periods are kept for ever. Takes a while, so call it in a thread; while the file
        cannot be written it does nothing, and is meant to be called again.
        """
        daily = {one for one, kind in self._plan.leaf.items() if kind is Period.DAY}
        before = calendar.span(Period.DAY, self._clock.now() - keep_days * DAY).start
        try:
            gone = self._table.retire(daily, before)
        except TemporaryError as error:
            self._link.down(str(error.__cause__ or error))
            return 0
        self._counts.add("rollup_values_retired", gone)
        return gone

    async def _advance(self) -> None:
        failures = 0
        while True:
            try:
                self._cursor = await asyncio.to_thread(self._take)
            except TemporaryError as error:
                failures += 1
                self._link.down(str(error.__cause__ or error))
                await self._clock.sleep(self._backoff.delay(failures))
            else:
                self._link.up()
                break
        self._counts.set("rollup_lag", max(0, self._log.tail - self._cursor))
        self._moved.set()
        self._moved = asyncio.Event()

    def _take(self) -> int:
        """Roll up and commit the next batch; returns the new cursor."""
        entries = self._gather()
        if not entries:
            return self._cursor
        last = entries[-1].seq
        with self._table.writing(last) as page:
            ripple = Ripple(self._plan, page)
            passed = ripple.add(entries)
            changed = ripple.settle()
        self._counts.add("samples_rolled_up", len(entries) - sum(passed))
        self._counts.add("samples_outside_catalogue", passed.strange)
        self._counts.add("samples_late_for_rollup", passed.late)
        self._counts.add("rollups_changed", changed)
        return last

    def _gather(self) -> list[Entry]:
        """The next batch, in small reads so that nobody waits long for the journal's files."""
        entries: list[Entry] = []
        after = self._cursor
        for _ in range(PAGES_PER_BATCH):
            page = self._log.read(after, PAGE)
            entries += page
            if len(page) < PAGE:
                break
            after = page[-1].seq
        return entries
