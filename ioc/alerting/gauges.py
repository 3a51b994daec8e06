"""The alarm system's own health of the last day as gauges for a wall; every label is bounded.

alarm_messages_per_10min, alarm_messages_worst_10min, alarm_messages_day    by receiver
alarm_share                                                                 by severity, of all that fired
alarm_chattering, alarm_fleeting, alarm_standing, alarm_never_fired         how many alerts or rules
alarm_noisiest                                                              by rule, the ten with most firings
alarm_shelved                                                               how many silences are in force
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import structlog

from ioc.alerting.health import STANDING, Health, health
from ioc.clock import Clock
from ioc.errors import TemporaryError
from ioc.model import DAY, Micros, Status, Transition
from ioc.telemetry import Counts

ROUND_SECONDS = 60.0
PAGE = 5_000
MOST = 200_000
"""Transitions remembered of the last day; of more than that the earliest are left out."""
log = structlog.get_logger("ioc.alerting.gauges")


class Events(Protocol):
    """The event log and the messages, as far as the gauges need them."""

    def since(self, number: int, limit: int) -> list[tuple[int, Transition]]:
        """Up to `limit` transitions numbered above `number`, oldest first."""
        ...

    def active(self) -> list[Transition]:
        """The latest transition of every alert that is pending or firing, and of some that ended lately."""
        ...

    def told(self, since: Micros) -> Mapping[str, Sequence[Micros]]:
        """When each official was told something since then, in order."""
        ...


class Gauges:
    """Start `run`."""

    def __init__(
        self,
        events: Events,
        rules: Iterable[str],
        clock: Clock,
        counts: Counts,
        shelved: Callable[[], int] = lambda: 0,
    ) -> None:
        """`rules` are the ids of all rules; `shelved` says how many silences are in force."""
        self._events = events
        self._rules = frozenset(rules)
        self._clock = clock
        self._counts = counts
        self._shelved = shelved
        self._number = 0
        self._fired: set[str] = set()
        self._lately: deque[Transition] = deque(maxlen=MOST)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except TemporaryError as error:
                log.warning("alarm health unknown for now", why=str(error))
            await self._clock.sleep(ROUND_SECONDS)

    def look(self) -> None:
        """Read what is new and set the gauges."""
        now = self._clock.now()
        self._read(now)
        found = health(self._lately, self._events.told(now - DAY), self._rules, now - DAY, now + 1)
        standing = [one for one in self._events.active() if one.after is Status.FIRING and now - one.since > STANDING]
        self._set(found, len(standing))

    def _read(self, now: Micros) -> None:
        while page := self._events.since(self._number, PAGE):
            self._number = page[-1][0]
            for _, told in page:
                if told.after is Status.FIRING:
                    self._fired.add(told.rule)
                if told.at > now - DAY:
                    self._lately.append(told)
        while self._lately and self._lately[0].at <= now - DAY:
            self._lately.popleft()

    def _set(self, found: Health, standing: int) -> None:
        counts, fired = self._counts, max(1, sum(found.shares.values()))
        counts.replace(
            "alarm_messages_per_10min", "receiver", {one.receiver: one.per_ten_minutes for one in found.burdens}
        )
        counts.replace(
            "alarm_messages_worst_10min", "receiver", {one.receiver: one.worst_ten_minutes for one in found.burdens}
        )
        counts.replace("alarm_messages_day", "receiver", {one.receiver: one.messages for one in found.burdens})
        counts.replace("alarm_share", "severity", {one.name.lower(): n / fired for one, n in found.shares.items()})
        counts.replace("alarm_noisiest", "rule", dict(found.noisiest))
        counts.set("alarm_chattering", len(found.chattering))
        counts.set("alarm_fleeting", len(found.fleeting))
        counts.set("alarm_standing", standing)
        counts.set("alarm_never_fired", len(self._rules - self._fired))
        counts.set("alarm_shelved", self._shelved())
