"""Messages received and not yet handed over, bounded without dropping any."""

import asyncio
from collections import deque
from collections.abc import Callable

from ioc.model import Message


class Inbox:
    """Holds up to `limit` messages or `limit_bytes` of payload; then calls `pause`, and `resume` once half empty.

    The bound holds as long as nothing is put between `pause` and `resume`. All in one event loop, for one taker.
    """

    def __init__(self, limit: int, limit_bytes: int, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        """Start empty."""
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._pause = pause
        self._resume = resume
        self._messages: deque[Message] = deque()
        self._bytes = 0
        self._paused = False
        self._arrived = asyncio.Event()
        self._open = asyncio.Event()
        self._open.set()

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def paused(self) -> bool:
        """True between `pause` and `resume`."""
        return self._paused

    def put(self, message: Message) -> None:
        """Take a message in; never refuses."""
        self._messages.append(message)
        self._bytes += len(message.payload)
        self._arrived.set()
        if self._filled(1.0):
            self._paused = True
            self._open.clear()
            self._pause()

    async def take(self, most: int) -> list[Message]:
        """Up to `most` messages in arrival order; waits for the first."""
        while not self._messages:
            self._arrived.clear()
            await self._arrived.wait()
        batch = [self._messages.popleft() for _ in range(min(most, len(self._messages)))]
        self._bytes -= sum(len(message.payload) for message in batch)
        if self._paused and not self._filled(0.5):
            self._paused = False
            self._open.set()
            self._resume()
        return batch

    async def room(self) -> None:
        """Wait while paused."""
        await self._open.wait()

    def _filled(self, share: float) -> bool:
        return len(self._messages) >= self._limit * share or self._bytes >= self._limit_bytes * share
