"""How far the database has been fed, and how far that holds when its yes does not survive a crash of its own.

`influx`: values up to here are written. `influx-severity`: points up to here also carry their severity.
`influx-settled`: what stands up to here has been in the database for a minute of one and the same life of its process.
`influx-rollups` and `influx-rollups-settled` likewise for roll-ups; they count changes, not entries of the journal.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from ioc.clock import Clock

VALUES, SEVERITIES = CURSORS = ("influx", "influx-severity")
SETTLED = "influx-settled"
ROLLUPS = "influx-rollups"
ROLLUPS_SETTLED = "influx-rollups-settled"
WATCH_SECONDS = 5.0
SETTLE_SECONDS = 60.0
log = structlog.get_logger("ioc.store")


class Cursors(Protocol):
    """Durable positions."""

    def get(self, reader: str) -> int:
        """Where the reader stands."""
        ...

    def set(self, reader: str, seq: int) -> None:
        """Move it."""
        ...


class Position:
    """The cursors of one writer."""

    def __init__(self, cursors: Cursors, names: Sequence[str] = CURSORS, settled: str = SETTLED) -> None:
        """`cursors` keeps them; what is below all of `names` is written completely."""
        self._cursors = cursors
        self._names = names
        self._settled = settled

    def of(self, name: str) -> int:
        """Where one of them stands."""
        return self._cursors.get(name)

    @property
    def complete(self) -> int:
        """The number up to which everything is written."""
        return min(map(self.of, self._names))

    @property
    def furthest(self) -> int:
        """The number beyond which nothing is written."""
        return max(map(self.of, self._names))

    @property
    def settled(self) -> int:
        """The number up to which a restart of the database loses nothing."""
        return self.of(self._settled)

    async def settle(self, seq: int) -> None:
        """What stands up to `seq` will not be written again."""
        await self.move(seq, self._settled)

    async def move(self, seq: int, *names: str) -> None:
        """Move the named cursors, durably."""
        for name in names:
            await asyncio.to_thread(self._cursors.set, name, seq)

    async def rewind(self, seq: int) -> None:
        """Move back what is beyond `seq`."""
        await self.move(seq, *(name for name in (*self._names, self._settled) if self.of(name) > seq))


class Replay:
    """For a database that forgets at a crash: when its process starts anew, all that had not settled is written again.

    Our own start counts as such, since nobody knows what happened meanwhile.
    """

    def __init__(self, position: Position, life: Callable[[], Awaitable[str]], clock: Clock) -> None:
        """`life` gives a word that changes when the database starts anew."""
        self._position = position
        self._ask = life
        self._clock = clock
        self._life: str | None = None
        self._marks: deque[tuple[float, int]] = deque()
        self._due = float("-inf")

    async def check(self) -> bool:
        """Settle or rewind, every few seconds; True when it rewound. Never while a batch is under way."""
        now = self._clock.monotonic()
        if now < self._due:
            return False
        life = await self._ask()
        self._due = now + WATCH_SECONDS
        if life == self._life:
            await self._settle(now)
            return False
        self._life = life
        self._marks.clear()
        log.info("database started anew", replayed_after=self._position.settled)
        await self._position.rewind(self._position.settled)
        return True

    async def _settle(self, now: float) -> None:
        settled = None
        while self._marks and self._marks[0][0] <= now - SETTLE_SECONDS:
            settled = self._marks.popleft()[1]
        if settled is not None:
            await self._position.settle(settled)
        self._marks.append((now, self._position.complete))
