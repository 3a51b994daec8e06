"""Local hours of the day, written "07:00-17:00", or "22:00-06:00" over midnight. Pure."""

import re
from datetime import time

from indicators.spec import local_time
from ioc.model import Micros

HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def checked(hours: str | None) -> str | None:
    """The same; ValueError when it is not written so."""
    if hours is not None and HOURS.fullmatch(hours) is None:
        raise ValueError('giờ viết theo mẫu / hours are written "07:00-17:00"')
    return hours


def ends(hours: str) -> tuple[time, time]:
    """First and last moment, the last not included."""
    first, last = hours.split("-")
    return time.fromisoformat(first), time.fromisoformat(last)


def is_within(hours: str, at: Micros) -> bool:
    """Whether that moment lies in these hours."""
    first, last = ends(hours)
    now = local_time(at).time()
    return first <= now < last if first < last else now >= first or now < last
