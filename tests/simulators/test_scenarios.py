from dataclasses import replace

import pytest

from indicators.spec import Limit
from ioc.errors import ConfigError
from ioc.model import MINUTE, Kind, Severity, Status
from simulators.scenarios import SCENARIOS, Played, Story, tie
from simulators.schedule import BACKLOG, Schedule
from simulators.world import World
from tests.simulators.small_world import LIMITS, START, SmallCatalogue

CATALOGUE = SmallCatalogue()
WORLD = World(CATALOGUE, 1)
SERIES = CATALOGUE.series(START)
SPEED = 60
"""Played seconds per real second of the demonstration: one minute is one second."""


def story(name: str) -> Story:
    return Story(WORLD, tie(SCENARIOS[name], CATALOGUE, SERIES, START))


def judged(course: Played, limit: Limit, story: Story) -> dict[Status, float]:
    """When an alert on the course changes, in real seconds after the start: the rule of the engine, in miniature."""
    steps: dict[Status, float] = {}
    since = clear = None
    for at in range(START, course.end + 120 * MINUTE, MINUTE):
        value = story.value(course.series, at)
        second = (at - START) / MINUTE * 60 / SPEED
        is_beyond = value > limit.value or (since is not None and value > limit.value - limit.hysteresis)
        if is_beyond and since is None:
            since = at
            steps.setdefault(Status.PENDING, second)
        if since is not None and at - since >= limit.for_:
            steps.setdefault(Status.FIRING, second)
        clear = None if is_beyond else clear or at
        if since is not None and clear is not None and at - clear >= limit.keep_firing_for:
            steps.setdefault(Status.RESOLVED, second)
    return steps


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_crosses_its_limits_and_returns_in_time_for_the_demonstration(name: str):
    told = story(name)
    courses = tie(SCENARIOS[name], CATALOGUE, SERIES, START)
    assert {one.severity for one in told.expected()} == {Severity.WARNING, Severity.CRITICAL}
    for course in courses:
        first = min(judged(course, limit, told)[Status.PENDING] for limit in course.limits)
        assert first <= 15
        for limit in course.limits:
            steps = judged(course, limit, told)
            assert list(steps) == [Status.PENDING, Status.FIRING, Status.RESOLVED]
            assert steps[Status.FIRING] <= 60
            assert steps[Status.RESOLVED] <= 110


@pytest.mark.parametrize("name", SCENARIOS)
def test_ordinary_course_lies_below_the_limits_before_and_after(name: str):
    for course in tie(SCENARIOS[name], CATALOGUE, SERIES, START):
        for at in (course.begin - 1, course.end + 1, course.end + 300 * MINUTE):
            assert all(story(name).value(course.series, at) <= limit.value for limit in course.limits)


@pytest.mark.parametrize("name", SCENARIOS)
def test_story_is_sent_every_minute_and_only_while_it_lasts(name: str):
    (course,) = tie(SCENARIOS[name], CATALOGUE, SERIES, START)
    told = story(name)
    within = told.due(course.series, course.begin, course.end)
    assert {at - START for at in range(course.begin + MINUTE, course.end + 1, MINUTE)} <= {at - START for at in within}
    assert len(told.due(course.series, course.end, course.end + 180 * MINUTE)) == 3
    other = CATALOGUE.one("vn63-83/air-temperature")
    assert len(told.due(other, START, START + 60 * MINUTE)) == 1


def test_heights_follow_the_catalogues_limits():
    class Doubled(SmallCatalogue):
        def limits_for(self, site_id: str, indicator_id: str, at: int) -> tuple[Limit, ...]:
            return tuple(replace(one, value=2 * one.value) for one in super().limits_for(site_id, indicator_id, at))

    (plain,) = tie(SCENARIOS["man-xam-nhap"], CATALOGUE, SERIES, START)
    (doubled,) = tie(SCENARIOS["man-xam-nhap"], Doubled(), SERIES, START)
    assert [value for _, value in doubled.corners] == pytest.approx([2 * value for _, value in plain.corners])


def test_scenario_without_its_series_says_which():
    with pytest.raises(ConfigError, match="st-an-hiep/salinity"):
        tie(SCENARIOS["man-xam-nhap"], CATALOGUE, (), START)


def test_scenario_without_its_limit_says_which():
    class Unlimited(SmallCatalogue):
        def limits_for(self, site_id: str, indicator_id: str, at: int) -> tuple[Limit, ...]:
            return tuple(
                one for one in super().limits_for(site_id, indicator_id, at) if one.severity is not Severity.CRITICAL
            )

    assert LIMITS
    with pytest.raises(ConfigError, match="no above limit of severity critical"):
        tie(SCENARIOS["man-xam-nhap"], Unlimited(), SERIES, START)


def test_schedule_gives_every_series_once_and_then_each_as_it_falls_due():
    told = story("man-xam-nhap")
    schedule = Schedule(told, SERIES, START)
    assert sorted(reading.series for reading in schedule.latest()) == sorted(series.id for series in SERIES)
    expected = {(s.id, at) for s in SERIES for at in told.due(s, START, START + 70 * MINUTE)}
    ticks = [list(schedule.due(START + k * MINUTE)) for k in range(71)]
    got = [(reading.series, reading.at) for tick in ticks for reading in tick]
    assert len(got) == len(set(got))
    assert set(got) == expected
    assert all(reading.at <= START + k * MINUTE for k, tick in enumerate(ticks) for reading in tick)


def test_schedule_gives_up_what_is_older_than_the_backlog_and_counts_it():
    schedule = Schedule(Story(WORLD), SERIES, START)
    now = START + 2 * BACKLOG
    assert all(now - BACKLOG <= reading.at <= now for reading in schedule.due(now))
    assert schedule.given_up > 0


def test_schedule_sends_nothing_from_a_closed_site():
    july = START + 111 * 24 * 60 * MINUTE
    schedule = Schedule(Story(WORLD), SERIES, july)
    assert list(schedule.due(july + 120 * MINUTE)) == []
    assert Kind.ABOVE
