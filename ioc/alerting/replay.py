"""The journal judged once more, and what would have been otherwise. Pure, given a journal to read.

The journal does not say how far idle time has run, nor since when a series that never spoke was awaited; both stand in
the record of the live run. A replay takes them from there and stops where the record stops, so that with the same
limits it writes the same log, byte for byte. Where the journal no longer goes back to its first entry, alerts that
had begun before are not known: the first days of such a replay are for warming up.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import msgspec

from ioc.alerting.judge import Judge
from ioc.alerting.rules import NO_EXTRAS, Extras, Limits, slot
from ioc.alerting.turn import Memory
from ioc.model import Entry, Micros, Transition

BATCH = 5000


class Past(Protocol):
    """The journal, as far as replaying needs it."""

    def read(self, after: int, limit: int, /) -> Sequence[Entry]:
        """Up to `limit` entries that follow number `after`."""
        ...


class Kept:
    """Entries numbered from 1, kept in memory."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    def read(self, after: int, limit: int) -> Sequence[Entry]:
        """Up to `limit` entries that follow number `after`."""
        return self._entries[after : after + limit]


class Start(msgspec.Struct, frozen=True):
    """At `at`, with the journal judged up to `cursor`, the run began to await series never heard of.

    With `stopped` it listened again, after a break that began then.
    """

    cursor: int
    at: Micros
    stopped: Micros | None = None


class Record(msgspec.Struct, frozen=True):
    """The log of a run that judged the journal up to number `cursor` and all timers due up to `horizon`.

    `cut`: before that time events are no longer kept; 0: all are.
    """

    cursor: int = 0
    horizon: Micros = 0
    cut: Micros = 0
    starts: tuple[Start, ...] = ()
    events: tuple[Transition, ...] = ()

    @property
    def begins(self) -> Micros:
        """When the run first awaited a series or saw an alert move; 0 when it did neither."""
        return min([*(one.at for one in self.starts[:1]), *(one.at for one in self.events[:1])], default=0)


class Difference(NamedTuple):
    """What only the replay has, and what only the record has."""

    gained: list[Transition]
    lost: list[Transition]


def replay(past: Past, limits: Limits, record: Record, extras: Extras = NO_EXTRAS) -> Iterator[Transition]:
    """Every transition that these limits and rules make of the journal, as far as the recorded run came."""
    judge = Judge(limits, Memory(), extras)
    begins = _begin(past)
    for start in record.starts:
        yield from _judged(judge, past, start.cursor)
        if start.stopped is None:
            judge.await_first(max(start.at, begins))
        else:
            yield from judge.advance(start.stopped).transitions
            judge.resume(start.at)
    yield from _judged(judge, past, record.cursor)
    yield from judge.advance(record.horizon).transitions


def within(transitions: Iterable[Transition], start: Micros, end: Micros) -> list[Transition]:
    """Those whose logical time lies in [start, end)."""
    return [told for told in transitions if start <= told.at < end]


def after_cut(transitions: Iterable[Transition], record: Record) -> list[Transition]:
    """Those that the record would still have, had they been in it."""
    return [told for told in transitions if told.at >= record.cut]


def compare(recorded: Sequence[Transition], replayed: Sequence[Transition]) -> Difference:
    """What differs in place, kind, severity, outcome or time; limits and bases may differ."""
    return Difference(gained=_without(replayed, recorded), lost=_without(recorded, replayed))


def written(transitions: Iterable[Transition]) -> bytes:
    """The lines of an event log."""
    return b"".join(msgspec.json.encode(told) + b"\n" for told in transitions)


def _begin(past: Past) -> Micros:
    """When the journal begins, if not with its first entry: nothing can have been awaited in a replay before."""
    first = past.read(0, 1)
    return first[0].sample.received_at if first and first[0].seq > 1 else 0


def _judged(judge: Judge, past: Past, last: int) -> Iterator[Transition]:
    while judge.cursor < last:
        entries = [entry for entry in past.read(judge.cursor, BATCH) if entry.seq <= last]
        if not entries:
            return
        yield from judge.take(entries).transitions


def _without(these: Sequence[Transition], those: Sequence[Transition]) -> list[Transition]:
    left = Counter(map(_name, those))
    found = []
    for told in these:
        left[_name(told)] -= 1
        if left[_name(told)] < 0:
            found.append(told)
    return found


def _name(told: Transition) -> tuple[str, str, str, str, Micros]:
    return told.site, told.indicator, slot(told.kind, told.severity), told.after, told.at
