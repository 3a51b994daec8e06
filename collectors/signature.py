"""Who has sent a request: HMAC-SHA-256 over time, key and site of the request, and raw body. Pure.

Headers: `X-IOC-Sender`, `X-IOC-Timestamp` (unix seconds), `X-IOC-Signature: sha256=<hex>`; and, for a request that may
be told from another one with the same body, `Idempotency-Key`.
"""

import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum

from ioc.model import MINUTE, SECOND, Micros

SENDER = "X-IOC-Sender"
TIMESTAMP = "X-IOC-Timestamp"
SIGNATURE = "X-IOC-Signature"
KEY = "Idempotency-Key"
TOLERANCE: Micros = 5 * MINUTE
LONGEST_KEY = 200
LONGEST_NUMBER = 12


class Denial(StrEnum):
    """Why a request is not who it says. Closed, so that it can label a counter; callers are not told which."""

    UNSIGNED = "unsigned"
    UNKNOWN = "unknown-sender"
    STALE = "stale"
    FORGED = "forged"


def sign(secret: bytes, timestamp: int, key: str, body: bytes, site: str = "") -> str:
    """The signature header over `"{timestamp}.{key}.{site}.{body}"`.

    `key` is empty when none is sent, `site` when `?site=` is not.
    """
    signed = b"%d.%s.%s.%s" % (timestamp, key.encode(), site.encode("utf-8", "replace"), body)
    return "sha256=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()


def fingerprint(site: str, body: bytes) -> str:
    """What tells one request from another: two sites may well read the same."""
    return hashlib.sha256(site.encode() + b"\n" + body).hexdigest()


def denial(
    headers: Mapping[str, str], body: bytes, secret: bytes | None, *clocks: Micros, site: str = ""
) -> Denial | None:
    """Why the request is not believed; None when it is. `secret` is None for a sender that nobody knows.

    Its time has to agree with one of `clocks`.
    """
    timestamp, given, key = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, ""), headers.get(KEY, "")
    if not given or not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > LONGEST_NUMBER:
        return Denial.UNSIGNED
    if len(key) > LONGEST_KEY or not key.isprintable():
        return Denial.UNSIGNED
    expected = sign(secret or b"", int(timestamp), key, body, site)
    if secret is None or not secret:
        return Denial.UNKNOWN
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        return Denial.FORGED
    at = int(timestamp) * SECOND
    return None if any(abs(now - at) <= TOLERANCE for now in clocks) else Denial.STALE
