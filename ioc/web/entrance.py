"""Tells the gate what the requests of each connection still owe, and whoever waits for a body when it is late."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ioc.gate import Gate, Visit
from ioc.web.refusal import Refusal


class Entrance:
    """Stands around the application."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        """`gate` is the one that the connections came through."""
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        has_body = _has_body(scope)
        visit = self._gate.asks(scope["client"], has_body=has_body)
        try:
            await self._app(scope, *(self._in_time(visit, receive, send) if has_body else (receive, send)))
        finally:
            self._gate.answered(visit)

    def _in_time(self, visit: Visit | None, receive: Receive, send: Send) -> tuple[Receive, Send]:
        """What receives a body until its deadline, and sends. Past it, raises Refusal or ends what is being sent."""
        loop = asyncio.get_running_loop()
        deadline: float | None = loop.time() + self._gate.config.body
        answering = False

        async def sent(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        async def received() -> Message:
            nonlocal deadline
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                if answering:  # a stream that looks whether its reader is still there: too late for an answer of ours
                    return {"type": "http.disconnect"}
                raise Refusal("Nội dung đến quá chậm.", "The body did not come in time.", status=408) from None
            if not message.get("more_body", False):
                deadline = None
                self._gate.has_all(visit)
            return message

        return received, sent


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
