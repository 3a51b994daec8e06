"""What Zalo's webhook says of a message: that the telephone has it.

Zalo signs with the secret key of the Official Account, not the app's: `X-ZEvent-Signature: mac=<hex>`, the plain
SHA-256 (no HMAC) of app id, body, the body's `timestamp` and that key; some relays leave `mac=` out. The same event
tells of a template (with `delivery_time`) and of the account's own text (without). Zalo wants a 200 within 2 s, posts
again after 30 s, 5, 15 and 30 min and 1 h while nobody answers, and then no more. Sources: Zalo Platforms'
documentation, "Webhook: tổng quan" and "Sự kiện người dùng nhận tin"; for the signature Chatwoot's Zalo channel.
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

Prove = Callable[[str, str], None]
"""Notes that the message on that channel, with that number at the provider, has arrived."""


class ZaloReceipts:
    """Takes the calls of the webhook."""

    def __init__(self, config: ZaloConfig, prove: Prove) -> None:
        """`prove` is told the channel and number of each message that has arrived."""
        self._config = config
        self._prove = prove

    def take(self, body: bytes, headers: Mapping[str, str]) -> int:
        """The HTTP status to answer with; other events than a receipt are taken and left."""
        try:
            event = msgspec.json.decode(body, type=dict[str, Any])
        except (ValueError, RecursionError):  # of what is no UTF-8, msgspec raises another than its own
            return BAD
        if not self._is_signed(body, event, headers.get("x-zevent-signature", "")):
            return FORBIDDEN
        message = event.get("message")
        if event.get("event_name") == RECEIVED and isinstance(message, dict) and message.get("msg_id"):
            self._prove("zns" if "delivery_time" in message else "zalo", str(message["msg_id"]))
        return OK

    def _is_signed(self, body: bytes, event: Mapping[str, Any], signature: str) -> bool:
        secret = reveal(self._config.webhook_secret, self._config.webhook_secret_file)
        text = self._config.app_id.encode() + body + str(event.get("timestamp", "")).encode() + secret.encode()
        shown = signature.lower().removeprefix("mac=")
        return bool(secret) and hmac.compare_digest(hashlib.sha256(text).hexdigest().encode(), shown.encode())
