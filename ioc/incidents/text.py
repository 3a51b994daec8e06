"""What people write: in NFC, without control or direction marks, neither empty nor endless. Pure."""

import unicodedata

from ioc.incidents.refused import RefusedError, Why

MOST_TEXT = 1000
MOST_NAME = 80


def words(text: str, what: str, *, needed: bool = True) -> str:
    """A text of some lines. Raises RefusedError."""
    kept = _clean(text, "\n")
    if needed and not kept:
        raise RefusedError(Why.NO_TEXT, what)
    if len(kept) > MOST_TEXT:
        raise RefusedError(Why.TOO_LONG, what)
    return kept


def name(text: str, what: str) -> str:
    """The id or the name of somebody. Raises RefusedError."""
    kept = _clean(text)
    if not kept:
        raise RefusedError(Why.NO_NAME, what)
    if len(kept) > MOST_NAME:
        raise RefusedError(Why.TOO_LONG, what)
    return kept


def _clean(text: str, but: str = "") -> str:
    signs = unicodedata.normalize("NFC", text)
    return "".join(sign for sign in signs if sign in but or unicodedata.category(sign)[0] != "C").strip()
