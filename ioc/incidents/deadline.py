"""A time that somebody writes: so long from now, or a moment with its zone. Pure."""

from datetime import datetime

from indicators.cells import BadCellError, duration
from ioc.model import Micros, micros


def deadline(text: str, now: Micros) -> Micros:
    """`2h`, `30min`, `1d` from now, or `2025-03-12T17:00:00+07:00`. Raises ValueError."""
    try:
        return now + duration(text.strip())
    except BadCellError:
        moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return micros(moment)
