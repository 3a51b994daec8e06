from collections.abc import Sequence
from typing import Any

import pytest

from ioc.alerting.rules import Rule, Terms, no_data_rule
from ioc.alerting.state import Alert, expire, fall_silent, incident_id, step
from ioc.model import MINUTE, SECOND, Kind, Severity, Status, Transition
from tests.alerting.bed import T0, at, indicator, rule, sample

EXPIRE = "expire"
NO_RULE = "no rule"
Script = Sequence[tuple[float, float] | str]

# The rule of the table: above 10, clear at 8, for 60 s, keeps firing for 30 s. A row: what happens (seconds and value,
# or the timer running out by receipt), the path that it takes, and when, in seconds.
PATHS = [
    ("ok", [(0, 10.0), (60, 9.0)], []),
    ("ok=>pending", [(0, 11.0)], [0]),
    ("ok=>pending", [(0, 11.0), (59, 11.0)], [0]),
    ("ok=>pending=>ok", [(0, 11.0), (20, 8.0)], [0, 20]),
    ("ok=>pending=>ok", [(0, 11.0), (90, 8.0)], [0, 90]),
    ("ok=>pending=>firing", [(0, 11.0), (60, 11.0)], [0, 60]),
    ("ok=>pending=>firing", [(0, 11.0), (95, 12.0)], [0, 60]),
    ("ok=>pending=>firing", [(0, 11.0), (30, 9.0), (60, 9.0)], [0, 60]),
    ("ok=>pending=>firing", [(0, 11.0), EXPIRE], [0, 61]),
    ("ok=>pending=>ok=>pending=>firing", [(0, 11.0), (30, 7.0), (40, 11.0), (100, 11.0)], [0, 30, 40, 100]),
    ("ok=>pending=>firing", [(0, 11.0), (60, 11.0), (70, 8.0), (99, 8.0)], [0, 60]),
    ("ok=>pending=>firing", [(0, 11.0), (60, 11.0), (70, 8.0), (90, 11.0), (110, 9.0)], [0, 60]),
    ("ok=>pending=>firing", [(0, 11.0), (60, 11.0), (70, 8.0), (120, 11.0)], [0, 60]),
    ("ok=>pending=>firing", [(0, 11.0), (60, 11.0), (70, 9.0), (500, 9.0)], [0, 60]),
    ("ok=>pending=>firing=>resolved", [(0, 11.0), (60, 11.0), (70, 8.0), (100, 8.0)], [0, 60, 100]),
    ("ok=>pending=>firing=>resolved", [(0, 11.0), (60, 11.0), (70, 8.0), (150, 7.0)], [0, 60, 100]),
    ("ok=>pending=>firing=>resolved", [(0, 11.0), (60, 11.0), (70, 8.0), (80, 9.0), (100, 9.0)], [0, 60, 100]),
    ("ok=>pending=>firing=>resolved", [(0, 11.0), (60, 11.0), (70, 8.0), EXPIRE], [0, 60, 101]),
    ("ok=>pending=>firing=>resolved", [(0, 11.0), EXPIRE, (61, 8.0), EXPIRE], [0, 61, 92]),
    ("ok=>pending=>firing=>resolved", [(0, 11.0), (60, 11.0), (70, 11.0), NO_RULE], [0, 60, 70]),
    ("ok=>pending=>ok", [(0, 11.0), NO_RULE], [0, 0]),
    (
        "ok=>pending=>firing=>resolved=>pending=>firing",
        [(0, 11.0), (60, 11.0), (70, 8.0), (100, 8.0), (110, 11.0), (170, 11.0)],
        [0, 60, 100, 110, 170],
    ),
]


def play(judged_by: Rule, script: Script) -> tuple[Alert | None, list[Transition]]:
    """The alert at the end of a script, and all its transitions."""
    alert, told, last = None, [], None
    for event in script:
        if event == EXPIRE:
            alert, moves = expire(alert)
        elif event == NO_RULE:
            alert, moves = step(alert, None, last)
        else:
            last = sample(*event)
            alert, moves = step(alert, judged_by, last)
        told += moves
    return alert, told


def path(told: Sequence[Transition]) -> str:
    return "=>".join(["ok", *(move.after for move in told)])


@pytest.mark.parametrize(("expected", "script", "times"), PATHS)
def test_step_takes_the_path(expected: str, script: Script, times: list[int]):
    _, told = play(rule(), script)
    assert path(told) == expected
    assert [move.at for move in told] == [at(seconds) for seconds in times]


@pytest.mark.parametrize(
    ("shape", "path_out", "path_back"),
    [
        ({"kind": Kind.BELOW, "value": 0.0, "hysteresis": 1.0}, [-0.1, 0.0, 0.9], 1.0),
        ({"kind": Kind.OUTSIDE, "value": 6.0, "upper": 9.0, "hysteresis": 1.0}, [5.9, 6.9, 9.1, 8.1], 7.5),
        ({"kind": Kind.ABOVE, "value": 0.0, "hysteresis": 0.0}, [0.1], 0.0),
    ],
)
def test_step_holds_until_the_value_is_back_by_the_hysteresis(
    shape: dict[str, Any], path_out: list[float], path_back: float
):
    judged_by = rule(**shape, for_=0, keep_firing_for=0)
    script = [(10 * i, value) for i, value in enumerate([*path_out, path_back])]
    assert path(play(judged_by, script[:-1])[1]) == "ok=>firing"
    assert path(play(judged_by, script)[1]) == "ok=>firing=>resolved"


def test_step_without_for_fires_at_once_and_without_keep_resolves_at_once():
    _, (fired, resolved) = play(rule(for_=0, keep_firing_for=0), [(0, 11.0), (10, 8.0)])
    assert (fired.before, fired.after, fired.at) == (Status.OK, Status.FIRING, at(0))
    assert (resolved.before, resolved.after, resolved.at) == (Status.FIRING, Status.RESOLVED, at(10))


def test_a_transition_says_what_happened():
    _, (pending, fired) = play(rule(), [(0, 11.0), (75, 12.5)])
    assert pending.value == 11.0
    assert (fired.site, fired.field, fired.indicator) == ("an-thoi", "environment", "salinity")
    assert (fired.kind, fired.severity, fired.rule) == (Kind.ABOVE, Severity.CRITICAL, "salinity-high")
    assert (fired.value, fired.bound, fired.upper) == (12.5, 10.0, None)
    assert (fired.since, fired.at, fired.basis) == (at(0), at(60), "QCVN 08:2023/BTNMT")


def test_revisions_count_what_is_told_under_one_incident():
    _, told = play(rule(), [(0, 11.0), (60, 11.0), (70, 8.0), (100, 8.0)])
    assert [move.revision for move in told] == [0, 1, 2]
    assert len({move.incident for move in told}) == 1
    assert len(told[0].incident) == 8


def test_a_corrected_value_that_breaks_the_limit_again_is_another_incident():
    judged_by = rule(for_=0, keep_firing_for=0)
    alert, told = None, []
    for value, received in ((11.0, 100), (8.0, 200), (12.0, 300)):
        alert, moves = step(alert, judged_by, sample(0, value, received=received))
        told += moves
    assert path(told) == "ok=>firing=>resolved=>firing"
    assert len({(move.incident, move.revision) for move in told}) == 3


def test_an_incident_id_depends_on_all_that_names_it():
    names = [
        (rule(), "a", "b", 1, 1),
        (rule(severity=Severity.WARNING), "a", "b", 1, 1),
        (rule(), "x", "b", 1, 1),
        (rule(), "a", "x", 1, 1),
        (rule(), "a", "b", 2, 1),
        (rule(), "a", "b", 1, 2),
    ]
    assert len({incident_id(*name) for name in names}) == len(names)
    assert incident_id(*names[0]) == incident_id(rule(value=99.0), "a", "b", 1, 1)


def test_the_time_of_an_alert_never_goes_back():
    _, told = play(rule(keep_firing_for=0), [(0, 11.0), EXPIRE, (20, 8.0)])
    assert [move.at for move in told] == [at(0), at(61), at(61)]


def test_a_wait_keeps_the_length_it_began_with():
    alert, _ = step(None, rule(for_=60 * SECOND), sample(0, 11.0))
    alert, told = step(alert, rule(for_=600 * SECOND, value=5.0, id="stricter"), sample(60, 6.0))
    assert path(told) == "ok=>firing"
    assert (told[0].rule, told[0].bound) == ("stricter", 5.0)


def test_a_looser_limit_ends_the_alert_at_the_next_sample():
    alert, _ = step(None, rule(for_=0), sample(0, 11.0))
    _, told = step(alert, rule(value=20.0, keep_firing_for=0), sample(60, 11.0))
    assert path(told) == "ok=>resolved"


def test_expire_without_a_timer_changes_nothing():
    alert, _ = step(None, rule(for_=0), sample(0, 11.0))
    assert expire(alert) == (alert, ())


def test_silence_fires_when_due_and_ends_with_the_next_sample():
    silence = no_data_rule(indicator(cadence="1min"))
    alert, (fired,) = fall_silent("an-thoi", "salinity", Terms(field="environment", silence=silence), T0, at(180))
    assert (fired.before, fired.after) == (Status.OK, Status.FIRING)
    assert (fired.since, fired.at, fired.value, fired.bound) == (T0, T0 + 3 * MINUTE, None, None)
    over, (resolved,) = step(alert, silence, sample(400, 0.0))
    assert over is None
    assert (resolved.after, resolved.at, resolved.value, resolved.revision) == (Status.RESOLVED, at(400), 0.0, 2)


def test_silence_nobody_asked_about_is_no_alert():
    assert fall_silent("an-thoi", "salinity", Terms(), T0, at(180)) == (None, ())
