"""Requests to a neighbour's administration, and the only place where its answers become our errors."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from ioc.deploy.step import ConflictError
from ioc.errors import PermanentError, TemporaryError

TIMEOUT = aiohttp.ClientTimeout(total=15)
SERVER_ERROR = 500
SUCCESS = range(200, 300)
CONFLICT = (409, 412)
WORDS_KEPT = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and decoded JSON (None when the body is no JSON)."""

    status: int
    document: Any
    words: str = ""


class Api:
    """One neighbour, with the header that says who we are; another `authorization` can be given per request."""

    def __init__(self, url: str, session: aiohttp.ClientSession, authorization: str = "") -> None:
        """Opens nothing."""
        self._url = url.rstrip("/")
        self._session = session
        self._authorization = authorization

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        authorization: str = "",
    ) -> Reply:
        """Send and return whatever is answered; TemporaryError for 5xx and for no answer."""
        who = authorization or self._authorization
        try:
            async with self._session.request(
                method,
                self._url + path,
                json=body,
                data=form,
                headers={"Authorization": who} if who else {},
                timeout=TIMEOUT,
                allow_redirects=False,
            ) as answer:
                raw = await answer.read()
        except TimeoutError as error:
            raise TemporaryError("timeout") from error
        except (aiohttp.ClientError, OSError) as error:
            raise TemporaryError(f"{self._url}: {type(error).__name__}") from error
        if answer.status >= SERVER_ERROR:
            raise TemporaryError(f"http-{answer.status}")
        return Reply(answer.status, _decoded(raw), raw.decode(errors="replace")[:WORDS_KEPT])

    async def get(self, path: str) -> Any:
        """The document at `path`; PermanentError for a no."""
        return yes(await self.ask("GET", path), path).document


def yes(reply: Reply, what: str) -> Reply:
    """The reply, if it is a 2xx; PermanentError with the other side's words else, ConflictError for 409 and 412."""
    if reply.status not in SUCCESS:
        kind = ConflictError if reply.status in CONFLICT else PermanentError
        raise kind(f"http-{reply.status}", f"{what}: {reply.words}")
    return reply


def basic(username: str, password: str) -> str:
    """The header of a user with a password."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _decoded(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw) if raw else None
    except msgspec.DecodeError:
        return None
