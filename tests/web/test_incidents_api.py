"""Incidents over real HTTP: what is shown, what can be done, and by whom."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ioc.clock import ManualClock, SystemClock
from ioc.incidents.model import Acknowledged
from ioc.incidents.watch import Watch
from ioc.model import HOUR, MINUTE, SECOND, Severity, Status
from ioc.telemetry import Counts
from ioc.web.config import WebConfig
from ioc.web.guard import admit, is_loopback
from ioc.web.refusal import Refusal
from tests.support.collecting import until
from tests.web.centre import NOW, at_work, centre
from tests.web.handled import Handled


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def handled(tmp_path: Path, clock: ManualClock) -> Iterator[Handled]:
    made = Handled(tmp_path, clock)
    yield made
    made.ledger.close()


@pytest.fixture
async def web(handled: Handled) -> AsyncIterator[aiohttp.ClientSession]:
    place = centre(StillClock(handled.clock), handling=handled.handling)
    async with at_work(place) as address, aiohttp.ClientSession(address) as session:
        yield session


class StillClock(SystemClock):
    """Shows what another clock shows; waits as long as it is asked to."""

    def __init__(self, shown: Any) -> None:
        self.shown = shown

    def now(self) -> int:
        return int(self.shown.now())


async def get(web: aiohttp.ClientSession, path: str, status: int = 200) -> Any:
    async with web.get(path) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def post(web: aiohttp.ClientSession, path: str, status: int = 200, /, **body: object) -> Any:
    async with web.post(path, json=body) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_an_incident_is_shown_with_place_owner_severity_and_words(
    web: aiohttp.ClientSession, handled: Handled
) -> None:
    handled.step("chau-thanh/salinity", "AAAA")
    handled.step("chau-thanh/pm25", "BBBB", severity=Severity.WARNING)
    body = await get(web, "/v1/incidents")
    (one,) = body["incidents"]
    assert (one["stage"], one["severity"], one["peak"], one["revision"]) == ("open", 3, 3, 3)
    assert one["place"] == {"vi": "huyện Châu Thành, tỉnh Bến Tre", "en": "Chau Thanh District, Ben Tre Province"}
    assert one["owner_name"] == {"vi": "Sở Y tế", "en": "Health Department"}
    assert (one["firing"], [alert["id"] for alert in one["alerts"]]) == (2, ["AAAA"])
    whole = (await get(web, f"/v1/incidents/{one['id']}"))["incident"]
    assert [alert["id"] for alert in whole["alerts"]] == ["AAAA", "BBBB"]
    assert one["alerts"][0]["sentence"]["vi"].startswith("Độ mặn tại huyện Châu Thành")
    assert (body["now"], body["played"], body["needs_token"]) == (NOW, None, False)


async def test_alerts_stand_beside_what_is_measured_now(handled: Handled) -> None:
    place = centre(StillClock(handled.clock), handling=handled.handling)
    async with at_work(place) as address, aiohttp.ClientSession(address) as web:
        handled.step("chau-thanh/salinity", "AAAA")
        handled.step("chau-thanh/pm25", "CCCC")
        sent = place.sample("chau-thanh/salinity", 2.25, age=MINUTE)
        await until(lambda: place.live.tiles.find("chau-thanh/salinity").value is not None)
        (one,) = (await get(web, "/v1/incidents"))["incidents"]
        whole = (await get(web, f"/v1/incidents/{one['id']}"))["incident"]
    latest = {alert["id"]: alert["latest"] for alert in whole["alerts"]}
    unit = {"vi": "g/L", "en": "g/L", "placing": "after"}
    assert latest["AAAA"] == {"value": 2.25, "at": sent.at, "stale": False, "decimals": 2, "unit": unit}
    assert latest["CCCC"] is None


async def test_it_is_taken_on_by_the_id_of_its_alert_and_the_log_says_who_when_and_from_where(
    web: aiohttp.ClientSession, handled: Handled, clock: ManualClock
) -> None:
    handled.step("chau-thanh/salinity", "AAAA")
    clock.move(90)
    done = await post(web, "/v1/incidents/AAAA/acknowledge", by="truc-ban", comment="<b>đang xử lý</b>", until="2h")
    assert done["incident"]["stage"] == "acknowledged"
    taken = done["incident"]["acknowledgement"]
    assert (taken["by_name"]["vi"], taken["until"]) == ("Trực ban Sở Y tế", NOW + 90 * SECOND + 2 * HOUR)
    body = await get(web, f"/v1/incidents/{done['incident']['id']}")
    last = body["acts"][-1]
    assert (last["kind"], last["source"], last["at"]) == ("acknowledged", "api 127.0.0.1", NOW + 90 * SECOND)
    assert last["words"]["vi"] == "Nhận xử lý đến 09:01 01/06/2024: <b>đang xử lý</b>"
    assert [act["kind"] for act in body["acts"]] == ["opened", "moved", "acknowledged"]


async def test_everything_can_be_done(web: aiohttp.ClientSession, handled: Handled) -> None:
    handled.step("chau-thanh/salinity", "AAAA")
    path = "/v1/incidents/AAAA"
    await post(web, f"{path}/escalate", by="A")
    await post(web, f"{path}/assign", by="A", to="truc-ban")
    await post(web, f"{path}/comment", by="A", text="mưa")
    await post(web, f"{path}/ask", by="A", of="so-y-te", text="Vì sao?", due="2024-06-01T17:00:00+07:00")
    await post(web, f"{path}/answer", by="B", ask=1, text="Vì hạn")
    await post(web, f"{path}/acknowledge", by="A")
    await post(web, f"{path}/unacknowledge", by="A", comment="nhầm")
    await post(web, f"{path}/resolve", by="A", comment="xong")
    assert (await get(web, "/v1/incidents"))["incidents"] == []
    assert len((await get(web, "/v1/incidents?stage=all"))["incidents"]) == 1
    body = await post(web, f"{path}/reopen", by="A", comment="chưa")
    assert (body["incident"]["stage"], body["incident"]["asks"][0]["answered_by"]) == ("open", "B")
    words = [act["words"]["en"] for act in (await get(web, path))["acts"]][2:]
    assert words[0] == "Not acknowledged, step 1: told Duty officer, Health"
    assert words[3] == "Explanation wanted of Health Department by 17:00 01/06/2024, nobody could be told: Vì sao?"


@pytest.mark.parametrize(
    ("path", "body", "status", "parameter"),
    [
        ("/v1/incidents/ZZZZ/acknowledge", {"by": "A"}, 404, "no-incident"),
        ("/v1/incidents/AAAA/acknowledge", {"by": " "}, 400, "no-name"),
        ("/v1/incidents/AAAA/acknowledge", {}, 400, "no-name"),
        ("/v1/incidents/AAAA/acknowledge", {"by": "A", "until": "soon"}, 400, "until"),
        ("/v1/incidents/AAAA/acknowledge", {"by": "A", "until": "2024-06-01T17:00:00"}, 400, "until"),
        ("/v1/incidents/AAAA/acknowledge", {"by": "A", "until": "2020-06-01T17:00:00+07:00"}, 400, "in-the-past"),
        ("/v1/incidents/AAAA/acknowledge", {"by": "A", "severity": 0}, 400, "severity"),
        ("/v1/incidents/AAAA/acknowledge", {"by": 7}, 400, "by"),
        ("/v1/incidents/AAAA/explode", {"by": "A"}, 400, "what"),
        ("/v1/incidents/AAAA/answer", {"by": "A", "ask": True, "text": "x"}, 400, "ask"),
        ("/v1/incidents/AAAA/answer", {"by": "A", "ask": 1, "text": "x"}, 404, "no-ask"),
        ("/v1/incidents/AAAA/ask", {"by": "A", "of": "B", "text": "x"}, 400, "due"),
        ("/v1/incidents/AAAA/reopen", {"by": "A", "comment": "x"}, 409, "not-resolved"),
        ("/v1/silences", {"by": "A", "reason": "x", "end": "1h"}, 400, "no-matcher"),
        ("/v1/silences", {"by": "A", "reason": "x", "end": "1h", "sites": ["gone"]}, 400, "sites"),
        ("/v1/silences", {"by": "A", "reason": "x", "end": "1h", "sites": "ben-tre"}, 400, "sites"),
        ("/v1/silences", {"by": "A", "reason": "x", "end": "60d", "sites": ["ben-tre"]}, 400, "too-far"),
        ("/v1/silences/s-gone/end", {"by": "A"}, 404, "no-silence"),
    ],
)
async def test_what_cannot_be_is_refused_by_name_and_in_both_languages(
    web: aiohttp.ClientSession, handled: Handled, path: str, body: dict[str, object], status: int, parameter: str
) -> None:
    handled.step("chau-thanh/salinity", "AAAA")
    error = (await post(web, path, status, **body))["error"]
    assert error["parameter"] == parameter
    assert error["vi"].endswith(".")
    assert error["en"].endswith(".")


async def test_the_second_of_two_who_take_it_on_is_told_who_was_first(
    web: aiohttp.ClientSession, handled: Handled
) -> None:
    handled.step("chau-thanh/salinity", "AAAA")
    await post(web, "/v1/incidents/AAAA/acknowledge", by="A")
    error = (await post(web, "/v1/incidents/AAAA/acknowledge", 409, by="B"))["error"]
    assert error["vi"] == "Đã có người nhận xử lý: A."


@pytest.mark.parametrize("query", ["stage=gone", "limit=0", "limit=x", "limit=" + "9" * 500])
async def test_a_wrong_list_is_refused(web: aiohttp.ClientSession, query: str) -> None:
    assert (await get(web, f"/v1/incidents?{query}", 400))["error"]["parameter"] == query.partition("=")[0]


async def test_incidents_are_paged_from_the_newest(
    web: aiohttp.ClientSession, handled: Handled, clock: ManualClock
) -> None:
    for site in ("ben-tre", "chau-thanh", "mo-cay-bac"):
        handled.step(f"{site}/salinity", f"A-{site}")
    clock.move(60)
    handled.step("ben-tre/salinity", "B", field="health")
    newest = (await get(web, "/v1/incidents?limit=2"))["incidents"]
    assert newest[0]["field"] == "health"
    older = (await get(web, f"/v1/incidents?before={newest[-1]['id']}"))["incidents"]
    assert len({one["id"] for one in (*newest, *older)}) == 4
    assert (await get(web, "/v1/incidents?before=nothing"))["incidents"] == []


async def test_silences_are_set_up_shown_and_ended(web: aiohttp.ClientSession, handled: Handled) -> None:
    body = {"by": "truc-ban", "reason": "hiệu chuẩn", "end": "2h", "sites": ["ben-tre"], "severities": ["warning"]}
    made = (await post(web, "/v1/silences", **body))["silence"]
    assert made["words"]["vi"] == (
        "Tạm tắt thông báo: ben-tre, cảnh báo; 07:00 01/06/2024 – 09:00 01/06/2024; hiệu chuẩn"
    )
    await post(web, "/v1/silences", **{**body, "maintenance": True, "start": "1h", "kinds": ["above"]})
    assert [one["id"][:2] for one in (await get(web, "/v1/silences"))["silences"]] == ["m-", "s-"]
    handled.step("chau-thanh/salinity", "AAAA", severity=Severity.WARNING)
    account = await get(web, "/v1/incidents/AAAA")
    assert "đang tạm tắt thông báo" in account["acts"][-1]["words"]["vi"]
    await post(web, f"/v1/silences/{made['id']}/end", by="A")
    log = (await get(web, "/v1/acts?limit=5"))["acts"]
    assert [one["kind"] for one in log] == ["moved", "ended", "moved", "opened", "silenced"]
    assert log[1]["subject"] == made["id"]
    error = (await post(web, f"/v1/silences/{made['id']}/end", 409, by="A"))["error"]
    assert error["parameter"] == "already-ended"


async def test_a_file_that_is_held_is_a_reason_to_come_back(
    web: aiohttp.ClientSession, handled: Handled, tmp_path: Path
) -> None:
    handled.step("chau-thanh/salinity", "AAAA")
    handled.ledger._db.execute("pragma busy_timeout = 10")
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        async with web.post("/v1/incidents/AAAA/acknowledge", json={"by": "A"}) as answer:
            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    await post(web, "/v1/incidents/AAAA/acknowledge", by="A")


@pytest.mark.parametrize(
    ("headers", "data", "status"),
    [
        ({"content-type": "application/x-www-form-urlencoded"}, b"by=A", 415),
        ({"content-type": "text/plain"}, b'{"by": "A"}', 415),
        ({"content-type": "application/json", "origin": "http://elsewhere.example.com"}, b'{"by": "A"}', 403),
        ({"content-type": "application/json", "origin": "null"}, b'{"by": "A"}', 403),
        ({"content-type": "application/json", "host": "elsewhere.example.com"}, b'{"by": "A"}', 403),
        ({"content-type": "application/json"}, b'{"by": "' + b"A" * 20_000 + b'"}', 413),
        ({"content-type": "application/json"}, b'["by"]', 400),
        ({"content-type": "application/json"}, b"\xff", 400),
        ({"content-type": "application/json"}, b'{"by": "\xff"}', 400),
        ({"content-type": "application/json"}, b'{"by":' + b"[" * 8000, 400),
        ({"content-type": "application/json"}, b'{"by": "A", "until": "99999999999d"}', 400),
        ({"content-type": "application/json"}, b'{"by": "A", "until": "9999-12-31T23:59:59-14:00"}', 400),
        ({"content-type": "application/json", "origin": "http://[x"}, b'{"by": "A"}', 403),
        ({"content-type": "application/json", "host": "[x"}, b'{"by": "A"}', 403),
        ({"content-type": "application/json; charset=utf-8"}, b'{"by": "A"}', 200),
    ],
)
async def test_another_page_cannot_act_here(
    web: aiohttp.ClientSession, handled: Handled, headers: dict[str, str], data: bytes, status: int
) -> None:
    handled.step("chau-thanh/salinity", "AAAA")
    async with web.post("/v1/incidents/AAAA/acknowledge", data=data, headers=headers) as answer:
        assert answer.status == status
    async with web.get("/v1/incidents/AAAA/acknowledge") as answer:
        assert answer.status == 405
    stage = "acknowledged" if status == 200 else "open"
    assert (await get(web, "/v1/incidents/AAAA"))["incident"]["stage"] == stage


def refusal(config: WebConfig, **headers: str) -> int:
    given = {"content-type": "application/json", "host": "127.0.0.1:8080"}
    try:
        admit(given | {name.replace("_", "-"): _wired(value) for name, value in headers.items()}, config)
    except Refusal as error:
        return error.status
    return 0


def _wired(text: str) -> str:
    """As the server hands over what came as UTF-8."""
    return text.encode().decode("latin-1")


def test_elsewhere_nobody_acts_without_the_token(tmp_path: Path) -> None:
    assert refusal(WebConfig()) == 0
    assert refusal(WebConfig(), host="localhost:8080", origin="http://localhost:8080") == 0
    assert refusal(WebConfig(), host="[::1]:8080") == 0
    assert refusal(WebConfig(), host="") == 403
    assert refusal(WebConfig(host="0.0.0.0")) == 403
    secret = tmp_path / "operator"
    secret.write_text("bí mật\n", encoding="utf-8")
    config = WebConfig(host="0.0.0.0", operator_token_file=secret)
    assert refusal(config, host="ioc.example.com") == 401
    assert refusal(config, host="ioc.example.com", authorization="Bearer bí") == 401
    assert refusal(config, host="ioc.example.com", authorization="Bearer bí mật") == 0
    other = "https://elsewhere.example.com"
    assert refusal(config, host="ioc.example.com", authorization="Bearer bí mật", origin=other) == 403
    secret.write_text("", encoding="utf-8")
    assert refusal(config, authorization="Bearer ") == 401
    secret.unlink()
    assert refusal(config, authorization="Bearer bí mật") == 503


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("", False),
     ("10.0.0.1", False), ("localhost.example.com", False), ("127.0.0.1.example.com", False)],
)  # fmt: skip
def test_what_is_loopback(host: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert is_loopback(host) is expected


async def test_a_centre_without_incidents_has_no_such_address() -> None:
    async with at_work(centre()) as address, aiohttp.ClientSession(address) as session:
        await get(session, "/v1/incidents", 404)


async def test_time_to_acknowledge_is_counted(handled: Handled, clock: ManualClock) -> None:
    counts = Counts()
    watch = Watch(handled.desk, handled.handling.register, clock, counts)
    handled.step("chau-thanh/salinity", "AAAA")
    handled.step("ben-tre/salinity", "BBBB", severity=Severity.WARNING)
    watch.tick()
    assert counts.value("incidents", stage="open", severity="critical") == 1
    clock.move(90)
    watch.tick()
    assert counts.value("incident_waiting_seconds", severity="critical") == 90
    handled.desk.perform("AAAA", Acknowledged(), ("A", "test"), clock.now())
    handled.step("ben-tre/salinity", "BBBB", Status.RESOLVED, severity=Severity.WARNING)
    watch.tick()
    watch.tick()
    assert counts.value("incident_waiting_seconds", severity="critical") == 0
    assert counts.value("incidents", stage="open", severity="critical") == 0
    assert counts.value("incidents", stage="acknowledged", severity="critical") == 1
    assert (counts.value("incidents_opened"), counts.value("incidents_acknowledged")) == (2, 1)
    assert counts.value("incident_acknowledge_seconds") == 90
    figures = handled.handling.register.figures(NOW, NOW + MINUTE)
    assert (figures.opened, figures.resolved, figures.mean_time_to_acknowledge) == (2, 1, 90 * SECOND)
    assert handled.handling.register.figures(NOW + MINUTE, NOW + HOUR).mean_time_to_acknowledge is None


async def test_answer_to_an_ask_of_a_number_without_end_is_refused(
    web: aiohttp.ClientSession, handled: Handled
) -> None:
    handled.step("chau-thanh/salinity", "AAAA")
    await post(web, "/v1/incidents/AAAA/answer", 404, by="A", ask=10**40, text="x")
    await post(web, "/v1/silences", 400, by="A", reason="x", end="99999999999d")
