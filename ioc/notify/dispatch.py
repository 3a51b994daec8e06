"""Empties the outbox: at least once, under a name, until the outcome is known."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Literal, Protocol, TypeVar

import structlog

from ioc.clock import Clock
from ioc.errors import OutcomeUnknownError, PermanentError, TemporaryError
from ioc.model import SECOND, Micros, Notification
from ioc.retry import Backoff
from ioc.telemetry import Counts, Link

Outcome = Literal["sent", "unknown", "failed", "retry"]
GIVE_UP = 300
"""Attempts; at the longest pause that is about a day."""
AT_A_TIME = 20
"""So many messages may be under way on one channel."""
UNKNOWN_TRIES = 3
"""After so many attempts with unknown outcome the message has in all likelihood arrived more than once."""
Result = TypeVar("Result")
log = structlog.get_logger("ioc.notify")


class Channel(Protocol):
    """One way to reach officials."""

    name: str

    async def send(self, notification: Notification) -> str | None:
        """Deliver and give the provider's number of the message, if it has one.

        Raises:
            TemporaryError, PermanentError, OutcomeUnknownError.
        """
        ...


class Outbox(Protocol):
    """The durable table of messages whose outcome is not known yet."""

    def due(self, now: Micros, limit: int) -> list[tuple[int, Notification, int]]:
        """(id, message, attempts so far) of what may be tried now, oldest first."""
        ...

    def settle(self, number: int, outcome: Outcome, next_try: Micros | None, detail: str) -> None:
        """Write down what became of an attempt, durably. With `sent`, `detail` is the provider's number, if any."""
        ...


class Dispatcher:
    """Takes due messages, hands them to their channels, writes the outcome down."""

    def __init__(
        self,
        outbox: Outbox,
        channels: Mapping[str, Channel],
        clock: Clock,
        counts: Counts,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        """`channels` by name; a message for any other channel fails with that reason. `moved` is called each round."""
        self._moved = moved
        self._outbox = outbox
        self._channels = channels
        self._clock = clock
        self._counts = counts
        self._backoff = Backoff(base=2.0, cap=300.0)
        self._patience = Backoff()
        self._link = Link("outbox", counts)
        self._wake = asyncio.Event()
        self._under_way: dict[int, str] = {}
        self._held = 0

    def wake(self) -> None:
        """Something may have been put into the outbox."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                if not await self._round(group):
                    await self._nap()

    async def _nap(self) -> None:
        try:
            async with asyncio.timeout(1.0):
                await self._wake.wait()
        except TimeoutError:
            pass  # a retry may have become due meanwhile

    async def _round(self, group: asyncio.TaskGroup) -> bool:
        """Start what is due and has a free place on its channel; True when there may be more."""
        # What is under way now may be settled while the outbox is read, and would then be taken for due.
        under_way = set(self._under_way)
        limit = AT_A_TIME + len(under_way) + self._held
        due = await self._surely(lambda: self._outbox.due(self._clock.now(), limit))
        self._moved()
        fresh = [row for row in due if row[0] not in under_way]
        taken = [row for row in fresh if self._takes(row[1].channel, row[0])]
        for number, notification, attempts in taken:
            group.create_task(self._deliver(number, notification, attempts + 1))
        self._held = len(fresh) - len(taken)
        return len(due) == limit

    def _takes(self, channel: str, number: int) -> bool:
        """Whether the channel has a place for one more; a channel that hangs fills its own places only."""
        has_room = sum(name == channel for name in self._under_way.values()) < AT_A_TIME
        if has_room:
            self._under_way[number] = channel
        return has_room

    async def _deliver(self, number: int, notification: Notification, attempt: int) -> None:
        outcome, next_try, detail = await self._attempt(notification, attempt)
        await self._surely(lambda: self._outbox.settle(number, outcome, next_try, detail))
        del self._under_way[number]
        self._wake.set()
        self._counts.add("notifications", channel=notification.channel, outcome=outcome)
        if outcome == "failed":
            log.error("message failed", incident=notification.incident, receiver=notification.receiver, why=detail)

    async def _attempt(self, notification: Notification, attempt: int) -> tuple[Outcome, Micros | None, str]:
        channel = self._channels.get(notification.channel)
        if channel is None:
            return "failed", None, f"no channel {notification.channel!r} is configured"
        try:
            number = await channel.send(notification)
        except PermanentError as error:
            return "failed", None, str(error)
        except TemporaryError as error:
            return self._later(notification, attempt, "retry", error.reason, error.retry_after)
        except OutcomeUnknownError as error:
            return self._later(notification, attempt, "unknown", str(error), None)
        except (
            Exception
        ) as error:  # a fault of ours in one message must not hold up all the others, after every restart
            log.exception("channel broke", channel=notification.channel, incident=notification.incident)
            return "failed", None, type(error).__name__
        return "sent", None, number or ""

    async def _surely(self, work: Callable[[], Result]) -> Result:
        """Use the outbox; while it cannot be used, wait: an outcome that is not written down would be said again."""
        failures = 0
        while True:
            try:
                result = await asyncio.to_thread(work)
            except TemporaryError as error:
                failures += 1
                self._link.down(error.reason)
                await self._clock.sleep(self._patience.delay(failures))
            else:
                self._link.up()
                return result

    def _later(
        self, notification: Notification, attempt: int, outcome: Outcome, why: str, retry_after: float | None
    ) -> tuple[Outcome, Micros | None, str]:
        if outcome == "unknown" and attempt >= UNKNOWN_TRIES:
            return outcome, None, why
        if attempt >= GIVE_UP:
            log.warning("message given up", incident=notification.incident, attempts=attempt)
            return "failed", None, f"given up after {attempt} attempts: {why}"
        delay = retry_after if retry_after is not None else self._backoff.delay(attempt)
        return outcome, self._clock.now() + int(delay * SECOND), why
