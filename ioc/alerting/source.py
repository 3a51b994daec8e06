"""Sources, and whether a series fell silent alone or with all of its source. Pure.

When a source dies, its series fall silent within one cadence of each other. A series whose source was heard for longer
than half its patience after its own last word died alone; any other waits until the source has been silent for as long
as its most frequent series may be, and is then told as part of it.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from ioc.alerting.spans import Spans
from ioc.alerting.state import Alert
from ioc.alerting.turn import Heard, SeriesKey
from ioc.model import Micros

FEWEST = 3
"""Fewer series than that are told one by one."""
NAMELESS = frozenset({"", "*"})


class Source:
    """From whom samples come: when anything at all was last received, and whether that counts as silence.

    `spans`: for how long those of its series may be silent that are awaited. `hushed`: its series whose silence is not
    told, because the source's is. A source without a name keeps neither: nobody knows what its series have in common.
    """

    __slots__ = ("hushed", "is_down", "is_named", "name", "received", "spans")

    def __init__(self, name: str, received: Micros = 0) -> None:
        self.name = name
        self.is_named = name not in NAMELESS
        self.received = received
        self.is_down = False
        self.spans = Spans()
        self.hushed: set[SeriesKey] = set()

    def hush(self, key: SeriesKey, silence: Alert | None) -> None:
        """Note whether the silence of a series is kept from being told; its alert is untold at revision 0."""
        if self.is_named and silence is not None and silence.revision == 0:
            self.hushed.add(key)
        else:
            self.hushed.discard(key)


class Sources:
    """Every source by its name."""

    def __init__(self, received: Iterable[tuple[str, Micros]]) -> None:
        """Go on from when each was last heard."""
        self._sources = {name: Source(name, at) for name, at in received}
        self._kept = {name: one.received for name, one in self._sources.items()}

    def __iter__(self) -> Iterator[Source]:
        return iter(self._sources.values())

    def named(self, name: str) -> Source:
        """The source of that name, which may be new."""
        return self._sources.get(name) or self._sources.setdefault(name, Source(name))

    def news(self) -> dict[str, Micros]:
        """Those heard since this was last asked, and when."""
        found = {
            name: one.received for name, one in self._sources.items() if name and self._kept.get(name) != one.received
        }
        self._kept |= found
        return found


class Cause(Enum):
    """Why a series is silent."""

    ITSELF = "itself"
    SOURCE = "source"
    UNSURE = "unsure"


class Finding(NamedTuple):
    """What is known at a deadline: the cause, and how long the source may be silent before it counts as down."""

    cause: Cause
    patience: Micros = 0


NOWHERE = Source("*")
"""Where a series comes from that was never heard of: no sample says so."""


def look_into(source: Source, own: Heard, patience: Micros, due: Micros) -> Finding:
    """Why a series is silent at `due` that said its last word at `own.received` and may be silent for `patience`.

    It is awaited no more, so that the source's spans are those of its other series; only those that should speak about
    as often tell anything about the source.
    """
    if source.is_down:
        return Finding(Cause.SOURCE)
    if not source.is_named or source.received > own.received + patience // 2:
        return Finding(Cause.ITSELF)
    peers = [allowed for allowed in source.spans.shortest(FEWEST - 1) if allowed <= 2 * patience]
    if len(peers) < FEWEST - 1:
        return Finding(Cause.ITSELF)
    # Never longer than its own: whoever speaks meanwhile must not find a deadline that lies behind its new one.
    allowed = min(patience, *peers)
    return Finding(Cause.SOURCE if due - source.received >= allowed else Cause.UNSURE, allowed)
