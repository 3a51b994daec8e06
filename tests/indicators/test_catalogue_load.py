"""From files to a catalogue, and every bad file with its message."""

import shutil
from pathlib import Path

import pytest

from indicators.checks import problems
from indicators.load import load
from indicators.spec import Level, Period, Rollup
from ioc.errors import ConfigError
from ioc.model import HOUR, MINUTE, Kind, Severity
from tests.indicators.made import at

HERE = Path(__file__).parent
GOOD = HERE / "good"
CASES = sorted(path for path in (HERE / "cases").iterdir() if path.is_dir())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shutil.copytree(GOOD, tmp_path / "catalogue")


@pytest.mark.parametrize("tenant", ["ben-tre", "binh-duong"])
def test_problems_of_good_files_are_none(tenant: str) -> None:
    assert problems(GOOD, tenant) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_problems_of_a_bad_file_are_told_with_place_and_way_out(root: Path, case: Path) -> None:
    shutil.copytree(case, root, dirs_exist_ok=True)
    removed = case / "removed.txt"
    for name in removed.read_text(encoding="utf-8").split() if removed.exists() else ():
        (root / name).unlink()
    found = "".join(f"{problem}\n" for problem in problems(root, "ben-tre"))
    assert found
    assert found == (case / "expected.txt").read_text(encoding="utf-8")


def test_load_gives_typed_values() -> None:
    shelf = load(GOOD)
    assert shelf.tenant == "ben-tre"
    share = shelf.indicators["visits-insured-share"]
    assert (share.field, share.period, share.rollup_time, share.weight) == (
        "health",
        Period.MONTH,
        Rollup.WEIGHTED_MEAN,
        "visits",
    )
    assert shelf.indicators["salinity"].references == ("Salinity, stations: SAL-1", "Salinity, stations: SAL-2")
    assert shelf.indicators["salinity"].due_every == HOUR
    station = shelf.sites["st-an-hiep"]
    assert (station.level, station.parent, station.tenant) == (Level.STATION, "vn63-83-831", "ben-tre")
    assert shelf.sites["vn34-86"].predecessors == ("vn63-83",)
    dry = next(limit for limit in shelf.limits if limit.season)
    assert (dry.kind, dry.severity, dry.for_, dry.season) == (
        Kind.ABOVE,
        Severity.WARNING,
        10 * MINUTE,
        ((12, 1), (5, 31)),
    )
    assert [target.at_least for target in shelf.targets] == [True, True, True]
    assert shelf.fields["health"].order == 10


def test_load_overrides_from_the_tenants_own_files() -> None:
    shelf = load(GOOD)
    moment = at("2025-02-01")
    bounds = {
        place: {one.slot: one.value for one in shelf.limits_for(place, "salinity", moment)}
        for place in ("vn63-83", "vn63-83-831", "st-an-hiep")
    }
    assert bounds == {
        "vn63-83": {"above-critical": 4.0, "above-warning": 2.0},
        "vn63-83-831": {"above-critical": 3.0, "above-warning": 2.0},
        "st-an-hiep": {"above-critical": 2.5, "above-warning": 2.0},
    }
    targets = [t.value for t in shelf.targets_for("vn63-83-831", "visits-insured-share", moment)]
    assert targets == [88.0]


def test_load_of_one_tenant_drops_limits_for_the_sites_of_another(root: Path) -> None:
    file = root / "limits/environment.csv"
    row = "salinity-bt,salinity,vn63-83,,above,critical,3,,0.2,10min,30min,,,,,assumption,assumption\n"
    file.write_text(file.read_text(encoding="utf-8") + row, encoding="utf-8")
    assert "salinity-bt" in {limit.id for limit in load(root, "ben-tre").limits}
    assert "salinity-bt" not in {limit.id for limit in load(root, "binh-duong").limits}


def test_problems_are_none_where_rows_take_turns(root: Path) -> None:
    rows = (
        "night,salinity,,,above,info,0.5,,0.1,0s,0s,,22-06,,,assumption,assumption",
        "noon,salinity,,,above,info,0.5,,0.1,0s,0s,,06-22,,,assumption,assumption",
        "wet,salinity,,,above,info,0.7,,0.1,0s,0s,06-01..11-30,,,,assumption,assumption",
        "dry,salinity,,,above,info,0.6,,0.1,0s,0s,12-01..05-31,,,,assumption,assumption",
        "old,salinity,,,above,info,9,,0.1,0s,0s,,,,2019-12-31,assumption,assumption",
        "new,salinity,,,above,info,0.9,,0.1,0s,0s,,,2020-01-01,,assumption,assumption",
    )
    file = root / "limits/environment.csv"
    kept = [line for line in file.read_text(encoding="utf-8").splitlines() if "above" not in line]
    file.write_text("\n".join([*kept, *rows]) + "\n", encoding="utf-8")
    assert problems(root, "ben-tre") == []


def test_problems_are_none_when_a_successor_lies_in_another_tenant(root: Path) -> None:
    file = root / "tenants/ben-tre/sites.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",vn34-86,made", ",vn63-74,made"), encoding="utf-8")
    assert problems(root, "ben-tre") == []
    assert load(root).sites["vn63-83"].successors == ("vn63-74",)


def test_load_takes_what_a_spreadsheet_saves(root: Path) -> None:
    file = root / "catalogue/health.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    wide = [f"{line}\r\n" for line in (*lines, "," * lines[0].count(","))]
    file.write_bytes(b"\xef\xbb\xbf" + "".join(wide).encode())
    assert load(root).indicators == load(GOOD).indicators


def test_load_tells_every_problem_at_once(root: Path) -> None:
    shutil.copytree(HERE / "cases/many-at-once", root, dirs_exist_ok=True)
    with pytest.raises(ConfigError) as caught:
        load(root)
    lines = str(caught.value).splitlines()
    assert "3 lỗi" in lines[0]
    assert lines[1:] == (root / "expected.txt").read_text(encoding="utf-8").splitlines()


def test_load_of_an_unknown_tenant_names_those_there_are(root: Path) -> None:
    with pytest.raises(ConfigError, match='Did you mean "ben-tre"\\? There are: ben-tre, binh-duong'):
        load(root, "bentre")
