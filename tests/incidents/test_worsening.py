"""What is graver than what somebody took on, or than all were told of, asks anew who has it."""

from contextlib import nullcontext

import msgspec
import pytest

from ioc.clock import ManualClock
from ioc.incidents import tables
from ioc.incidents.fold import fold
from ioc.incidents.model import Acknowledged, Act, Escalated, Incident, Ladder, Match, Stage, Unacknowledged, Worsened
from ioc.incidents.register import Register
from ioc.incidents.watch import Watch
from ioc.incidents.wording import Speech, Words, said
from ioc.model import HOUR, Severity, Status
from ioc.telemetry import Counts
from tests.incidents.bed import LADDER, POLICY, RULES, Bench, at, kinds, step

WARNING = step("A", severity=Severity.WARNING)
CRITICAL = step("B", minutes=60)
CALM = step("B", Status.RESOLVED, minutes=70, revision=2)
TOLD = "duty-officer B/firing"


def incident(bench: Bench) -> Incident:
    (found,) = tables.newest(bench.db, tuple(Stage), 10, None)
    return found


def log(bench: Bench) -> list[Act]:
    return tables.log(bench.db, incident(bench).id)


def taken_on(severity: Severity = Severity.WARNING) -> Bench:
    """An hour ago somebody took on an incident that stood at that severity."""
    bench = Bench()
    bench.take(step("A", severity=severity))
    bench.do("A", Acknowledged("đang xử lý"))
    bench.move(60)
    bench.said()
    return bench


def exhausted() -> Bench:
    """Everybody was told of a warning, and nobody took it on."""
    bench = Bench()
    bench.take(WARNING)
    bench.move(5)
    bench.move(15)
    bench.move(25)
    bench.move(60)
    assert bench.said()[-1] == "duty-officer i/firing"
    return bench


def test_a_graver_alert_takes_the_acknowledgement_back_and_the_ladder_begins() -> None:
    bench = taken_on()
    bench.take(CRITICAL)
    found = incident(bench)
    assert (found.stage, found.acknowledgement) == (Stage.OPEN, None)
    assert found.ladder == Ladder(at(60), 0, Severity.CRITICAL)
    assert log(bench)[-1].what == Worsened(Severity.CRITICAL, Severity.WARNING, "Trực ban")
    assert bench.said() == [TOLD]
    bench.move(65)
    assert bench.said() == ["duty-officer i/firing"]
    bench.move(75)
    assert bench.said() == ["chief i/firing", "duty-officer i/firing"]
    assert bench.do("B", Acknowledged()).stage is Stage.ACKNOWLEDGED
    bench.move(200)
    assert bench.said() == []


@pytest.mark.parametrize(
    "later", [step("B", severity=Severity.WARNING, indicator="ph"), step("B", revision=0), step("B", site="cho-lach")]
)
def test_what_is_no_graver_or_untold_or_elsewhere_leaves_it_acknowledged(later: object) -> None:
    bench = taken_on()
    bench.take(later)  # type: ignore[arg-type]
    found = tables.find(bench.db, "A")
    assert found is not None
    assert found.stage is Stage.ACKNOWLEDGED


def test_what_comes_back_as_grave_as_it_was_taken_on_leaves_it_acknowledged() -> None:
    bench = Bench()
    bench.take(WARNING, step("B"))
    bench.do("A", Acknowledged())
    bench.take(CALM)
    bench.take(step("C", minutes=80))
    assert incident(bench).stage is Stage.ACKNOWLEDGED


def test_what_was_muted_counts_when_it_is_told() -> None:
    bench = taken_on()
    bench.take(step("B", revision=0))
    bench.take(CRITICAL)
    assert kinds(log(bench))[-2:] == ["moved", "worsened"]


def test_the_end_of_a_graver_alert_told_late_leaves_it_acknowledged() -> None:
    bench = Bench()
    bench.take(WARNING, step("B", indicator="ph"))
    bench.silence(90, Match(sites=("an-thoi",), severities=(Severity.CRITICAL,)))
    bench.move(1)
    bench.take(step("B", Status.RESOLVED, minutes=1, revision=2, indicator="ph"))
    bench.do("A", Acknowledged())
    bench.said()
    bench.move(90)
    assert bench.said() == ["duty-officer B/resolved"]
    assert (incident(bench).stage, kinds(log(bench))[-1]) == (Stage.ACKNOWLEDGED, "moved")


def test_a_silence_keeps_it_acknowledged_until_the_graver_alert_is_told() -> None:
    bench = taken_on()
    bench.silence(90, Match(sites=("an-thoi",), severities=(Severity.CRITICAL,)))
    bench.take(CRITICAL)
    assert (incident(bench).stage, bench.said()) == (Stage.ACKNOWLEDGED, [])
    assert (incident(bench).covers("A"), incident(bench).covers("B")) == (True, False)
    bench.move(90)
    assert (incident(bench).stage, bench.said()) == (Stage.OPEN, [TOLD])
    bench.move(95)
    assert bench.said() == ["duty-officer i/firing"]


def test_a_ladder_at_its_end_begins_anew_for_what_is_graver_and_only_once() -> None:
    bench = exhausted()
    bench.take(CRITICAL)
    assert log(bench)[-1].what == Worsened(Severity.CRITICAL, Severity.WARNING)
    for minutes in (65, 75, 85):
        bench.move(minutes)
    assert bench.said() == [TOLD, "duty-officer i/firing", *["chief i/firing", "duty-officer i/firing"] * 2]
    bench.take(step("B", Status.RESOLVED, minutes=90, revision=2))
    bench.move(100)
    bench.take(step("C", minutes=100))
    assert kinds(log(bench)).count("worsened") == 1


def test_a_ladder_at_its_end_stays_there_for_another_alert_no_graver() -> None:
    bench = exhausted()
    bench.take(step("B", indicator="ph", severity=Severity.WARNING))
    bench.move(600)
    assert bench.said() == [TOLD]


def test_a_ladder_on_its_way_goes_on() -> None:
    bench = Bench()
    bench.take(WARNING)
    bench.move(5)
    bench.take(step("B", minutes=5))
    assert (incident(bench).ladder, kinds(log(bench))[-1]) == (Ladder(at(5), 1, Severity.WARNING), "moved")
    bench.move(15)
    assert incident(bench).ladder == Ladder(at(15), 2, Severity.CRITICAL)


def test_an_office_without_a_ladder_has_none_to_begin_again() -> None:
    bench = Bench(RULES._replace(owner=lambda _: "so-y-te"))
    bench.take(WARNING)
    bench.take(CRITICAL)
    assert kinds(log(bench)) == ["opened", "moved", "moved"]


def test_it_is_said_in_both_languages() -> None:
    speech = Speech(lambda _, __: "", lambda name: Words("Trực ban Sở Y tế", "Duty officer") if name else Words("", ""))

    def words(what: Worsened) -> Words:
        return said(Act("i-1", at(0), "", "evaluator", what), speech)

    assert words(Worsened(Severity.CRITICAL, Severity.WARNING, "truc-ban-so-y-te")) == Words(
        "Nặng lên mức nguy cấp; Trực ban Sở Y tế đã nhận xử lý ở mức cảnh báo: cần nhận lại",
        "Worsened to critical; Duty officer acknowledged it at warning: to be acknowledged again",
    )
    assert words(Worsened(Severity.CRITICAL, Severity.WARNING)) == Words(
        "Nặng lên mức nguy cấp sau khi đã báo hết các bước ở mức cảnh báo: báo lại từ bước đầu",
        "Worsened to critical after all steps were told of it at warning: the steps begin again",
    )


def test_a_ladder_kept_by_an_older_version_is_read_again_from_the_log() -> None:
    bench = exhausted()
    kept = incident(bench)
    assert kept.ladder is not None
    older = msgspec.structs.replace(kept, ladder=Ladder(kept.ladder.since, kept.ladder.steps))
    tables.put(bench.db, older, None)
    bench.clerk.review(bench.db)
    assert incident(bench) == kept == fold(log(bench))


def test_who_waits_has_waited_since_it_was_asked_anew() -> None:
    bench = taken_on()
    assert incident(bench).open_since == at(0)
    bench.take(CRITICAL)
    assert incident(bench).open_since == at(60)
    bench.do("B", Acknowledged())
    bench.move(90)
    assert bench.do("B", Unacknowledged()).open_since == at(90)
    counts = Counts()
    register = Register(lambda: nullcontext(bench.db))
    Watch(Idle(), register, ManualClock(at(100)), counts).tick()
    assert counts.value("incident_waiting_seconds", severity="critical") == 600


class Idle:
    """A desk on which nothing falls due."""

    def elapse(self, now: int) -> None:
        """Nothing."""


def test_the_acknowledgement_of_the_graver_runs_out_as_any_other() -> None:
    bench = taken_on()
    bench.take(CRITICAL)
    taken = bench.do("B", Acknowledged()).acknowledgement
    assert taken is not None
    assert (taken.severity, taken.until) == (Severity.CRITICAL, at(60) + 4 * HOUR)
    assert LADDER.unacknowledge == 4 * HOUR
    assert POLICY.duty("office-of-salinity").next(0) == LADDER.steps[0]
    assert bench.do("B", Unacknowledged()).ladder == Ladder(at(60), 0, Severity.CRITICAL)
    assert bench.do("B", Escalated(0)).ladder == Ladder(at(60), 1, Severity.CRITICAL)


class Walked(tuple[str, ...]):
    """Names that count how often somebody looks one up among them."""

    __slots__ = ()
    looks: list[object] = []  # noqa: RUF012 - a tuple has no room of its own

    def __contains__(self, name: object) -> bool:
        self.looks.append(name)
        return super().__contains__(name)


def test_what_a_thousand_silenced_alerts_add_up_to_is_not_looked_up_among_a_thousand_for_each() -> None:
    alerts = tuple(step(f"A{number}") for number in range(1000))
    names = Walked(told.incident for told in alerts[1:])
    one = Incident("i-1", "an-thoi", "environment", "", at(0), at(0), 1, alerts=alerts, untold=names)
    assert (one.told_severity, len(Walked.looks)) == (Severity.CRITICAL, 0)
