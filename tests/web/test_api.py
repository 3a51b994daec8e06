"""The API over real HTTP: uvicorn on the loopback, aiohttp as the caller."""

import json
from typing import Any

import aiohttp
import pytest

from ioc.clock import SystemClock
from ioc.model import HOUR, MINUTE, SECOND, Reason, Severity, State, Status
from ioc.web.api import STATIC
from tests.support.collecting import until
from tests.web.centre import Centre, Sum, at_work, centre


async def get(web: aiohttp.ClientSession, path: str, status: int = 200) -> Any:
    async with web.get(path) as answer:
        assert answer.status == status, await answer.text()
        assert answer.content_type == "application/json"
        return await answer.json()


async def ticks(place: Centre) -> None:
    await SystemClock().sleep(3 * place.config.tick_seconds)


async def test_latest_gives_every_watched_series_and_its_value(web: aiohttp.ClientSession, place: Centre) -> None:
    sent = place.sample("ben-tre/salinity", 1.5, state=State.ESTIMATE)
    await ticks(place)
    body = await get(web, "/v1/latest")
    assert len(body["samples"]) == 18
    found = {row["series"]: row for row in body["samples"]}
    assert found["ben-tre/salinity"] == {
        "series": "ben-tre/salinity",
        "site": "ben-tre",
        "field": "environment",
        "indicator": "salinity",
        "value": 1.5,
        "unit": "g/L",
        "at": sent.at,
        "state": 1,
        "severity": 0,
        "pending": 0,
        "stale": False,
        "clock_apart": False,
    }
    assert found["ben-tre/pm25"]["value"] is None
    assert found["ben-tre/pm25"]["at"] is None


async def test_latest_of_one_site_and_field(web: aiohttp.ClientSession) -> None:
    body = await get(web, "/v1/latest?site=chau-thanh&field=health")
    assert {(row["site"], row["field"]) for row in body["samples"]} == {("chau-thanh", "health")}
    assert len(body["samples"]) == 3


@pytest.mark.parametrize("query", ["site=nowhere", "field=%3Cscript%3E"])
async def test_latest_of_an_unknown_place_or_field_is_refused(web: aiohttp.ClientSession, query: str) -> None:
    body = await get(web, f"/v1/latest?{query}", 400)
    assert body["error"]["parameter"] == query.partition("=")[0]
    assert "/v1/catalogue" in body["error"]["vi"]


async def test_series_gives_every_sample_of_the_last_day(web: aiohttp.ClientSession, place: Centre) -> None:
    place.sample("ben-tre/salinity", 9, age=25 * HOUR)
    first = place.sample("ben-tre/salinity", 1, age=2 * HOUR)
    last = place.sample("ben-tre/salinity", 2, age=HOUR)
    body = await get(web, "/v1/series/ben-tre/salinity")
    assert body["points"] == [[first.at, 1, 0], [last.at, 2, 0]]
    assert (body["unit"], body["step"], body["period"]) == ("g/L", 0, "instant")


async def test_samples_received_while_the_clock_was_in_doubt_are_flagged() -> None:
    stretches: list[tuple[int, int]] = []
    place = centre(flagged=lambda received: [one for one in stretches if any(one[0] <= t <= one[1] for t in received)])
    async with at_work(place) as address, aiohttp.ClientSession(address) as web:
        doubtful = place.sample("ben-tre/salinity", 1, age=2 * HOUR)
        place.sample("ben-tre/pm25", 1, age=HOUR)
        stretches.append((doubtful.received_at, doubtful.received_at))
        await until(
            lambda: all(tile.received_at for tile in map(place.live.tile, ("ben-tre/salinity", "ben-tre/pm25")))
        )
        rows = {row["series"]: row for row in (await get(web, "/v1/latest?site=ben-tre"))["samples"]}
        assert [rows[name]["clock_apart"] for name in ("ben-tre/salinity", "ben-tre/pm25")] == [True, False]
        assert (await get(web, "/v1/series/ben-tre/salinity"))["clock_apart"] == [list(stretches[0])]
        assert (await get(web, "/v1/series/ben-tre/pm25"))["clock_apart"] == []


async def test_series_in_buckets(web: aiohttp.ClientSession, place: Centre) -> None:
    for minute in range(120):
        place.sample("ben-tre/salinity", minute % 2, age=minute * MINUTE)
    body = await get(web, "/v1/series/ben-tre/salinity?from=-2h&step=3600")
    assert 2 <= len(body["points"]) <= 3
    assert body["points"][1][0] - body["points"][0][0] == 3600 * SECOND
    assert body["points"][1][1] == pytest.approx(0.5, abs=0.05)


async def test_series_longer_than_a_page_is_thinned_to_the_bound(web: aiohttp.ClientSession, place: Centre) -> None:
    for n in range(12_000, 0, -1):
        place.sample("ben-tre/salinity", n, age=n * 6 * SECOND)
    body = await get(web, "/v1/series/ben-tre/salinity?from=-24h")
    assert 600 < len(body["points"]) <= 2_000
    assert body["step"] == 60
    assert body["points"] == sorted(body["points"])
    assert body["points"][1][1] - body["points"][2][1] == 10
    total = await get(web, "/v1/series/ben-tre/salinity?from=-24h&step=86400")
    assert sum(1 for _ in total["points"]) <= 2


async def test_series_that_is_not_watched_is_not_found(web: aiohttp.ClientSession) -> None:
    body = await get(web, "/v1/series/ben-tre/nothing", 404)
    assert "ben-tre/nothing" in body["error"]["vi"]
    assert "site/indicator" in body["error"]["en"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("from=yesterday", "from"),
        ("from=-1h&to=2024-06-01T00:00:00", "to"),
        ("from=0001-01-01T00:00:00%2B14:00", "from"),
        ("to=9999-12-31T23:59:59-14:00", "to"),
        ("to=9999-12-31T23:59:59Z", "to"),
        ("step=0", "step"),
        ("from=-30d&step=1", "step"),
    ],
)
async def test_series_with_a_wrong_parameter_is_refused_by_name(
    web: aiohttp.ClientSession, query: str, parameter: str
) -> None:
    body = await get(web, f"/v1/series/ben-tre/salinity?{query}", 400)
    assert body["error"]["parameter"] == parameter
    assert body["error"]["vi"].startswith(f"Tham số “{parameter}”")
    assert "Expected" in body["error"]["en"]


async def test_alerts_carry_their_sentence_in_both_languages(web: aiohttp.ClientSession, place: Centre) -> None:
    place.step("ben-tre/salinity", Status.FIRING, Severity.CRITICAL)
    await ticks(place)
    (alert,) = (await get(web, "/v1/alerts"))["alerts"]
    assert (alert["status"], alert["severity"], alert["incident"]) == ("firing", 3, "i-1")
    assert alert["sentence"]["vi"].startswith("Độ mặn tại tỉnh Bến Tre là 4,5 g/L")
    assert alert["sentence"]["en"].startswith("Salinity at Ben Tre Province is 4.5 g/L")


async def test_events_are_paged_from_the_newest(web: aiohttp.ClientSession, place: Centre) -> None:
    for after in (Status.PENDING, Status.FIRING, Status.RESOLVED):
        place.step("ben-tre/salinity", after)
    newest = (await get(web, "/v1/events?limit=2"))["events"]
    assert [(one["id"], one["status"]) for one in newest] == [(3, "resolved"), (2, "firing")]
    older = (await get(web, "/v1/events?limit=2&before=2"))["events"]
    assert [(one["id"], one["status"]) for one in older] == [(1, "pending")]


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "before=-1", "limit=" + "9" * 5000])
async def test_events_with_a_wrong_number_are_refused(web: aiohttp.ClientSession, query: str) -> None:
    assert (await get(web, f"/v1/events?{query}", 400))["error"]["parameter"] == query.partition("=")[0]


async def test_dead_letters_show_what_was_refused_and_why(web: aiohttp.ClientSession, place: Centre) -> None:
    place.refuse(Reason.NOT_JSON, b"\xff<script>")
    body = await get(web, "/v1/dead-letters")
    assert body["counts"] == {"not-json": 1}
    assert body["dead_letters"][0]["payload"] == "\ufffd<script>"
    assert body["dead_letters"][0]["reason"] == "not-json"


async def test_ledger_shows_what_became_of_the_inputs_of_each_hour(web: aiohttp.ClientSession, place: Centre) -> None:
    hour = place.clock.now() // HOUR * HOUR
    place.tape.sums = [Sum("mqtt", hour, 10, 7, 2, 1, 0), Sum("mqtt", hour - 30 * HOUR, 5, 4, 0, 0, 1)]
    place.counts.set("ledger_pipeline", 3, source="mqtt")
    body = await get(web, "/v1/ledger")
    assert (body["balanced"], body["pipeline"]) == (True, {"mqtt": 3})
    (row,) = body["rows"]
    assert row["received"] == row["stored"] + row["duplicate"] + row["dead"] == 10
    body = await get(web, "/v1/ledger?hours=48")
    assert (body["balanced"], len(body["rows"])) == (False, 2)
    assert (await get(web, "/v1/ledger?hours=0", 400))["error"]["parameter"] == "hours"


async def test_catalogue_is_sent_once_per_version(web: aiohttp.ClientSession) -> None:
    async with web.get("/v1/catalogue") as answer:
        etag = answer.headers["etag"]
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["cache-control"] == "no-cache"
        body = await answer.json()
    assert body["title"]["vi"] == "Trung tâm điều hành thông minh · Tỉnh Bến Tre"
    assert ["ben-tre", "salinity", "environment", ["salinity-warning", "salinity-critical"], None] in body["series"]
    assert body["limits"]["salinity-critical"]["basis"] == "QCVN 08:2023/BTNMT, bảng 1"
    assert ["ben-tre", "insurance-cover", "health", [], "cover-2025"] in body["series"]
    assert body["targets"]["cover-2025"]["value"] == 95
    assert body["units"]["người"] == {"vi": "người", "en": "people", "placing": "after"}
    assert body["units"]["%"] == {"vi": "%", "en": "%", "placing": "joined"}
    async with web.get("/v1/catalogue", headers={"if-none-match": etag}) as again:
        assert again.status == 304
    async with web.get("/v1/catalogue", headers={"accept-encoding": "identity"}) as plain:
        assert json.loads(await plain.read()) == body


async def test_metrics_show_counts_by_route_and_never_by_address(web: aiohttp.ClientSession) -> None:
    for n in range(50):
        async with web.get(f"/v1/series/ben-tre/x{n}") as answer:
            assert answer.status == 404
        async with web.get(f"/no/such/{n}") as answer:
            assert answer.status == 404
    async with web.get("/metrics") as answer:
        assert answer.content_type == "text/plain"
        text = await answer.text()
    assert 'ioc_web_requests_total{route="/v1/series/{id:path}",status="404"} 50.0' in text
    assert 'ioc_web_requests_total{route="other",status="404"} 50.0' in text
    assert "process_resident_memory_bytes" in text


async def test_health_answers_while_parts_are_not_ready_and_readiness_names_them(
    web: aiohttp.ClientSession, place: Centre
) -> None:
    assert (await get(web, "/readyz"))["ready"] is True
    place.ready["evaluator"] = False
    body = await get(web, "/readyz", 503)
    assert body["waiting_for"] == ["evaluator"]
    assert await get(web, "/healthz") == {"status": "alive"}


async def test_unknown_address_and_method_are_answered_in_both_languages(web: aiohttp.ClientSession) -> None:
    assert set((await get(web, "/nowhere", 404))["error"]) == {"parameter", "vi", "en"}
    async with web.post("/v1/latest") as answer:
        assert answer.status == 405


@pytest.mark.parametrize("path", ["/", "/v1/latest", "/static/wall.js", "/nowhere", "/metrics"])
async def test_every_answer_carries_the_security_headers(web: aiohttp.ClientSession, path: str) -> None:
    async with web.get(path) as answer:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers


async def test_description_is_served_without_pages_that_fetch_from_elsewhere(web: aiohttp.ClientSession) -> None:
    paths = (await get(web, "/openapi.json"))["paths"]
    assert {one["name"] for one in paths["/v1/series/{id}"]["get"]["parameters"]} == {"id", "from", "to", "step"}
    for page in ("/docs", "/redoc"):
        await get(web, page, 404)


def test_page_has_no_inline_script_or_style_and_names_no_other_host() -> None:
    for file in STATIC.iterdir():
        text = file.read_text().replace('"http://www.w3.org/2000/svg"', "")
        assert "://" not in text, file.name
        assert "style=" not in text, file.name
        assert "innerHTML" not in text, file.name
    assert "<script>" not in (STATIC / "index.html").read_text()


async def events(answer: aiohttp.ClientResponse) -> list[dict[str, str]]:
    """The events of one read up to and with the next `clock` or `snapshot`."""
    found: list[dict[str, str]] = []
    while not found or found[-1]["event"] not in ("clock", "snapshot"):
        block: dict[str, str] = {}
        while (line := (await answer.content.readline()).decode().rstrip("\n")) != "":
            name, _, value = line.partition(": ")
            block[name] = value
        if "event" in block:
            found.append(block)
    return found


async def test_stream_begins_with_a_snapshot_and_goes_on_with_changes(
    web: aiohttp.ClientSession, place: Centre
) -> None:
    async with web.get("/v1/stream") as answer:
        assert answer.content_type == "text/event-stream"
        (first,) = await events(answer)
        snapshot = json.loads(first["data"])
        assert len(snapshot["tiles"]) == 18
        assert snapshot["catalogue"] == place.live.document.etag
        place.sample("ben-tre/salinity", 1.5)
        seen: list[str] = []
        while "delta" not in seen:
            batch = await events(answer)
            seen = [one["event"] for one in batch]
        assert json.loads(batch[0]["data"])[0][1] == 1.5
        assert "id" in batch[-1]


async def test_stream_resumes_from_the_last_event(web: aiohttp.ClientSession, place: Centre) -> None:
    async with web.get("/v1/stream") as answer:
        await events(answer)
        last = (await events(answer))[-1]["id"]
    place.sample("ben-tre/salinity", 7.5)
    await ticks(place)
    async with web.get("/v1/stream", headers={"last-event-id": last}) as answer:
        first = await events(answer)
        assert "snapshot" not in {one["event"] for one in first}


async def test_one_screen_too_many_is_told_to_come_back(place: Centre) -> None:
    small = centre(streams=1)
    async with at_work(small) as address, aiohttp.ClientSession(address) as session:
        async with session.get("/v1/stream") as first:
            await events(first)
            async with session.get("/v1/stream") as second:
                assert second.status == 503
                assert second.headers["retry-after"] == "5"
        await ticks(place)
        async with session.get("/v1/stream") as third:
            assert third.status == 200
