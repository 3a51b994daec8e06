"""Follows a log of ours and writes a point for each row; the cursor moves only after the database's yes.

A row written twice is one point, since moment and tags name it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

import structlog

from ioc.clock import Clock
from ioc.store.config import InfluxConfig
from ioc.store.courier import Courier, Draft, Links, Refuse
from ioc.store.position import Cursors, Position, Replay
from ioc.store.sink import Sink
from ioc.telemetry import Counts, Link

log = structlog.get_logger("ioc.store")

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)


class Log(Protocol[Row_co]):
    """Numbered rows in the order in which they came about. Called from another thread."""

    def newest(self) -> int:
        """The number of the last row."""
        ...

    def after(self, number: int, limit: int) -> Sequence[tuple[int, Row_co]]:
        """Up to `limit` of those numbered above `number`, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Parts(Generic[Row]):
    """What the feed joins; `refuse` keeps what the database will never take as dead letters."""

    log: Log[Row]
    draft: Callable[[int, Row], Draft]
    cursors: Cursors
    refuse: Refuse


class LogFeed(Generic[Row]):
    """The follower of one log that feeds the database."""

    def __init__(
        self, name: str, parts: Parts[Row], sink: Sink, config: InfluxConfig, clock: Clock, counts: Counts
    ) -> None:
        """`name` says what the rows are, e.g. `alerts`: it names cursor, link and counters."""
        self._name = name
        self._parts = parts
        self._cursor = cursor(name)
        self._position = Position(parts.cursors, (self._cursor,), f"{self._cursor}-settled")
        self._config = config
        self._clock = clock
        self._counts = counts
        self._newest = 0
        links = Links(Link(f"influxdb-{name}", counts), Link(f"influx-{name}-feed", counts))
        self._courier = Courier(sink, parts.refuse, links, clock, self._measure)
        self._replay: Replay | None = None

    async def run(self) -> None:
        """Until cancelled."""
        self._replay = await self._courier.replay(self._position)
        self._newest = await self._courier.insist_on_own(partial(asyncio.to_thread, self._parts.log.newest))
        if self._position.furthest > self._newest:
            log.warning("the log is another one than before: all of it is written again", rows=self._name)
            await self._position.rewind(0)
        while True:
            written = await self._courier.insist_on_own(self._turn)
            self._measure()
            if written < self._config.batch:
                await self._clock.sleep(self._config.linger)

    async def _turn(self) -> int:
        """Write up to one batch; the number of rows it held."""
        if self._replay is not None and await self._courier.insist(self._replay.check):
            self._counts.add("influx_replays")
        rows = await asyncio.to_thread(self._parts.log.after, self._position.complete, self._config.batch)
        if not rows:
            return 0
        self._newest = max(self._newest, rows[-1][0])
        refused = await self._courier.deliver(self._parts.draft(*row) for row in rows)
        await self._position.move(rows[-1][0], self._cursor)
        self._counts.add("log_points_written", len(rows) - refused, log=self._name)
        self._counts.add("log_points_refused", refused, log=self._name)
        return len(rows)

    def _measure(self) -> None:
        self._counts.set("influx_log_lag", max(0, self._newest - self._position.complete), log=self._name)


def cursor(name: str) -> str:
    """Where the feed of that name keeps its place."""
    return f"influx-{name}"
