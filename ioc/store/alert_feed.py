"""Follows the log of alerts and writes each step to the database; the cursor moves only after the database's yes.

A step written twice is one point, since moment, series, slot and outcome name it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from ioc.clock import Clock
from ioc.model import Transition
from ioc.store.alert import alert_line
from ioc.store.config import InfluxConfig
from ioc.store.courier import Courier, Draft, Links, Refuse, topic
from ioc.store.position import Cursors, Position, Replay
from ioc.store.sink import Sink
from ioc.telemetry import Counts, Link

ALERTS, ALERTS_SETTLED = "influx-alerts", "influx-alerts-settled"
log = structlog.get_logger("ioc.store")


class Steps(Protocol):
    """The transitions in the order in which they were decided. Called from another thread."""

    def newest(self) -> int:
        """The number of the last one."""
        ...

    def after(self, number: int, limit: int) -> Sequence[tuple[int, Transition]]:
        """Up to `limit` of those numbered above `number`."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the feed joins; `say` puts a transition into words, `refuse` keeps what the database will never take."""

    steps: Steps
    say: Callable[[Transition], str]
    cursors: Cursors
    refuse: Refuse


class AlertFeed:
    """The follower of alerts that feeds the database."""

    def __init__(self, parts: Parts, sink: Sink, config: InfluxConfig, clock: Clock, counts: Counts) -> None:
        """`sink` is the database."""
        self._parts = parts
        self._position = Position(parts.cursors, (ALERTS,), ALERTS_SETTLED)
        self._config = config
        self._clock = clock
        self._counts = counts
        self._newest = 0
        links = Links(Link("influxdb-alerts", counts), Link("influx-alert-feed", counts))
        self._courier = Courier(sink, parts.refuse, links, clock, self._measure)
        self._replay: Replay | None = None

    async def run(self) -> None:
        """Until cancelled."""
        self._replay = await self._courier.replay(self._position)
        self._newest = await self._courier.insist_on_own(partial(asyncio.to_thread, self._parts.steps.newest))
        if self._position.furthest > self._newest:
            log.warning("the log of alerts is another one than before: all of it is written again")
            await self._position.rewind(0)
        while True:
            written = await self._courier.insist_on_own(self._turn)
            self._measure()
            if written < self._config.batch:
                await self._clock.sleep(self._config.linger)

    async def _turn(self) -> int:
        """Write up to one batch; the number of steps it held."""
        if self._replay is not None and await self._courier.insist(self._replay.check):
            self._counts.add("influx_replays")
        after = self._position.complete
        steps = await asyncio.to_thread(self._parts.steps.after, after, self._config.batch)
        if not steps:
            return 0
        self._newest = max(self._newest, steps[-1][0])
        refused = await self._courier.deliver(self._draft(number, told) for number, told in steps)
        await self._position.move(steps[-1][0], ALERTS)
        self._counts.add("alert_points_written", len(steps) - refused)
        self._counts.add("alert_points_refused", refused)
        return len(steps)

    def _draft(self, number: int, told: Transition) -> Draft:
        where = topic(told.site, told.field, told.indicator)
        return Draft(where, lambda: alert_line(number, told, self._parts.say(told)))

    def _measure(self) -> None:
        self._counts.set("influx_alert_lag", max(0, self._newest - self._position.complete))
