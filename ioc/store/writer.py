"""Follows the evaluator and writes what it has judged to the database; a cursor moves only after the database's yes.

Values and severities part only when the evaluator falls behind: then values go first, and the same points are completed
later (fields of one series and time merge). A backlog is written in order; live samples wait behind it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from ioc.clock import Clock
from ioc.errors import JournalError, PermanentError, TemporaryError
from ioc.model import Entry, Reason, Rejection, Sample, Severity
from ioc.retry import Backoff
from ioc.store.config import InfluxConfig
from ioc.store.database import BadLinesError, DeniedError, TooLargeError
from ioc.store.line import line, severity_line
from ioc.store.position import CURSORS, SEVERITIES, VALUES, WATCH_SECONDS, Cursors, Position, Replay
from ioc.store.sink import Sink
from ioc.telemetry import Counts, Link

__all__ = ["CURSORS", "Cursors", "Judged", "Log", "Parts", "Writer"]

DENIED_PAUSE = 30.0
JUDGE_POLL = 0.1
log = structlog.get_logger("ioc.store")

Line = tuple[bytes, Sample]
Refuse = Callable[[Sequence[Rejection]], Awaitable[None]]
T = TypeVar("T")


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
        self._refuse = parts.refuse
        self._sink = sink
        self._config = config
        self._clock = clock
        self._counts = counts
        self._database = Link("influxdb", counts)
        self._own = Link("influx-writer", counts)
        self._backoff = Backoff()
        self._replay: Replay | None = None

    async def run(self) -> None:
        """Until cancelled."""
        await self._begin()
        while True:
            written = await self._insist(self._turn, self._own)
            self._measure()
            if written < self._config.batch:
                await self._clock.sleep(self._config.linger)

    async def _begin(self) -> None:
        truth = await self._insist(self._sink.truth, self._database)
        log.info("database found", kind=truth.name, ack_is_durable=truth.ack_is_durable)
        if not truth.ack_is_durable:
            self._replay = Replay(self._position, self._sink.life, self._clock)
        if max(self._position.values, self._position.severities) > self._log.tail:
            log.warning("the journal is another one than before: everything in it is written again")
            await self._position.rewind(0)

    async def _turn(self) -> int:
        """Write up to one batch; the number of entries it held."""
        if self._replay is not None and await self._insist(self._replay.check, self._database):
            self._counts.add("influx_replays")
        if self._position.severities < self._position.values:
            return await self._write_apart()
        after = self._position.values
        if not await self._has_news(after):
            return 0
        if await self._is_judged_beyond(after):
            return await self._write_judged(after)
        return await self._write_values(after)

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
        if self._log.tail > self._position.values:
            values = await self._write_values(self._position.values)
        upto = min(self._position.values, await asyncio.to_thread(self._judged.cursor))
        if upto > self._position.severities:
            return max(values, await self._complete(self._position.severities, upto))
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
                    lines.append((severity_line(entry.sample, severity), entry.sample))
        refused = await self._send(lines)
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
        lines: list[Line] = []
        refused: list[Rejection] = []
        for entry in entries:
            try:
                lines.append((line(entry.sample, severities.get(entry.seq)), entry.sample))
            except PermanentError as error:
                refused.append(_dead_letter(entry.sample, b"", error))
        refused += await self._send(lines)
        if refused:
            await self._insist(lambda: self._refuse(refused), self._own)
        self._counts.add("points_written", len(entries) - len(refused))
        self._counts.add("points_refused", len(refused))

    async def _send(self, lines: list[Line]) -> list[Rejection]:
        """Write lines, halving a refused body until each guilty line stands alone; these are returned."""
        if not lines:
            return []
        body = b"\n".join(text for text, _ in lines)
        try:
            await self._insist(lambda: self._sink.write(body), self._database)
        except (BadLinesError, TooLargeError) as error:
            self._database.up()
            if len(lines) == 1:
                return [_dead_letter(lines[0][1], body, error)]
            middle = len(lines) // 2
            return await self._send(lines[:middle]) + await self._send(lines[middle:])
        return []

    async def _insist(self, request: Callable[[], Awaitable[T]], link: Link) -> T:
        """Repeat a request until it is answered with yes or with a no that concerns its lines."""
        failures = 0
        while True:
            try:
                outcome = await request()
            except (TemporaryError, JournalError, DeniedError) as error:
                failures += 1
                link.down(str(error))
                self._measure()
                await self._clock.sleep(self._pause(error, failures))
            else:
                link.up()
                return outcome

    def _pause(self, error: Exception, failures: int) -> float:
        if isinstance(error, DeniedError):
            return DENIED_PAUSE
        if isinstance(error, TemporaryError) and error.retry_after is not None:
            return error.retry_after
        return self._backoff.delay(failures)

    def _measure(self) -> None:
        self._counts.set("influx_lag", self._log.tail - self._position.values)


def _dead_letter(sample: Sample, text: bytes, error: PermanentError) -> Rejection:
    topic = f"ioc/v1/{sample.site}/{sample.field}/{sample.indicator}"
    return Rejection(Reason.STORE, "influxdb", topic, text, str(error))
