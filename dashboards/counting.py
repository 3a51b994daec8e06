"""How many series of a set are at each severity, silent, and at their plan; as InfluxQL. Pure.

InfluxQL asks every source again for each aggregate of a query, so a tally is one sum: each series adds a power of a
thousand that tells its severity, and 1 if it sent something in time. The digits of the sum are the counts.
"""

# ruff: noqa: S608 - the parts of a query are ids of the checked catalogue ([a-z0-9-]) and Grafana's own macros
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from dashboards.centre import one_of
from dashboards.influxql import Aim, both, last, latest
from indicators.spec import Series
from ioc.model import Micros

MOST = 999
"""Series that one tally can count."""
IS = {
    "ok": '(1-"severity")*(2-"severity")*(3-"severity")/6',
    "info": '"severity"*("severity"-2)*("severity"-3)/2',
    "warning": '"severity"*("severity"-1)*(3-"severity")/2',
    "critical": '"severity"*("severity"-1)*("severity"-2)/6',
}
"""Each is 1 at its own severity code and 0 at the other three."""
PLACES = {"fresh": 1, "ok": 1_000, "info": 1_000_000, "warning": 1_000_000_000, "critical": 1_000_000_000_000}

SHOWN = ("critical", "warning", "ok")


def tally(where: str, series: Sequence[Series]) -> str:
    """One row: the packed counts (`worst`), how many series are at each of `SHOWN`, and how many sent nothing in time.

    `worst` is at least the place of the worst severity among the newest values, and less than the next place.
    """
    if len(series) > MOST:
        raise ValueError(f"{len(series)} series do not fit into one tally")
    packed = "+".join(f"{formula}*{PLACES[name]}" for name, formula in IS.items())
    parts = [f'(SELECT {packed} AS "packed" FROM ({latest(where)}))']
    for span, ids in _by_silence(series).items():
        points = last(both(where, one_of("indicator", ids)), span)
        parts.append(f'(SELECT "value"*0+1 AS "packed" FROM ({points}))')
    counts = ", ".join(f'{_digits(place)} AS "{name}"' for name, place in PLACES.items() if name in SHOWN)
    asked = f'"packed" AS "worst", {counts}, {len(series)} - "packed" % 1000 AS "stale"'
    return f'SELECT {asked} FROM (SELECT sum("packed") AS "packed" FROM {", ".join(parts)})'


def severities(where: str) -> str:
    """One row: how many points that `where` picks from a subquery with a `severity` are at each, `ok` left out."""
    shown = ", ".join(f'{formula} AS "{name}"' for name, formula in IS.items() if name != "ok")
    sums = ", ".join(f'sum("{name}") AS "{name}"' for name in IS if name != "ok")
    return f"SELECT {sums} FROM (SELECT {shown} FROM {where})"


def met(where: str, planned: Mapping[Aim, Sequence[Series]]) -> str:
    """One row: how many of the series with a target are at it; 0 when they sent something, but none is."""
    parts = []
    for aim, series in planned.items():
        reached = f'"value" {">=" if aim.at_least else "<="} {aim.value}'
        parts.append(f'(SELECT "value"*0+1 AS "met" FROM ({_of(where, series)}) WHERE {reached})')
    everything = [one for series in planned.values() for one in series]
    parts.append(f'(SELECT "value"*0 AS "met" FROM ({_of(where, everything)}))')
    return f'SELECT sum("met") AS "met" FROM {", ".join(parts)}'


def _of(where: str, series: Iterable[Series]) -> str:
    return last(both(where, one_of("indicator", (one.indicator.id for one in series))))


def _digits(place: int) -> str:
    below = f'("packed" - "packed" % {place})/{place}'
    return below if place == max(PLACES.values()) else f"{below} % 1000"


def _by_silence(series: Iterable[Series]) -> dict[Micros, list[str]]:
    found: dict[Micros, list[str]] = defaultdict(list)
    for one in series:
        found[one.indicator.silent_after].append(one.indicator.id)
    return dict(sorted(found.items()))
