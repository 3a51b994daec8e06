"""Whatever happens in whatever order: the log is consistent, and it is all that there is to know."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.incidents import tables
from ioc.incidents.fold import apply, fold
from ioc.incidents.model import (
    Acknowledged,
    Act,
    Answered,
    Asked,
    Assigned,
    Commented,
    Escalated,
    Incident,
    Match,
    Reopened,
    Resolved,
    Stage,
    Unacknowledged,
    What,
)
from ioc.incidents.refused import RefusedError
from ioc.model import Kind, Severity, Status
from tests.incidents.bed import POLICY, T0, Bench, at, step

SLOTS = [("salinity", Severity.CRITICAL), ("salinity", Severity.WARNING), ("ph", Severity.WARNING)]
Deed = Callable[[Bench, dict[int, str]], None]


def flip(slot: int, site: str, revision: int) -> Deed:
    """An alert begins, or ends if it has begun."""

    def deed(bench: Bench, firing: dict[int, str]) -> None:
        indicator, severity = SLOTS[slot]
        where = slot + 10 * (site == "cho-lach")
        alert = firing.pop(where, None)
        after = Status.FIRING if alert is None else Status.RESOLVED
        if alert is None:
            count = len(tables.log_all(bench.db, 1000))
            alert = firing[where] = f"A{count}-{where}-{bench.now}"
        minutes = (bench.now - T0) / 60e6
        bench.take(
            step(alert, after, minutes, revision, indicator=indicator, severity=severity, site=site, kind=Kind.ABOVE)
        )

    return deed


def wish(number: int, what: What) -> Deed:
    def deed(bench: Bench, _: dict[int, str]) -> None:
        known = tables.newest(bench.db, tuple(Stage), 100, None)
        if known:
            with suppress(RefusedError):
                bench.do(known[number % len(known)].id, what)

    return deed


def wait(minutes: int) -> Deed:
    return lambda bench, _: bench.move((bench.now - T0) / 60e6 + minutes)


def silence(minutes: int, site: str, *, is_maintenance: bool) -> Deed:
    def deed(bench: Bench, _: dict[int, str]) -> None:
        end = (bench.now - T0) / 60e6 + minutes
        bench.silence(end, Match(sites=(site,)), is_maintenance=is_maintenance)

    return deed


def end_silence(bench: Bench, _: dict[int, str]) -> None:
    for one in tables.silences(bench.db, bench.now)[:1]:
        bench.end(one.id)


SITES = st.sampled_from(["an-thoi", "cho-lach"])
WHATS = st.sampled_from(
    [
        Acknowledged("nhận"),
        Acknowledged(until=at(90)),
        Unacknowledged(),
        Assigned("chief"),
        Commented("ghi"),
        Asked("chief", "vì sao?", at(40)),
        Answered(1, "vì mưa"),
        Escalated(0),
        Resolved("xong"),
        Reopened("chưa"),
    ]
)
FLIPS: st.SearchStrategy[Deed] = st.builds(flip, st.integers(0, 2), SITES, st.integers(0, 2))
DEEDS: st.SearchStrategy[Deed] = st.one_of(
    FLIPS,
    FLIPS,
    st.builds(wish, st.integers(0, 5), WHATS),
    st.builds(wish, st.integers(0, 5), WHATS),
    st.builds(wait, st.integers(1, 70)),
    st.builds(silence, st.integers(1, 60), SITES, is_maintenance=st.booleans()),
    st.just(end_silence),
)


def lived(deeds: list[Deed]) -> Bench:
    bench, firing = Bench(), dict[int, str]()
    for deed in deeds:
        deed(bench, firing)
    return bench


@settings(max_examples=150, deadline=None)
@given(st.lists(DEEDS, max_size=25))
def test_any_order_of_acts_steps_and_waits_leaves_a_consistent_log(deeds: list[Deed]) -> None:
    bench = lived(deeds)
    incidents = tables.newest(bench.db, tuple(Stage), 1000, None)
    for incident in incidents:
        log = tables.log(bench.db, incident.id)
        assert fold(log) == incident
        check(log, incident)
    told = Counter((one.receiver, one.incident, one.revision, one.transition.after) for one in bench.sent)
    assert [name for name, count in told.items() if count > 1 and name[1].startswith("i-")] == []
    held = tables.withheld(bench.db)
    silences = tables.silences(bench.db, bench.now)
    assert not held or silences


def check(log: list[Act], incident: Incident) -> None:
    assert [act.at for act in log] == sorted(act.at for act in log)
    assert (incident.acts, incident.at) == (len(log), log[-1].at)
    held = incident.acknowledgement
    assert held is None or incident.told_severity <= held.severity
    assert len({(told.indicator, told.kind, told.severity) for told in incident.active}) == len(incident.active)
    before: Incident | None = None
    for act in log:
        after = apply(before, act)
        assert (after.stage is Stage.ACKNOWLEDGED) == (after.acknowledgement is not None)
        assert (after.stage is Stage.RESOLVED) == (after.resolved is not None)
        assert after.ladder is None or after.stage is Stage.OPEN
        if isinstance(act.what, Escalated):
            assert before is not None
            assert before.stage is Stage.OPEN
            steps = before.ladder.steps if before.ladder is not None else 0
            assert act.what.step == steps + 1
            due = POLICY.duty(incident.owner).next(steps)
            assert due is not None
            assert act.what.officials == due.officials
        before = after


@pytest.mark.parametrize("cut", range(0, 12, 3))
def test_a_clerk_that_begins_in_the_middle_goes_on_as_another_would(cut: int) -> None:
    """Nothing is remembered between two calls but what is in the tables."""
    story: list[Deed] = [
        flip(0, "an-thoi", 1),
        wait(6),
        silence(20, "an-thoi", is_maintenance=True),
        flip(2, "an-thoi", 1),
        wish(0, Asked("chief", "vì sao?", at(40))),
        wait(12),
        wish(0, Acknowledged()),
        wait(30),
        flip(0, "an-thoi", 2),
        wait(250),
        flip(2, "an-thoi", 2),
        wait(10),
    ]
    whole = lived(story)
    bench, firing = Bench(), dict[int, str]()
    for number, deed in enumerate(story):
        if number >= cut:
            fresh = Bench()
            fresh.db, fresh.now, fresh.sent = bench.db, bench.now, bench.sent
            bench = fresh
        deed(bench, firing)
    assert list(bench.db.iterdump()) == list(whole.db.iterdump())
    assert bench.sent == whole.sent
