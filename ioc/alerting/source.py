"""Sources, and whether a series fell silent alone or with all of its source. Pure.

When a source dies, its series fall silent within one cadence of each other. A series whose source was heard for longer
than half its patience after its own last word died alone; any other waits until the source has been silent for as long
as its most frequent series may be, and is then told as part of it.
"""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from ioc.alerting.turn import Heard
from ioc.model import Micros

FEWEST = 3
"""Fewer series than that are told one by one."""


class Source:
    """From whom samples come: when anything at all was last received, and whether that counts as silence."""

    __slots__ = ("is_down", "name", "received")

    def __init__(self, name: str, received: Micros = 0, *, is_down: bool = False) -> None:
        self.name = name
        self.received = received
        self.is_down = is_down


class Cause(Enum):
    """Why a series is silent."""

    ITSELF = "itself"
    SOURCE = "source"
    UNSURE = "unsure"


class Finding(NamedTuple):
    """What is known at a deadline: the cause, and how long the source may be silent before it counts as down."""

    cause: Cause
    patience: Micros = 0


NAMELESS = frozenset({"", "*"})
NOWHERE = Source("*")
"""Where a series comes from that was never heard of: no sample says so."""


def look_into(source: Source, own: Heard, patience: Micros, due: Micros, others: Iterable[Heard]) -> Finding:
    """Why a series is silent at `due` that said its last word at `own.received` and may be silent for `patience`.

    `others` are the source's other series; only those that should speak about as often tell anything about the source.
    """
    if source.is_down:
        return Finding(Cause.SOURCE)
    if source.name in NAMELESS or source.received > own.received + patience // 2:
        return Finding(Cause.ITSELF)
    awaited = (one.due - one.received for one in others if one.due is not None)
    peers = [allowed for allowed in awaited if allowed <= 2 * patience]
    if len(peers) < FEWEST - 1:
        return Finding(Cause.ITSELF)
    # Never longer than its own: whoever speaks meanwhile must not find a deadline that lies behind its new one.
    allowed = min(patience, *peers)
    return Finding(Cause.SOURCE if due - source.received >= allowed else Cause.UNSURE, allowed)
