"""Every query of every panel on the real InfluxDB, with variables and macros expanded as Grafana does."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from dashboards.centre import Centre, centres
from ioc.model import Micros
from tests.support import grafana, points
from tests.support.grafana import Json

if TYPE_CHECKING:
    from tests.dashboards.conftest import Bed


def test_every_query_returns_data_in_ben_tre(ben_tre: "Bed"):
    assert faults(ben_tre) == []


def test_every_query_returns_data_in_binh_duong(binh_duong: "Bed"):
    assert faults(binh_duong) == []


def faults(bed: "Bed") -> list[tuple[str, ...]]:
    """Queries without an answer, and columns that a panel counts on but does not get."""
    found: list[tuple[str, ...]] = []
    for dashboard in bed.dashboards:
        for panel in dashboard["panels"]:
            names: set[str] = set()
            targets = [one for one in panel.get("targets", ()) if one["datasource"]["type"] == "influxdb"]
            for target in targets:
                answer = bed.ask(dashboard, panel, target, **fast_indicator(bed, dashboard))
                found += [] if answer else [("empty", dashboard["uid"], panel["title"], target["refId"])]
                names |= columns(panel, target, answer) if answer else set()
            if targets and panel["type"] in {"table", "stat", "geomap"}:
                found += [("unknown column", dashboard["uid"], name) for name in sorted(counted_on(panel) - names)]
    return found


def fast_indicator(bed: "Bed", dashboard: Json) -> dict[str, str]:
    """The page of one indicator is tried with the judged one that reports most often."""
    sites = [one["current"]["value"] for one in dashboard["templating"]["list"] if one["name"] == "site"]
    judged = {limit.indicator for limit in bed.catalogue.limits}
    own = [one.indicator for one in bed.catalogue.series(bed.now) if one.site.id in sites]
    return {"indicator": min((one for one in own if one.id in judged), key=lambda one: one.due_every).id} if own else {}


def columns(panel: Json, target: Json, answer: list[Json]) -> set[str]:
    """The names by which overrides may call what came back."""
    if target["resultFormat"] == "table":
        return {"Time", *answer[0].get("tags", {}), *answer[0]["columns"]}
    names = {"Trend #B"} if panel["type"] == "table" else set()
    for one in answer:
        name = target.get("alias", "")
        for tag, value in one.get("tags", {}).items():
            name = name.replace(f"$tag_{tag}", value)
        names.add(name)
    return names


def counted_on(panel: Json) -> set[str]:
    """Every column that the overrides and the arrangement of a panel name."""
    overrides = panel["fieldConfig"]["overrides"]
    wanted = {one["matcher"]["options"] for one in overrides if one["matcher"]["id"] == "byName"}
    for step in panel.get("transformations", ()):
        if step["id"] == "organize":
            wanted |= step["options"]["indexByName"].keys()
    return wanted


def test_limit_lines_are_for_curves_that_come_back(ben_tre: "Bed"):
    dashboard = ben_tre.dashboard("vn63-83-indicator")
    panel = next(one for one in dashboard["panels"] if one["type"] == "timeseries")
    answer = ben_tre.ask(dashboard, panel, panel["targets"][0], indicator="water-level", site="st-my-hoa")
    assert columns(panel, panel["targets"][0], answer) == {"st-my-hoa|water-level"}
    (rule,) = [one for one in panel["fieldConfig"]["overrides"] if one["matcher"]["options"] == "st-my-hoa|water-level"]
    steps = rule["properties"][0]["value"]["steps"]
    assert [step["value"] for step in steps] == [None, 160, 175]


def test_tiles_count_what_the_newest_points_say(ben_tre: "Bed"):
    for centre in centres(ben_tre.catalogue, ben_tre.now):
        dashboard = ben_tre.dashboard(f"{centre.site.id}-overview")
        tiles = [panel for panel in dashboard["panels"] if panel["type"] == "stat"]
        for panel, board in zip(tiles, centre.boards, strict=True):
            mine = {one.id for one in (*board.own, *board.stations)}
            (row,) = ben_tre.rows(dashboard, panel)
            expected = tally([one for one in ben_tre.last if one.series.id in mine], ben_tre.now)
            assert {name: row[name] for name in expected} == expected, panel["title"]


def tally(last: list[points.Last], at: Micros) -> dict[str, int]:
    counts = Counter(one.severity for one in last)
    named = {name: counts[code] for code, name in enumerate(("ok", "info", "warning", "critical"))}
    silent = sum(at - one.at >= one.series.indicator.silent_after for one in last)
    return {"worst": worst(last), "stale": silent, **named}


def worst(last: Iterable[points.Last]) -> int:
    return max(one.severity or 0 for one in last)


def test_field_wall_has_one_row_for_each_series_and_its_newest_value(ben_tre: "Bed"):
    newest = {one.series.id: one for one in ben_tre.last}
    for centre in centres(ben_tre.catalogue, ben_tre.now):
        for board in centre.boards:
            dashboard = ben_tre.dashboard(f"{centre.site.id}-{board.field.id}")
            panel = next(one for one in dashboard["panels"] if one["type"] == "table")
            found = {row["indicator"]: (row["value"], row["severity"]) for row in ben_tre.rows(dashboard, panel)}
            wanted = {one.indicator.id: newest[one.id] for one in board.own}
            assert found == {name: (one.value, one.severity) for name, one in wanted.items()}


def test_stations_stand_beside_their_own_limits(ben_tre: "Bed"):
    dashboard = ben_tre.dashboard("vn63-83-environment")
    panel = dashboard["panels"][2]
    said = next(one for one in panel["fieldConfig"]["overrides"] if one["matcher"]["options"] == "group")
    texts = next(one["value"] for one in said["properties"] if one["id"] == "mappings")[0]["options"]
    rows = {(row["site"], row["indicator"]): row["group"] for row in ben_tre.rows(dashboard, panel)}
    assert texts[f"{rows['st-my-hoa', 'water-level']:.0f}"]["text"] == "▲ > 160  ◆ > 175"
    assert texts[f"{rows['st-cho-lach', 'water-level']:.0f}"]["text"] == "▲ > 175  ◆ > 190"


def test_list_of_what_is_beyond_limits_holds_nothing_normal(ben_tre: "Bed"):
    for centre in centres(ben_tre.catalogue, ben_tre.now):
        dashboard = ben_tre.dashboard(f"{centre.site.id}-overview")
        panel = next(one for one in dashboard["panels"] if one["type"] == "table")
        found = sorted(f"{row['site']}/{row['indicator']}" for row in ben_tre.rows(dashboard, panel))
        within = {one.id for one in centre.series}
        beyond = [one.series.id for one in ben_tre.last if one.severity and one.series.id in within]
        assert found == sorted(beyond)


def test_margin_to_plan_is_signed_by_the_sense_of_the_target(ben_tre: "Bed"):
    newest = {one.series.id: one for one in ben_tre.last}
    dashboard = ben_tre.dashboard("vn63-83-plan")
    (panel,) = dashboard["panels"]
    rows = ben_tre.rows(dashboard, panel)
    assert len({row["indicator"] for row in rows}) == len(rows) > 50
    for row in rows:
        value, target = newest[f"vn63-83/{row['indicator']}"].value, row["target"]
        gap = (value - target) * row["sense"] * (100 / abs(target) if target else 1)
        assert row["value"] == value
        assert row["gap"] == pytest.approx(gap)


def test_map_shows_the_worst_of_each_place_and_its_stations(ben_tre: "Bed"):
    (province, *_) = centres(ben_tre.catalogue, ben_tre.now)
    dashboard = ben_tre.dashboard("vn63-83-overview")
    panel = next(one for one in dashboard["panels"] if one["type"] == "geomap")
    found = {(row["latitude"], row["longitude"]): row["worst"] for row in ben_tre.rows(dashboard, panel)}
    grounds = {one.id: one for one in province.grounds}
    for name in ("vn63-83", "vn63-83-831", "vn63-83-836"):
        expected = worst(one for one in ben_tre.last if one.series.site.id in around(province, name))
        assert found[grounds[name].lat, grounds[name].lon] == expected


def around(province: Centre, place: str) -> set[str]:
    return {place, *(one.id for one in province.places if one.parent == place and one.lat is None)}


def test_walls_stand_before_anything_was_judged(unjudged: "Bed"):
    dashboard = unjudged.dashboard("vn63-83-838-health")
    answers = {
        (panel["type"], target["refId"]): grafana.records(unjudged.ask(dashboard, panel, target))
        for panel, target in grafana.questions(dashboard)
    }
    (tile,) = answers["stat", "A"]
    assert tile["stale"] > 0
    assert not tile["critical"]
    assert {row["severity"] for row in answers["table", "A"]} == {None}
