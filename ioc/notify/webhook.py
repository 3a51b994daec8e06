"""The webhook channel: one signed POST per message.

Headers: `X-IOC-Timestamp` (unix seconds) and `X-IOC-Signature: sha256=<hex HMAC of "{timestamp}.{body}">`. A receiver
recognises repeats by `incident` and `revision` in the body. A 2xx answer is delivery.
"""

import hashlib
import hmac
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import msgspec
from pydantic import BaseModel, ConfigDict, SecretStr

from ioc.clock import Clock
from ioc.errors import OutcomeUnknownError, PermanentError, TemporaryError
from ioc.model import SECOND, Notification, moment

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)
SUCCESS = 2
SERVER_ERROR = 500
TRY_LATER = (408, 425, 429)


class WebhookConfig(BaseModel):
    """How webhooks are signed, and which hosts may be called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: SecretStr | None = None
    secret_file: Path | None = None
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")

    def key(self) -> bytes:
        """The signing key."""
        if self.secret_file is not None:
            return self.secret_file.read_bytes().strip()
        return self.secret.get_secret_value().encode() if self.secret else b""


class Webhook:
    """Posts messages to the officials' own systems."""

    name = "webhook"

    def __init__(self, config: WebhookConfig, session: aiohttp.ClientSession, clock: Clock) -> None:
        """`session` is shared with the other HTTP users of the process."""
        self._key = config.key()
        self._hosts = config.hosts
        self._session = session
        self._clock = clock

    async def send(self, notification: Notification) -> None:
        """Deliver, or raise TemporaryError, PermanentError or OutcomeUnknownError."""
        host = urlsplit(notification.address).hostname
        if host not in self._hosts:
            raise PermanentError("host-not-allowed", f"{host} is not in webhook.hosts")
        timestamp = self._clock.now() // SECOND
        payload = body(notification)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-IOC-Timestamp": str(timestamp),
            "X-IOC-Signature": sign(self._key, timestamp, payload),
        }
        try:
            async with self._session.post(
                notification.address, data=payload, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as answer:
                _check(answer)
        except aiohttp.ClientConnectorError as error:
            raise TemporaryError("unreachable") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OutcomeUnknownError(type(error).__name__) from error


def body(notification: Notification) -> bytes:
    """The JSON document that is posted."""
    transition = notification.transition
    return msgspec.json.encode(
        {
            "incident": notification.incident,
            "revision": notification.revision,
            "receiver": notification.receiver,
            "text": notification.text,
            "site": transition.site,
            "field": transition.field,
            "indicator": transition.indicator,
            "kind": transition.kind,
            "severity": transition.severity.name.lower(),
            "status": transition.after,
            "at": moment(transition.at),
            "since": moment(transition.since),
            "value": transition.value,
            "limit": transition.bound,
            "upper": transition.upper,
            "basis": transition.basis,
        }
    )


def sign(key: bytes, timestamp: int, payload: bytes) -> str:
    """The signature header over time and raw body."""
    return "sha256=" + hmac.new(key, b"%d.%s" % (timestamp, payload), hashlib.sha256).hexdigest()


def _check(answer: aiohttp.ClientResponse) -> None:
    if answer.status // 100 == SUCCESS:
        return
    if answer.status >= SERVER_ERROR or answer.status in TRY_LATER:
        after = answer.headers.get("Retry-After", "")
        raise TemporaryError(f"http-{answer.status}", float(after) if after.isdigit() else None)
    raise PermanentError(f"http-{answer.status}", answer.reason or "")
