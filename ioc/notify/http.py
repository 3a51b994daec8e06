"""The one HTTP edge of the channels: a request out, an answer back, foreign errors translated.

No error raised here carries a URL, a header or a body: tokens travel in all three.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import aiohttp
import msgspec

from ioc.errors import OutcomeUnknownError, PermanentError, TemporaryError

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)
MOST = 65_536
LONGEST_PATIENCE = 600.0
SUCCESS = 2
SERVER_ERROR = 500
TRY_LATER = frozenset({408, 425, 429})
JSON = {"Content-Type": "application/json; charset=utf-8"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Request(NamedTuple):
    """What is sent."""

    url: str
    body: bytes
    headers: Mapping[str, str] = JSON
    method: str = "POST"


class Answer(NamedTuple):
    """What came back; at most 64 KiB of its body."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return self.status // 100 == SUCCESS

    def document(self) -> dict[str, Any]:
        """The body as a JSON object; OutcomeUnknownError when it is none, since what was asked may well be done."""
        try:
            return msgspec.json.decode(self.text.encode(), type=dict[str, Any])
        except msgspec.DecodeError:
            # `from None`: a decoder may quote what it read.
            raise OutcomeUnknownError("answer-unreadable") from None

    def peek(self) -> dict[str, Any]:
        """The body as a JSON object; {} when it is none."""
        try:
            return self.document()
        except OutcomeUnknownError:
            return {}


async def ask(session: aiohttp.ClientSession, request: Request) -> Answer:
    """Send once, never following redirects.

    Raises:
        TemporaryError: it was not sent: nobody answers there.
        OutcomeUnknownError: it may have arrived.
        PermanentError: the URL is none.
    """
    headers = {name: " ".join(value.split()) for name, value in request.headers.items()}
    try:
        async with session.request(
            request.method, request.url, data=request.body, headers=headers, timeout=TIMEOUT, allow_redirects=False
        ) as answer:
            raw = await answer.content.read(MOST)
            return Answer(answer.status, dict(answer.headers), raw.decode("utf-8", "replace"))
    # `from None`: the library's own messages name the URL, and with it the token of whoever keeps it there.
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise TemporaryError("unreachable") from None
    except aiohttp.InvalidURL:
        raise PermanentError("bad-url") from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OutcomeUnknownError(type(error).__name__) from None


def check(answer: Answer) -> Answer:
    """The same answer when its status is 2xx; TemporaryError or PermanentError otherwise."""
    if answer.is_success:
        return answer
    if answer.status >= SERVER_ERROR or answer.status in TRY_LATER:
        raise TemporaryError(f"http-{answer.status}", patience(answer))
    raise PermanentError(f"http-{answer.status}")


def patience(answer: Answer) -> float | None:
    """How many seconds the other side asks us to wait, if it does."""
    for name in ("Retry-After", "X-Rate-Limit-Reset"):
        value = answer.headers.get(name, "")
        if value.isascii() and value.isdigit():
            return min(float(value), LONGEST_PATIENCE)
    return None
