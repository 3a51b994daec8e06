"""Roll-ups over real HTTP."""

from typing import Any

import aiohttp
import pytest

from indicators.spec import Period
from ioc.clock import SystemClock
from ioc.model import DAY, Micros, State
from ioc.web.almanac import SINCE
from tests.web.centre import NOW, Centre, Figure, centre

MONTHS = ("ben-tre", "outpatients", "time", Period.MONTH)


class StandingClock(SystemClock):
    def now(self) -> Micros:
        return NOW


@pytest.fixture
def place() -> Centre:
    return centre(StandingClock())


async def get(web: aiohttp.ClientSession, path: str, status: int = 200) -> Any:
    async with web.get(path) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_rollups_show_value_and_n_of_m(web: aiohttp.ClientSession, place: Centre) -> None:
    whole = Figure(NOW - 60 * DAY, 310.0, 30, 30, complete=True, state=State.OFFICIAL, low=1.0, high=20.0, revision=3)
    empty = Figure(NOW - 30 * DAY, None, 0, 31, gap=1)
    place.ledger.figures[MONTHS] = [whole, empty]
    body = await get(web, "/v1/rollups/ben-tre/outpatients?kind=month&from=-90d")
    assert place.ledger.asked == [(NOW - 90 * DAY, NOW)]
    head = {"series": "ben-tre/outpatients", "unit": "người", "axis": "time", "kind": "month"}
    assert body.items() >= {**head, "from": NOW - 90 * DAY, "to": NOW}.items()
    first, second = body["rollups"]
    assert first == {
        "start": NOW - 60 * DAY,
        "value": 310,
        "n": 30,
        "m": 30,
        "complete": True,
        "gap": 0,
        "numerator": None,
        "denominator": None,
        "low": 1,
        "high": 20,
        "state": 3,
        "revision": 3,
    }
    assert (second["value"], second["n"], second["m"], second["gap"]) == (None, 0, 31, 1)


async def test_rollups_are_of_days_over_time_unless_asked_otherwise(web: aiohttp.ClientSession, place: Centre) -> None:
    place.ledger.figures["ben-tre", "salinity", "time", Period.DAY] = [Figure(NOW, 1.0, 1, 1)]
    place.ledger.figures["ben-tre", "salinity", "space", Period.YEAR] = [Figure(NOW, 2.0, 1, 2)]
    (day,) = (await get(web, "/v1/rollups/ben-tre/salinity"))["rollups"]
    (year,) = (await get(web, "/v1/rollups/ben-tre/salinity?axis=space&kind=year"))["rollups"]
    assert (day["value"], year["value"]) == (1, 2)
    assert [NOW - start for start, _ in place.ledger.asked] == [31 * DAY, 3653 * DAY]
    assert (await get(web, "/v1/rollups/ben-tre/salinity?axis=formula"))["rollups"] == []


@pytest.mark.parametrize(
    ("path", "parameter"),
    [("nowhere/salinity", "site"), ("ben-tre/nothing", "indicator"), ("%3Cscript%3E/salinity", "site")],
)
async def test_rollups_of_an_unknown_series_are_not_found(
    web: aiohttp.ClientSession, path: str, parameter: str
) -> None:
    body = await get(web, f"/v1/rollups/{path}", 404)
    assert body["error"]["parameter"] == parameter
    assert "/v1/catalogue" in body["error"]["vi"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("axis=sideways", "axis"),
        ("kind=week", "kind"),
        ("from=yesterday", "from"),
        ("to=2024-06-01", "to"),
        ("from=now&to=-1d", "from"),
    ],
)
async def test_rollups_with_a_wrong_parameter_are_refused_by_name(
    web: aiohttp.ClientSession, query: str, parameter: str
) -> None:
    body = await get(web, f"/v1/rollups/ben-tre/salinity?{query}", 400)
    assert body["error"]["parameter"] == parameter
    assert f"“{parameter}”" in body["error"]["vi"]
    assert f'"{parameter}"' in body["error"]["en"]


async def test_rollups_are_bounded(web: aiohttp.ClientSession, place: Centre) -> None:
    days = place.ledger.figures["ben-tre", "salinity", "time", Period.DAY] = [
        Figure(NOW + n * DAY, 1.0, 1, 1) for n in range(2000)
    ]
    assert len((await get(web, "/v1/rollups/ben-tre/salinity"))["rollups"]) == 2000
    days.append(Figure(NOW, 1.0, 1, 1))
    body = await get(web, "/v1/rollups/ben-tre/salinity", 400)
    assert body["error"]["parameter"] == "from"
    assert "2.000" in body["error"]["vi"]
    assert "2,000" in body["error"]["en"]


async def test_rollups_are_described(web: aiohttp.ClientSession) -> None:
    described = (await get(web, "/openapi.json"))["paths"]["/v1/rollups/{site}/{indicator}"]["get"]["parameters"]
    assert {one["name"] for one in described} == {"site", "indicator", "axis", "kind", "from", "to"}
    assert list(SINCE) == [Period.DAY, Period.MONTH, Period.QUARTER, Period.YEAR]
