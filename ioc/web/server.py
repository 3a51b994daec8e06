"""Runs the application inside a task of ours: no signal handlers, and a prompt end even with open streams."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI

from ioc.errors import ConfigError

GRACE_SECONDS = 1
BACKLOG = 512


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
        self._when_started()


async def serve(app: FastAPI, host: str, port: int, on_ready: Callable[[int], None]) -> None:
    """Serve until cancelled; `on_ready` gets the port that was bound. Raises ConfigError if it is taken."""
    listening = _listen(host, port)
    bound: int = listening.getsockname()[1]
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, lambda: on_ready(bound))
    running = asyncio.create_task(server.serve(sockets=[listening]), name="uvicorn")
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        app.state.close_streams()
        server.should_exit = True
        await running
        raise


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror}; set another web.port") from error
