"""What an act makes of an incident. Pure; the only place where an incident changes."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from ioc.incidents.model import (
    Acknowledged,
    Acknowledgement,
    Act,
    Answered,
    Ask,
    Asked,
    Assigned,
    Commented,
    Escalated,
    Incident,
    Ladder,
    Moved,
    Opened,
    Overdue,
    Reopened,
    Resolved,
    Stage,
    Unacknowledged,
    Worsened,
)
from ioc.model import Micros, Severity, Status, Transition


def fold(acts: Iterable[Act]) -> Incident | None:
    """The incident that these acts, all of one subject and in order, add up to; None without any."""
    incident = None
    for act in acts:
        incident = apply(incident, act)
    return incident


def apply(incident: Incident | None, act: Act) -> Incident:
    """The incident after one more act. The first act opens it."""
    if incident is None:
        what = act.what
        if not isinstance(what, Opened):
            raise TypeError(f"the log of {act.subject} begins with {act.kind}")
        place = (act.subject, what.site, what.field, what.owner)
        return Incident(*place, opened=act.at, at=act.at, acts=1, open_since=act.at)
    changed = CHANGES[type(act.what)](incident, act, act.what)
    return replace(changed, acts=incident.acts + 1, at=max(incident.at, act.at))


def _moved(incident: Incident, act: Act, what: Moved) -> Incident:
    told = what.transition
    is_firing = told.after is Status.FIRING
    is_news = is_firing and told.incident not in {one.incident for one in incident.active}
    others = tuple(name for name in incident.untold if name != told.incident)
    moved = replace(
        incident,
        alerts=(*(one for one in incident.alerts if not _gives_way(one, told)), told),
        untold=(*others, told.incident) if is_firing and what.silence else others,
        gathered=act.at if is_news else incident.gathered,
        peak=max(incident.peak, told.severity if is_firing else Severity.OK),
    )
    begins = moved.ladder is None and moved.stage is Stage.OPEN
    return replace(moved, ladder=_ladder(moved, act.at)) if begins else moved


def _gives_way(old: Transition, new: Transition) -> bool:
    if old.incident == new.incident:
        return True
    return old.after is Status.RESOLVED and _slot(old) == _slot(new)


def _slot(told: Transition) -> tuple[str, str, Severity]:
    return told.indicator, told.kind, told.severity


def _acknowledged(incident: Incident, act: Act, what: Acknowledged) -> Incident:
    taken = Acknowledgement(act.by, act.at, what.severity, what.until, what.comment)
    first = act.at if incident.first_acknowledged is None else incident.first_acknowledged
    return replace(incident, stage=Stage.ACKNOWLEDGED, acknowledgement=taken, first_acknowledged=first, ladder=None)


def _unacknowledged(incident: Incident, act: Act, _: Unacknowledged | Worsened) -> Incident:
    return _open(incident, act.at)


def _reopened(incident: Incident, act: Act, _: Reopened) -> Incident:
    return replace(_open(incident, act.at), resolved=None)


def _open(incident: Incident, at: Micros) -> Incident:
    return replace(incident, stage=Stage.OPEN, acknowledgement=None, ladder=_ladder(incident, at), open_since=at)


def _ladder(incident: Incident, at: Micros) -> Ladder | None:
    """It begins when somebody was told of something."""
    return Ladder(at, severity=incident.told_severity) if incident.told_severity else None


def _resolved(incident: Incident, act: Act, _: Resolved) -> Incident:
    return replace(incident, stage=Stage.RESOLVED, resolved=act.at, acknowledgement=None, ladder=None)


def _assigned(incident: Incident, _: Act, what: Assigned) -> Incident:
    return replace(incident, assignee=what.to)


def _asked(incident: Incident, act: Act, what: Asked) -> Incident:
    ask = Ask(number=len(incident.asks) + 1, by=act.by, of=what.of, text=what.text, due=what.due)
    return replace(incident, asks=(*incident.asks, ask))


def _answered(incident: Incident, act: Act, what: Answered) -> Incident:
    ask = replace(incident.asks[what.ask - 1], answer=what.text, answered_by=act.by, answered=act.at)
    return _with_ask(incident, ask)


def _overdue(incident: Incident, _: Act, what: Overdue) -> Incident:
    return _with_ask(incident, replace(incident.asks[what.ask - 1], is_overdue=True))


def _with_ask(incident: Incident, ask: Ask) -> Incident:
    return replace(incident, asks=tuple(ask if old.number == ask.number else old for old in incident.asks))


def _escalated(incident: Incident, act: Act, what: Escalated) -> Incident:
    called = Severity.OK if incident.ladder is None else incident.ladder.severity
    return replace(incident, ladder=Ladder(act.at, what.step, max(called, incident.told_severity)))


def _unchanged(incident: Incident, _: Act, __: Commented) -> Incident:
    return incident


CHANGES: dict[type, Callable[[Incident, Act, Any], Incident]] = {
    Moved: _moved,
    Acknowledged: _acknowledged,
    Unacknowledged: _unacknowledged,
    Worsened: _unacknowledged,
    Assigned: _assigned,
    Commented: _unchanged,
    Asked: _asked,
    Answered: _answered,
    Overdue: _overdue,
    Escalated: _escalated,
    Resolved: _resolved,
    Reopened: _reopened,
}
