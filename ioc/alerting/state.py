"""One alert, from ok over pending and firing to resolved. Pure.

An alert that is ok is None: nothing is kept of it. A condition lasts until a value clears it; a value between clear
and breach leaves it as it was. Two clocks can end a wait, and both are facts of the journal, so that a replay and a
restarted process decide the same:

    event time   a later sample, measured at or after `timer.at`, under which the wait still holds
    receipt      nothing decisive was received before `timer.due`; whoever calls `expire` sees to the order

A cause mutes its consequence: what begins to fire beside a firing critical of its kind is logged and shown, but not
told, and neither is its end. If it still holds when the critical is over, a second step to firing tells it then.
"""

from base64 import b32encode
from collections.abc import Mapping
from hashlib import blake2b

import msgspec

from ioc.alerting.rules import Rule, Terms, breached, cleared, critical_of
from ioc.model import Micros, Sample, State, Status, Transition

OVER = frozenset({Status.OK, Status.RESOLVED})


class Timer(msgspec.Struct, frozen=True):
    """The end of a wait: in the samples' own time, and in the journal's."""

    at: Micros
    due: Micros


class Alert(msgspec.Struct, frozen=True):
    """One rule's slot active on one series.

    `timer` runs while pending, and while firing after the condition has ended. `value` and `state` are of the last
    sample seen, `at` is the logical time of the latest transition. `revision` counts what was told about it, 0 while
    it is muted.
    """

    site: str
    field: str
    indicator: str
    rule: Rule
    since: Micros
    at: Micros
    value: float | None
    state: State
    incident: str
    status: Status = Status.OK
    revision: int = 0
    timer: Timer | None = None


Outcome = tuple[Alert | None, tuple[Transition, ...]]


def step(alert: Alert | None, rule: Rule | None, sample: Sample, *, muted: bool = False) -> Outcome:
    """What a sample makes of an alert, under the rule in force at the sample's time.

    No rule (any more) ends the alert. Waits that have begun keep the length they began with.
    """
    if alert is None:
        return (None, ()) if rule is None or not breached(rule, sample.value) else _begin(rule, sample, muted=muted)
    alert = msgspec.structs.replace(alert, rule=rule or alert.rule, value=sample.value, state=sample.state)
    if rule is None:
        return _end(alert, sample.at)
    return (_wait if alert.status is Status.PENDING else _burn)(alert, sample, muted=muted)


def expire(alert: Alert, *, muted: bool = False) -> Outcome:
    """What becomes of an alert when its timer runs out by receipt."""
    if alert.timer is None:
        return alert, ()
    if alert.status is Status.PENDING:
        return _fire(alert, alert.timer.due, muted=muted)
    return _end(alert, alert.timer.due)


def is_muted(place: str, alerts: Mapping[str, Alert]) -> bool:
    """Whether a slot stands beside the firing critical of its kind; `alerts` are those of the series by slot."""
    above = critical_of(place)
    return above != place and above in alerts and alerts[above].status is Status.FIRING


def fall_silent(site: str, indicator: str, terms: Terms, since: Micros) -> Outcome:
    """The alert of a series from which nothing was received for the time that its rule allows."""
    rule = terms.silence
    if rule is None:
        return None, ()
    alert = Alert(
        site=site,
        field=terms.field,
        indicator=indicator,
        rule=rule,
        since=since,
        at=since,
        value=None,
        state=State.PROVISIONAL,
        incident=incident_id(rule, site, indicator, since),
    )
    return _fire(alert, since + rule.for_, muted=False)


def incident_id(rule: Rule, site: str, indicator: str, since: Micros, *cause: float) -> str:
    """Eight characters, the same in every replay.

    `cause` tells apart what began at the same time, such as two revisions of one month's figure.
    """
    name = "/".join([rule.slot, site, indicator, str(since), *map(str, cause)])
    return b32encode(blake2b(name.encode(), digest_size=5).digest()).decode()


def _begin(rule: Rule, sample: Sample, *, muted: bool) -> Outcome:
    alert = Alert(
        site=sample.site,
        field=sample.field,
        indicator=sample.indicator,
        rule=rule,
        since=sample.at,
        at=sample.at,
        value=sample.value,
        state=sample.state,
        incident=incident_id(
            rule, sample.site, sample.indicator, sample.at, sample.received_at, sample.value, sample.state.value
        ),
    )
    if rule.for_ == 0:
        return _fire(alert, sample.at, muted=muted)
    return _move(alert, Status.PENDING, sample.at, timer=_timer(sample, rule.for_))


def _wait(alert: Alert, sample: Sample, *, muted: bool) -> Outcome:
    if cleared(alert.rule, sample.value):
        return _end(alert, sample.at)
    if alert.timer is not None and sample.at >= alert.timer.at:
        return _fire(alert, alert.timer.at, muted=muted)
    return alert, ()


def _burn(alert: Alert, sample: Sample, *, muted: bool) -> Outcome:
    if breached(alert.rule, sample.value):
        if alert.revision == 0 and not muted:
            return _fire(alert, sample.at, muted=False)
        return msgspec.structs.replace(alert, timer=None), ()
    if alert.timer is not None:
        return _end(alert, alert.timer.at) if sample.at >= alert.timer.at else (alert, ())
    if not cleared(alert.rule, sample.value):
        return alert, ()
    keep = alert.rule.keep_firing_for
    return (msgspec.structs.replace(alert, timer=_timer(sample, keep)), ()) if keep else _end(alert, sample.at)


def _end(alert: Alert, at: Micros) -> Outcome:
    if alert.status is Status.PENDING:
        return _move(alert, Status.OK, at)
    return _move(alert, Status.RESOLVED, at, is_told=alert.revision > 0)


def _fire(alert: Alert, at: Micros, *, muted: bool) -> Outcome:
    return _move(alert, Status.FIRING, at, is_told=not muted)


def _timer(sample: Sample, wait: Micros) -> Timer:
    return Timer(at=sample.at + wait, due=sample.received_at + wait)


def _move(alert: Alert, after: Status, at: Micros, *, timer: Timer | None = None, is_told: bool = False) -> Outcome:
    # A timer runs out in receipt time, the next sample may be measured before that: an alert's time never goes back.
    moved = msgspec.structs.replace(
        alert, status=after, at=max(at, alert.at), timer=timer, revision=alert.revision + is_told
    )
    return None if after in OVER else moved, (_transition(alert.status, moved),)


def _transition(before: Status, alert: Alert) -> Transition:
    return Transition(
        rule=alert.rule.id,
        site=alert.site,
        field=alert.field,
        indicator=alert.indicator,
        kind=alert.rule.kind,
        severity=alert.rule.severity,
        before=before,
        after=alert.status,
        at=alert.at,
        since=alert.since,
        value=alert.value,
        bound=alert.rule.bound,
        upper=alert.rule.upper,
        state=alert.state,
        basis=alert.rule.basis,
        incident=alert.incident,
        revision=alert.revision,
    )
