"""A critical that a silence keeps back mutes no warning: a silence keeps back what it says, and nothing more."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ioc.incidents import tables
from ioc.incidents.fold import fold
from ioc.incidents.model import Acknowledged, Incident, Ladder, Match, Silence, Stage
from ioc.model import Kind, Severity, Status, Transition
from tests.alerting.bed import limit, sample
from tests.alerting.test_judge import CRITICAL as CRITICAL_LIMIT
from tests.alerting.test_judge import WARN, judged
from tests.incidents.bed import RULES, Bench, at, kinds, step

CRITICAL = step("C")
MUTED = step("W", severity=Severity.WARNING, revision=0)
LATE = step("W", minutes=10, severity=Severity.WARNING, before=Status.FIRING)
WARNED, RELIEVED = "duty-officer W/firing", "duty-officer W/resolved"
ONLY_CRITICAL = Match(sites=("an-thoi",), severities=(Severity.CRITICAL,))
ONLY_WARNING = Match(sites=("an-thoi",), severities=(Severity.WARNING,))


def only(bench: Bench) -> Incident:
    (incident,) = tables.newest(bench.db, tuple(Stage), 10, None)
    assert fold(tables.log(bench.db, incident.id)) == incident
    return incident


def over(told: Transition, minutes: float, revision: int) -> Transition:
    return step(told.incident, Status.RESOLVED, minutes, revision, severity=told.severity)


def silenced(*matches: Match) -> tuple[Bench, list[Silence]]:
    """An hour of silences, and both limits are crossed in it."""
    bench = Bench()
    found = [bench.silence(60 + number, match) for number, match in enumerate(matches)]
    bench.take(CRITICAL, MUTED)
    return bench, found


def test_the_warning_stands_in_for_the_silenced_critical() -> None:
    bench, _ = silenced(ONLY_CRITICAL)
    assert bench.said() == [WARNED]
    assert [note.revision for note in bench.sent] == []
    assert only(bench).ladder == Ladder(at(0), 0, Severity.WARNING)
    bench.move(5)
    assert bench.said() == ["duty-officer i/firing"]


def test_its_name_is_the_one_that_it_would_have_had_unmuted() -> None:
    bench, _ = silenced(ONLY_CRITICAL)
    assert [(note.incident, note.revision) for note in bench.sent] == [("W", 1)]
    bench.take(over(MUTED, 10, 0))
    assert [(note.incident, note.revision) for note in bench.sent] == [("W", 1), ("W", 2)]


def test_without_a_silence_the_critical_mutes_it() -> None:
    bench = Bench()
    bench.take(CRITICAL, MUTED)
    bench.take(over(MUTED, 10, 0), over(CRITICAL, 10, 2))
    assert bench.said() == ["duty-officer C/firing", "duty-officer C/resolved"]


@pytest.mark.parametrize(
    "told", [step("W", kind=Kind.BELOW, severity=Severity.WARNING, revision=0), step("W", indicator="ph", revision=0)]
)
def test_what_another_cause_mutes_stays_muted(told: Transition) -> None:
    bench = Bench()
    bench.silence(60, ONLY_CRITICAL)
    bench.take(CRITICAL, told)
    assert bench.said() == []


def test_the_critical_is_told_when_its_silence_ends_and_the_warning_not_again() -> None:
    bench, _ = silenced(ONLY_CRITICAL)
    bench.do("W", Acknowledged())
    bench.move(60)
    bench.take(over(CRITICAL, 70, 2), LATE)
    bench.take(over(MUTED, 80, 2))
    assert bench.said() == [WARNED, "duty-officer C/firing", "duty-officer C/resolved", RELIEVED]
    assert only(bench).stage is Stage.RESOLVED


def test_a_critical_that_ends_in_its_silence_leaves_the_warning_told_once() -> None:
    bench, _ = silenced(ONLY_CRITICAL)
    bench.take(over(CRITICAL, 10, 2), LATE)
    bench.take(over(MUTED, 20, 2))
    assert bench.said() == [WARNED, RELIEVED]


def test_a_warning_that_begins_later_stands_in_as_well() -> None:
    bench = Bench()
    bench.silence(60, ONLY_CRITICAL)
    bench.take(CRITICAL)
    assert bench.said() == []
    bench.move(20)
    bench.take(step("W", minutes=20, severity=Severity.WARNING, revision=0))
    assert bench.said() == [WARNED]


def test_a_silence_over_both_keeps_both_back_and_its_end_tells_the_critical_alone() -> None:
    bench, _ = silenced(Match(sites=("an-thoi",)))
    assert bench.said() == []
    bench.move(60)
    assert bench.said() == ["duty-officer C/firing"]


def test_the_end_of_the_warnings_own_silence_tells_it() -> None:
    bench, (first, _) = silenced(ONLY_WARNING, ONLY_CRITICAL)
    bench.move(59)
    assert bench.said() == []
    bench.move(60)
    assert bench.said() == [WARNED]
    assert first.end == at(60)
    bench.move(61)
    assert bench.said() == ["duty-officer C/firing"]


def test_ending_the_warnings_own_silence_tells_it_at_once() -> None:
    bench, (first, _) = silenced(ONLY_WARNING, ONLY_CRITICAL)
    bench.end(first.id)
    assert bench.said() == [WARNED]


def test_its_end_in_a_silence_of_its_own_is_told_after_that() -> None:
    bench, _ = silenced(ONLY_CRITICAL)
    bench.silence(50, ONLY_WARNING)
    bench.take(over(MUTED, 10, 0))
    assert bench.said() == [WARNED]
    bench.move(50)
    assert bench.said() == [RELIEVED]


def test_less_than_the_least_severity_of_incidents_stays_muted() -> None:
    bench = Bench(RULES)
    bench.silence(60, ONLY_CRITICAL)
    bench.take(CRITICAL, step("I", severity=Severity.INFO, revision=0))
    assert (bench.said(), kinds(tables.log(bench.db, only(bench).id))) == ([], ["opened", "moved"])


def of_the_warning(bench: Bench) -> list[tuple[str, int, Status]]:
    told = [one for one in bench.sent if one.transition.severity is Severity.WARNING]
    return [(one.incident, one.revision, one.transition.after) for one in told if one.incident[:2] != "i-"]


@settings(deadline=None)
@example([12.0, 1.0, 6.0], True)
@example([12.0, 9.0, 6.0, 12.0, 1.0], True)
@given(st.lists(st.sampled_from([1.0, 4.0, 6.0, 9.0, 12.0]), min_size=1, max_size=8), st.booleans())
def test_beside_a_silenced_critical_a_warning_is_told_as_if_there_were_none(values: list[float], whole: bool) -> None:  # noqa: FBT001
    samples = [sample(10 * number, value) for number, value in enumerate(values)]
    alone, both = judged(samples, limit(**WARN)), judged(samples, limit(**CRITICAL_LIMIT), limit(**WARN))
    bench = Bench()
    bench.silence(60, ONLY_CRITICAL)
    for steps in [both] if whole else [[one] for one in both]:
        bench.take(*steps)
    assert of_the_warning(bench) == [(one.incident, one.revision, one.after) for one in alone if one.revision]
    assert [one for one in bench.sent if one.transition.severity is Severity.CRITICAL] == []
    assert values[-1] > 1.0 or not any(one.active for one in tables.newest(bench.db, tuple(Stage), 10, None))
