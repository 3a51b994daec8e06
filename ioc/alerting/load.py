"""How many messages an official gets: by week, by night, on the worst day, in the worst ten minutes. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from indicators.spec import local_day, local_time
from ioc.model import Micros, Notification, Transition

NIGHT = (22, 6)

Tell = Callable[[Transition], Sequence[Notification]]


class Week(NamedTuple):
    """The messages of one official in one ISO week, e.g. `2025-W11`; `by_night` from 22:00 to 06:00 local time."""

    receiver: str
    week: str
    messages: int
    by_night: int


def times(transitions: Iterable[Transition], tell: Tell) -> dict[str, list[Micros]]:
    """When each official would be told of these, in order; every channel counts."""
    told: dict[str, list[Micros]] = {}
    for transition in transitions:
        for note in tell(transition) if transition.revision else ():
            told.setdefault(note.receiver, []).append(transition.at)
    return {receiver: sorted(told[receiver]) for receiver in sorted(told)}


def weeks(told: Mapping[str, Sequence[Micros]]) -> list[Week]:
    """Every week in which an official got something, by official."""
    found = []
    for receiver, moments in told.items():
        all_of_them = Counter(map(_week, moments))
        by_night = Counter(_week(at) for at in moments if is_night(at))
        found += [Week(receiver, week, n, by_night[week]) for week, n in sorted(all_of_them.items())]
    return found


def is_night(at: Micros) -> bool:
    """Whether people sleep then."""
    start, end = NIGHT
    hour = local_time(at).hour
    return hour >= start or hour < end


def worst(moments: Sequence[Micros], width: Micros) -> int:
    """The most that fall into any stretch of that width; `moments` in order."""
    most = first = 0
    for last, at in enumerate(moments):
        while at - moments[first] >= width:
            first += 1
        most = max(most, last - first + 1)
    return most


def worst_day(moments: Iterable[Micros]) -> tuple[date | None, int]:
    """The local day with the most, the first of several, and how many."""
    days = Counter(map(local_day, moments))
    return max(days.items(), key=lambda day: (day[1], -day[0].toordinal()), default=(None, 0))


def _week(at: Micros) -> str:
    year, week, _ = local_day(at).isocalendar()
    return f"{year}-W{week:02}"
