"""A day (and a year ago) of made-up points for every series of a catalogue, straight into InfluxDB."""

import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from indicators.spec import Series
from ioc.model import DAY, HOUR, MINUTE, Micros

YEAR = 365 * DAY
SILENT_BELOW = 300 * DAY
"""Yearly values stay: walls do not look back far enough to see them late."""
LINES_A_BODY = 20_000


@dataclass(frozen=True)
class Last:
    """The newest point of a series. `severity` None: not judged yet."""

    series: Series
    at: Micros
    value: float
    severity: int | None


def newest(series: Sequence[Series], now: Micros) -> list[Last]:
    """Values and severities that differ from series to series; every ninth is silent, every eleventh not judged."""
    found = []
    for number, one in enumerate(series):
        due = one.indicator.due_every
        at = now - (3 * due + 15 * MINUTE if number % 9 == 0 and due < SILENT_BELOW else min(due // 2, 20 * DAY))
        found.append(Last(one, at, number % 97 + 0.5, None if number % 11 == 0 else number % 4))
    return found


def day_of(points: Iterable[Last], *, judged: bool = True) -> Iterator[str]:
    """Lines (seconds): the last day by cadence, at most one an hour, and the same a year earlier."""
    for one in points:
        series = one.series
        prefix = f"sample,field={series.indicator.field},indicator={series.indicator.id},site={series.site.id}"
        step = max(HOUR, series.indicator.due_every)
        for age in {0, *range(0, DAY, step), YEAR, YEAR + step}:
            value, severity = (one.value, one.severity) if age == 0 else (one.value + age % 7, 0)
            tail = "" if severity is None or not judged else f",severity={severity}i"
            yield f"{prefix} value={value},state=0i{tail} {(one.at - age) // 1_000_000}"


def fill(url: str, lines: Iterable[str]) -> None:
    """Make the database and write the lines."""
    _post(f"{url}/query?q=CREATE+DATABASE+ioc", b"")
    batch: list[str] = []
    for line in lines:
        batch.append(line)
        if len(batch) == LINES_A_BODY:
            _write(url, batch)
            batch = []
    _write(url, batch)


def _write(url: str, batch: list[str]) -> None:
    if batch:
        _post(f"{url}/write?db=ioc&precision=s", "\n".join(batch).encode())


def _post(url: str, body: bytes) -> None:
    with urllib.request.urlopen(url, body, timeout=60) as answer:
        answer.read()
