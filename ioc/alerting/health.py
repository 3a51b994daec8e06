"""The alarm system's own health, after ISA-18.2 and EEMUA 191. Pure, over the event log and the messages it caused."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from ioc.alerting.load import worst, worst_day
from ioc.alerting.rules import slot
from ioc.alerting.turn import AlertKey
from ioc.model import DAY, MINUTE, Micros, Severity, Status, Transition

TEN_MINUTES = 10 * MINUTE
MEAN_GOAL, WORST_GOAL = 1.0, 10
CHATTER = 3
FLEETING: Micros = MINUTE
STANDING: Micros = DAY
NOISIEST = 10

Name = TypeVar("Name", str, AlertKey)


class Episode(NamedTuple):
    """An alert from firing to resolved; `ended` None while it fires."""

    key: AlertKey
    rule: str
    severity: Severity
    fired: Micros
    ended: Micros | None = None


class Burden(NamedTuple):
    """What one official got: messages in all, the mean and the worst per ten minutes and per local day."""

    receiver: str
    messages: int
    per_ten_minutes: float
    worst_ten_minutes: int
    per_day: float
    worst_day: int
    worst_date: date | None

    @property
    def is_fair(self) -> bool:
        """Whether a person can follow: at most 1 in ten minutes on average and 10 in the worst ten."""
        return self.per_ten_minutes <= MEAN_GOAL and self.worst_ten_minutes <= WORST_GOAL


class Health(NamedTuple):
    """The figures of one span. Chattering and fleeting count firings; the noisiest rules count those told or not."""

    burdens: list[Burden]
    shares: dict[Severity, int]
    chattering: list[tuple[AlertKey, int]]
    fleeting: list[tuple[AlertKey, int]]
    standing: list[Episode]
    noisiest: list[tuple[str, int]]
    never: list[str]


def health(
    events: Iterable[Transition], told: Mapping[str, Sequence[Micros]], rules: Iterable[str], start: Micros, end: Micros
) -> Health:
    """What happened in [start, end).

    `events` is the log in order, from the beginning, so that what fired before is known to stand. `told`: when each
    official was told. `rules`: the ids of all rules.
    """
    every = [episode for episode in episodes(events) if episode.fired < end]
    here = [episode for episode in every if episode.fired >= start]
    fired = Counter(episode.rule for episode in here)
    return Health(
        burdens=[_burden(name, [at for at in told[name] if start <= at < end], end - start) for name in sorted(told)],
        shares={severity: sum(one.severity is severity for one in here) for severity in list(Severity)[1:]},
        chattering=_chattering(here),
        fleeting=_most(Counter(one.key for one in here if one.ended is not None and one.ended - one.fired < FLEETING)),
        standing=[one for one in every if (one.ended is None or one.ended >= end) and end - one.fired > STANDING],
        noisiest=_most(fired)[:NOISIEST],
        never=sorted(set(rules) - {episode.rule for episode in every}),
    )


def episodes(events: Iterable[Transition]) -> list[Episode]:
    """The alerts that fired, by the time of firing."""
    found: list[Episode] = []
    open_at: dict[AlertKey, int] = {}
    for told in events:
        key = (told.site, told.indicator, slot(told.kind, told.severity))
        if told.after is Status.FIRING and key not in open_at:
            open_at[key] = len(found)
            found.append(Episode(key, told.rule, told.severity, told.at))
        elif told.after is Status.RESOLVED and key in open_at:
            number = open_at.pop(key)
            found[number] = found[number]._replace(ended=told.at)
    return sorted(found, key=lambda one: (one.fired, one.key))


def _burden(receiver: str, moments: Sequence[Micros], span: Micros) -> Burden:
    most_on, most = worst_day(moments)
    return Burden(
        receiver=receiver,
        messages=len(moments),
        per_ten_minutes=len(moments) * TEN_MINUTES / span,
        worst_ten_minutes=worst(moments, TEN_MINUTES),
        per_day=len(moments) * DAY / span,
        worst_day=most,
        worst_date=most_on,
    )


def _chattering(here: Iterable[Episode]) -> list[tuple[AlertKey, int]]:
    fired: dict[AlertKey, list[Micros]] = {}
    for one in here:
        fired.setdefault(one.key, []).append(one.fired)
    counts = Counter({key: worst(moments, TEN_MINUTES) for key, moments in fired.items()})
    return [(key, count) for key, count in _most(counts) if count >= CHATTER]


def _most(counts: Counter[Name]) -> list[tuple[Name, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))
