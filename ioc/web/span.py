"""The stretch of time a caller asks for, and the points that answer it. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from indicators.spec import VIETNAM, Period
from ioc.model import DAY, HOUR, MINUTE, SECOND, Micros, Sample, micros
from ioc.web.refusal import Refusal, unreadable

MAX_POINTS = 2_000
UNITS = {"s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
STEPS = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 172_800, 604_800, 2_592_000)
OFFSET = (VIETNAM.utcoffset(None)).seconds * SECOND
RELATIVE = re.compile(r"-([0-9]{1,9})(s|min|h|d|w)")
DIGITS = re.compile(r"[0-9]{1,12}")
MOMENT_VI = "thời điểm ISO 8601 có múi giờ (2024-06-01T08:00:00+07:00), hoặc -24h, -30min, -7d, now"
MOMENT_EN = "an ISO 8601 time with its zone (2024-06-01T08:00:00+07:00), or -24h, -30min, -7d, now"

Point = tuple[Micros, float, int]
"""Start of the bucket (or the sample's own time), value, state."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end`; `step` 0 means every sample."""

    start: Micros
    end: Micros
    step: Micros


def span(start: str, end: str, step: str, now: Micros) -> Span:
    """Read the three parameters, each may be empty (the last 24 hours). Raises Refusal."""
    since = _moment("from", start or "-24h", now)
    until = _moment("to", end or "now", now)
    if since >= until:
        raise Refusal("Tham số “from” phải trước “to”.", 'Parameter "from" must be before "to".', parameter="from")
    return Span(since, until, _step(step, until - since))


def coarser(asked: Span) -> Span:
    """The same stretch in buckets of the first round size that keeps within the bound."""
    width = asked.end - asked.start
    for seconds in STEPS:
        if width <= (MAX_POINTS - 1) * seconds * SECOND:
            return Span(asked.start, asked.end, seconds * SECOND)
    return Span(asked.start, asked.end, -(-width // (MAX_POINTS - 1)))


def points(samples: Iterable[Sample], step: Micros, period: Period) -> list[Point]:
    """Samples in order of time as points: as they are, or one for each bucket (mean of instants, else the last).

    Buckets are aligned to Vietnamese midnight; a bucket is as mature as its least mature sample.
    """
    if not step:
        return [(sample.at, sample.value, int(sample.state)) for sample in samples]
    buckets: dict[Micros, list[Sample]] = {}
    for sample in samples:
        buckets.setdefault((sample.at + OFFSET) // step * step - OFFSET, []).append(sample)
    return [(at, _together(bucket, period), min(int(s.state) for s in bucket)) for at, bucket in buckets.items()]


def _together(bucket: Sequence[Sample], period: Period) -> float:
    if period is Period.INSTANT:
        return sum(sample.value for sample in bucket) / len(bucket)
    return bucket[-1].value


def _moment(name: str, text: str, now: Micros) -> Micros:
    if text == "now":
        return now
    if match := RELATIVE.fullmatch(text):
        return max(0, now - int(match[1]) * UNITS[match[2]])
    try:
        # An unescaped + arrives as a space.
        at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        if at.tzinfo is None:
            raise unreadable(name, text, MOMENT_VI, MOMENT_EN)
        return micros(at.astimezone(VIETNAM).astimezone(UTC))
    except (ValueError, OverflowError) as error:  # the latter: the first or last hours of the calendar
        raise unreadable(name, text, MOMENT_VI, MOMENT_EN) from error


def _step(text: str, width: Micros) -> Micros:
    if not text:
        return 0
    if not DIGITS.fullmatch(text) or int(text) < 1:
        raise unreadable("step", text, "số giây nguyên từ 1 trở lên", "a whole number of seconds, 1 or more")
    step = int(text) * SECOND
    if width // step + 2 > MAX_POINTS:
        least = -(-width // ((MAX_POINTS - 2) * SECOND))
        raise unreadable(
            "step", text, f"ít nhất {least} giây cho khoảng này", f"at least {least} seconds for this stretch of time"
        )
    return step
