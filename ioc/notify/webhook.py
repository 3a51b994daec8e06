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
from ioc.errors import PermanentError
from ioc.model import SECOND, Item, Notification, moment
from ioc.notify.http import JSON, Request, ask, check
from ioc.notify.secret import reveal


class WebhookConfig(BaseModel):
    """How webhooks are signed, and which hosts may be called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: SecretStr | None = None
    secret_file: Path | None = None
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")

    def key(self) -> bytes:
        """The signing key."""
        return reveal(self.secret, self.secret_file).encode()


class Webhook:
    """Posts messages to the officials' own systems."""

    name = "webhook"

    def __init__(self, config: WebhookConfig, session: aiohttp.ClientSession, clock: Clock) -> None:
        """`session` is shared with the other HTTP users of the process."""
        self._config = config
        self._session = session
        self._clock = clock

    async def send(self, notification: Notification) -> None:
        """Deliver, or raise TemporaryError, PermanentError or OutcomeUnknownError."""
        host = urlsplit(notification.address).hostname
        if host not in self._config.hosts:
            raise PermanentError("host-not-allowed", f"{host} is not in webhook.hosts")
        timestamp = self._clock.now() // SECOND
        payload = body(notification)
        headers = {
            **JSON,
            "X-IOC-Timestamp": str(timestamp),
            "X-IOC-Signature": sign(self._config.key(), timestamp, payload),
        }
        check(await ask(self._session, Request(notification.address, payload, headers)))


def body(notification: Notification) -> bytes:
    """The JSON document that is posted."""
    transition = notification.transition
    told = {
        "incident": notification.incident,
        "revision": notification.revision,
        "receiver": notification.receiver,
        "text": notification.text,
    }
    if notification.items:
        return msgspec.json.encode({**told, "alerts": [_item(item) for item in notification.items]})
    return msgspec.json.encode(
        {
            **told,
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


def _item(item: Item) -> dict[str, object]:
    return {**msgspec.structs.asdict(item), "severity": item.severity.name.lower(), "at": moment(item.at)}


def sign(key: bytes, timestamp: int, payload: bytes) -> str:
    """The signature header over time and raw body."""
    return "sha256=" + hmac.new(key, b"%d.%s" % (timestamp, payload), hashlib.sha256).hexdigest()
