"""The catalogue of this repository: no problems, and what it promises in numbers."""

import csv
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from indicators.checks import problems
from indicators.load import PACKAGE, load
from indicators.lookup import Catalogue
from indicators.spec import Level
from indicators.stats import centre_stats
from tests.indicators.made import at

TENANTS = ("ben-tre", "binh-duong")
OPEN, CLOSED = at("2025-06-30"), at("2025-07-01")
FILES = sorted(path for path in PACKAGE.rglob("*.csv") if path.name != "profiles.csv")


@pytest.fixture(scope="module")
def ben_tre() -> Catalogue:
    return load(PACKAGE, "ben-tre")


@pytest.fixture(scope="module")
def binh_duong() -> Catalogue:
    return load(PACKAGE, "binh-duong")


@pytest.mark.parametrize("tenant", TENANTS)
def test_own_files_have_no_problems(tenant: str) -> None:
    assert "\n".join(map(str, problems(PACKAGE, tenant))) == ""


@pytest.mark.parametrize(
    ("site", "fields", "least"),
    [("vn63-83", 10, 1000), ("vn63-83-831", 11, 400), ("vn63-83-838", 10, 200), ("vn63-83-834", 10, 200)],
)
def test_centre_of_ben_tre_has_its_fields_and_indicators(
    ben_tre: Catalogue, site: str, fields: int, least: int
) -> None:
    centre = next(one for one in centre_stats(ben_tre) if one.site == site)
    assert centre.fields == fields
    assert centre.indicators >= least
    live = [series for series in ben_tre.series(OPEN) if series.site.id == site]
    assert (len({series.shown_under for series in live}), len(live)) == (centre.fields, centre.indicators)


def test_centres_of_ben_tre_are_four(ben_tre: Catalogue) -> None:
    assert [centre.site for centre in centre_stats(ben_tre)] == ["vn63-83", "vn63-83-831", "vn63-83-834", "vn63-83-838"]


def test_chau_thanh_has_two_applications_of_its_own(ben_tre: Catalogue) -> None:
    centre = next(one for one in centre_stats(ben_tre) if one.site == "vn63-83-831")
    assert len(centre.applications) == 2
    by_field = {watch.field for watch in ben_tre.watches if watch.site == "vn63-83-831" and watch.application}
    assert by_field == {"tourism", "agriculture"}


def test_mo_cay_bac_works_since_june_2024(ben_tre: Catalogue) -> None:
    first = at("2024-06-01", 0)
    assert not [one for one in ben_tre.series(first - 1) if one.site.id == "vn63-83-838"]
    assert [one for one in ben_tre.series(first) if one.site.id == "vn63-83-838"]


def test_binh_duong_has_a_province_and_five_city_centres(binh_duong: Catalogue) -> None:
    levels = [binh_duong.sites[centre.site].level for centre in centre_stats(binh_duong)]
    assert sorted(levels) == [Level.DISTRICT] * 5 + [Level.PROVINCE]
    assert all(binh_duong.sites[one.site].kind == "thành phố" for one in centre_stats(binh_duong)[1:])


@pytest.mark.parametrize("tenant", TENANTS)
def test_old_units_close_with_june_2025_and_leave_their_history(tenant: str) -> None:
    shelf = load(PACKAGE, tenant)
    old = [site for site in shelf.sites.values() if site.id.startswith(("vn63-", "st-"))]
    assert {site.valid_to for site in old} == {date(2025, 6, 30)}
    assert shelf.series(CLOSED) == ()
    assert shelf.series(OPEN)
    successors = [shelf.sites[later] for site in old for later in site.successors]
    assert {site.valid_from for site in successors} == {date(2025, 7, 1)}


@pytest.mark.parametrize(
    ("site", "what"), [("st-an-thuan", "salinity"), ("st-an-thuan", "water-level"), ("st-my-hoa", "salinity")]
)
def test_station_watches_its_gauges_and_nothing_else(ben_tre: Catalogue, site: str, what: str) -> None:
    assert ben_tre.watched(site, what, OPEN) is not None
    live = {series.indicator.id for series in ben_tre.series(OPEN) if series.site.level is Level.STATION}
    assert live == {"salinity", "water-level"}


@pytest.mark.parametrize("tenant", TENANTS)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_two_places_are_called_the_same(tenant: str, lang: str) -> None:
    shelf = load(PACKAGE, tenant)
    places = [shelf.place(site, lang).casefold() for site in shelf.sites]
    assert len(places) == len(set(places))
    assert not [place for place in places if "[" in place]


def test_places_read_well(ben_tre: Catalogue, binh_duong: Catalogue) -> None:
    said = [ben_tre.place(site) for site in ("vn63-83", "vn63-83-831", "vn63-83-829", "st-an-thuan", "vn63-83-838")]
    assert said == [
        "tỉnh Bến Tre",
        "huyện Châu Thành (Bến Tre)",
        "thành phố Bến Tre",
        "trạm An Thuận",
        "huyện Mỏ Cày Bắc",
    ]
    assert binh_duong.place("vn34-79") == "thành phố Hồ Chí Minh"
    assert ben_tre.sites["vn63-83-831"].name_vi == "Huyện Châu Thành"


def test_at_least_400_indicators_have_a_limit_or_a_target(ben_tre: Catalogue) -> None:
    ruled = {limit.indicator for limit in ben_tre.limits} | {target.indicator for target in ben_tre.targets}
    assert len(ruled & set(ben_tre.indicators)) >= 400


@pytest.mark.parametrize(("site", "share"), [("vn63-83", 90), ("vn63-83-831", 80), ("vn63-83-831-28807", 60)])
def test_work_records_handled_online_are_planned_by_level(ben_tre: Catalogue, site: str, share: float) -> None:
    targets = ben_tre.targets_for(site, "work-records-online-share", OPEN)
    assert [target.value for target in targets if target.deadline == date(2025, 12, 31)] == [share]


PLEDGED = {
    "binh-duong": {
        ("vn63-74", "party-bloc-linked-share", 100, date(2025, 12, 31)),
        ("vn63-74", "procedures-fully-digitised-share", 20, date(2022, 12, 31)),
        ("vn63-74", "procedures-fully-digitised-share", 80, date(2025, 12, 31)),
        ("vn63-74", "worker-digital-training-hours", 1, date(2025, 12, 31)),
        ("vn63-74", "digital-inspection-share", 50, date(2025, 12, 31)),
        ("vn63-74", "officials-digital-training-share", 100, date(2025, 12, 31)),
        ("vn63-74", "ioc-in-use", 1, date(2022, 12, 31)),
        ("vn63-74-718", "ioc-in-use", 1, date(2022, 12, 31)),
        ("vn63-74-719", "ioc-in-use", 1, date(2023, 12, 31)),
    },
    "ben-tre": {
        ("vn63-83", "online-service-full-share", 100, date(2025, 12, 31)),
        ("vn63-83", "foundation-databases-shared-share", 80, date(2025, 12, 31)),
        ("vn63-83", "digital-inspection-share", 50, date(2025, 12, 31)),
        ("vn63-83", "digital-economy-share", 10, date(2025, 12, 31)),
        ("vn63-83", "digital-economy-share-by-branch", 5, date(2025, 12, 31)),
        ("vn63-83", "labour-productivity-growth", 7, date(2025, 12, 31)),
        ("vn63-83", "ict-index-rank", 25, date(2025, 12, 31)),
        ("vn63-83", "fibre-household-share", 80, date(2025, 12, 31)),
        ("vn63-83-831-28807", "fibre-commune-share", 100, date(2025, 12, 31)),
        ("vn63-83", "payment-account-adult-share", 50, date(2025, 12, 31)),
        ("vn63-83", "infosec-spending-share", 10, date(2025, 12, 31)),
        ("vn63-83", "enterprises-dx-supported", 1000, date(2025, 12, 31)),
    },
}


@pytest.mark.parametrize("tenant", TENANTS)
def test_what_the_provinces_pledged_is_there_with_its_deadline(tenant: str) -> None:
    catalogue = load(PACKAGE, tenant)
    missing = {
        (site, indicator, value, deadline)
        for site, indicator, value, deadline in PLEDGED[tenant]
        if (value, deadline) not in {(one.value, one.deadline) for one in catalogue.targets_for(site, indicator, OPEN)}
    }
    assert missing == set()


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rows_are_sorted_by_id_and_name_no_machine(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    ids = [row["id"] for row in csv.DictReader(text.splitlines())]
    assert ids == sorted(ids)
    assert "\r" not in text
    assert not re.search(r"/(work|tmp|home)/", text)


def test_load_takes_less_than_150_megabytes() -> None:
    # Not `ru_maxrss`: a process starts with the peak of the one that started it, and this one may be large.
    code = "from indicators.load import load; load(); print(open('/proc/self/status').read())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", done.stdout)
    assert int(peak) / 1024 < 150
