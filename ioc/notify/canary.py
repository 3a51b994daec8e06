"""A message of our own that takes the way of all others: to the broker, back through collector and journal.

When it is heard again, the way in is open. The heart beats only while it is (see `ioc.notify.watchdog`).
"""

from collections.abc import Awaitable, Callable

from ioc.clock import Clock
from ioc.errors import IocError
from ioc.telemetry import Counts, Link

TOPIC = "ioc/v1/canary"
"""No site is called so; whoever judges messages takes this one out."""
PAYLOAD = b"[]"
"""A batch without a reading: nothing to store, and nothing to count in the ledger."""

Sing = Callable[[], Awaitable[None]]
"""Publishes the canary; raises IocError when the broker does not take it."""


class Canary:
    """Start `run`."""

    def __init__(self, sing: Sing, interval: float, clock: Clock, counts: Counts) -> None:
        """`interval` in seconds."""
        self._sing = sing
        self._interval = interval
        self._clock = clock
        self._link = Link("canary", counts)

    async def run(self) -> None:
        """Sing until cancelled."""
        while True:
            try:
                await self._sing()
            except IocError as error:
                self._link.down(str(error))
            else:
                self._link.up()
            await self._clock.sleep(self._interval)
