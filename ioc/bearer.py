"""Whether a request shows a token. Pure.

`Authorization: Bearer TOKEN`, in UTF-8. HTTP libraries hand headers over as if they were Latin-1, and one "ậ" may be
typed as one sign or as three.
"""

import hmac
from unicodedata import normalize


def shows(header: str, token: str) -> bool:
    """Whether the header `Authorization`, as a library hands it over, shows that token; an empty one is never shown."""
    try:
        text = header.encode("latin-1").decode()
    except UnicodeError:
        return False
    shown = normalize("NFC", text.removeprefix("Bearer "))
    return bool(token) and hmac.compare_digest(shown.encode(), normalize("NFC", token).encode())
