"""How long the walls' queries take on InfluxDB 1.x with a year of history.

`python -m tests.bench.walls` writes a year of points of every series of the Bến Tre province (each by its own cadence)
and asks every query of its walls, overview, plan and one indicator, `ROUNDS` times each. Prints p50, p95 and the worst
wall. Exits with 1 when the p95 of a field wall (the sum of its queries) is not below half a second.
An argument names the shard duration (default 52w; InfluxDB's own default is 7d, and makes every query look into 115
shards instead of 3).
"""

import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from dashboards.centre import as_of
from dashboards.render import pages
from dashboards.words import VI, Words
from indicators.load import load
from indicators.spec import Series
from ioc.model import DAY, SECOND, Micros
from tests.support import grafana, servers

PROVINCE = "vn63-83"
YEAR = 365 * DAY
ROUNDS = 10
LINES_A_BODY = 20_000
BODIES_UNDER_WAY = 6
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
            points = lines(one, now)
            while batch := list(islice(points, LINES_A_BODY)):
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


def timed(url: str, dashboard: grafana.Json, now: Micros) -> list[float]:
    """Milliseconds that all queries of a dashboard take one after the other, round by round."""
    variables = grafana.defaults(dashboard)
    asked = [
        grafana.expanded(target["query"], grafana.time_range(dashboard, panel, now // 1000), variables)
        for panel, target in grafana.questions(dashboard)
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
            settle(server.port, now)
            return report(server.url, now)
        finally:
            server.kill()


def report(url: str, now: Micros) -> int:
    by_kind: dict[str, list[tuple[float, float, str]]] = {}
    for page in pages(load(), Words(VI)):
        if page.folder == PROVINCE:
            values = timed(url, page.json(), now)
            by_kind.setdefault(page.kind, []).append((p95(values), statistics.median(values), page.uid))
    for kind, rows in by_kind.items():
        worst, median, uid = max(rows)
        say(f"{kind:10} p95 {worst:6.0f} ms, p50 {median:6.0f} ms for all its queries together (slowest: {uid})")
    return 0 if max(by_kind["wall"])[0] < LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
