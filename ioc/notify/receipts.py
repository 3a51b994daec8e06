"""What became of messages that a provider took: asked for where its interface allows, sooner first, then ever later."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from ioc.clock import Clock
from ioc.errors import IocError
from ioc.model import DAY, SECOND, Micros, OutboxRow
from ioc.telemetry import Counts, Link

FIRST_LOOK = 30 * SECOND
ROUND_SECONDS = 15.0
log = structlog.get_logger("ioc.notify.receipts")


class Provider(Protocol):
    """Who can be asked."""

    async def arrived(self, number: str) -> bool | None:
        """Whether the message of that number has arrived; None while that is not known.

        Raises:
            IocError: no answer, or one that says nothing.
        """
        ...


class Outbox(Protocol):
    """The durable table, as far as proving needs it."""

    def unproven(self, since: Micros, channels: Sequence[str]) -> list[OutboxRow]:
        """What was let through since then on these channels and counts as sent."""
        ...

    def prove(self, number: int, *, has_arrived: bool) -> None:
        """Write down that a message has arrived, or never will."""
        ...


class Receipts:
    """Start `run`."""

    def __init__(self, outbox: Outbox, providers: Mapping[str, Provider], clock: Clock, counts: Counts) -> None:
        """`providers` by the name of their channel."""
        self._outbox = outbox
        self._providers = providers
        self._clock = clock
        self._counts = counts
        self._links = {name: Link(f"{name}-receipts", counts) for name in providers}
        self._looked: dict[int, Micros] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.round()
            except IocError as error:
                log.warning("outbox cannot be used, receipts later", why=str(error))
            await self._clock.sleep(ROUND_SECONDS)

    async def round(self) -> None:
        """Ask about each message whose time has come."""
        now = self._clock.now()
        rows = await asyncio.to_thread(self._outbox.unproven, now - DAY, sorted(self._providers))
        self._looked = {row.number: self._looked[row.number] for row in rows if row.number in self._looked}
        for row in rows:
            if is_due(row.passed or now, self._looked.get(row.number), now):
                self._looked[row.number] = now
                await self._ask(row)

    async def _ask(self, row: OutboxRow) -> None:
        channel = row.message.channel
        try:
            has_arrived = await self._providers[channel].arrived(row.detail)
        except IocError as error:
            self._links[channel].down(str(error))
            return
        self._links[channel].up()
        if has_arrived is not None:
            await asyncio.to_thread(lambda: self._outbox.prove(row.number, has_arrived=has_arrived))
            self._counts.add("receipts", channel=channel, arrived=str(has_arrived).lower())


def is_due(passed: Micros, looked: Micros | None, now: Micros) -> bool:
    """Whether to ask now: half a minute after the message went out, and each time its age has doubled. Pure."""
    if looked is None:
        return now - passed >= FIRST_LOOK
    return now - passed >= 2 * (looked - passed)
