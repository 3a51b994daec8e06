"""How long the walls' queries take on InfluxDB 1.x with a year of history.

`python -m tests.bench.walls` writes a year of points of every series of the Bến Tre province (each by its own cadence),
their roll-ups, the courses of limits and targets, and a year of alerts and incidents; then it asks every query of its
walls, annotations included, `ROUNDS` times each, and the page of its fastest indicator also over a whole year. Prints
p50, p95 and the slowest of each kind. Exits with 1 when the p95 of a field wall (the sum of its queries) is not below
half a second. An argument names the shard duration (default 52w; InfluxDB's own default is 7d, and makes every query
look into 115 shards instead of 3).
"""

import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path

from dashboards.centre import as_of
from dashboards.render import pages
from dashboards.words import VI, Words
from indicators.course import edition
from indicators.load import load
from indicators.lookup import Catalogue
from indicators.spec import Series
from ioc.model import DAY, SECOND, Micros
from tests.support import grafana, points, servers
from tests.support.points import Last

PROVINCE = "vn63-83"
YEAR = 365 * DAY
ROUNDS = 10
LINES_A_BODY = 20_000
BODIES_UNDER_WAY = 6
ROLLED_UP = {"sample_1d": DAY, "sample_1mo": 31 * DAY, "sample_1q": 92 * DAY, "sample_1y": 366 * DAY}
FILLER = 2_000_000
LIMIT_MS = 500.0


def lines(series: Series, now: Micros) -> Iterator[str]:
    """A year of one series; yearly ones get two values."""
    prefix = f"sample,field={series.indicator.field},indicator={series.indicator.id},site={series.site.id}"
    for at in range(now - max(YEAR, series.indicator.due_every), now + 1, series.indicator.due_every):
        second = at // SECOND
        yield f"{prefix} value={second % 97}.5,state=0i,severity={0 if second % 11 else second // 60 % 4}i {second}"


def fill(port: int, series: Sequence[Series], now: Micros) -> int:
    """Write them all; answers with the number of points."""
    total = 0
    under_way: list[Future[None]] = []
    with ThreadPoolExecutor(2) as pool:
        for one in series:
            its = lines(one, now)
            while batch := list(islice(its, LINES_A_BODY)):
                total += len(batch)
                under_way.append(pool.submit(post, port, "/write?db=ioc&precision=s", "\n".join(batch)))
                if len(under_way) > BODIES_UNDER_WAY:
                    under_way.pop(0).result()
        for future in under_way:
            future.result()
    return total


def settle(port: int, now: Micros) -> None:
    """Push what was written last out of the database's cache, where in ordinary work only the newest points lie."""
    for start in range(0, FILLER, LINES_A_BODY):
        first = now // SECOND - start
        body = "\n".join(f"filler value={second % 97}.25 {second}" for second in range(first - LINES_A_BODY, first))
        post(port, "/write?db=ioc&precision=s", body)


def post(port: int, path: str, body: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, body.encode())
    status = connection.getresponse().status
    connection.close()
    if status // 100 != 2:
        raise RuntimeError(f"{path}: {status}")


def rolled_up(series: Sequence[Series], now: Micros) -> Iterator[str]:
    """Lines (seconds) of the roll-ups of the year."""
    for one in series:
        tags = f"field={one.indicator.field},indicator={one.indicator.id},site={one.site.id}"
        for name, span in ROLLED_UP.items():
            for at in range(now - YEAR, now, span) if one.indicator.due_every <= span else ():
                second, corrected = at // SECOND, at // span % 2
                numbers = f"value={second % 89}.5,n=1i,m=1i,complete=1i,state=3i,gap=0i,revision={corrected + 1}i"
                yield f"{name},{tags} {numbers} {second}"


def told(series: Sequence[Series], now: Micros) -> Iterator[str]:
    """Lines (microseconds) of a year of alerts and incidents: each judged series has one a week."""
    last = [Last(one, now, 1.0, number % 4) for number, one in enumerate(series)]
    for week in range(52):
        moved = [replace(one, at=one.at - week * 7 * DAY) for one in last]
        yield from points.alerts_of(moved)
        yield from points.incidents_of(moved)


def timed(url: str, dashboard: grafana.Json, now: Micros, **chosen: str) -> list[float]:
    """Milliseconds that all queries of a dashboard take one after the other, round by round."""
    variables = grafana.opened(dashboard, url, grafana.time_range(dashboard, {}, now // 1000)) | chosen
    asked = [
        grafana.expanded(target["query"], grafana.time_range(dashboard, panel, now // 1000), variables)
        for panel, target in (*grafana.questions(dashboard), *grafana.beside(dashboard))
    ]
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for query in asked:
            grafana.influx(url, query)
        found.append((time.perf_counter() - began) * 1000)
    return found


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(shards: str = "52w") -> int:
    catalogue = load()
    now = as_of(catalogue)
    series = [one for one in catalogue.series(now) if one.site.id == PROVINCE or one.site.id.startswith("st-")]
    with tempfile.TemporaryDirectory() as folder:
        server = servers.influxd(Path(folder))
        server.start()
        try:
            post(server.port, f"/query?q=CREATE+DATABASE+ioc+WITH+DURATION+INF+SHARD+DURATION+{shards}", "")
            began = time.perf_counter()
            total = fill(server.port, series, now)
            say(f"{len(series)} series, {total:,} points in shards of {shards}: {time.perf_counter() - began:.0f} s")
            points.fill_rollups(server.url, rolled_up(series, now))
            points.fill(server.url, points.bounds_of(catalogue, now, edition(catalogue)), "u")
            points.fill(server.url, told([one for one in series if bounds(catalogue, one, now)], now), "u")
            settle(server.port, now)
            return report(server.url, now)
        finally:
            server.kill()


def bounds(catalogue: Catalogue, one: Series, now: Micros) -> bool:
    return bool(catalogue.limits_for(one.site.id, one.indicator.id, now))


def a_year(url: str, catalogue: Catalogue, page: grafana.Json, now: Micros) -> list[float]:
    """The page of the fastest judged indicator over a year."""
    own = [one for one in catalogue.series(now) if one.site.id == PROVINCE and bounds(catalogue, one, now)]
    fastest = min(own, key=lambda one: one.indicator.due_every).indicator.id
    return timed(url, page | {"time": {"from": "now-365d", "to": "now"}}, now, indicator=fastest)


def report(url: str, now: Micros) -> int:
    by_kind: dict[str, list[tuple[float, float, str]]] = {}
    catalogue = load()
    for page in pages(catalogue, Words(VI)):
        if page.folder == PROVINCE:
            values = timed(url, page.json(), now)
            by_kind.setdefault(page.kind, []).append((p95(values), statistics.median(values), page.uid))
            if page.kind == "indicator":
                values = a_year(url, catalogue, page.json(), now)
                by_kind["a year"] = [(p95(values), statistics.median(values), page.uid)]
    for kind, rows in by_kind.items():
        worst, median, uid = max(rows)
        say(f"{kind:10} p95 {worst:6.0f} ms, p50 {median:6.0f} ms for all its queries together (slowest: {uid})")
    return 0 if max(by_kind["wall"])[0] < LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
