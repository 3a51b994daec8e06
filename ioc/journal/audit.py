"""Whether the books balance: every input has exactly one outcome, and the journal has booked what the pumps took."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

import structlog

from ioc.clock import Clock
from ioc.errors import JournalError
from ioc.journal.partition import DUPLICATE, RECEIVED, STORED
from ioc.journal.reader import Balance
from ioc.journal.salvage import LOST
from ioc.model import HOUR, Micros, Reason
from ioc.telemetry import Counts, Link

EVERY_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
LOOKED_BACK = 2 * HOUR

log = structlog.get_logger("ioc.journal.audit")


class Books(Protocol):
    """The journal, as far as the audit reads it."""

    def ledger(self, since: Micros) -> list[Balance]:
        """The balances of the hours since then."""
        ...

    def counts(self) -> dict[tuple[str, str], int]:
        """How many inputs ever had which outcome, by (source, outcome)."""
        ...


class Audit:
    """Shows `ledger_inputs`, `ledger_pipeline` and `ledger_imbalance`; the last is not 0 once it has lasted 60 s.

    Two sums must agree for every source. On disk: received = stored + duplicate + dead in every hour. Between memory
    and disk: what the pumps took (`inputs_taken`) minus what is under way is what the journal booked since we began.
    """

    def __init__(self, books: Books, clock: Clock, counts: Counts) -> None:
        """The pumps count `inputs_taken` and set `ledger_pipeline` in the same `counts`."""
        self._books = books
        self._clock = clock
        self._counts = counts
        self._link = Link("audit", counts)
        self._since: dict[str, float] = {}
        self._begin: Mapping[str, int] | None = None

    async def run(self) -> None:
        """Look every five seconds, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except JournalError as error:
                self._link.down(str(error))
            else:
                self._link.up()
            await self._clock.sleep(EVERY_SECONDS)

    def look(self) -> None:
        """Compare the books once."""
        totals = self._books.counts()
        booked = {source: n for (source, outcome), n in totals.items() if outcome == RECEIVED}
        if self._begin is None:
            self._begin = {source: n - self._passed(source) for source, n in booked.items()}
        off = self._off_the_disk()
        for source, n in booked.items():
            off[source] = off.get(source, 0) + abs(self._unbooked(source, n))
        for source, difference in off.items():
            self._judge(source, difference)
        self._show(totals)

    def _off_the_disk(self) -> dict[str, int]:
        """The sum of the hours' differences by source, each taken as positive so that they cannot cancel out."""
        off: dict[str, int] = {}
        for balance in self._books.ledger(self._clock.now() - LOOKED_BACK):
            off[balance.source] = off.get(balance.source, 0) + abs(balance.difference)
        return off

    def _unbooked(self, source: str, booked: int) -> int:
        begin = self._begin.get(source, 0) if self._begin is not None else 0
        return self._passed(source) - (booked - begin)

    def _passed(self, source: str) -> int:
        """Inputs that the pump took and that are no longer under way."""
        taken = self._counts.value("inputs_taken", source=source)
        return int(taken - self._counts.value("ledger_pipeline", source=source))

    def _judge(self, source: str, difference: int) -> None:
        now = self._clock.monotonic()
        shown = self._counts.value("ledger_imbalance", source=source)
        if difference == 0:
            self._since.pop(source, None)
            if shown:
                log.info("ledger balances again", source=source)
        elif now - self._since.setdefault(source, now) >= PATIENCE_SECONDS:
            if not shown:
                log.error("ledger does not balance", source=source, difference=difference)
            self._counts.set("ledger_imbalance", difference, source=source)
            return
        self._counts.set("ledger_imbalance", 0, source=source)

    def _show(self, totals: dict[tuple[str, str], int]) -> None:
        reasons = {reason.value for reason in Reason} - {Reason.STORE.value}
        dead: dict[str, int] = {}
        for (source, outcome), n in totals.items():
            if outcome in {RECEIVED, STORED, DUPLICATE} or (source, outcome) == LOST:
                self._counts.set("ledger_inputs", n, source=source, outcome=outcome)
            elif outcome in reasons:
                dead[source] = dead.get(source, 0) + n
        for source, n in dead.items():
            self._counts.set("ledger_inputs", n, source=source, outcome="dead")
