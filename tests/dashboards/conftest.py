"""One filled InfluxDB for all tests of a file: reading changes nothing in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from dashboards.centre import as_of
from dashboards.render import pages
from dashboards.words import VI, Words
from indicators.course import edition
from indicators.load import load
from indicators.lookup import Catalogue
from ioc.model import Micros
from tests.support import grafana, points, servers
from tests.support.grafana import Json

TENANTS = ("ben-tre", "binh-duong")


@cache
def catalogue(tenant: str) -> Catalogue:
    return load(tenant=tenant)


@cache
def walls(tenant: str) -> tuple[Json, ...]:
    return tuple(page.json() for page in pages(catalogue(tenant), Words(VI)))


@dataclass(frozen=True)
class Bed:
    """A tenant's walls over an InfluxDB that holds `last` as the newest points."""

    url: str
    tenant: str
    catalogue: Catalogue
    dashboards: tuple[Json, ...]
    now: Micros
    last: tuple[points.Last, ...]

    def dashboard(self, uid: str) -> Json:
        return next(one for one in self.dashboards if one["uid"] == uid)

    def ask(self, dashboard: Json, panel: Json, target: Json, **values: str) -> list[Json]:
        asked = grafana.time_range(dashboard, panel, self.now // 1000)
        known = grafana.defaults(dashboard) | {"edition": str(edition(self.catalogue))} | values
        return grafana.influx(self.url, grafana.expanded(target["query"], asked, known))

    def rows(self, dashboard: Json, panel: Json) -> list[Json]:
        target = grafana.asked_by(dashboard, panel)["targets"][0]
        return grafana.filtered(panel, "A", grafana.records(self.ask(dashboard, panel, target)))


def bed(server: servers.Server, tenant: str, *, judged: bool = True) -> Bed:
    now = as_of(catalogue(tenant))
    last = tuple(points.newest(catalogue(tenant).series(now), now))
    points.fill(server.url, points.day_of(last, judged=judged))
    points.fill(server.url, points.bounds_of(catalogue(tenant), now, edition(catalogue(tenant))), "u")
    points.fill(server.url, points.alerts_of(last), "u")
    points.fill(server.url, points.incidents_of(last), "u")
    points.fill_rollups(server.url, points.rolled_up(last), "u")
    return Bed(server.url, tenant, catalogue(tenant), walls(tenant), now, last)


@pytest.fixture(scope="module")
def ben_tre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    server = servers.influxd(tmp_path_factory.mktemp("influxd"))
    server.start()
    yield bed(server, "ben-tre")
    server.kill()


@pytest.fixture
def unjudged(influxd: servers.Server) -> Bed:
    return bed(influxd, "ben-tre", judged=False)


@pytest.fixture
def binh_duong(influxd: servers.Server) -> Bed:
    return bed(influxd, "binh-duong")


@pytest.fixture(params=TENANTS)
def tenant(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def dashboards_of(tenant: str) -> tuple[Json, ...]:
    return walls(tenant)


@pytest.fixture
def catalogue_of(tenant: str) -> Catalogue:
    return catalogue(tenant)


@pytest.fixture
def package() -> Path:
    return Path(__file__).parents[2] / "dashboards"
