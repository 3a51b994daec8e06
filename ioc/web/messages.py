"""The messages to officials as the API shows them, and what other systems post about them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import Response

from ioc.model import OutboxRow
from ioc.web.ports import Inlet, Messages
from ioc.web.refusal import whole

LARGEST_BODY = 1 << 20
TOO_LARGE = 413
OK = 200
MOST = 500
LARGEST = 2**53
"""What JavaScript counts up to."""


def add_messages(app: FastAPI, messages: Messages | None, inlets: Mapping[str, Inlet]) -> None:
    """The list under `/v1/outbox`, and one POST address per inlet."""
    if messages is not None:
        app.add_api_route("/v1/outbox", listed(messages))
    for path, inlet in inlets.items():
        app.add_api_route(path, posted(inlet), methods=["POST"])


def listed(messages: Messages) -> Callable[..., Awaitable[Response]]:
    """A handler that shows the newest messages."""

    async def show(limit: str = "100", before: str = "") -> Response:
        """The newest `limit` messages numbered below `before`, newest first, and how many there are in each state."""
        most = whole("limit", limit, LARGEST)
        ceiling = whole("before", before, LARGEST) if before else None
        rows, counts = await asyncio.to_thread(lambda: (messages.newest(min(most, MOST), ceiling), messages.counts()))
        return _json({"counts": counts, "messages": [shown(row) for row in rows]})

    return show


def shown(row: OutboxRow) -> dict[str, object]:
    """One message as JSON, without the address it goes to."""
    message = row.message
    return {
        "id": row.number,
        "receiver": message.receiver,
        "channel": message.channel,
        "state": row.state,
        "attempts": row.attempts,
        "passed": row.passed,
        "held": row.held,
        "told_in": row.told_in,
        "detail": row.detail,
        "incident": message.incident,
        "revision": message.revision,
        "severity": message.transition.severity,
        "text": message.text,
        "alerts": len(message.items),
    }


def posted(inlet: Inlet) -> Callable[[Request], Awaitable[Response]]:
    """A handler that hands a body of at most 1 MiB to an inlet."""

    async def take(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return _json({"taken": False}, TOO_LARGE)
        status = await asyncio.to_thread(inlet, bytes(body), dict(request.headers))
        return _json({"taken": status == OK}, status)

    return take


def _json(value: object, status: int = OK) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
