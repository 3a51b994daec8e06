"""Brings lines to a database and does not give up; a line that it will never take becomes a dead letter."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import structlog

from ioc.clock import Clock
from ioc.errors import JournalError, PermanentError, TemporaryError
from ioc.model import Reason, Rejection
from ioc.retry import Backoff
from ioc.store.database import BadLinesError, DeniedError, TooLargeError
from ioc.store.position import Position, Replay
from ioc.store.sink import Sink
from ioc.telemetry import Link

DENIED_PAUSE = 30.0
log = structlog.get_logger("ioc.store")

Refuse = Callable[[Sequence[Rejection]], Awaitable[None]]
"""Keeps dead letters, durably."""

T = TypeVar("T")


class Line(NamedTuple):
    """A line of the line protocol, and the topic that a dead letter names it by."""

    topic: str
    text: bytes


class Draft(NamedTuple):
    """A line to be; `text` raises PermanentError for what the format cannot carry."""

    topic: str
    text: Callable[[], bytes]


class Links(NamedTuple):
    """Up or down: the database, and what is kept here."""

    database: Link
    own: Link


class Courier:
    """The way to one database."""

    def __init__(self, sink: Sink, refuse: Refuse, links: Links, clock: Clock, failed: Callable[[], None]) -> None:
        """`failed` is called after each failure, before the wait."""
        self._sink = sink
        self._refuse = refuse
        self._links = links
        self._clock = clock
        self._failed = failed
        self._backoff = Backoff()

    async def replay(self, position: Position) -> Replay | None:
        """Ask what kind of database answers; for one whose yes is not durable, what is to be watched from now on."""
        truth = await self.insist(self._sink.truth)
        log.info("database found", kind=truth.name, ack_is_durable=truth.ack_is_durable)
        return None if truth.ack_is_durable else Replay(position, self._sink.life, self._clock)

    async def deliver(self, drafts: Iterable[Draft]) -> int:
        """Write lines and keep what is refused; how many were."""
        lines: list[Line] = []
        refused: list[Rejection] = []
        for draft in drafts:
            try:
                lines.append(Line(draft.topic, draft.text()))
            except PermanentError as error:
                refused.append(_dead_letter(Line(draft.topic, b""), error))
        refused += await self.send(lines)
        if refused:
            await self.insist_on_own(lambda: self._refuse(refused))
        return len(refused)

    async def send(self, lines: Sequence[Line]) -> list[Rejection]:
        """Write lines, halving a refused body until each guilty line stands alone; these are returned."""
        if not lines:
            return []
        body = b"\n".join(line.text for line in lines)
        try:
            await self.insist(lambda: self._sink.write(body))
        except (BadLinesError, TooLargeError) as error:
            self._links.database.up()
            if len(lines) == 1:
                return [_dead_letter(lines[0], error)]
            middle = len(lines) // 2
            return await self.send(lines[:middle]) + await self.send(lines[middle:])
        return []

    async def insist(self, request: Callable[[], Awaitable[T]]) -> T:
        """Repeat a request to the database until it is answered with yes or with a no that concerns its lines."""
        return await self._repeat(request, self._links.database)

    async def insist_on_own(self, request: Callable[[], Awaitable[T]]) -> T:
        """Repeat what fails for a time because of our own files."""
        return await self._repeat(request, self._links.own)

    async def _repeat(self, request: Callable[[], Awaitable[T]], link: Link) -> T:
        failures = 0
        while True:
            try:
                outcome = await request()
            except (TemporaryError, JournalError, DeniedError) as error:
                failures += 1
                link.down(str(error))
                self._failed()
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


def topic(site: str, field: str, indicator: str) -> str:
    """The topic under which values of a series come in."""
    return f"ioc/v1/{site}/{field}/{indicator}"


def _dead_letter(line: Line, error: PermanentError) -> Rejection:
    return Rejection(Reason.STORE, "influxdb", line.topic, line.text, str(error))
