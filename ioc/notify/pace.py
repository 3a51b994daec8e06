"""How fast a channel may be used: so many messages in so many seconds, a part of it kept for critical ones."""

import math
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field

from ioc.clock import Clock
from ioc.errors import TemporaryError
from ioc.model import Notification, Severity

KEPT = 0.2
"""The share of the allowance that only critical messages may use up."""


class Rate(BaseModel):
    """At most `messages` in any `seconds`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    messages: int = Field(gt=0)
    seconds: float = Field(default=60.0, gt=0)


class Pace(NamedTuple):
    """When the channel was used within the last window, and until when refused messages have been put off. Pure."""

    sent: tuple[float, ...] = ()
    put_off: float = 0.0


def ask_leave(pace: Pace, rate: Rate, now: float, *, is_critical: bool) -> tuple[Pace, float]:
    """The new state, and 0 to send now or the seconds to wait; each further refusal is put off one step longer."""
    sent = tuple(at for at in pace.sent if now - at < rate.seconds)
    room = rate.messages if is_critical else rate.messages - min(rate.messages - 1, math.ceil(rate.messages * KEPT))
    if len(sent) < room:
        return Pace((*sent, now), pace.put_off), 0.0
    free_at = sent[-room] + rate.seconds
    step = rate.seconds / room
    put_off = max(free_at, min(pace.put_off + step, free_at + rate.seconds * 10))
    return Pace(sent, put_off), put_off - now


class Channel(Protocol):
    """What is paced."""

    name: str

    async def send(self, notification: Notification) -> str | None:
        """Deliver, or raise TemporaryError, PermanentError or OutcomeUnknownError."""
        ...


class Paced:
    """A channel that is used no faster than allowed; what is too much is tried again later."""

    def __init__(self, channel: Channel, rate: Rate, clock: Clock) -> None:
        """`channel` keeps its name."""
        self.name = channel.name
        self._channel = channel
        self._rate = rate
        self._clock = clock
        self._pace = Pace()

    async def send(self, notification: Notification) -> str | None:
        """Deliver, or raise what the channel raises, or TemporaryError `rate-limit` with the time to wait."""
        is_critical = notification.transition.severity is Severity.CRITICAL
        self._pace, wait = ask_leave(self._pace, self._rate, self._clock.monotonic(), is_critical=is_critical)
        if wait > 0:
            raise TemporaryError("rate-limit", wait)
        return await self._channel.send(notification)
