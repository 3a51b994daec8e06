"""Which incident an alert belongs to, and what its steps do there. Pure.

An alert that begins joins, in this order: the incident that has it already; one that had the same alert before and is
not over, or has been for less than `reopen`; one that is not over and was joined less than `gather` ago; one that has
been over for less than `reopen`. Else it opens one. An incident whose last alert has ended is over.

What is told and is graver than the incident was when somebody took it on takes that acknowledgement back; what is
graver than all that a ladder at its end has called for lets the ladder begin anew. A ladder on its way goes on, since
its next step is told of the worst there is.
"""

from base64 import b32encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from ioc.incidents.duty import Policy
from ioc.incidents.fold import apply
from ioc.incidents.model import (
    SYSTEM,
    Act,
    Incident,
    Moved,
    Opened,
    Reopened,
    Resolved,
    Stage,
    What,
    Worsened,
)
from ioc.model import Micros, Severity, Status, Transition

SOURCE = "evaluator"


def settle(
    told: Transition, at: Micros, near: Sequence[Incident], policy: Policy, *, owner: str, silence: str
) -> tuple[Incident | None, list[Act]]:
    """The incident among those `near` that a step belongs to, and the acts that it causes.

    None with acts: they open a new one. `at`: when the step became known. `silence`: what keeps it from being told.
    """
    holder = next((one for one in near if _has(one, told)), None)
    moved = Moved(told, silence)
    if told.after is Status.RESOLVED:
        return holder, [] if holder is None else _end(holder, moved, at)
    if told.after is not Status.FIRING or (holder is None and told.severity < policy.least):
        return None, []
    home = holder or _home(told, at, near, policy)
    if home is None:
        name = incident_id(told)
        return None, list(_acts(name, at, (Opened(told.site, told.field, owner), moved)))
    return home, _joined(home, moved, at, SOURCE, policy)


def tell_late(incident: Incident, told: Transition, at: Micros, source: str, policy: Policy) -> list[Act]:
    """What a step does in the incident that has its alert, when it is told at `at` and was not when it was made."""
    moved = Moved(told)
    if told.after is Status.FIRING:
        return _joined(incident, moved, at, source, policy)
    return list(_acts(incident.id, max(at, incident.at), (moved,), source))


def _joined(home: Incident, moved: Moved, at: Micros, source: str, policy: Policy) -> list[Act]:
    """An alert fires in an incident, which is open again if it was over."""
    whats = (moved,) if home.stage is not Stage.RESOLVED else (Reopened(), moved)
    return _worsened(home, list(_acts(home.id, max(at, home.at), whats, source)), policy)


def _worsened(incident: Incident, acts: list[Act], policy: Policy) -> list[Act]:
    """Acts of which the last tells a step of an alert, and what follows if that is graver than anybody has on hand."""
    for act in acts:
        incident = apply(incident, act)
    last = acts[-1]
    if not isinstance(last.what, Moved) or last.what.silence or last.what.transition.revision == 0:
        return acts
    what = _asks_anew(incident, last.what.transition.severity, policy)
    return acts if what is None else [*acts, Act(last.subject, last.at, SYSTEM, last.source, what)]


def _asks_anew(incident: Incident, severity: Severity, policy: Policy) -> Worsened | None:
    held, ladder = incident.acknowledgement, incident.ladder
    if held is not None:
        return Worsened(severity, held.severity, held.by) if severity > held.severity else None
    if ladder is None or ladder.steps == 0 or policy.duty(incident.owner).next(ladder.steps) is not None:
        return None
    return Worsened(severity, ladder.severity) if severity > ladder.severity else None


def incident_id(told: Transition) -> str:
    """The id of the incident that an alert opens: the same in every replay, and unlike the id of an alert."""
    digest = blake2b(f"incident/{told.incident}/{told.site}".encode(), digest_size=5).digest()
    return f"i-{b32encode(digest).decode().lower()}"


def _home(told: Transition, at: Micros, near: Sequence[Incident], policy: Policy) -> Incident | None:
    standing = [one for one in near if one.stage is not Stage.RESOLVED]
    lately = [one for one in near if one.resolved is not None and at - one.resolved <= policy.reopen]
    return _last(
        [one for one in (*lately, *standing) if _had(one, told)]
        or [one for one in standing if at - one.gathered <= policy.gather]
        or lately
    )


def _last(incidents: Iterable[Incident]) -> Incident | None:
    return max(incidents, key=lambda one: (one.gathered, one.id), default=None)


def _end(holder: Incident, moved: Moved, at: Micros) -> list[Act]:
    at = max(at, holder.at)
    acts = list(_acts(holder.id, at, (moved,)))
    if holder.stage is not Stage.RESOLVED and not apply(holder, acts[0]).active:
        acts += _acts(holder.id, at, (Resolved(),))
    return acts


def _has(incident: Incident, told: Transition) -> bool:
    return any(one.incident == told.incident for one in incident.alerts)


def _had(incident: Incident, told: Transition) -> bool:
    slot = (told.indicator, told.kind, told.severity)
    return any((one.indicator, one.kind, one.severity) == slot for one in incident.alerts)


def _acts(name: str, at: Micros, whats: Iterable[What], source: str = SOURCE) -> Iterator[Act]:
    return (Act(name, at, SYSTEM, source, what) for what in whats)
