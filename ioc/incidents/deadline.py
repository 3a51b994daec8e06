"""A time that somebody writes: so long from now, or a moment with its zone. Pure."""

from datetime import datetime

from indicators.cells import BadCellError, duration
from ioc.model import DAY, Micros, micros

FURTHEST: Micros = 3660 * DAY
"""What is further away is a slip of the hand; and calendars, which have to write it out again, end somewhere."""


def deadline(text: str, now: Micros) -> Micros:
    """`2h`, `30min`, `1d` from now, or `2025-03-12T17:00:00+07:00`. Raises ValueError."""
    at = _at(text.strip(), now)
    if abs(at - now) > FURTHEST:
        raise ValueError(f"{text!r} is more than ten years away")
    return at


def _at(text: str, now: Micros) -> Micros:
    try:
        return now + duration(text)
    except BadCellError:
        moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return micros(moment)
