"""Follows the evaluator and writes what it has judged to the database; a cursor moves only after the database's yes.

Values and severities part only when the evaluator falls behind: then values go first, and the same points are completed
later (fields of one series and time merge). A backlog is written in order, so that of two values of one time the later
wins. While there is one, what comes in is written ahead of it, and once more when its turn comes.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from ioc.clock import Clock
from ioc.errors import PermanentError
from ioc.model import Entry, Sample, Severity
from ioc.store.config import InfluxConfig
from ioc.store.courier import Courier, Draft, Line, Links, Refuse, topic
from ioc.store.line import line, severity_line
from ioc.store.position import CURSORS, SEVERITIES, VALUES, WATCH_SECONDS, Cursors, Position, Replay
from ioc.store.sink import Sink
from ioc.telemetry import Counts, Link

__all__ = ["CURSORS", "Cursors", "Judged", "Log", "Parts", "Writer"]

JUDGE_POLL = 0.1
BACKLOG_BATCHES = 2
"""So many batches behind, the newest entries no longer wait for their turn."""
log = structlog.get_logger("ioc.store")


class Log(Protocol):
    """The journal, as far as writing needs it."""

    @property
    def tail(self) -> int:
        """The number of the last committed entry."""
        ...

    def read(self, after: int, limit: int) -> list[Entry]:
        """Up to `limit` entries numbered above `after`."""
        ...

    async def beyond(self, seq: int) -> None:
        """Wait until the tail is past `seq`."""
        ...


class Judged(Protocol):
    """What the evaluator has found."""

    def cursor(self) -> int:
        """The number of the last judged entry."""
        ...

    def severities(self, first_seq: int, last_seq: int) -> Mapping[int, Severity]:
        """The severity of every entry in [first, last] that is not OK, as far as it is still kept."""
        ...

    def forgotten(self) -> int:
        """The number of the last entry whose severity is no longer kept."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the writer joins; `refuse` keeps lines that the database will never take as dead letters."""

    log: Log
    judged: Judged
    cursors: Cursors
    refuse: Refuse


class Writer:
    """The journal's reader that feeds the database."""

    def __init__(self, parts: Parts, sink: Sink, config: InfluxConfig, clock: Clock, counts: Counts) -> None:
        """`sink` is the database, `parts` is everything of ours that it joins."""
        self._log = parts.log
        self._judged = parts.judged
        self._position = Position(parts.cursors)
        self._config = config
        self._clock = clock
        self._counts = counts
        links = Links(Link("influxdb", counts), Link("influx-writer", counts))
        self._courier = Courier(sink, parts.refuse, links, clock, self._measure)
        self._replay: Replay | None = None
        self._ahead = 0

    async def run(self) -> None:
        """Until cancelled."""
        await self._begin()
        while True:
            written = await self._courier.insist_on_own(self._turn)
            self._measure()
            if written < self._config.batch:
                await self._clock.sleep(self._config.linger)

    async def _begin(self) -> None:
        self._replay = await self._courier.replay(self._position)
        if self._position.furthest > self._log.tail:
            log.warning("the journal is another one than before: everything in it is written again")
            await self._position.rewind(0)

    async def _turn(self) -> int:
        """Write up to one batch; the number of entries it held."""
        if self._replay is not None and await self._courier.insist(self._replay.check):
            self._counts.add("influx_replays")
        await self._write_ahead()
        if self._position.of(SEVERITIES) < self._position.of(VALUES):
            return await self._write_apart()
        after = self._position.of(VALUES)
        if not await self._has_news(after):
            return 0
        if await self._is_judged_beyond(after):
            return await self._write_judged(after)
        return await self._write_values(after)

    async def _write_ahead(self) -> None:
        """While there is a backlog, the newest batch, then what has come in since; nothing of it moves a cursor."""
        tail = self._log.tail
        if tail - self._position.of(VALUES) <= BACKLOG_BATCHES * self._config.batch:
            self._ahead = 0
            return
        after = max(self._ahead, tail - self._config.batch)
        if after == tail:
            return
        judged = await asyncio.to_thread(self._judged.cursor)
        entries, self._ahead = await self._read(after, min(judged, tail) if judged > after else tail)
        severities = await self._severities(entries) if judged > after else {}
        lines: list[Line] = []
        for entry in entries:
            with suppress(PermanentError):  # a dead letter when its turn comes
                lines.append(Line(_topic(entry.sample), line(entry.sample, severities.get(entry.seq))))
        refused = await self._courier.send(lines)
        self._counts.add("points_hastened", len(lines) - len(refused))

    async def _has_news(self, after: int) -> bool:
        """Wait for entries; a database that has to be watched is not left alone for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(None if self._replay is None else WATCH_SECONDS):
                await self._log.beyond(after)
        return self._log.tail > after

    async def _is_judged_beyond(self, seq: int) -> bool:
        deadline = self._clock.monotonic() + self._config.severity_wait
        while await asyncio.to_thread(self._judged.cursor) <= seq:
            if self._clock.monotonic() >= deadline:
                return False
            await self._clock.sleep(min(JUDGE_POLL, self._config.severity_wait))
        return True

    async def _write_apart(self) -> int:
        """While the evaluator is behind: new values first, then the severities that it has found meanwhile."""
        values = 0
        if self._log.tail > self._position.of(VALUES):
            values = await self._write_values(self._position.of(VALUES))
        upto = min(self._position.of(VALUES), await asyncio.to_thread(self._judged.cursor))
        if upto > self._position.of(SEVERITIES):
            return max(values, await self._complete(self._position.of(SEVERITIES), upto))
        return values

    async def _write_judged(self, after: int) -> int:
        judged = await asyncio.to_thread(self._judged.cursor)
        entries, end = await self._read(after, min(judged, self._log.tail))
        await self._write(entries, await self._severities(entries))
        await self._position.move(end, VALUES, SEVERITIES)
        return len(entries)

    async def _write_values(self, after: int) -> int:
        entries, end = await self._read(after, self._log.tail)
        await self._write(entries, {})
        await self._position.move(end, VALUES)
        return len(entries)

    async def _complete(self, after: int, upto: int) -> int:
        entries, end = await self._read(after, upto)
        severities = await self._severities(entries)
        lines: list[Line] = []
        for entry in entries:
            if (severity := severities.get(entry.seq)) is not None:
                with suppress(PermanentError):  # already a dead letter, since its value went first
                    lines.append(Line(_topic(entry.sample), severity_line(entry.sample, severity)))
        refused = await self._courier.send(lines)
        self._counts.add("points_completed", len(lines) - len(refused))
        await self._position.move(end, SEVERITIES)
        return len(entries)

    async def _read(self, after: int, upto: int) -> tuple[list[Entry], int]:
        """A batch of entries in (after, upto], and the number up to which there are no others."""
        found = await asyncio.to_thread(self._log.read, after, self._config.batch)
        entries = [entry for entry in found if entry.seq <= upto]
        return entries, entries[-1].seq if entries else upto

    async def _severities(self, entries: list[Entry]) -> dict[int, Severity]:
        """The severity of each entry, but of those whose severity is not kept any more."""
        if not entries:
            return {}
        found = await asyncio.to_thread(self._judged.severities, entries[0].seq, entries[-1].seq)
        forgotten = await asyncio.to_thread(self._judged.forgotten)
        return {entry.seq: found.get(entry.seq, Severity.OK) for entry in entries if entry.seq > forgotten}

    async def _write(self, entries: list[Entry], severities: Mapping[int, Severity]) -> None:
        drafts = [Draft(_topic(one.sample), partial(line, one.sample, severities.get(one.seq))) for one in entries]
        refused = await self._courier.deliver(drafts)
        self._counts.add("points_written", len(entries) - refused)
        self._counts.add("points_refused", refused)

    def _measure(self) -> None:
        self._counts.set("influx_lag", self._log.tail - self._position.of(VALUES))


def _topic(sample: Sample) -> str:
    return topic(sample.site, sample.field, sample.indicator)
