"""What every answer carries: security headers, caching rules, and a count of the request."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ioc.telemetry import Counts

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Shield:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, counts: Counts) -> None:
        """Requests are counted as `web_requests` by route and status."""
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                # Files and the catalogue are asked for again by their ETag; everything else is of this moment.
                headers.setdefault("cache-control", "no-cache" if "etag" in headers else "no-store")
                self._counts.add("web_requests", route=_route(scope), status=str(message["status"]))
            await send(message)

        await self._app(scope, receive, dressed)


def _route(scope: Scope) -> str:
    # Templates, never addresses: the label set stays bounded.
    return str(getattr(scope.get("route"), "path", "other"))
