"""What Zalo's webhook says of a template message: that the telephone has it.

Zalo signs with the account's own webhook secret: `X-ZEvent-Signature: mac=<sha256 of app id, body, timestamp, secret>`.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ioc.notify.secret import reveal
from ioc.notify.zalo_config import ZaloConfig

RECEIVED = "user_received_message"
OK, BAD, FORBIDDEN = 200, 400, 403

Prove = Callable[[str], None]
"""Notes that the message with that number at the provider has arrived."""


class ZaloReceipts:
    """Takes the calls of the webhook."""

    def __init__(self, config: ZaloConfig, prove: Prove) -> None:
        """`prove` is told the number of each message that has arrived."""
        self._config = config
        self._prove = prove

    def take(self, body: bytes, headers: Mapping[str, str]) -> int:
        """The HTTP status to answer with; other events than a receipt are taken and left."""
        try:
            event = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError:
            return BAD
        if not self._is_signed(body, event, headers.get("x-zevent-signature", "")):
            return FORBIDDEN
        message = event.get("message")
        if event.get("event_name") == RECEIVED and isinstance(message, dict) and message.get("msg_id"):
            self._prove(str(message["msg_id"]))
        return OK

    def _is_signed(self, body: bytes, event: Mapping[str, Any], signature: str) -> bool:
        secret = reveal(self._config.webhook_secret, self._config.webhook_secret_file)
        text = self._config.app_id.encode() + body + str(event.get("timestamp", "")).encode() + secret.encode()
        return bool(secret) and hmac.compare_digest(f"mac={hashlib.sha256(text).hexdigest()}", signature)
