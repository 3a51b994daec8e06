"""Incidents leave as they stand, once for all that was done since; and as points they say how long people took."""

from contextlib import contextmanager

from ioc.incidents.model import Acknowledged, Match, Resolved
from ioc.incidents.outlet import Outlet
from ioc.model import Status
from ioc.store.incident import incident_line
from tests.incidents.bed import Bench, step


def outlet(bench: Bench) -> Outlet:
    @contextmanager
    def reading():
        yield bench.db

    return Outlet(reading)


def test_outlet_gives_each_incident_once_by_its_last_act() -> None:
    bench = Bench()
    bench.take(step("a-1"), step("b-1", site="cho-lach"))
    found = outlet(bench).after(0, 10)
    assert [one.site for _, one in found] == ["an-thoi", "cho-lach"]
    assert found[-1][0] == outlet(bench).newest()
    bench.now += 60_000_000
    bench.do("a-1", Acknowledged("đang xử lý"))
    ((number, one),) = outlet(bench).after(found[-1][0], 10)
    assert (one.site, one.stage) == ("an-thoi", "acknowledged")
    assert [one.site for _, one in outlet(bench).after(0, 1)] == ["cho-lach"], "the other one was touched later"
    assert outlet(bench).after(number, 10) == []


def test_outlet_passes_over_what_is_no_incident() -> None:
    bench = Bench()
    bench.silence(30, Match(sites=("an-thoi",)))
    assert outlet(bench).newest() > 0
    assert outlet(bench).after(0, 10) == []


def test_line_tells_the_minutes_until_somebody_came_and_until_it_was_over() -> None:
    bench = Bench()
    bench.take(step("a-1"))
    ((_, fresh),) = outlet(bench).after(0, 10)
    assert b"waited" not in incident_line(fresh)
    bench.now += 10 * 60_000_000
    bench.do("a-1", Acknowledged(""))
    bench.now += 20 * 60_000_000
    bench.take(step("a-1", Status.RESOLVED, 30))
    ((_, over),) = outlet(bench).after(0, 10)
    if over.resolved is None:
        bench.do("a-1", Resolved("đã xử lý"))
        ((_, over),) = outlet(bench).after(0, 10)
    line = incident_line(over)
    assert line.startswith(b"incident,field=environment,site=an-thoi stage=2i,severity=0i,peak=3i,alerts=0i,")
    assert b",waited=10.0,lasted=30.0," in line
    assert b'owner="office-of-salinity"' in line
    assert line.endswith(b" %d" % over.opened)
