"""What the clock does to an incident: the next step of the ladder, an acknowledgement that runs out, an answer overdue.

Every one has a time at which it falls due, and that is the time written down, however late it was noticed: a restart
leaves no trace. After an outage longer than GRACE a step of the ladder counts from when it was noticed instead, so that
nobody is passed over because the centre was down.

Maintenance stops the clock of the ladder. A silence does not, but a step that falls due in it waits for its end.
"""

from collections.abc import Iterator, Sequence

from ioc.incidents.duty import Policy
from ioc.incidents.fold import apply
from ioc.incidents.model import SYSTEM, Act, Escalated, Incident, Overdue, Silence, Unacknowledged, What
from ioc.model import MINUTE, Micros

GRACE = 10 * MINUTE
SOURCE = "clock"


def elapse(incident: Incident, policy: Policy, silences: Sequence[Silence], now: Micros) -> list[Act]:
    """The acts that the clock causes up to `now`, in order. `silences`: those over everything that is firing."""
    acts: list[Act] = []
    while events := [event for event in _events(incident, policy, silences) if event[0] <= now]:
        at, what = min(events, key=lambda event: event[0])
        if isinstance(what, Escalated) and now - at > GRACE:
            at = now
        acts.append(Act(incident.id, max(at, incident.at), SYSTEM, SOURCE, what))
        incident = apply(incident, acts[-1])
    return acts


def due(incident: Incident, policy: Policy) -> Micros | None:
    """Before that time the clock does nothing to the incident; None: never."""
    return min((at for at, _ in _events(incident, policy, ())), default=None)


def next_step(incident: Incident, policy: Policy, silences: Sequence[Silence] = ()) -> Micros | None:
    """When the next official is told if nobody acknowledges; None: never."""
    step = None if incident.ladder is None else policy.duty(incident.owner).next(incident.ladder.steps)
    if step is None or incident.ladder is None:
        return None
    return waited(incident.ladder.since, step.wait, silences)


def waited(since: Micros, wait: Micros, silences: Sequence[Silence]) -> Micros:
    """When a wait is over that began at `since`; `silences` by their start."""
    at = since + wait
    clear = since
    for one in silences:
        start = max(one.start, clear)
        if not one.is_maintenance or one.end <= start:
            continue
        if start < at:
            at += one.end - start
            clear = one.end
    for one in silences:
        if one.start <= at < one.end:
            at = one.end
    return at


def _events(incident: Incident, policy: Policy, silences: Sequence[Silence]) -> Iterator[tuple[Micros, What]]:
    for ask in incident.asks:
        if ask.answered is None and not ask.is_overdue:
            yield ask.due, Overdue(ask.number)
    if incident.acknowledgement is not None and incident.acknowledgement.until is not None:
        yield incident.acknowledgement.until, Unacknowledged()
    at = next_step(incident, policy, silences)
    if at is not None and incident.ladder is not None:
        step = policy.duty(incident.owner).next(incident.ladder.steps)
        if step is not None:
            yield at, Escalated(incident.ladder.steps + 1, step.officials)
