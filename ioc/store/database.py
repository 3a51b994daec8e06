"""One database over HTTP: address, secret, and the only place where its answers become our errors."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from ioc.errors import IocError, PermanentError, TemporaryError
from ioc.store.config import InfluxConfig

OK, NO_CONTENT = 200, 204
BAD_REQUEST, MISSING, TOO_LARGE, UNPROCESSABLE = 400, 404, 413, 422
DENIED = (401, 403)
POLICY_MISSING = "retention policy not found"
"""InfluxDB 1.x says it with status 500."""
WORDS_KEPT = 400
LONGEST_RETRY_AFTER = 600.0

Parameters = Mapping[str, str]


class BadLinesError(PermanentError):
    """At least one line is wrong; the database's words are in `detail`."""


class TooLargeError(PermanentError):
    """The body is larger than the database takes."""


class DeniedError(PermanentError):
    """Credentials, rights or target are refused; somebody has to mend that."""


class MissingError(DeniedError):
    """There is no such database, policy, bucket or path."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A yes: its headers (names in any case) and its body."""

    headers: Mapping[str, str]
    body: bytes


class Database:
    """Requests to one database. Every method raises what `refusal` makes of a no, and TemporaryError without answer."""

    def __init__(self, config: InfluxConfig, session: aiohttp.ClientSession) -> None:
        """Opens nothing; `session` is shared with the other HTTP users of the process."""
        self._config = config
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=config.timeout)

    async def get(self, path: str) -> Answer:
        """Ask for a page; 200 and 204 are a yes."""
        return await self._request("GET", path, {}, None, (OK, NO_CONTENT))

    async def post(self, path: str, query: Parameters, data: bytes | Parameters, yes: int) -> Answer:
        """Send a body or a form; only the status `yes` is a yes."""
        return await self._request("POST", path, query, data, (yes,))

    async def _request(
        self, method: str, path: str, query: Parameters, data: bytes | Parameters | None, yes: tuple[int, ...]
    ) -> Answer:
        url = self._config.url.rstrip("/") + path
        headers = authorization(self._config)
        try:
            async with self._session.request(
                method, url, params=query, data=data, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as answer:
                body = await answer.read()
        except TimeoutError as error:
            raise TemporaryError("timeout") from error
        except (aiohttp.ClientError, OSError) as error:
            raise TemporaryError(type(error).__name__) from error
        if answer.status not in yes:
            raise refusal(answer.status, answer.headers, shortened(body.decode(errors="replace")))
        return Answer(answer.headers, body)


def authorization(config: InfluxConfig) -> dict[str, str]:
    """The header that says who we are; DeniedError when the secret cannot be read."""
    try:
        secret = config.secret()
    except (OSError, UnicodeDecodeError) as error:
        raise DeniedError("secret", f"its file cannot be read: {type(error).__name__}") from error
    if secret is None:
        return {}
    if config.api == "v1":
        pair = f"{config.username or ''}:{secret}".encode()
        return {"Authorization": "Basic " + base64.b64encode(pair).decode()}
    if not (secret.isascii() and secret.isprintable()):
        raise DeniedError("secret", "a token is one line of ASCII")
    return {"Authorization": f"Token {secret}"}


def refusal(status: int, headers: Mapping[str, str], words: str) -> IocError:
    """The error that an answer stands for. A 400 that is not JSON comes from something in between, not from lines."""
    reason = f"http-{status}"
    if status in (BAD_REQUEST, UNPROCESSABLE):
        is_json = headers.get("Content-Type", "").startswith("application/json")
        return BadLinesError(reason, words) if is_json else DeniedError(reason, words)
    if status == TOO_LARGE:
        return TooLargeError(reason, words)
    if status == MISSING or POLICY_MISSING in words:
        return MissingError(reason, words)
    if status in DENIED:
        return DeniedError(reason, words)
    return TemporaryError(reason, retry_after(headers.get("Retry-After", "")))


def shortened(words: str) -> str:
    """Both ends of a long text: a database may quote the line before or after it says what is wrong."""
    words = words.strip()
    if len(words) <= WORDS_KEPT:
        return words
    return f"{words[: WORDS_KEPT // 2]} … {words[-WORDS_KEPT // 2 :]}"


def retry_after(header: str) -> float | None:
    """Seconds to wait, at most ten minutes; None when the header names no number of seconds."""
    if not (header.isascii() and header.isdigit()):
        return None
    return min(float(header), LONGEST_RETRY_AFTER)
