"""Every query of every panel on the real InfluxDB, with variables and macros expanded as Grafana does."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashboards.bounds import Bounds
from dashboards.centre import Centre, centres
from dashboards.influxql import ROLLUPS
from dashboards.words import VI, Words
from indicators.course import edition
from ioc.model import DAY, Micros, Severity
from tests.support import grafana, points, servers
from tests.support.grafana import Json

if TYPE_CHECKING:
    from tests.dashboards.conftest import Bed

NOON = 1_741_755_600
"""2025-03-12T12:00+07:00."""


def test_every_query_returns_data_in_ben_tre(ben_tre: "Bed"):
    assert faults(ben_tre) == []


def test_every_query_returns_data_in_binh_duong(binh_duong: "Bed"):
    assert faults(binh_duong) == []


def faults(bed: "Bed") -> list[tuple[str, ...]]:
    """Queries without an answer, and columns that a panel counts on but does not get."""
    found: list[tuple[str, ...]] = []
    for dashboard in bed.dashboards:
        answers: dict[tuple[int, str], set[str]] = {}
        chosen = fast_indicator(bed, dashboard)
        for panel, target in (*grafana.questions(dashboard), *grafana.beside(dashboard)):
            if target["datasource"]["type"] == "influxdb":
                answer = bed.ask(dashboard, panel, target, **chosen)
                found += [] if answer else [("empty", dashboard["uid"], panel["title"], target["refId"])]
                names = columns(panel, target, answer) if answer else set()
                answers[panel.get("id", 0), target["refId"]] = names
                wanted = {one for name in ("textColumn", "timeEndColumn") if (one := target.get(name))}
                found += [("unknown column", dashboard["uid"], name) for name in sorted(wanted - names)]
        for panel in dashboard["panels"]:
            asking = grafana.asked_by(dashboard, panel)["id"]
            names = {name for (number, _), known in answers.items() if number == asking for name in known}
            if names and panel["type"] in {"table", "stat", "geomap"}:
                found += [("unknown column", dashboard["uid"], name) for name in sorted(counted_on(panel) - names)]
    return found


def test_every_choice_of_a_place_returns_data(ben_tre: "Bed"):
    asked = 0
    for dashboard in ben_tre.dashboards:
        places = [grafana.choices(one) for one in dashboard["templating"]["list"] if one["name"] == "site"]
        depend = [(panel, one) for panel, one in grafana.questions(dashboard) if "${site" in one.get("query", "")]
        for site in places[0] if places else ():
            named = watched(ben_tre, dashboard, site)
            for panel, target in depend:
                answer = ben_tre.ask(dashboard, panel, target, site=site, indicator=named)
                assert answer, (dashboard["uid"], panel["title"], site, named)
                asked += 1
    assert asked > 300


def watched(bed: "Bed", dashboard: Json, site: str) -> str:
    """An indicator that may be picked on the dashboard and that the place watches; what reports often first."""
    (offered,) = (grafana.choices(one) for one in dashboard["templating"]["list"] if one["name"] == "indicator")
    own = [one.indicator for one in bed.catalogue.series(bed.now) if one.site.id == site]
    return min((one for one in own if one.id in offered), key=lambda one: one.due_every).id


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
        if step["id"] == "filterByValue":
            wanted |= {one["fieldName"] for one in step["options"]["filters"]}
    return wanted


def test_limits_are_steps_beside_the_curve_with_a_name_for_each(ben_tre: "Bed"):
    dashboard = ben_tre.dashboard("vn63-83-indicator")
    panel = next(one for one in dashboard["panels"] if one["type"] == "timeseries")
    answer = ben_tre.ask(dashboard, panel, panel["targets"][0], indicator="water-level", site="st-my-hoa")
    drawn = {f"[{one['tags']['line']}]": [value for _, value in one["values"]] for one in answer}
    assert drawn["[warning-above]"][0] == 160
    assert drawn["[critical-above]"][0] == 175
    assert drawn["[warning-above]"][-1] is None, "the place closes"
    assert len(drawn["[]"]) > 1
    assert drawn.keys() <= counted_on(panel)


def test_every_line_that_the_engine_writes_has_a_name(ben_tre: "Bed"):
    dashboard = ben_tre.dashboard("vn63-83-indicator")
    panel = next(one for one in dashboard["panels"] if one["type"] == "timeseries")
    listed = grafana.influx(ben_tre.url, 'SHOW TAG VALUES FROM "bound" WITH KEY = "line"')
    written = {f"[{value}]" for _, value in listed[0]["values"]}
    assert {"[target]", "[warning-below]", "[critical-outside-high]"} <= written
    assert written <= counted_on(panel)


def test_a_moved_range_shows_the_limits_of_that_time(ben_tre: "Bed"):
    dashboard = ben_tre.dashboard("vn63-83-indicator")
    panel = next(one for one in dashboard["panels"] if one["type"] == "timeseries")
    week = grafana.Range((ben_tre.now - 200 * DAY) // 1000, (ben_tre.now - 193 * DAY) // 1000)
    known = {"site": "st-my-hoa", "indicator": "water-level", "edition": str(edition(ben_tre.catalogue))}
    answer = grafana.influx(ben_tre.url, grafana.expanded(panel["targets"][0]["query"], week, known))
    (line,) = [one["values"] for one in answer if one["tags"]["line"] == "warning-above"]
    assert line[0][0] < week.start, "there is a corner before the range"
    assert line[0][1] == 160
    other = grafana.expanded(panel["targets"][0]["query"], week, known | {"edition": "1"})
    assert "warning-above" not in {one["tags"]["line"] for one in grafana.influx(ben_tre.url, other)}


def test_edition_is_asked_of_the_database(ben_tre: "Bed"):
    dashboard = ben_tre.dashboard("vn63-83-health")
    asked = grafana.time_range(dashboard, {}, ben_tre.now // 1000)
    assert grafana.opened(dashboard, ben_tre.url, asked)["edition"] == str(edition(ben_tre.catalogue))


def test_rollups_are_read_from_their_policies_where_there_are_any(ben_tre: "Bed"):
    dashboard = ben_tre.dashboard("vn63-83-indicator")
    asked = grafana.time_range(dashboard, {}, ben_tre.now // 1000)
    known = grafana.opened(dashboard, ben_tre.url, asked)
    assert {policy: known[policy] for policy in ROLLUPS.values()} == {"daily": "daily", "calendar": "calendar"}


def test_rollups_are_read_beside_the_samples_where_there_are_no_policies(influxd: servers.Server, package: Path):
    dashboard = json.loads((package / "generated/ben-tre/vn63-83/indicator.json").read_text(encoding="utf-8"))
    here = {"site": "st-my-hoa", "indicator": "salinity"}
    tags = ",".join(f"{name}={value}" for name, value in here.items())
    points.fill(influxd.url, [f"{name},{tags} value=1,m=1i,gap=0i,revision=2i {NOON}" for name in ROLLUPS])
    asked_for = [target["query"] for _, target in (*grafana.questions(dashboard), *grafana.beside(dashboard))]
    of_rollups = [query for query in asked_for if "sample_1q" in query]
    week = grafana.Range((NOON - 7 * 86_400) * 1000, (NOON + 1) * 1000)
    known = grafana.opened(dashboard, influxd.url, week) | here
    for query in of_rollups:
        answer = grafana.influx(influxd.url, grafana.expanded(query, week, known))
        assert {one["name"] for one in answer} == set(ROLLUPS)
    assert len(of_rollups) == 2, "the panel and the marks"


def test_active_alerts_are_those_whose_last_step_fired(ben_tre: "Bed"):
    for centre in centres(ben_tre.catalogue, ben_tre.now):
        dashboard = ben_tre.dashboard(f"{centre.site.id}-alerts")
        counted, _, _, active, *_ = (one for one in dashboard["panels"] if one["type"] in {"stat", "table"})
        within = {one.id for one in centre.series}
        expected = Counter(one.severity for one in ben_tre.last if one.severity and one.series.id in within)
        rows = ben_tre.rows(dashboard, active)
        assert Counter(row["severity"] for row in rows) == expected
        assert {row["status"] for row in rows} == {2}
        (row,) = ben_tre.rows(dashboard, counted)
        assert [row[name] for name in ("info", "warning", "critical")] == [expected[code] for code in (1, 2, 3)]


def test_incidents_tell_how_long_somebody_took(ben_tre: "Bed"):
    dashboard = ben_tre.dashboard("vn63-83-838-alerts")
    _, pace, standing, *_ = (one for one in dashboard["panels"] if one["type"] in {"stat", "table"})
    (row,) = ben_tre.rows(dashboard, pace)
    assert row["opened"] == 3 * row["unowned"] > 0
    assert row["acknowledged"] == 2 * row["unowned"]
    assert (row["waited"], row["lasted"]) == (10, 30)
    rows = ben_tre.rows(dashboard, standing)
    assert len(rows) == row["acknowledged"]
    assert {(one["stage"], one["waited"]) for one in rows} == {(0, None), (1, 10)}


def test_history_tells_begin_and_end_newest_first(ben_tre: "Bed"):
    dashboard = ben_tre.dashboard("vn63-83-838-alerts")
    panel = [one for one in dashboard["panels"] if one["type"] == "table"][-1]
    rows = ben_tre.rows(dashboard, panel)
    assert {row["status"] for row in rows} == {2, 3}
    assert {row["severity"] for row in rows if row["status"] == 3} == {0}, "no colour for what is over"
    assert [row["time"] for row in rows] == sorted((row["time"] for row in rows), reverse=True)


def test_tiles_count_what_the_newest_points_say(ben_tre: "Bed"):
    for centre in centres(ben_tre.catalogue, ben_tre.now):
        dashboard = ben_tre.dashboard(f"{centre.site.id}-overview")
        tiles = [panel for panel in dashboard["panels"] if panel["type"] == "stat"]
        for panel, board in zip(tiles, centre.boards, strict=True):
            mine = {one.id for one in (*board.own, *board.stations)}
            (row,) = ben_tre.rows(dashboard, panel)
            expected = tally([one for one in ben_tre.last if one.series.id in mine], ben_tre.now)
            assert {name: row[name] for name in expected} == expected, panel["title"]
            gravest = Severity(worst(one for one in ben_tre.last if one.series.id in mine))
            assert shown(panel, "worst", row["worst"]) == Words(VI)(f"is_{gravest.name.lower()}")


def tally(last: list[points.Last], at: Micros) -> dict[str, int]:
    counts = Counter(one.severity for one in last)
    named = {name: counts[code] for code, name in enumerate(("ok", "info", "warning", "critical")) if name != "info"}
    silent = sum(at - one.at >= one.series.indicator.silent_after for one in last)
    return {"stale": silent, **named}


def shown(panel: Json, name: str, value: float) -> str:
    """The words that the range mappings of a column make of a value."""
    properties = next(one for one in panel["fieldConfig"]["overrides"] if one["matcher"]["options"] == name)
    mappings = next(one["value"] for one in properties["properties"] if one["id"] == "mappings")
    for one in mappings:
        first, last = one["options"]["from"], one["options"]["to"]
        if (first is None or value >= first) and (last is None or value <= last):
            return str(one["options"]["result"]["text"])
    return ""


def worst(last: Iterable[points.Last]) -> int:
    return max(one.severity or 0 for one in last)


def test_tiles_count_who_is_at_the_plan(ben_tre: "Bed"):
    newest = {one.series.id: one.value for one in ben_tre.last}
    bounds = Bounds(ben_tre.catalogue, ben_tre.now, Words(VI))
    (province, *_) = centres(ben_tre.catalogue, ben_tre.now)
    dashboard = ben_tre.dashboard("vn63-83-overview")
    tiles = [panel for panel in dashboard["panels"] if panel["type"] == "stat"]
    asked = 0
    for panel, board in zip(tiles, province.boards, strict=True):
        targets = {one.id: aim for one in board.own if (aim := bounds.target(one)) is not None}
        if targets:
            (row,) = grafana.records(ben_tre.ask(dashboard, panel, panel["targets"][1]))
            met = [
                newest[name] >= aim.value if aim.at_least else newest[name] <= aim.value
                for name, aim in targets.items()
            ]
            assert row["met"] == sum(met), panel["title"]
            asked += 1
    assert asked > 5


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
    assert texts[f"{rows['st-my-hoa', 'water-level']:.0f}"]["text"] == "▲ > 160  ■ > 175"
    assert texts[f"{rows['st-cho-lach', 'water-level']:.0f}"]["text"] == "▲ > 175  ■ > 190"


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
    rows = ben_tre.rows(dashboard, panel)
    found = {(row["latitude"], row["longitude"]): row["worst"] for row in rows}
    (place,) = [one for one in panel["fieldConfig"]["overrides"] if one["matcher"]["options"] == "place"]
    texts = place["properties"][0]["value"][0]["options"]
    signs = {row["worst"]: texts[f"{row['place']:g}"]["text"][0] for row in rows}
    assert signs == {code: sign for code, sign in enumerate("✓●▲■") if code in signs}
    assert len({texts[f"{row['place']:g}"]["text"][2:] for row in rows}) == len(rows)
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


def test_curves_stand_before_any_limit_was_written(ben_tre: "Bed"):
    dashboard = ben_tre.dashboard("vn63-83-838-health")
    panel = next(one for one in dashboard["panels"] if one["type"] == "timeseries")
    answer = ben_tre.ask(dashboard, panel, panel["targets"][0], edition="")
    assert {one["tags"]["line"] for one in answer} == {""}
