"""The live view, tick by tick."""

import asyncio
import json
import threading
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from ioc.clock import ManualClock, PlayedClock
from ioc.errors import TemporaryError
from ioc.model import DAY, MINUTE, Entry, Severity, Status, Transition
from tests.support.collecting import until
from tests.web.centre import NOW, Centre, centre


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def place(clock: ManualClock) -> Centre:
    return centre(clock)


def published(place: Centre) -> dict[str, Any]:
    """The events of the last tick by name."""
    frame = place.live.hub._recent[-1][1].decode()
    blocks = [dict(line.split(": ", 1) for line in block.split("\n")) for block in frame.strip().split("\n\n")]
    return {block["event"]: json.loads(block["data"]) for block in blocks}


def number(place: Centre, series: str) -> int:
    tile = place.live.tile(series)
    assert tile is not None
    return tile.number


def test_first_tick_shows_what_the_journal_already_held(place: Centre) -> None:
    place.sample("ben-tre/salinity", 1.5)
    place.live.tick()
    assert [row[1] for row in place.live.rows()].count(1.5) == 1


def test_later_ticks_send_only_what_changed(place: Centre) -> None:
    place.sample("ben-tre/salinity", 1.5)
    place.live.tick()
    place.sample("chau-thanh/salinity", 2.5)
    place.live.tick()
    assert published(place)["delta"] == [[number(place, "chau-thanh/salinity"), 2.5, NOW, 0, 0, False, 0]]
    place.live.tick()
    assert set(published(place)) == {"clock"}


def test_more_samples_than_one_page_are_all_taken_in_one_tick(place: Centre) -> None:
    place.live.tick()
    for value in range(2_500):
        place.sample("ben-tre/salinity", value)
    place.live.tick()
    assert published(place)["delta"][0][1] == 2_499
    assert place.counts.value("web_lag") == 0


def test_alert_is_told_once_per_change_and_marks_its_tile(place: Centre) -> None:
    place.live.tick()
    place.step("ben-tre/salinity", Status.PENDING, Severity.CRITICAL)
    place.live.tick()
    told = published(place)
    assert [told["alerts"][0]["status"], told["delta"][0][4], told["delta"][0][6]] == ["pending", 0, 3]
    place.live.tick()
    assert "alerts" not in published(place)
    place.step("ben-tre/salinity", Status.FIRING, Severity.CRITICAL)
    place.live.tick()
    assert published(place)["delta"][0][4] == 3
    assert published(place)["clock"]["counts"]["critical"] == 1
    place.step("ben-tre/salinity", Status.RESOLVED, Severity.CRITICAL)
    place.live.tick()
    assert published(place)["alerts"][0]["status"] == "resolved"
    assert published(place)["delta"][0][4] == 0


def test_series_that_falls_silent_is_sent_as_stale(place: Centre, clock: ManualClock) -> None:
    place.sample("ben-tre/salinity", 1.5)
    place.live.tick()
    clock.move(16 * 60)
    place.live.tick()
    assert published(place)["delta"] == [[number(place, "ben-tre/salinity"), 1.5, NOW, 0, 0, True, 0]]
    assert published(place)["clock"]["counts"]["stale"] == 1


def test_new_day_reads_the_catalogue_again_and_keeps_values_and_alerts(place: Centre, clock: ManualClock) -> None:
    place.sample("ben-tre/insurance-cover", 91)
    place.step("ben-tre/insurance-cover", Status.FIRING)
    place.live.tick()
    before = place.live.document.etag
    place.shelf.series_watched = [one for one in place.shelf.series_watched if one.site.id == "ben-tre"]
    clock.move(DAY / 1e6)
    place.live.tick()
    assert place.live.document.etag != before
    assert {tile.series.site.id for tile in place.live.tiles.all} == {"ben-tre"}
    tile = place.live.tile("ben-tre/insurance-cover")
    assert tile is not None
    assert (tile.value, tile.severity) == (91, Severity.WARNING)


def test_limit_of_some_hours_comes_with_its_hour_and_nothing_else_restarts(place: Centre, clock: ManualClock) -> None:
    place.live.tick()
    table = place.live.tiles
    clock.move(3600)
    place.live.tick()
    assert place.live.tiles is table
    place.shelf.forget_limits("pm25", "salinity")
    clock.move(60)
    place.live.tick()
    assert "salinity-critical" in json.loads(place.live.document.body)["limits"]
    clock.move(3600)
    place.live.tick()
    assert "salinity-critical" not in json.loads(place.live.document.body)["limits"]


def test_same_catalogue_gives_the_same_document(place: Centre) -> None:
    place.live.tick()
    twin = centre(ManualClock(NOW + MINUTE))
    twin.live.tick()
    assert twin.live.document == place.live.document


def test_document_orders_places_fields_and_indicators_as_the_wall_shows_them(place: Centre) -> None:
    place.shelf.fields["health"] = replace(place.shelf.fields["health"], order=999)
    place.live.tick()
    rows = json.loads(place.live.document.body)["series"]
    assert list(dict.fromkeys(row[0] for row in rows)) == ["ben-tre", "chau-thanh", "mo-cay-bac"]
    assert list(dict.fromkeys(row[2] for row in rows)) == ["agriculture", "environment", "health"]


def test_played_clock_is_told_apart_from_the_real_one() -> None:
    played = centre(PlayedClock(NOW, 0, 60))
    played.live.tick()
    real = centre(ManualClock(NOW))
    real.live.tick()
    assert (published(played)["clock"]["played"], published(real)["clock"]["played"]) == (60, None)


def test_view_that_stopped_ticking_is_not_current(place: Centre, clock: ManualClock) -> None:
    assert not place.live.is_current
    place.live.tick()
    assert place.live.is_current
    clock.move(60)
    assert not place.live.is_current


async def test_alerts_that_cannot_be_read_stop_no_tick_and_are_caught_up_with(
    place: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> list[Transition]:
        raise TemporaryError("state-db")

    place.sample("ben-tre/salinity", 1.5)
    with monkeypatch.context() as broken:
        broken.setattr(place.live.parts.alerts, "active", fail)
        running = asyncio.create_task(place.live.run())
        await until(lambda: place.counts.value("link_failures", link="live-view") > 1)
        assert not running.done()
        assert not place.live.is_current
        assert place.counts.value("link_up", link="live-view") == 0
    await until(lambda: place.counts.value("link_up", link="live-view") == 1)
    assert place.live.is_current
    assert [row[1] for row in place.live.rows()].count(1.5) == 1
    running.cancel()


async def test_journal_that_lets_wait_holds_nobody_else_up(place: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, free, read = threading.Event(), threading.Event(), place.tape.read

    def wait(after: int, limit: int) -> list[Entry]:
        asked.set()
        assert free.wait(20), "the event loop stood still"
        return read(after, limit)

    place.live.tick()
    place.sample("ben-tre/salinity", 1.5)
    monkeypatch.setattr(place.live.parts.log, "read", wait)
    running = asyncio.create_task(place.live.run())
    await until(asked.is_set)
    free.set()
    await until(lambda: [row[1] for row in place.live.rows()].count(1.5) == 1)
    running.cancel()


@pytest.mark.parametrize(("work", "interval"), [(0.0, 1.0), (0.25, 1.0), (0.95, 1.05), (3.0, 3.1)])
async def test_ticks_keep_their_pace_however_long_each_takes(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch, work: float, interval: float
) -> None:
    live = centre(clock, tick_seconds=1.0).live
    began: list[float] = []

    async def turn() -> None:
        began.append(clock.monotonic())
        clock.move(work)
        if len(began) == 6:
            raise asyncio.CancelledError

    monkeypatch.setattr(live, "turn", turn)
    with pytest.raises(asyncio.CancelledError):
        await live.run()
    assert [round(later - one, 6) for one, later in pairwise(began)] == [interval] * 5
