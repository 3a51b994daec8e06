"""The files: what Grafana asks of a dashboard, what we ask of one, and that they follow from the catalogue."""

import itertools
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.centre import as_of, centres
from dashboards.influxql import ROLLUPS
from dashboards.render import differing, files, text, write
from dashboards.style import UNITS, suffix
from dashboards.words import EN, LANGUAGES, TEXT, VI, Words
from indicators.lookup import Catalogue
from tests.support import grafana
from tests.support.catalogue import small
from tests.support.grafana import Json

PANELS = {"stat", "table", "timeseries", "geomap", "text"}
REFRESH = {"30s", "1m", "5m", "15m", "1h"}
TRANSFORMATIONS = {"organize", "timeSeriesTable", "joinByField", "merge", "filterByRefId", "filterByValue"}
GRAFANA_UNITS = re.compile(r"locale|none|percent|cps|bytes|dthms|dateTimeFromNow|time:[DMYHms/: -]+")
QUERIES_OF_A_WALL = 4


def test_committed_files_follow_from_the_catalogue(package: Path):
    ran = dashboards("--check")
    assert (ran.returncode, ran.stderr) == (0, ""), f"in {package}"


def test_check_names_every_file_that_differs(tmp_path: Path):
    assert dashboards("--out", str(tmp_path)).returncode == 0
    folder = tmp_path / "generated" / "ben-tre" / "vn63-83"
    (folder / "health.json").write_text("{}", encoding="utf-8")
    (folder / "plan.json").unlink()
    (folder / "left-over.json").write_text("{}", encoding="utf-8")
    ran = dashboards("--check", "--out", str(tmp_path))
    assert ran.returncode == 1
    assert re.findall(r"vn63-83/(\S+): differs", ran.stderr) == ["health.json", "left-over.json", "plan.json"]


def dashboards(*arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "dashboards", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


def test_writing_removes_what_is_no_longer_wanted_and_nothing_else(tmp_path: Path):
    write(tmp_path, {"generated/a/b/one.json": "1", "generated/a/b/two.json": "2"})
    (tmp_path / "provisioning" / "datasources").mkdir(parents=True)
    (tmp_path / "provisioning" / "datasources" / "ioc.yaml").write_text("kept", encoding="utf-8")
    write(tmp_path, {"generated/a/b/one.json": "1"})
    assert differing(tmp_path, {"generated/a/b/one.json": "1"}) == []
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["ioc.yaml", "one.json"]


def test_a_small_catalogue_is_enough():
    found = files(small(), Words(VI))
    assert "generated/test/vn63-83/environment.json" in found
    assert all(json.loads(content) for name, content in found.items() if name.endswith(".json"))


@pytest.mark.parametrize("value", [{}, [], {"a": [1, "x" * 200]}, [{"ế": None}, [[]]], {"a": {"b": ["y" * 130] * 3}}])
def test_text_is_json_and_keeps_the_value(value: object):
    assert json.loads(text(value)) == value


def test_english_words_stand_in_english_walls(catalogue_of: Catalogue):
    (wall,) = [
        content for name, content in files(catalogue_of, Words(EN)).items() if re.search(r"(83|74)/health", name)
    ]
    titles = {panel["title"] for panel in json.loads(wall)["panels"]}
    assert {"Indicators", "Summary"} <= titles
    assert "Công suất" not in wall


def test_every_word_exists_in_both_languages():
    assert all(len(pair) == len(LANGUAGES) and all(pair) for pair in TEXT.values())
    assert all(unicodedata.is_normalized("NFC", word) for pair in TEXT.values() for word in pair)


def test_every_centre_has_its_pages_and_a_wall_for_each_field(dashboards_of: tuple[Json, ...], catalogue_of: Catalogue):
    uids = {one["uid"] for one in dashboards_of}
    found = centres(catalogue_of, as_of(catalogue_of))
    for centre in found:
        names = ("overview", "phone", "alerts", "indicator", "plan", *(board.field.id for board in centre.boards))
        assert {f"{centre.site.id}-{name}" for name in names} <= uids
    counts = {"ben-tre": [10, 11, 10, 10], "binh-duong": [10, 11, 11, 11, 11, 11]}
    assert [len(centre.boards) for centre in found] == counts[catalogue_of.tenant]


def test_every_series_of_a_centre_is_on_exactly_one_wall(catalogue_of: Catalogue):
    at = as_of(catalogue_of)
    for centre in centres(catalogue_of, at):
        shown = [one.id for board in centre.boards for one in board.own]
        assert sorted(shown) == sorted(one.id for one in catalogue_of.series(at) if one.site.id == centre.site.id)


def test_identities_are_unique_and_short_enough(dashboards_of: tuple[Json, ...]):
    uids = [one["uid"] for one in dashboards_of]
    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", uid) for uid in uids)
    for dashboard in dashboards_of:
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert sorted(set(ids)) == ids


def test_panels_stand_within_the_grid_and_not_on_each_other(dashboards_of: tuple[Json, ...]):
    for dashboard in dashboards_of:
        cells = [cell for panel in dashboard["panels"] for cell in covered(panel["gridPos"])]
        assert len(cells) == len(set(cells)), dashboard["uid"]
        assert {x for x, _ in cells} <= set(range(24)), dashboard["uid"]


def covered(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    return itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))


def test_panels_are_of_known_kinds_and_units(dashboards_of: tuple[Json, ...]):
    assert all(GRAFANA_UNITS.fullmatch(unit) for unit in UNITS)
    ours = {suffix(TEXT["minutes"][0])}
    for panel in (panel for dashboard in dashboards_of for panel in dashboard["panels"]):
        assert panel["type"] in PANELS
        assert {step["id"] for step in panel.get("transformations", ())} <= TRANSFORMATIONS
        assert set(units(panel)) <= {*UNITS, *ours}


def units(panel: Json) -> Iterator[str]:
    config = panel.get("fieldConfig", {"defaults": {}, "overrides": []})
    if "unit" in config["defaults"]:
        yield config["defaults"]["unit"]
    for rule in config["overrides"]:
        yield from (one["value"] for one in rule["properties"] if one["id"] == "unit")


def test_a_wall_asks_at_most_four_questions(dashboards_of: tuple[Json, ...]):
    asked = {one["uid"]: len(list(grafana.questions(one))) for one in dashboards_of if "wall" in one["tags"]}
    assert asked
    assert max(asked.values()) <= QUERIES_OF_A_WALL


def test_references_within_a_panel_are_unique_and_sources_provisioned(dashboards_of: tuple[Json, ...], package: Path):
    known = set(re.findall(r"uid: (\S+)", (package / "provisioning/datasources/ioc.yaml").read_text(encoding="utf-8")))
    for dashboard in dashboards_of:
        for panel in dashboard["panels"]:
            refs = [target["refId"] for target in panel.get("targets", ())]
            assert len(refs) == len(set(refs))
            assert {target["datasource"]["uid"] for target in panel.get("targets", ())} <= {*known, grafana.SHARED}
            assert grafana.asked_by(dashboard, panel)["id"] <= panel["id"]
            assert not grafana.asked_by(dashboard, grafana.asked_by(dashboard, panel))["id"] > panel["id"]
        assert {target["datasource"]["uid"] for _, target in grafana.beside(dashboard)} <= known


def test_shells_are_alike(dashboards_of: tuple[Json, ...]):
    assert {(one["schemaVersion"], one["timezone"], one["editable"]) for one in dashboards_of} == {
        (39, "Asia/Ho_Chi_Minh", False)
    }
    assert {one["refresh"] for one in dashboards_of} <= REFRESH
    assert all(one["title"] and one["tags"][0] == "ioc" for one in dashboards_of)


def test_links_lead_to_dashboards_that_exist(dashboards_of: tuple[Json, ...]):
    uids = {one["uid"] for one in dashboards_of}
    tags = {tag for one in dashboards_of for tag in one["tags"]}
    for dashboard in dashboards_of:
        assert set(re.findall(r'"/d/([^"?]+)', json.dumps(dashboard))) <= uids
        assert {tag for one in dashboard["links"] for tag in one.get("tags", ())} <= tags


def test_choices_are_read_by_grafana_as_they_were_meant(dashboards_of: tuple[Json, ...], catalogue_of: Catalogue):
    for dashboard in dashboards_of:
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                assert variable["name"] in {"edition", *ROLLUPS.values()}
                assert variable["hide"] == 2
                continue
            options = grafana.choices(variable)
            known = catalogue_of.sites if variable["name"] == "site" else catalogue_of.indicators
            assert options.keys() <= known.keys()
            assert all(known[value].name_vi in words for value, words in options.items())
            assert variable["current"]["value"] in options


def test_providers_lead_to_the_folders(package: Path):
    listed = (package / "provisioning/dashboards/ben-tre.yaml").read_text(encoding="utf-8")
    paths = re.findall(r"path: /var/lib/ioc/dashboards/(\S+)", listed)
    folders = {path.relative_to(package / "generated").as_posix() for path in (package / "generated").glob("*/*")}
    assert set(paths) == folders
    assert 'folder: "Huyện Châu Thành"' in listed


def test_playlists_go_round_dashboards_that_exist(package: Path):
    generated = (package / "generated" / "ben-tre").rglob("*.json")
    uids = {json.loads(path.read_text(encoding="utf-8"))["uid"] for path in generated}
    lists = json.loads((package / "provisioning/playlists/ben-tre.json").read_text(encoding="utf-8"))
    assert [len(one["items"]) for one in lists] == [12, 13, 12, 12]
    assert {item["value"] for one in lists for item in one["items"]} <= uids
    assert all(one["items"][1]["value"].endswith("-alerts") for one in lists)


def test_panels_name_runbooks_that_exist(dashboards_of: tuple[Json, ...], package: Path):
    named = {name for one in dashboards_of for name in re.findall(r"docs/(runbooks/[a-z-]+[.]md)", json.dumps(one))}
    assert len(named) > 15
    assert all((package.parent / "docs" / name).exists() for name in named)
