"""Limits and targets over time say at every moment what the catalogue says."""

from datetime import date

import pytest

from dashboards.centre import as_of
from indicators.course import Corner, Courses, edition, stretch
from indicators.load import load
from indicators.lookup import Catalogue
from indicators.spec import VIETNAM, Confidence, Target, local_time
from indicators.window import midnight
from ioc.model import HOUR, Kind, Micros, Severity
from tests.support.catalogue import STATION, limit, small

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
AT = midnight(date(2025, 3, 12))


def of(*limits: object, targets: tuple[Target, ...] = ()) -> Catalogue:
    base = small()
    return Catalogue(
        units=base.units.values(),
        fields=base.fields.values(),
        sites=base.sites.values(),
        indicators=base.indicators.values(),
        watches=base.watches,
        limits=limits,  # type: ignore[arg-type]
        targets=targets,
        tenant="test",
    )


def drawn(catalogue: Catalogue) -> list[Corner]:
    return Courses(catalogue, stretch(AT)).corners(STATION, "salinity")


def standing(corners: list[Corner], at: Micros) -> dict[str, float]:
    lines = {one.line: one.value for one in corners if one.at <= at}
    return {line: value for line, value in lines.items() if value is not None}


def target(value: float, deadline: date) -> Target:
    return Target(
        id=f"t-{value}",
        indicator="salinity",
        site=None,
        level=None,
        value=value,
        at_least=False,
        deadline=deadline,
        valid_from=None,
        valid_to=None,
        basis="assumption",
        confidence=Confidence.ASSUMPTION,
    )


def test_course_steps_where_one_limit_follows_another() -> None:
    old = limit("old", "salinity", WARNING, 1.0, valid_to=date(2024, 12, 31))
    new = limit("new", "salinity", WARNING, 2.0, valid_from=date(2025, 1, 1))
    changes = [one for one in drawn(of(old, new)) if one.at > midnight(date(2024, 6, 1))]
    assert changes[0] == Corner(midnight(date(2025, 1, 1)), "warning-above", 2.0)
    assert changes[1] == Corner(midnight(date(2025, 7, 1)), "warning-above", None), "the place is closed"


def test_course_has_gaps_out_of_season_and_a_line_for_each_end_of_a_range() -> None:
    tet = limit("tet", "salinity", CRITICAL, 1.0, kind=Kind.OUTSIDE, upper=3.0, season=((12, 1), (2, 29)))
    corners = drawn(of(tet))
    assert standing(corners, AT) == {}
    both = {"critical-outside-low": 1.0, "critical-outside-high": 3.0}
    assert standing(corners, midnight(date(2025, 2, 28))) == both
    assert standing(corners, midnight(date(2024, 2, 29))) == both
    assert standing(corners, midnight(date(2025, 3, 1))) == {}


def test_course_shows_the_target_that_comes_next() -> None:
    targets = (target(5.0, date(2024, 12, 31)), target(4.0, date(2025, 5, 31)))
    corners = drawn(of(targets=targets))
    assert standing(corners, midnight(date(2024, 12, 31))) == {"target": 5.0}
    assert standing(corners, AT) == {"target": 4.0}
    assert standing(corners, midnight(date(2025, 6, 1))) == {}


def test_course_says_at_the_turn_of_a_year_where_lines_lie() -> None:
    corners = drawn(of(limit("a", "salinity", WARNING, 1.0)))
    years = {local_time(one.at).year for one in corners if (local_time(one.at).month, local_time(one.at).day) == (1, 1)}
    assert years == {2023, 2024, 2025, 2026, 2027}


@pytest.mark.parametrize("tenant", ["ben-tre", "binh-duong"])
def test_course_agrees_with_the_catalogue_all_through_some_days(tenant: str) -> None:
    catalogue = load(tenant=tenant)
    courses = Courses(catalogue, stretch(as_of(catalogue)))
    special = {one.indicator for one in catalogue.limits if one.season or one.hours or one.valid_from}
    chosen = [pair for pair in courses.series() if pair[1] in special][:40]
    assert chosen
    for site, indicator in chosen:
        corners = courses.corners(site, indicator)
        for day in (date(2024, 2, 10), date(2025, 3, 12), date(2025, 7, 1), date(2026, 1, 1)):
            for at in (midnight(day) + hour * HOUR for hour in (0, 5, 6, 12, 21, 23)):
                watched = catalogue.watched(site, indicator, at) is not None
                ruling = catalogue.limits_for(site, indicator, at) if watched else ()
                edges = {edge for one in ruling for edge in (one.value, one.upper) if edge is not None}
                found = standing(corners, at)
                found.pop("target", None)
                assert set(found.values()) == edges, (site, indicator, local_time(at).astimezone(VIETNAM))


def test_edition_changes_with_a_limit_and_with_nothing_else() -> None:
    one, same, other = (of(limit("a", "salinity", WARNING, value)) for value in (1.0, 1.0, 2.0))
    assert edition(one) == edition(same) != edition(other)
