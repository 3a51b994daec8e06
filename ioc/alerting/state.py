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
from ioc.model import CLOSED, Micros, Sample, State, Status, Transition

OVER = frozenset({Status.OK, Status.RESOLVED})


class Timer(msgspec.Struct, frozen=True):
    """The end of a wait: in the samples' own time, and in the journal's."""

    at: Micros
    due: Micros


class Figures(msgspec.Struct, frozen=True):
    """What is said of an alert whose rule judges something else than the value of a sample.

    `since`: when the condition began, None: with the sample.
    """

    value: float | None = None
    bound: float | None = None
    upper: float | None = None
    since: Micros | None = None


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
    figures: Figures | None = None


Outcome = tuple[Alert | None, tuple[Transition, ...]]


def step(
    alert: Alert | None, rule: Rule | None, sample: Sample, *, muted: bool = False, figures: Figures | None = None
) -> Outcome:
    """What a sample makes of an alert, under the rule in force at the sample's time.

    No rule (any more) ends the alert. Waits that have begun keep the length they began with. With `figures` the
    sample's value is what the rule measures, and the figures are what is told.
    """
    if alert is None:
        if rule is None or not breached(rule, sample.value):
            return None, ()
        return _begin(rule, sample, figures, muted=muted)
    alert = msgspec.structs.replace(
        alert, rule=rule or alert.rule, value=sample.value, state=sample.state, figures=figures or alert.figures
    )
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


def close(alert: Alert, at: Micros) -> Outcome:
    """The end of an alert whose series is watched no more."""
    after, (told,) = _end(alert, at)
    return after, (msgspec.structs.replace(told, reason=CLOSED),)


def tell_late(alert: Alert, at: Micros) -> Outcome:
    """A second step to firing, which tells what was muted."""
    return _fire(alert, at, muted=False)


def is_muted(place: str, alerts: Mapping[str, Alert]) -> bool:
    """Whether a slot stands beside the firing critical of its kind; `alerts` are those of the series by slot."""
    above = critical_of(place)
    return above != place and above in alerts and alerts[above].status is Status.FIRING


def fall_silent(site: str, indicator: str, terms: Terms, since: Micros, due: Micros, *, muted: bool = False) -> Outcome:
    """The alert of a series from which nothing was received for the time that its rule allows."""
    return (
        (None, ())
        if terms.silence is None
        else silent((site, indicator), terms.field, terms.silence, since, due, muted=muted)
    )


def silent(key: tuple[str, str], field: str, rule: Rule, since: Micros, due: Micros, *, muted: bool = False) -> Outcome:
    """The alert of a series or a source that has said nothing `since`, raised at `due`."""
    site, indicator = key
    alert = Alert(
        site=site,
        field=field,
        indicator=indicator,
        rule=rule,
        since=since,
        at=since,
        value=None,
        state=State.PROVISIONAL,
        incident=incident_id(rule, site, indicator, since),
    )
    return _fire(alert, due, muted=muted)


def incident_id(rule: Rule, site: str, indicator: str, since: Micros, *cause: float) -> str:
    """Eight characters, the same in every replay.

    `cause` tells apart what began at the same time, such as two revisions of one month's figure.
    """
    name = "/".join([rule.slot, site, indicator, str(since), *map(str, cause)])
    return b32encode(blake2b(name.encode(), digest_size=5).digest()).decode()


def _begin(rule: Rule, sample: Sample, figures: Figures | None, *, muted: bool) -> Outcome:
    since = sample.at if figures is None or figures.since is None else figures.since
    alert = Alert(
        site=sample.site,
        field=sample.field,
        indicator=sample.indicator,
        rule=rule,
        since=since,
        at=sample.at,
        value=sample.value,
        state=sample.state,
        incident=incident_id(
            rule, sample.site, sample.indicator, sample.at, sample.received_at, sample.value, sample.state.value
        ),
        figures=figures,
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
    said = alert.figures or Figures(alert.value, alert.rule.bound, alert.rule.upper)
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
        value=said.value,
        bound=said.bound,
        upper=said.upper,
        state=alert.state,
        basis=alert.rule.basis,
        incident=alert.incident,
        revision=alert.revision,
        detail=alert.rule.detail,
    )
