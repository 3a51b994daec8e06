"""What people may do with an incident, and why not. Pure."""

from collections.abc import Callable
from typing import Any

from ioc.incidents.duty import Policy
from ioc.incidents.model import (
    Acknowledged,
    Act,
    Answered,
    Asked,
    Assigned,
    Commented,
    Escalated,
    Incident,
    Reopened,
    Resolved,
    Stage,
    Unacknowledged,
    What,
)
from ioc.incidents.refused import RefusedError, Why
from ioc.incidents.text import name, words
from ioc.model import Micros


def conduct(incident: Incident, what: What, who: tuple[str, str], policy: Policy, now: Micros) -> Act:
    """The act that comes of a wish. `who`: by whom (an official's id or a name), from where. Raises RefusedError."""
    by, source = name(who[0], "by"), who[1]
    done = WISHES[type(what)](incident, what, policy, now)
    return Act(incident.id, max(now, incident.at), by, source, done)


def _acknowledge(incident: Incident, what: Acknowledged, policy: Policy, now: Micros) -> What:
    _not_resolved(incident)
    if incident.acknowledgement is not None:
        raise RefusedError(Why.ACKNOWLEDGED, incident.acknowledgement.by)
    if what.until is not None and what.until <= now:
        raise RefusedError(Why.IN_THE_PAST, "until")
    hold = policy.duty(incident.owner).unacknowledge
    ends = [end for end in (what.until, None if hold is None else now + hold) if end is not None]
    until = min(ends, default=None)
    return Acknowledged(words(what.comment, "comment", needed=False), until, incident.severity)


def _unacknowledge(incident: Incident, what: Unacknowledged, _: Policy, __: Micros) -> What:
    _not_resolved(incident)
    if incident.acknowledgement is None:
        raise RefusedError(Why.NOT_ACKNOWLEDGED)
    return Unacknowledged(words(what.comment, "comment", needed=False))


def _assign(incident: Incident, what: Assigned, _: Policy, __: Micros) -> What:
    _not_resolved(incident)
    return Assigned(name(what.to, "to"))


def _comment(_: Incident, what: Commented, __: Policy, ___: Micros) -> What:
    return Commented(words(what.text, "text"))


def _ask(_: Incident, what: Asked, __: Policy, now: Micros) -> What:
    if what.due <= now:
        raise RefusedError(Why.IN_THE_PAST, "due")
    return Asked(of=name(what.of, "of"), text=words(what.text, "text"), due=what.due)


def _answer(incident: Incident, what: Answered, _: Policy, __: Micros) -> What:
    if not 1 <= what.ask <= len(incident.asks):
        raise RefusedError(Why.NO_ASK, str(what.ask))
    if incident.asks[what.ask - 1].answered is not None:
        raise RefusedError(Why.ANSWERED, str(what.ask))
    return Answered(what.ask, words(what.text, "text"))


def _escalate(incident: Incident, _: Escalated, policy: Policy, __: Micros) -> What:
    _not_resolved(incident)
    if incident.acknowledgement is not None:
        raise RefusedError(Why.ACKNOWLEDGED, incident.acknowledgement.by)
    taken = incident.ladder.steps if incident.ladder is not None else 0
    step = policy.duty(incident.owner).next(taken)
    if step is None:
        raise RefusedError(Why.NOBODY_NEXT, incident.owner)
    return Escalated(taken + 1, step.officials)


def _resolve(incident: Incident, what: Resolved, _: Policy, __: Micros) -> What:
    _not_resolved(incident)
    return Resolved(words(what.comment, "comment"))


def _reopen(incident: Incident, what: Reopened, _: Policy, __: Micros) -> What:
    if incident.stage is not Stage.RESOLVED:
        raise RefusedError(Why.NOT_RESOLVED)
    return Reopened(words(what.comment, "comment"))


def _not_resolved(incident: Incident) -> None:
    if incident.stage is Stage.RESOLVED:
        raise RefusedError(Why.RESOLVED)


WISHES: dict[type, Callable[[Incident, Any, Policy, Micros], What]] = {
    Acknowledged: _acknowledge,
    Unacknowledged: _unacknowledge,
    Assigned: _assign,
    Commented: _comment,
    Asked: _ask,
    Answered: _answer,
    Escalated: _escalate,
    Resolved: _resolve,
    Reopened: _reopen,
}
