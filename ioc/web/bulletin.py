"""The list of alerts as people read it: what is pending or firing, and what ended lately, each with its sentence."""

from collections.abc import Iterable, Sequence

import msgspec

from ioc.model import DAY, Micros, Status, Transition
from ioc.web.ports import Sentence

RESOLVED_SHOWN = 10
RESOLVED_FOR = DAY
STANDING = {Status.FIRING: 0, Status.PENDING: 1}


class Notice(msgspec.Struct, frozen=True):
    """One transition for a reader. `key` is the identity of the alert: rule and series."""

    key: str
    rule: str
    site: str
    field: str
    indicator: str
    kind: str
    severity: int
    before: str
    status: str
    at: Micros
    since: Micros
    value: float | None
    bound: float | None
    upper: float | None
    state: int
    basis: str
    incident: str
    revision: int
    sentence: dict[str, str]
    id: int | None = None


def notice(step: Transition, sentence: Sentence, id_: int | None = None) -> Notice:
    """A transition with its sentence in both languages."""
    return Notice(
        key=key(step),
        rule=step.rule,
        site=step.site,
        field=step.field,
        indicator=step.indicator,
        kind=step.kind,
        severity=int(step.severity),
        before=step.before,
        status=step.after,
        at=step.at,
        since=step.since,
        value=step.value,
        bound=step.bound,
        upper=step.upper,
        state=int(step.state),
        basis=step.basis,
        incident=step.incident,
        revision=step.revision,
        sentence={"vi": sentence(step, "vi"), "en": sentence(step, "en")},
        id=id_,
    )


def key(step: Transition) -> str:
    """The identity of an alert: its rule on its series."""
    return f"{step.rule}@{step.site}/{step.indicator}"


def standing(active: Sequence[Transition], events: Iterable[tuple[int, Transition]], now: Micros) -> list[Transition]:
    """What the list shows, worst first: all active alerts, then those resolved within a day, newest first."""
    standing_now = [step for step in active if step.after in STANDING]
    seen = {key(step) for step in standing_now}
    ended: list[Transition] = []
    for step in [*(step for _, step in events), *reversed(active)]:
        if key(step) in seen:
            continue
        seen.add(key(step))
        if step.after is Status.RESOLVED and now - step.at <= RESOLVED_FOR:
            ended.append(step)
    worst_first = sorted(standing_now, key=lambda step: (STANDING[step.after], -step.severity, -step.at))
    return [*worst_first, *sorted(ended, key=lambda step: -step.at)[:RESOLVED_SHOWN]]
