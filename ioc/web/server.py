"""Runs the application inside a task of ours: no signal handlers, and a prompt end even with open streams."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from ioc.errors import ConfigError
from ioc.gate import AT_ONCE, LOOK_SECONDS, QUEUE, Gate, listening
from ioc.web.entrance import Entrance

GRACE_SECONDS = 1


class _Server(uvicorn.Server):
    """Uvicorn takes over the process's signals and says it is up through these two methods only."""

    def __init__(self, config: uvicorn.Config, when_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_started = when_started

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for one in sockets or ():
            one.listen(QUEUE)  # the library made the queue as short as what it takes at once
        self._when_started()


async def serve(app: FastAPI, host: str, port: int, gate: Gate, on_ready: Callable[[int], None]) -> None:
    """Serve until cancelled; `on_ready` gets the port that was bound. Raises ConfigError if it is taken."""
    listener = _listen(host, port)
    bound: int = listener.getsockname()[1]
    server = _Server(_config(app, gate), lambda: on_ready(bound))
    watching = asyncio.create_task(gate.watch(), name="gate")
    running = asyncio.create_task(server.serve(sockets=[listener]), name="uvicorn")
    try:
        await asyncio.wait({watching, running}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        watching.cancel()
        app.state.close_streams()
        server.should_exit = True
        await running
    await asyncio.wait({watching})
    if not watching.cancelled():
        watching.result()  # without it, whoever dawdles would hold a place for ever


def _config(app: FastAPI, gate: Gate) -> uvicorn.Config:
    def guarded(**given: Any) -> asyncio.Protocol:
        return gate.guarded(lambda: AutoHTTPProtocol(**given))

    return uvicorn.Config(
        Entrance(app, gate),
        http=cast("type[asyncio.Protocol]", guarded),
        backlog=AT_ONCE,
        log_config=None,
        log_level="error",  # below it, a line for whatever strangers send that is no HTTP
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=int(gate.config.idle + LOOK_SECONDS) + 2,  # the gate comes first, and counts
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listening(host, port)
    except OSError as error:
        raise ConfigError(
            f"{host}:{port}: không mở được cổng, hãy đặt web.port khác / "
            f"cannot listen on {host}:{port}: {error.strerror}; set another web.port"
        ) from error
