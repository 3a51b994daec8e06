"""Empties the outbox: at least once, under a name, until the outcome is known."""

import asyncio
from collections.abc import Mapping
from typing import Literal, Protocol

import structlog

from ioc.clock import Clock
from ioc.errors import OutcomeUnknownError, PermanentError, TemporaryError
from ioc.model import HOUR, SECOND, Micros, Notification
from ioc.retry import Backoff
from ioc.telemetry import Counts

Outcome = Literal["sent", "unknown", "failed", "retry"]
GIVE_UP: Micros = 24 * HOUR
AT_A_TIME = 20
UNKNOWN_TRIES = 3
"""After so many attempts with unknown outcome the message has in all likelihood arrived more than once."""
log = structlog.get_logger("ioc.notify")


class Channel(Protocol):
    """One way to reach officials."""

    name: str

    async def send(self, notification: Notification) -> None:
        """Deliver, or raise TemporaryError, PermanentError or OutcomeUnknownError."""
        ...


class Outbox(Protocol):
    """The durable table of messages whose outcome is not known yet."""

    def due(self, now: Micros, limit: int) -> list[tuple[int, Notification, int]]:
        """(id, message, attempts so far) of what may be tried now, oldest first."""
        ...

    def settle(self, number: int, outcome: Outcome, next_try: Micros | None, detail: str) -> None:
        """Write down what became of an attempt, durably."""
        ...


class Dispatcher:
    """Takes due messages, hands them to their channels, writes the outcome down."""

    def __init__(self, outbox: Outbox, channels: Mapping[str, Channel], clock: Clock, counts: Counts) -> None:
        """`channels` by name; a message for any other channel fails with that reason."""
        self._outbox = outbox
        self._channels = channels
        self._clock = clock
        self._counts = counts
        self._backoff = Backoff(base=2.0, cap=300.0)
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something may have been put into the outbox."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            if not await self._round():
                await self._nap()

    async def _nap(self) -> None:
        try:
            async with asyncio.timeout(1.0):
                await self._wake.wait()
        except TimeoutError:
            pass  # a retry may have become due meanwhile

    async def _round(self) -> bool:
        due = await asyncio.to_thread(self._outbox.due, self._clock.now(), AT_A_TIME)
        async with asyncio.TaskGroup() as group:
            for number, notification, attempts in due:
                group.create_task(self._deliver(number, notification, attempts + 1))
        return bool(due)

    async def _deliver(self, number: int, notification: Notification, attempt: int) -> None:
        outcome, next_try, detail = await self._attempt(notification, attempt)
        await asyncio.to_thread(self._outbox.settle, number, outcome, next_try, detail)
        self._counts.add("notifications", channel=notification.channel, outcome=outcome)
        if outcome == "failed":
            log.error("message failed", incident=notification.incident, receiver=notification.receiver, why=detail)

    async def _attempt(self, notification: Notification, attempt: int) -> tuple[Outcome, Micros | None, str]:
        channel = self._channels.get(notification.channel)
        if channel is None:
            return "failed", None, f"no channel {notification.channel!r} is configured"
        try:
            await channel.send(notification)
        except PermanentError as error:
            return "failed", None, str(error)
        except TemporaryError as error:
            return self._later(notification, attempt, "retry", error.reason, error.retry_after)
        except OutcomeUnknownError as error:
            return self._later(notification, attempt, "unknown", str(error), None)
        return "sent", None, ""

    def _later(
        self, notification: Notification, attempt: int, outcome: Outcome, why: str, retry_after: float | None
    ) -> tuple[Outcome, Micros | None, str]:
        now = self._clock.now()
        if outcome == "unknown" and attempt >= UNKNOWN_TRIES:
            return outcome, None, why
        if now - notification.transition.at > GIVE_UP:
            return "failed", None, f"given up after {attempt} attempts: {why}"
        delay = retry_after if retry_after is not None else self._backoff.delay(attempt)
        return outcome, now + int(delay * SECOND), why
