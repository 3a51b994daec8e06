"""Incidents over their course: who joins, who is told when nobody answers, what silences keep back."""

from collections.abc import Sequence

import pytest

from ioc.incidents import tables
from ioc.incidents.fold import fold
from ioc.incidents.ladder import waited
from ioc.incidents.model import (
    Acknowledged,
    Answered,
    Asked,
    Assigned,
    Commented,
    Escalated,
    Incident,
    Match,
    Reopened,
    Resolved,
    Silence,
    Stage,
    Unacknowledged,
    What,
)
from ioc.incidents.refused import RefusedError, Why
from ioc.model import DAY, HOUR, MINUTE, Detail, Kind, Severity, Status, Transition
from tests.incidents.bed import RULES, T0, WHO, Bench, at, kinds, step


def only(bench: Bench) -> Incident:
    (incident,) = tables.newest(bench.db, tuple(Stage), 10, None)
    return incident


def course(bench: Bench, name: str) -> list[str]:
    found = tables.find(bench.db, name)
    assert found is not None
    return kinds(tables.log(bench.db, found.id))


def test_alerts_of_one_site_and_field_are_one_incident_with_the_worst_severity() -> None:
    bench = Bench()
    bench.take(step("A", severity=Severity.WARNING))
    bench.move(3)
    bench.take(step("B", indicator="ph"), step("C", site="cho-lach"), step("D", field="health"))
    first = tables.find(bench.db, "B")
    assert first is not None
    assert [told.incident for told in first.alerts] == ["A", "B"]
    assert (first.owner, first.severity, first.stage) == ("office-of-salinity", Severity.CRITICAL, Stage.OPEN)
    assert len(tables.standing(bench.db)) == 3
    bench.take(step("B", Status.RESOLVED, indicator="ph", revision=2))
    assert only_of(bench, "A").severity is Severity.WARNING
    assert only_of(bench, "A").peak is Severity.CRITICAL


def only_of(bench: Bench, alert: str) -> Incident:
    found = tables.find(bench.db, alert)
    assert found is not None
    return found


def test_an_incident_is_over_with_its_last_alert() -> None:
    bench = Bench()
    bench.take(step("A"), step("B", indicator="ph"))
    bench.take(step("A", Status.RESOLVED, revision=2))
    assert only(bench).stage is Stage.OPEN
    bench.take(step("B", Status.RESOLVED, indicator="ph", revision=2))
    assert only(bench).stage is Stage.RESOLVED
    assert course(bench, "A") == ["opened", "moved", "moved", "moved", "moved", "resolved"]
    bench.move(600)
    assert bench.said() == [f"duty-officer {one}" for one in ("A/firing", "B/firing", "A/resolved", "B/resolved")]


@pytest.mark.parametrize(("minutes", "expected"), [(29, 1), (31, 2)])
def test_an_alert_reopens_what_ended_lately(minutes: float, expected: int) -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.take(step("A", Status.RESOLVED, revision=2))
    bench.move(minutes)
    bench.take(step("B"))
    assert len(tables.newest(bench.db, tuple(Stage), 10, None)) == expected
    assert only_of(bench, "B").stage is Stage.OPEN


@pytest.mark.parametrize(("minutes", "expected"), [(119, 1), (121, 2)])
def test_another_alert_long_after_the_first_is_another_incident(minutes: float, expected: int) -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.move(minutes)
    bench.take(step("B", indicator="ph"))
    assert len(tables.standing(bench.db)) == expected


def test_the_same_alert_comes_back_to_its_incident_however_late() -> None:
    bench = Bench()
    bench.take(step("A"), step("B", indicator="ph"))
    bench.take(step("A", Status.RESOLVED, revision=2))
    bench.move(500)
    bench.take(step("C"))
    assert [told.incident for told in only(bench).alerts] == ["B", "C"]


def test_less_than_the_least_severity_makes_no_incident() -> None:
    bench = Bench()
    bench.take(step("A", severity=Severity.INFO), step("B", Status.PENDING, revision=0))
    bench.take(step("A", Status.RESOLVED, severity=Severity.INFO, revision=2))
    assert tables.newest(bench.db, tuple(Stage), 10, None) == []


def test_nobody_answers_and_the_ladder_is_climbed_to_its_end() -> None:
    bench = Bench()
    bench.take(step("A"))
    assert bench.said() == ["duty-officer A/firing"]
    bench.move(4.9)
    assert bench.said() == []
    bench.move(5)
    assert bench.said() == ["duty-officer i/firing"]
    bench.move(15)
    assert bench.said() == ["chief i/firing", "duty-officer i/firing"]
    bench.move(25)
    assert bench.said() == ["chief i/firing", "duty-officer i/firing"]
    bench.move(600)
    assert bench.said() == []
    steps = [act.what.step for act in tables.log(bench.db, only(bench).id) if isinstance(act.what, Escalated)]
    assert steps == [1, 2, 3]


@pytest.mark.parametrize(("noticed", "written"), [(14, 5), (16, 16)])
def test_a_step_noticed_late_has_the_time_at_which_it_was_due_unless_that_was_an_outage(
    noticed: float, written: float
) -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.move(noticed)
    assert [act.at for act in tables.log(bench.db, only(bench).id) if act.kind == "escalated"] == [at(written)]


def test_after_a_long_outage_one_step_is_taken_and_the_next_is_waited_for() -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.move(300)
    assert bench.said()[1:] == ["duty-officer i/firing"]
    bench.move(309)
    assert bench.said() == []
    bench.move(310)
    assert bench.said() == ["chief i/firing", "duty-officer i/firing"]


def test_an_acknowledgement_stops_the_ladder_and_not_the_news() -> None:
    bench = Bench()
    bench.take(step("A", severity=Severity.WARNING))
    bench.move(1)
    done = bench.do("A", Acknowledged("đang xử lý"))
    assert (done.stage, done.acknowledgement and done.acknowledgement.by) == (Stage.ACKNOWLEDGED, WHO[0])
    bench.said()
    bench.move(60)
    assert bench.said() == []
    bench.take(step("B", indicator="ph", severity=Severity.WARNING))
    assert bench.said() == ["duty-officer B/firing"]
    assert only(bench).stage is Stage.ACKNOWLEDGED
    assert (only(bench).covers("A"), only(bench).covers("B")) == (True, True)


def test_an_acknowledgement_runs_out_and_the_ladder_begins_again() -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.do("A", Acknowledged())
    bench.said()
    bench.move(4 * 60 - 1)
    assert only(bench).stage is Stage.ACKNOWLEDGED
    bench.move(4 * 60)
    assert only(bench).stage is Stage.OPEN
    bench.move(4 * 60 + 5)
    assert bench.said() == ["duty-officer i/firing"]
    assert course(bench, "A") == ["opened", "moved", "acknowledged", "unacknowledged", "escalated"]


@pytest.mark.parametrize(("asked", "expected"), [(60, 60), (600, 240), (None, 240)])
def test_an_acknowledgement_holds_as_long_as_wanted_and_no_longer_than_the_office_allows(
    asked: float | None, expected: float
) -> None:
    bench = Bench()
    bench.take(step("A"))
    taken = bench.do("A", Acknowledged(until=None if asked is None else at(asked))).acknowledgement
    assert taken is not None
    assert taken.until == at(expected)


def test_an_owner_without_a_ladder_is_not_escalated() -> None:
    bench = Bench(RULES._replace(owner=lambda _: "so-y-te"))
    bench.take(step("A"))
    bench.move(10_000)
    assert bench.said() == ["duty-officer A/firing"]
    with pytest.raises(RefusedError, match="nobody-next"):
        bench.do("A", Escalated(0))


def test_escalating_by_hand_takes_the_next_step_at_once() -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.said()
    assert bench.do("A", Escalated(0)).ladder is not None
    assert bench.said() == ["duty-officer i/firing"]
    bench.move(10)
    assert bench.said() == ["chief i/firing", "duty-officer i/firing"]


def test_an_explanation_is_asked_for_answered_or_overdue() -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.do("A", Acknowledged())
    bench.said()
    bench.do("A", Asked("so-y-te", "Vì sao?", at(60)))
    bench.do("A", Asked("chief", "Còn gì nữa?", at(90)))
    assert bench.said() == ["so-y-te i/firing", "chief i/firing"]
    bench.move(59)
    bench.do("A", Answered(1, "Cống mở theo lịch."))
    bench.move(95)
    assert bench.said() == ["chief i/firing"]
    first, second = only(bench).asks
    assert (first.answered_by, first.is_overdue, second.is_overdue) == (WHO[0], False, True)
    bench.do("A", Answered(2, "Không."))
    with pytest.raises(RefusedError, match="already-answered"):
        bench.do("A", Answered(2, "Có."))


def test_a_person_ends_it_and_a_worse_alert_opens_it_again() -> None:
    bench = Bench()
    bench.take(step("A", severity=Severity.WARNING))
    bench.do("A", Resolved("đã đóng cống"))
    bench.move(10)
    bench.take(step("B"))
    assert only(bench).stage is Stage.OPEN
    assert course(bench, "A")[-3:] == ["resolved", "reopened", "moved"]
    bench.take(step("A", Status.RESOLVED, severity=Severity.WARNING, revision=2))
    bench.take(step("B", Status.RESOLVED, revision=2))
    bench.move(20)
    done = bench.do("A", Reopened("chưa xong"))
    assert (done.stage, done.ladder, done.resolved) == (Stage.OPEN, None, None)


def test_an_alert_that_ends_long_after_a_person_ended_its_incident_fires_there_no_more() -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.do("A", Resolved("đã đóng cống"))
    bench.move(31)
    bench.take(step("A", Status.RESOLVED, revision=2))
    assert (only(bench).active, course(bench, "A")) == ((), ["opened", "moved", "resolved", "moved"])
    bench.said()
    bench.do("A", Reopened("xem lại"))
    bench.move(600)
    assert bench.said() == []


def test_an_alert_that_is_told_late_comes_back_to_the_incident_that_a_person_ended() -> None:
    bench = Bench()
    bench.take(step("A", revision=0))
    bench.do("A", Resolved("nguồn hỏng"))
    bench.move(31)
    bench.take(step("A", minutes=31))
    assert course(bench, "A") == ["opened", "moved", "resolved", "reopened", "moved"]
    assert fold(tables.log(bench.db, only(bench).id)) == only(bench)


def test_an_alert_that_is_told_after_a_silence_comes_back_to_the_incident_that_a_person_ended() -> None:
    bench = Bench()
    bench.take(step("A", severity=Severity.WARNING, indicator="ph"))
    bench.silence(60, Match(sites=("an-thoi",), severities=(Severity.CRITICAL,)))
    bench.take(step("B"))
    bench.do("A", Resolved("đã xong"))
    bench.said()
    bench.move(60)
    assert bench.said() == ["duty-officer B/firing"]
    assert course(bench, "B")[-2:] == ["reopened", "moved"]
    assert (only(bench).stage, only(bench).covers("B")) == (Stage.OPEN, False)
    bench.move(65)
    assert bench.said() == ["duty-officer i/firing"]


def test_what_is_over_needs_nobody_though_its_incident_goes_on() -> None:
    bench = Bench()
    bench.take(step("A"), step("B", indicator="ph"))
    bench.take(step("B", Status.RESOLVED, indicator="ph", revision=2))
    assert (only(bench).covers("A"), only(bench).covers("B")) == (False, True)


def test_what_is_over_needs_nobody_though_the_same_fires_again() -> None:
    bench = Bench()
    bench.take(step("A"), step("A", Status.RESOLVED, revision=2), step("B"))
    found = only(bench)
    assert [told.incident for told in found.alerts] == ["B"]
    assert [found.covers(name) for name in ("A", "B", found.id)] == [True, False, False]


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (Acknowledged(), Why.ACKNOWLEDGED),
        (Acknowledged("x" * 2000), Why.ACKNOWLEDGED),
        (Escalated(0), Why.ACKNOWLEDGED),
        (Reopened("x"), Why.NOT_RESOLVED),
        (Resolved(" "), Why.NO_TEXT),
        (Commented(""), Why.NO_TEXT),
        (Commented("x" * 1001), Why.TOO_LONG),
        (Assigned("x" * 81), Why.TOO_LONG),
        (Asked("x", "y", T0), Why.IN_THE_PAST),
        (Asked(" ", "y", at(5)), Why.NO_NAME),
        (Answered(1, "x"), Why.NO_ASK),
        (Answered(0, "x"), Why.NO_ASK),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_trace(what: What, why: Why) -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.do("A", Acknowledged())
    before = tables.log(bench.db, only(bench).id)
    with pytest.raises(RefusedError) as refused:
        bench.do("A", what)
    assert refused.value.why is why
    assert tables.log(bench.db, only(bench).id) == before


@pytest.mark.parametrize("what", [Acknowledged(), Unacknowledged(), Assigned("x"), Escalated(0), Resolved("x")])
def test_what_is_over_takes_comments_and_answers_only(what: What) -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.take(step("A", Status.RESOLVED, revision=2))
    with pytest.raises(RefusedError, match="already-resolved"):
        bench.do("A", what)
    bench.do("A", Commented("xong"))


@pytest.mark.parametrize(("who", "why"), [(" ", Why.NO_NAME), ("x" * 81, Why.TOO_LONG)])
def test_nobody_acts_without_a_name(who: str, why: Why) -> None:
    bench = Bench()
    bench.take(step("A"))
    with pytest.raises(RefusedError, match=why):
        bench.do("A", Acknowledged(), (who, "test"))
    with pytest.raises(RefusedError, match="no-incident"):
        bench.do("Z", Acknowledged())


def test_what_is_silenced_is_kept_back_and_told_when_the_silence_ends_if_it_still_holds() -> None:
    bench = Bench()
    bench.take(step("A", indicator="ph"))
    bench.said()
    silence = bench.silence(60, Match(sites=("ben-tre",), indicators=("salinity",)))
    bench.take(step("B"), step("C", kind=Kind.BELOW))
    assert bench.said() == []
    moved = [act.what for act in tables.log(bench.db, only(bench).id) if act.kind == "moved"]
    assert [getattr(what, "silence", "") for what in moved] == ["", silence.id, silence.id]
    bench.take(step("C", Status.RESOLVED, kind=Kind.BELOW, revision=2))
    bench.do("A", Acknowledged())
    bench.move(59)
    assert bench.said() == []
    bench.move(60)
    assert bench.said() == ["duty-officer B/firing"]
    bench.take(step("B", Status.RESOLVED, revision=2))
    assert bench.said() == ["duty-officer B/resolved"]


def test_the_end_of_what_was_told_before_is_told_after_the_silence() -> None:
    bench = Bench()
    bench.take(step("A"))
    silence = bench.silence(60)
    bench.said()
    bench.move(1)
    bench.take(step("A", Status.RESOLVED, revision=2))
    assert bench.said() == []
    bench.move(2)
    bench.end(silence.id)
    assert bench.said() == ["duty-officer A/resolved"]
    bench.move(600)
    assert bench.said() == []


def test_the_ladder_of_what_was_never_told_begins_when_it_is() -> None:
    bench = Bench()
    bench.silence(60)
    bench.take(step("A"))
    bench.move(64)
    assert bench.said() == ["duty-officer A/firing"]
    bench.move(65 + 4)
    assert bench.said() == ["duty-officer i/firing"]


def test_what_was_never_told_begins_no_ladder_when_an_acknowledgement_is_taken_back() -> None:
    bench = Bench()
    bench.silence(60)
    bench.take(step("A"))
    bench.do("A", Acknowledged())
    assert bench.do("A", Unacknowledged()).ladder is None
    bench.move(61)
    assert only(bench).ladder is not None
    assert bench.said() == ["duty-officer A/firing"]


def test_what_is_silenced_after_it_was_told_is_silenced_for_the_second_channel_too() -> None:
    bench = Bench()
    bench.take(step("A"), step("B", indicator="ph"))
    silence = bench.silence(60, Match(indicators=("salinity",)))
    names = ("A", "B", only(bench).id, "Z")
    assert [bench.clerk.silenced_till(bench.db, name) for name in names] == [at(60), 0, 0, 0]
    bench.silence(50)
    bench.silence(90, start=at(80))
    assert bench.clerk.silenced_till(bench.db, only(bench).id) == at(50)
    bench.now = at(5)
    bench.end(silence.id)
    bench.now = at(60)
    assert [bench.clerk.silenced_till(bench.db, name) for name in names] == [at(50), at(50), at(50), 0]
    bench.now = at(140)
    assert [bench.clerk.silenced_till(bench.db, name) for name in names] == [at(90)] * 3 + [0]
    bench.now = at(240)
    assert [bench.clerk.silenced_till(bench.db, name) for name in names] == [0] * 4


def test_a_step_due_in_a_silence_waits_for_its_end() -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.move(2)
    bench.silence(30)
    bench.said()
    bench.move(29)
    assert bench.said() == []
    bench.move(30)
    assert bench.said() == ["duty-officer i/firing"]


@pytest.mark.parametrize(("works", "due"), [((False, False), 20), ((True, False), 20), ((True, True), 23)])
def test_silences_that_hold_for_all_that_fires_only_together_put_a_step_off_as_well(
    works: tuple[bool, bool], due: float
) -> None:
    bench = Bench()
    bench.take(step("A"), step("B", indicator="ph"))
    bench.move(2)
    bench.silence(30, Match(indicators=("salinity",)), is_maintenance=works[0])
    bench.silence(20, Match(indicators=("ph",)), is_maintenance=works[1])
    bench.said()
    bench.move(due - 0.1)
    assert bench.said() == []
    bench.move(due)
    assert bench.said() == ["duty-officer i/firing"]


def test_maintenance_stops_the_clock_of_the_ladder() -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.move(2)
    bench.silence(30, is_maintenance=True)
    bench.said()
    bench.move(32.9)
    assert bench.said() == []
    bench.move(33)
    assert bench.said() == ["duty-officer i/firing"]


def test_maintenance_ended_early_lets_the_clock_go_on() -> None:
    bench = Bench()
    bench.take(step("A"))
    bench.move(2)
    maintenance = bench.silence(300, is_maintenance=True)
    bench.move(10)
    bench.end(maintenance.id)
    bench.said()
    bench.move(12.9)
    assert bench.said() == []
    bench.move(13)
    assert bench.said() == ["duty-officer i/firing"]
    with pytest.raises(RefusedError, match="already-ended"):
        bench.end(maintenance.id)
    assert kinds(tables.log(bench.db, maintenance.id)) == ["silenced", "ended"]


def window(start: float, end: float, *, stops: bool = True) -> Silence:
    return Silence("m", Match(), "x", "y", at(start), at(end), is_maintenance=stops)


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ([], 10),
        ([window(-5, -1)], 10),
        ([window(-5, 3)], 13),
        ([window(2, 4), window(3, 6)], 14),
        ([window(2, 8), window(3, 6)], 16),
        ([window(2, 4), window(11, 20)], 21),
        ([window(2, 4), window(13, 20)], 12),
        ([window(2, 4, stops=False)], 10),
        ([window(8, 20, stops=False)], 20),
        ([window(8, 20, stops=False), window(15, 25, stops=False)], 25),
    ],
)
def test_a_wait_of_ten_minutes_is_over(windows: list[Silence], expected: float) -> None:
    assert waited(at(0), 10 * MINUTE, windows) == at(expected)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"author": " "}, Why.NO_NAME),
        ({"reason": ""}, Why.NO_TEXT),
        ({"reason": "x" * 1001}, Why.TOO_LONG),
        ({"match": Match(severities=(Severity.WARNING,))}, Why.NO_MATCHER),
        ({"end": T0}, Why.IN_THE_PAST),
        ({"end": T0 + 32 * DAY}, Why.TOO_FAR),
    ],
)
def test_a_silence_has_an_author_a_reason_a_matcher_and_an_end(changes: dict[str, object], why: Why) -> None:
    with pytest.raises(RefusedError) as refused:
        Bench().silence(60, **changes)
    assert refused.value.why is why


def test_a_silence_may_begin_later() -> None:
    bench = Bench()
    bench.silence(60, start=at(30), is_maintenance=True)
    bench.take(step("A"))
    assert bench.said() == ["duty-officer A/firing"]
    bench.do("A", Acknowledged())
    bench.move(31)
    bench.take(step("B", indicator="ph"))
    assert bench.said() == []
    bench.move(61)
    assert bench.said() == ["duty-officer B/firing"]


@pytest.mark.parametrize("name", ["A", "B"])
def test_the_log_of_acts_cannot_be_changed(name: str) -> None:
    bench = Bench()
    bench.take(step("A"), step("B"))
    for attempt in ("update acts set by = 'x'", "delete from acts"):
        with pytest.raises(Exception, match="what was done stays"):
            bench.db.execute(attempt)
    found = only_of(bench, name)
    assert fold(tables.log(bench.db, found.id)) == found


def test_an_hour_is_longer_than_the_wait() -> None:
    assert waited(T0, MINUTE, [window(0, 60)]) == T0 + HOUR + MINUTE


def down(*sites: str, fields: Sequence[str] = ("environment",), **more: object) -> Transition:
    """The alert of a source whose series lie at these sites."""
    detail = Detail(sites=sites, fields=tuple(fields))
    return step("D", site="ben-tre", field="", indicator="mqtt", kind=Kind.SOURCE_DOWN, detail=detail, **more)


@pytest.mark.parametrize(
    ("told", "match", "is_kept_back"),
    [
        (down("an-thoi"), Match(sites=("an-thoi",)), True),
        (down("an-thoi", "giong-trom"), Match(sites=("giong-trom",)), True),
        (down("an-thoi", "cho-lach"), Match(sites=("an-thoi", "cho-lach")), True),
        (down("an-thoi", "cho-lach"), Match(sites=("giong-trom",)), False),
        (down("an-thoi", "cho-lach"), Match(sites=("ben-tre",)), True),
        (down("gone"), Match(sites=("ben-tre",)), True),
        (down("an-thoi"), Match(fields=("environment",)), True),
        (down("an-thoi"), Match(sites=("an-thoi",), fields=("health", "environment")), True),
        (down("an-thoi", fields=("environment", "health")), Match(sites=("an-thoi",), fields=("environment",)), False),
        (down("an-thoi"), Match(sites=("an-thoi",), indicators=("salinity",)), False),
        (down("an-thoi", "cho-lach"), Match(indicators=("mqtt",)), True),
        (down("an-thoi"), Match(sites=("an-thoi",), kinds=(Kind.SOURCE_DOWN,)), True),
        (down("an-thoi"), Match(sites=("an-thoi",), kinds=(Kind.NO_DATA,)), False),
        (down("an-thoi"), Match(sites=("an-thoi",), severities=(Severity.WARNING,)), False),
        (down(fields=()), Match(sites=("an-thoi",)), False),
        (down(fields=()), Match(fields=("environment",)), False),
    ],
)
def test_a_silence_covers_a_source_when_all_of_its_series_lie_within(
    told: Transition, match: Match, *, is_kept_back: bool
) -> None:
    bench = Bench()
    bench.silence(60, match, is_maintenance=True)
    bench.take(told)
    assert bench.said() == ([] if is_kept_back else ["duty-officer D/firing"])
    bench.move(60)
    assert ("duty-officer D/firing" in bench.said()) == is_kept_back
