"""A way over TCP that can be disturbed: slowed down, swallowed, cut."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto

from ioc.clock import SystemClock
from ioc.demo.children import LOOPBACK, free_port

CHUNK = 65_536
CLOCK = SystemClock()


class Mode(Enum):
    """What becomes of bytes: passed on, late by `delay` seconds, or swallowed with no sign to either side."""

    PASS = auto()
    DELAY = auto()
    BLACKHOLE = auto()


class Relay:
    """From `port` on loopback to another port there. Runs in a thread of its own."""

    def __init__(self, to: int) -> None:
        """Passes everything on at first."""
        self.port = free_port()
        self.delay = 0.0
        self._to = to
        self._mode = Mode.PASS
        self._loop = asyncio.new_event_loop()
        self._ways: set[asyncio.StreamWriter] = set()

    def turn(self, mode: Mode, delay: float = 0.0) -> None:
        """Change what becomes of bytes; leaving the black hole resets what had been swallowed into."""
        swallowed = self._mode is Mode.BLACKHOLE
        self._mode, self.delay = mode, delay
        if swallowed:
            self._loop.call_soon_threadsafe(self._reset)

    def cut(self) -> None:
        """Reset every connection."""
        self._loop.call_soon_threadsafe(self._reset)

    def run(self, ready: threading.Event) -> None:
        """Until `stop`."""
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve(ready))
        self._loop.close()

    def stop(self) -> None:
        """End `run`."""
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def _serve(self, ready: threading.Event) -> None:
        self._stopped = asyncio.Event()
        server = await asyncio.start_server(self._join, LOOPBACK, self.port)
        ready.set()
        await self._stopped.wait()
        server.close()
        self._reset()
        await CLOCK.sleep(0.05)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await CLOCK.sleep(0.01)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self._to)
        except OSError:
            writer.transport.abort()
            return
        self._ways |= {writer, far_writer}
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        for end in (writer, far_writer):
            end.transport.abort()
            self._ways.discard(end)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if self._mode is Mode.DELAY:
                await CLOCK.sleep(self.delay)
            if self._mode is not Mode.BLACKHOLE:
                writer.write(data)
                await writer.drain()
        raise ConnectionResetError

    def _reset(self) -> None:
        for writer in list(self._ways):
            writer.transport.abort()


@contextmanager
def relay(to: int) -> Iterator[Relay]:
    """A relay that runs meanwhile."""
    way, ready = Relay(to), threading.Event()
    thread = threading.Thread(target=way.run, args=[ready])
    thread.start()
    ready.wait(5)
    try:
        yield way
    finally:
        way.stop()
        thread.join()
