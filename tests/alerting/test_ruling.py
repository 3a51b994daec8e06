"""What is said about limits agrees with what the catalogue does, and says why."""

from dataclasses import replace
from datetime import date

import pytest

from indicators.load import load
from indicators.lookup import Catalogue
from indicators.spec import Level, Limit, Watch
from ioc.alerting.ruling import Bar, Edge, rulings, series_at
from ioc.alerting.wording import condition, explained, length, verdict
from ioc.errors import ConfigError
from ioc.model import DAY, HOUR, MINUTE, SECOND, Kind, Micros
from tests.alerting.bed import T0, indicator, limit, site

PROVINCE = replace(site("ben-tre"), level=Level.PROVINCE)
DISTRICT = replace(site("ba-tri"), level=Level.DISTRICT, parent="ben-tre")
STATION = replace(site("an-thoi"), parent="ba-tri")
GENERAL = limit(id="general")
NOW: Micros = T0  # 2024-06-01, 07:00 in Vietnam


def book(*limits: Limit) -> Catalogue:
    watch = Watch(
        site="an-thoi",
        field="environment",
        tier=None,
        indicator="salinity",
        shown_under="environment",
        application="",
        valid_from=None,
        valid_to=None,
    )
    return Catalogue(
        sites=[PROVINCE, DISTRICT, STATION], indicators=[indicator()], limits=limits, watches=[watch], tenant="ben-tre"
    )


@pytest.mark.parametrize(
    ("changes", "bar"),
    [
        ({"site": "cho-lach"}, Bar.SITE),
        ({"level": Level.DISTRICT}, Bar.LEVEL),
        ({"valid_to": date(2024, 5, 31)}, Bar.DATES),
        ({"valid_from": date(2024, 6, 2)}, Bar.DATES),
        ({"season": ((12, 1), (5, 31))}, Bar.SEASON),
        ({"hours": (8, 17)}, Bar.HOURS),
        ({"site": "ba-tri"}, None),
    ],
)
def test_a_limit_is_barred_by(changes: dict[str, object], bar: Bar | None) -> None:
    (one,) = rulings(book(limit(**changes)), "an-thoi", "salinity", NOW)
    assert (one.bar, one.holds) == (bar, bar is None)


@pytest.mark.parametrize(
    ("winner", "loser", "edge"),
    [
        ({"site": "an-thoi"}, {"site": "ba-tri"}, Edge.SITE),
        ({"site": "ben-tre"}, {"level": Level.STATION}, Edge.SITE),
        ({"level": Level.STATION}, {}, Edge.LEVEL),
        ({"season": ((1, 1), (6, 30))}, {}, Edge.SEASON),
        ({"hours": (6, 8)}, {}, Edge.HOURS),
        ({"site": "ba-tri"}, {"site": "ba-tri"}, Edge.ORDER),
    ],
)
def test_a_limit_overrides_another_by(winner: dict[str, object], loser: dict[str, object], edge: Edge) -> None:
    rows = [limit(id="winner", **winner), limit(id="loser", **loser)]
    for order in (rows, rows[::-1]) if edge is not Edge.ORDER else (rows,):
        first, second = rulings(book(*order), "an-thoi", "salinity", NOW)
        assert (first.limit.id, first.holds) == ("winner", True)
        assert (second.by and second.by.id, second.edge, second.holds) == ("winner", edge, False)


def test_limits_of_other_slots_do_not_meet() -> None:
    found = rulings(book(GENERAL, limit(id="low", kind=Kind.BELOW, value=1.0)), "an-thoi", "salinity", NOW)
    assert [one.holds for one in found] == [True, True]


@pytest.mark.parametrize("at", [NOW, NOW + 14 * HOUR, NOW + 200 * DAY])
def test_rulings_of_the_whole_catalogue_agree_with_its_look_up(at: Micros) -> None:
    catalogue = load(tenant="ben-tre")
    for series in catalogue.series(at):
        found = rulings(catalogue, series.site.id, series.indicator.id, at)
        in_force = {one.limit.id for one in found if one.holds}
        assert in_force == {one.id for one in catalogue.limits_for(series.site.id, series.indicator.id, at)}


def test_explained_says_which_limit_won_and_why() -> None:
    catalogue = book(GENERAL, limit(id="near", site="ba-tri", value=4.0, hysteresis=0.5, keep_firing_for=0))
    series = series_at(catalogue, "an-thoi/salinity", NOW)
    found = rulings(catalogue, "an-thoi", "salinity", NOW)
    assert list(explained(series, found, NOW, "en"))[:4] == [
        "an-thoi/salinity: Salinity, an-thoi; g/L; 2024-06-01 07:00",
        "  * near: above-critical > 4, clear 0.5 back, for 1min; holds (ba-tri)",
        f"    general: {condition(GENERAL)}; gives way to near: is written for a nearer site",
        "  * no-data: silent after 3min",
    ]
    assert verdict(found[1], "vi") == "nhường cho near: viết cho địa bàn gần hơn"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"level": Level.DISTRICT}, "only for districts"),
        ({"site": "cho-lach"}, "only for cho-lach and below"),
        ({"valid_from": date(2025, 1, 1)}, "valid only 2025-01-01.."),
        ({"season": ((12, 1), (5, 31))}, "only in the season 12-01..05-31"),
        ({"hours": (8, 17)}, "only in the hours 08-17"),
    ],
)
def test_verdict_says_what_bars(changes: dict[str, object], said: str) -> None:
    (one,) = rulings(book(limit(**changes)), "an-thoi", "salinity", NOW)
    assert verdict(one, "en") == said


def test_condition_of_a_range_names_both_ends() -> None:
    one = limit(kind=Kind.OUTSIDE, value=6.0, upper=9.0, hysteresis=0.0, for_=0, keep_firing_for=0)
    assert condition(one) == "outside-critical < 6, > 9"


@pytest.mark.parametrize(
    ("span", "text"), [(0, "0d"), (90 * MINUTE, "90min"), (3 * HOUR, "3h"), (48 * HOUR, "2d"), (45 * SECOND, "45s")]
)
def test_length_is_written_as_in_the_files(span: Micros, text: str) -> None:
    assert length(span) == text


def test_a_series_nobody_watches_is_refused_with_what_comes_close() -> None:
    with pytest.raises(ConfigError, match="did you mean an-thoi/salinity"):
        series_at(book(), "an-thoi/salinty", NOW)
