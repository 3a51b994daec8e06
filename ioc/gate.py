"""Who is let in by HTTP, and how long anybody may hold a connection without asking anything.

A connection costs a file descriptor, and the journal needs some too. A stranger can hold one for nothing: by sending no
header, or a body byte by byte, or by not reading the answer. So each has a deadline for what it owes; and when all
places are taken, whoever has owed something longest gives way to the newcomer, so that a request that comes whole is
answered however many others dawdle.
"""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, cast

import structlog
from pydantic import BaseModel, ConfigDict, Field

from ioc.clock import Clock
from ioc.telemetry import Counts

Peer = tuple[str, int]

AT_ONCE = 16
"""Connections taken in one turn of the loop: before they are judged, each has its descriptor."""
QUEUE = 512
LOOK_SECONDS = 0.5
SPARE = 50
"""Places beside lasting connections, where no number of places is set."""
LEEWAY = 1.0
"""Whoever reads a body says first that it is late; this cuts what he cannot reach."""
CALM_SECONDS = 10.0
OTHER_FILES = 120
"""Descriptors for broker, databases, channels and other small things."""
FULL = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class GateConfig(BaseModel):
    """At most so many connections at a time, and for how many seconds each may owe what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connections: int = Field(default=450, ge=2, le=100_000)
    headers: float = Field(default=10.0, gt=0, description="from the first byte, or from connecting")
    body: float = Field(default=10.0, gt=0, description="from the headers on")
    idle: float = Field(default=75.0, gt=0, description="from an answer to the next request")
    stalled: float = Field(default=60.0, gt=0, description="of an answer that is not read")

    def beside(self, lasting: int, why: str) -> Self:
        """With places beside so many lasting connections: more than usual, unless it was said how many.

        Raises:
            ValueError: it was, and is too few; `why` says so.
        """
        if self.connections > lasting:
            return self
        if "connections" in self.model_fields_set:
            raise ValueError(f"gate.connections phải lớn hơn / must be more than {why}")
        return self.model_copy(update={"connections": lasting + SPARE})


class Owed(StrEnum):
    """What a connection has yet to send."""

    HEADERS = "headers"
    BODY = "body"
    REQUEST = "idle"


@dataclass(slots=True, eq=False)
class Visit:
    """An open connection. It owes something until `until`, unless requests of it are under way (`asked`)."""

    transport: asyncio.Transport
    peer: Peer | None
    owes: Owed = Owed.HEADERS
    until: float = 0.0
    asked: int = 0


class Gate:
    """Stands before one listener. Counts `connections_cut` by why, and shows how many `connections` there are."""

    def __init__(self, name: str, config: GateConfig, clock: Clock, counts: Counts) -> None:
        """`name` labels what is counted."""
        self.config = config
        self._name = name
        self._clock = clock
        self._counts = counts
        self._visits: set[Visit] = set()
        self._by_peer: dict[Peer, Visit] = {}
        self._owing: dict[Visit, None] = {}  # in the order in which they began to owe
        self._stalled: dict[Visit, float] = {}
        self._crowded_at: float | None = None
        self._log = structlog.get_logger("ioc.gate").bind(gate=name)

    def guarded(self, make: Callable[[], asyncio.BaseProtocol]) -> asyncio.Protocol:
        """A protocol that passes everything on to one that `make` makes, once the connection has been let in."""
        return _Guarded(self, make)

    async def watch(self) -> None:
        """Cut what is overdue, until cancelled."""
        while True:
            self.look()
            await self._clock.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Look once."""
        now = self._clock.monotonic()
        for visit in [one for one in self._owing if one.until <= now]:
            self._cut(visit, visit.owes)
        for visit in [one for one, until in self._stalled.items() if until <= now]:
            self._cut(visit, "stalled")
        if self._crowded_at is not None and now - self._crowded_at >= CALM_SECONDS:
            self._crowded_at = None
            self._log.info("there is room for connections again", connections=len(self._visits))

    def open(self, transport: asyncio.Transport) -> Visit | None:
        """Let a connection in; None when there is no room, and it has been told so."""
        if len(self._visits) >= self.config.connections and not self._make_room():
            self._counts.add("connections_cut", gate=self._name, why="refused")
            transport.write(FULL)
            transport.close()
            return None
        visit = Visit(transport, peer_of(transport))
        self._visits.add(visit)
        if visit.peer is not None:
            self._by_peer[visit.peer] = visit
        self._owe(visit, Owed.HEADERS, self.config.headers)
        self._show()
        return visit

    def heard(self, visit: Visit) -> None:
        """Something came. The first bytes after an answer begin the next request."""
        if not visit.asked and visit.owes is Owed.REQUEST:
            self._owe(visit, Owed.HEADERS, self.config.headers)

    def asks(self, peer: Peer | None, *, has_body: bool) -> Visit | None:
        """The headers of a request are in. The visit that it is of, None when that is over already."""
        visit = None if peer is None else self._by_peer.get(peer)
        if visit is not None:
            visit.asked += 1
            self._settle(visit)
            if has_body:
                self._owe(visit, Owed.BODY, self.config.body + LEEWAY)
        return visit

    def has_all(self, visit: Visit | None) -> None:
        """The body is in too."""
        if visit in self._visits:
            self._settle(visit)

    def answered(self, visit: Visit | None) -> None:
        """A request has its answer."""
        if visit in self._visits:
            visit.asked -= 1
            if not visit.asked:
                self._owe(visit, Owed.REQUEST, self.config.idle)

    def stalls(self, visit: Visit) -> None:
        """What is sent is not read as fast as it comes."""
        self._stalled[visit] = self._clock.monotonic() + self.config.stalled

    def reads(self, visit: Visit) -> None:
        """It is read again."""
        self._stalled.pop(visit, None)

    def closed(self, visit: Visit) -> None:
        """The connection is no more."""
        if visit in self._visits:
            self._forget(visit)

    def _owe(self, visit: Visit, what: Owed, seconds: float) -> None:
        visit.owes, visit.until = what, self._clock.monotonic() + seconds
        self._owing.pop(visit, None)
        self._owing[visit] = None

    def _settle(self, visit: Visit) -> None:
        self._owing.pop(visit, None)

    def _make_room(self) -> bool:
        if self._crowded_at is None:
            self._log.warning("connections full; those that dawdle give way", limit=self.config.connections)
        self._crowded_at = self._clock.monotonic()
        slowest = next(iter(self._owing), None)
        if slowest is not None:
            self._cut(slowest, "crowded")
        return slowest is not None

    def _cut(self, visit: Visit, why: str) -> None:
        self._counts.add("connections_cut", gate=self._name, why=str(why))
        self._forget(visit)
        visit.transport.abort()  # closing would wait until the other side has read everything

    def _forget(self, visit: Visit) -> None:
        self._visits.remove(visit)
        self._settle(visit)
        self._stalled.pop(visit, None)
        if visit.peer is not None and self._by_peer.get(visit.peer) is visit:
            del self._by_peer[visit.peer]
        self._show()

    def _show(self) -> None:
        self._counts.set("connections", len(self._visits), gate=self._name)


class _Guarded(asyncio.Protocol):
    """One connection, on its way through the gate."""

    def __init__(self, gate: Gate, make: Callable[[], asyncio.BaseProtocol]) -> None:
        self._gate = gate
        self._make = make
        self._inner = asyncio.Protocol()
        self._visit: Visit | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._visit = self._gate.open(cast("asyncio.Transport", transport))
        if self._visit is not None:
            self._inner = cast("asyncio.Protocol", self._make())
            self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._visit is not None:
            self._gate.heard(self._visit)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        if self._visit is not None:
            self._gate.stalls(self._visit)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._visit is not None:
            self._gate.reads(self._visit)
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._visit is not None:
            self._gate.closed(self._visit)
        self._inner.connection_lost(exc)


def peer_of(transport: asyncio.BaseTransport | None) -> Peer | None:
    """The other side's address and port, None when it is gone already."""
    name = transport.get_extra_info("peername") if transport else None
    return name[:2] if isinstance(name, tuple) else None


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=QUEUE)


@asynccontextmanager
async def opened(gate: Gate, make: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> AsyncIterator[int]:
    """Listen behind a gate; the port that was bound. Raises OSError."""
    listener = listening(host, port)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: gate.guarded(make), sock=listener, backlog=AT_ONCE)
    listener.listen(QUEUE)  # the loop made the queue as short as what it takes at once
    try:
        yield listener.getsockname()[1]
    finally:
        server.close()


def afford(connections: int, files: int) -> None:
    """Have as many descriptors as these and everything small need, or say that there are too few."""
    needed = connections + files + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _is_enough(soft, needed):
        return
    allowed = needed if _is_enough(hard, needed) else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError):
        allowed = soft
    if allowed < needed:
        why = "raise the limit of open files (LimitNOFILE), or lower gate.connections or journal.keep_days"
        structlog.get_logger("ioc.gate").warning(why, needed=needed, allowed=allowed)


def _is_enough(limit: int, needed: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= needed
