"""Follows the roll-ups and writes each as it stands; the cursor moves only after the database's yes.

A roll-up that changes again is written over: same measurement, series and time. As fields of a point merge, one that
loses its value keeps the old one in the database beside a `gap` above 0, so that readers ask for `gap = 0`. Changes
gather between two turns, because a busy roll-up changes with every sample and moves to the end of them each time.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import aiohttp
import structlog

from ioc.clock import Clock
from ioc.store import line
from ioc.store.config import InfluxConfig
from ioc.store.courier import Courier, Draft, Links, Refuse, topic
from ioc.store.line import point_line
from ioc.store.position import ROLLUPS, ROLLUPS_SETTLED, Cursors, Position, Replay
from ioc.store.sink import Sink
from ioc.telemetry import Counts, Link

log = structlog.get_logger("ioc.store")


class Point(line.Point, Protocol):
    """A roll-up as a point."""

    @property
    def is_daily(self) -> bool:
        """Whether it speaks of a day, not of a longer period."""
        ...


class Changes(Protocol):
    """The roll-ups in the order in which they last changed. Called from another thread but for `changed`."""

    def changed(self) -> int:
        """The number of the last change."""
        ...

    def points(self, after: int, limit: int) -> tuple[Sequence[Point], int]:
        """Up to `limit` of those numbered above `after`, and the number up to which these are all."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the feed joins; `refuse` keeps lines that the database will never take as dead letters."""

    changes: Changes
    cursors: Cursors
    refuse: Refuse


class Feed:
    """The follower of the roll-ups that feeds the database."""

    def __init__(
        self, parts: Parts, config: InfluxConfig, session: aiohttp.ClientSession, clock: Clock, counts: Counts
    ) -> None:
        """Make it before anybody rolls on, since by then another table may look like the one before."""
        self._changes = parts.changes
        self._tail = parts.changes.changed()
        self._position = Position(parts.cursors, (ROLLUPS,), ROLLUPS_SETTLED)
        self._config = config
        self._clock = clock
        self._counts = counts
        links = Links(Link("influxdb-rollups", counts), Link("influx-feed", counts))

        def courier(place: str) -> Courier:
            return Courier(Sink(config.placed(place), session), parts.refuse, links, clock, self._measure)

        self._daily = courier(config.daily)
        self._longer = self._daily if config.calendar == config.daily else courier(config.calendar)
        self._replay: Replay | None = None

    async def run(self) -> None:
        """Until cancelled."""
        if self._position.furthest > self._tail:
            log.warning("the roll-ups are others than before: all of them are written again")
            await self._position.rewind(0)
        self._replay = await self._daily.replay(self._position)
        while True:
            written = await self._daily.insist_on_own(self._turn)
            self._measure()
            if written < self._config.batch:
                await self._clock.sleep(self._config.rollup_linger)

    async def _turn(self) -> int:
        """Write up to one batch; the number of points it held."""
        if self._replay is not None and await self._daily.insist(self._replay.check):
            self._counts.add("influx_replays")
        after = self._position.complete
        points, upto = await asyncio.to_thread(self._changes.points, after, self._config.batch)
        self._tail = await asyncio.to_thread(self._changes.changed)
        if upto > after:
            await self._write(points)
            await self._position.move(upto, ROLLUPS)
        return len(points)

    async def _write(self, points: Sequence[Point]) -> None:
        if self._daily is self._longer:
            refused = await self._daily.deliver(map(_draft, points))
        else:
            refused = await self._daily.deliver(_draft(point) for point in points if point.is_daily)
            refused += await self._longer.deliver(_draft(point) for point in points if not point.is_daily)
        self._counts.add("rollups_written", len(points) - refused)
        self._counts.add("rollups_refused", refused)

    def _measure(self) -> None:
        self._counts.set("influx_rollup_lag", max(0, self._tail - self._position.complete))


def _draft(point: Point) -> Draft:
    return Draft(topic(point.site, point.field, point.indicator), partial(point_line, point))
