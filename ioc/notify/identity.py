"""Names: of a message, so that a repeat is recognised; of a telephone, as the providers want it."""

import hashlib
import re

from ioc.errors import PermanentError
from ioc.model import Notification

PHONE = re.compile(r"\d{8,15}")
VIETNAM = "84"


def identity(notification: Notification) -> str:
    """The same 32 hex digits for the same message to the same receiver, however often it is said."""
    name = f"{notification.incident}.{notification.revision}.{notification.receiver}"
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def phone(address: str) -> str:
    """`+84 912 345 678` and `0912 345 678` as `84912345678`; PermanentError when it is no number."""
    digits = re.sub(r"[\s.()+-]", "", address)
    if PHONE.fullmatch(digits) is None:
        raise PermanentError("bad-phone")
    return VIETNAM + digits[1:] if digits.startswith("0") else digits
