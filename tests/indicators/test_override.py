"""Which limit or target holds: the nearest up the tree, valid then, in season and hour."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.override import in_hours, in_season
from indicators.spec import Level, Limit, is_valid, local_day
from ioc.model import Kind, Severity
from tests.indicators.made import at, catalogue, limit, target

NOW = at("2025-03-15")
LADDER = (
    limit("everywhere"),
    limit("all-communes", level=Level.COMMUNE),
    limit("province", site="bt"),
    limit("province-communes", site="bt", level=Level.COMMUNE),
    limit("district", site="bt-ct"),
    limit("district-communes", site="bt-ct", level=Level.COMMUNE),
    limit("commune", site="bt-ct-town"),
    limit("commune-communes", site="bt-ct-town", level=Level.COMMUNE),
)


def held(rows: object, place: str, moment: int = NOW) -> list[str]:
    return [one.id for one in catalogue(limits=rows).limits_for(place, "salinity", moment)]


@pytest.mark.parametrize("count", range(1, len(LADDER) + 1))
def test_limits_nearer_and_more_exact_row_wins(count: int) -> None:
    rows = LADDER[:count]
    assert held(rows, "bt-ct-town") == [rows[-1].id]
    assert held(tuple(reversed(rows)), "bt-ct-town") == [rows[-1].id]


def test_limits_of_a_level_leave_other_levels_alone() -> None:
    assert held(LADDER[:2], "bt-ct") == ["everywhere"]
    assert held([limit("all-communes", level=Level.COMMUNE)], "bt-ct") == []


def test_limits_of_a_site_do_not_reach_beside_or_above_it() -> None:
    rows = [limit("district", site="bt-ct")]
    assert [held(rows, place) for place in ("bt-ct", "st-an-hiep", "bt-mcb", "bt")] == [
        ["district"],
        ["district"],
        [],
        [],
    ]


def test_limits_override_only_within_their_slot() -> None:
    rows = [
        limit("critical"),
        limit("warning", 1.0, severity=Severity.WARNING),
        limit("low", 0.1, kind=Kind.BELOW),
        limit("near-warning", 0.5, severity=Severity.WARNING, site="bt-ct"),
    ]
    assert sorted(held(rows, "bt-ct")) == ["critical", "low", "near-warning"]


def test_limits_hold_from_their_first_to_their_last_day() -> None:
    rows = [
        limit("old", valid_to=date(2024, 12, 31)),
        limit("new", valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31)),
    ]
    midnights = [at("2025-01-01", 0), at("2026-01-01", 0)]
    assert [held(rows, "bt", m - 1) for m in midnights] == [["old"], ["new"]]
    assert [held(rows, "bt", m) for m in midnights] == [["new"], []]


def test_limits_in_season_override_the_rest_of_the_year() -> None:
    rows = [limit("year"), limit("dry", season=((12, 1), (5, 31)))]
    days = ("2024-11-30", "2024-12-01", "2025-05-31", "2025-06-01")
    assert [held(rows, "bt", at(day)) for day in days] == [["year"], ["dry"], ["dry"], ["year"]]


def test_limits_at_night_override_the_day() -> None:
    rows = [limit("day"), limit("night", hours=(22, 6))]
    hours = (21, 22, 23, 0, 5, 6)
    found = [held(rows, "bt", at("2025-03-15", hour)) for hour in hours]
    assert found == [["day"], ["night"], ["night"], ["night"], ["night"], ["day"]]


def test_limits_of_an_unknown_site_or_indicator_are_none() -> None:
    shelf = catalogue(limits=[limit("everywhere")])
    assert shelf.limits_for("nowhere", "salinity", NOW) == ()
    assert shelf.limits_for("bt", "visits", NOW) == ()


PLACES = ("bt", "bt-ct", "bt-ct-town", "st-an-hiep", "bt-mcb")
RANDOM_LIMITS = st.lists(
    st.builds(
        lambda place, level, kind, severity, first, season: limit(
            f"l{place}", site=place, level=level, kind=kind, severity=severity, valid_from=first, season=season
        ),
        st.sampled_from([None, *PLACES]),
        st.sampled_from([None, *Level]),
        st.sampled_from([Kind.ABOVE, Kind.BELOW]),
        st.sampled_from([Severity.WARNING, Severity.CRITICAL]),
        st.one_of(st.none(), st.dates(date(2025, 1, 1), date(2025, 6, 1))),
        st.sampled_from([None, ((12, 1), (5, 31)), ((6, 1), (11, 30))]),
    ),
    max_size=12,
)


@given(rows=RANDOM_LIMITS, place=st.sampled_from(PLACES), hour=st.integers(0, 200 * 24))
def test_limits_held_are_applicable_and_none_is_nearer(rows: list[Limit], place: str, hour: int) -> None:
    shelf = catalogue(limits=rows)
    moment = at("2025-01-01", 0) + hour * 3_600_000_000
    found = shelf.limits_for(place, "salinity", moment)
    above = [place, *(one.id for one in shelf.ancestors(place))]
    level, day = shelf.sites[place].level, local_day(moment)
    fitting = [
        row
        for row in rows
        if (row.site is None or row.site in above)
        and row.level in (None, level)
        and is_valid(row.valid_from, row.valid_to, day)
        and in_season(row.season, day)
    ]
    steps = {None: len(above)} | {id_: step for step, id_ in enumerate(above)}
    assert {row.slot for row in found} == {row.slot for row in fitting}
    assert len(found) == len({row.slot for row in found})
    for row in found:
        assert row in fitting
        rivals = [other for other in fitting if other.slot == row.slot]
        assert steps[row.site] == min(steps[other.site] for other in rivals)
        beside = [other for other in rivals if other.site == row.site]
        assert (row.level is not None) == any(other.level is not None for other in beside)


def test_targets_nearest_wins_per_deadline_and_sense() -> None:
    rows = [
        target("general"),
        target("districts", 80.0, level=Level.DISTRICT),
        target("own", 85.0, site="bt-ct"),
        target("later", 95.0, deadline=date(2030, 12, 31)),
        target("at-most", 99.0, at_least=False),
    ]
    shelf = catalogue(targets=rows)
    found = {
        place: [one.id for one in shelf.targets_for(place, "salinity", NOW)] for place in ("bt", "bt-ct", "bt-mcb")
    }
    assert found == {
        "bt": ["at-most", "general", "later"],
        "bt-ct": ["at-most", "own", "later"],
        "bt-mcb": ["at-most", "districts", "later"],
    }


def test_targets_hold_in_their_validity_only() -> None:
    shelf = catalogue(targets=[target("plan", valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31))])
    found = [len(shelf.targets_for("bt", "salinity", at(day))) for day in ("2024-12-31", "2025-01-01", "2026-01-01")]
    assert found == [0, 1, 0]


@given(st.dates(date(2023, 1, 1), date(2026, 1, 1)), st.dates(date(2023, 1, 1), date(2026, 1, 1)), st.integers(0, 364))
def test_season_and_its_complement_share_no_day(first: date, last: date, offset: int) -> None:
    season = ((first.month, first.day), (last.month, last.day))
    after, before = last + timedelta(1), first - timedelta(1)
    rest = ((after.month, after.day), (before.month, before.day))
    day = date(2025, 1, 1) + timedelta(offset)
    whole = season[0] == rest[0]
    leap = (2, 29) in (*season, *rest)
    assert whole or leap or in_season(season, day) != in_season(rest, day)


@given(st.integers(0, 23), st.integers(0, 24), st.integers(0, 23))
def test_hours_and_their_complement_cover_the_day_once(first: int, last: int, hour: int) -> None:
    assert in_hours(None, hour)
    assert first % 24 == last % 24 or in_hours((first, last), hour) != in_hours((last % 24, first), hour)
