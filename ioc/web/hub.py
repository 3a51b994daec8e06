"""Server-sent events to many browsers: one frame per tick for all of them, never more than a few kept for each."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable

import msgspec

from ioc.telemetry import Counts

REPLAYED_TICKS = 30
RETRY = b"retry: 2000\n\n"
TICK = re.compile(r"[0-9]{1,15}")


def event(name: str, data: object, id_: str | None = None) -> bytes:
    """One event as it goes over the wire."""
    head = f"id: {id_}\nevent: {name}\ndata: " if id_ else f"event: {name}\ndata: "
    return head.encode() + msgspec.json.encode(data) + b"\n\n"


class Stream:
    """What one browser has yet to be sent. One that falls behind loses the old frames and gets a snapshot instead."""

    def __init__(self, backlog: int, missed: list[bytes] | None) -> None:
        """`missed` are the frames since the browser's last one; None when only a snapshot will do."""
        self._frames = deque(missed or ())
        self._backlog = backlog
        self._behind = missed is None
        self._wake = asyncio.Event()
        self._wake.set()
        self.closed = False

    def offer(self, frame: bytes) -> bool:
        """Keep a frame; False when it overflowed and a snapshot takes the place of all that waited."""
        self._wake.set()
        if self._behind:
            return True
        if len(self._frames) >= self._backlog:
            self.restart()
            return False
        self._frames.append(frame)
        return True

    def restart(self) -> None:
        """Forget what waits; a snapshot comes next."""
        self._frames.clear()
        self._behind = True
        self._wake.set()

    def close(self) -> None:
        """End the stream."""
        self.closed = True
        self._wake.set()

    async def take(self, snapshot: Callable[[], bytes]) -> bytes | None:
        """The next bytes to send, None when the stream has been closed."""
        while not self.closed:
            if self._behind:
                self._behind = False
                return snapshot()
            if self._frames:
                return self._frames.popleft()
            self._wake.clear()
            await self._wake.wait()
        return None


class Hub:
    """All open streams. Ids are `<generation>-<tick>`, so that a restarted engine is never mistaken for the old one."""

    def __init__(self, generation: str, limit: int, backlog: int, counts: Counts) -> None:
        """At most `limit` streams, at most `backlog` frames kept for each."""
        self._generation = generation
        self._limit = limit
        self._backlog = backlog
        self._counts = counts
        self._streams: set[Stream] = set()
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=REPLAYED_TICKS)
        self._closed = False

    @property
    def is_full(self) -> bool:
        """Whether another browser would be one too many, or the hub has been closed."""
        return self._closed or len(self._streams) >= self._limit

    def id_of(self, tick: int) -> str:
        """The event id of a tick."""
        return f"{self._generation}-{tick}"

    def publish(self, tick: int, frame: bytes) -> None:
        """Give a frame to every stream."""
        self._recent.append((tick, frame))
        for stream in self._streams:
            if not stream.offer(frame):
                self._counts.add("web_stream_resyncs")

    def forget(self) -> None:
        """Make every stream start again from a snapshot: earlier frames no longer fit."""
        self._recent.clear()
        for stream in self._streams:
            stream.restart()

    async def frames(self, last_id: str | None, snapshot: Callable[[], bytes]) -> AsyncIterator[bytes]:
        """Everything for one browser that last saw `last_id`, until it leaves or the hub is closed."""
        stream = Stream(self._backlog, self._missed(last_id))
        self._streams.add(stream)
        self._gauge()
        try:
            yield RETRY
            while (frame := await stream.take(snapshot)) is not None:
                yield frame
        finally:
            self._streams.discard(stream)
            self._gauge()

    def close(self) -> None:
        """End all streams, for good."""
        self._closed = True
        for stream in self._streams:
            stream.close()

    def _missed(self, last_id: str | None) -> list[bytes] | None:
        generation, _, tick = (last_id or "").rpartition("-")
        if generation != self._generation or not TICK.fullmatch(tick) or not self._recent:
            return None
        missed = [frame for number, frame in self._recent if number > int(tick)]
        covered = self._recent[0][0] <= int(tick) + 1 <= self._recent[-1][0] + 1
        return missed if covered and len(missed) <= self._backlog else None

    def _gauge(self) -> None:
        self._counts.set("web_streams", len(self._streams))
