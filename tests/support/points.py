"""A day (and a year ago) of made-up points for every series of a catalogue, straight into InfluxDB."""

import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

from msgspec.structs import replace

from dashboards.influxql import ROLLUPS
from indicators.lookup import Catalogue
from indicators.spec import Series
from ioc.incidents.model import Incident, Stage
from ioc.model import DAY, HOUR, MINUTE, Kind, Micros, Severity, State, Status, Transition
from ioc.store.alert import alert_line
from ioc.store.bound import edition_line
from ioc.store.bound_feed import drafts_of
from ioc.store.incident import incident_line

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


def bounds_of(catalogue: Catalogue, now: Micros, edition: int) -> Iterator[str]:
    """Lines (microseconds): the courses of limits and targets, as the engine writes them."""
    for draft in drafts_of(catalogue, now):
        yield draft.text().decode()
    yield edition_line(edition, now).decode()


def alerts_of(points: Iterable[Last]) -> Iterator[str]:
    """Lines (microseconds): every series that is not OK has an alert firing; one that is has had one."""
    for number, one in enumerate(points, 1):
        severity = Severity(one.severity or Severity.WARNING)
        for after, ago in ((Status.PENDING, 2 * HOUR), (Status.FIRING, HOUR), (Status.RESOLVED, HOUR)):
            if after is not Status.RESOLVED or not one.severity:
                told = step(one, severity, after, one.at - ago)
                yield alert_line(10 * number + ago // HOUR + (after is Status.RESOLVED) * 5, told, "…").decode()


def incidents_of(points: Iterable[Last]) -> Iterator[str]:
    """Lines (microseconds): for every place and field an incident that nobody has, one acknowledged and one over."""
    for site, field in sorted({(one.series.site.id, one.series.indicator.field) for one in points}):
        newest = max(one.at for one in points if one.series.site.id == site)
        for number, stage in enumerate(Stage):
            opened = newest - (number + 1) * HOUR
            taken = None if stage is Stage.OPEN else opened + 10 * MINUTE
            over = opened + 30 * MINUTE if stage is Stage.RESOLVED else None
            one = Incident(f"{site}-{field}-{number}", site, field, "so-y-te", opened, opened, 1, stage)
            yield incident_line(replace(one, first_acknowledged=taken, resolved=over)).decode()


def step(one: Last, severity: Severity, after: Status, at: Micros) -> Transition:
    """A step of the alert of a series."""
    return Transition(
        rule="made-up",
        site=one.series.site.id,
        field=one.series.indicator.field,
        indicator=one.series.indicator.id,
        kind=Kind.ABOVE,
        severity=severity,
        before=Status.OK,
        after=after,
        at=at,
        since=one.at - 2 * HOUR,
        value=one.value,
        bound=1.0,
        upper=None,
        state=State.PROVISIONAL,
        basis="assumption",
        incident="i",
        revision=1,
    )


def rolled_up(points: Iterable[Last]) -> Iterator[str]:
    """Lines (microseconds): one period of each kind for every series, corrected once."""
    for one in points:
        series = one.series
        tags = f"field={series.indicator.field},indicator={series.indicator.id},site={series.site.id}"
        for name in ROLLUPS:
            numbers = f"value={one.value},n=1i,m=1i,complete=1i,state=3i,gap=0i,revision=2i"
            yield f"{name},{tags} {numbers} {one.at}"


def fill(url: str, lines: Iterable[str], precision: str = "s") -> None:
    """Make the database, if it is not there, and write the lines; `precision` s or u."""
    _post(f"{url}/query?q=CREATE+DATABASE+ioc+WITH+DURATION+INF+SHARD+DURATION+52w", b"")
    rest = iter(lines)
    while batch := list(islice(rest, LINES_A_BODY)):
        _post(f"{url}/write?db=ioc&precision={precision}", "\n".join(batch).encode())


def fill_rollups(url: str, lines: Iterable[str], precision: str = "s") -> None:
    """The same for lines of roll-ups, each into the policy in which its measurement is kept."""
    fill(url, ())
    waiting: dict[str, list[str]] = {policy: [] for policy in ROLLUPS.values()}
    for policy in waiting:
        words = f'CREATE RETENTION POLICY "{policy}" ON ioc DURATION INF REPLICATION 1 SHARD DURATION 52w'
        _post(f"{url}/query?{urlencode({'q': words})}", b"")
    for line in lines:
        policy = ROLLUPS[line.partition(",")[0]]
        waiting[policy].append(line)
        if len(waiting[policy]) == LINES_A_BODY:
            _write(url, policy, precision, waiting[policy])
    for policy, rest in waiting.items():
        _write(url, policy, precision, rest)


def _write(url: str, policy: str, precision: str, lines: list[str]) -> None:
    if lines:
        _post(f"{url}/write?db=ioc&rp={policy}&precision={precision}", "\n".join(lines).encode())
    lines.clear()


def _post(url: str, body: bytes) -> None:
    with urllib.request.urlopen(url, body, timeout=60) as answer:
        answer.read()
