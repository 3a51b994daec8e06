"""What the judge remembers between batches, and what one batch adds to it. Pure."""

from collections.abc import Iterable

import msgspec

from ioc.alerting.measure import Points
from ioc.alerting.state import Alert
from ioc.model import Micros, Notification, Severity, Transition

SeriesKey = tuple[str, str]
"""Site and indicator."""

AlertKey = tuple[str, str, str]
"""Site, indicator and slot."""


TraceKey = tuple[str, str, str]
"""Site, indicator and extra rule: whose points they are."""


class Heard(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """When a series was last heard of. `at`: its newest sample's own time, None before the first.

    `received`: when that arrived, or since when the series is awaited. `due`: when silence becomes an alert, None
    while it is one or nobody waits. `source`: from whom.
    """

    at: Micros | None
    received: Micros
    due: Micros | None
    source: str = ""

    @property
    def span(self) -> Micros | None:
        """For how long it may be silent, counted from `received`."""
        return None if self.due is None else self.due - self.received


class Break(msgspec.Struct, frozen=True, gc=False):
    """The engine judged nothing received after `stopped`, and listens again since `resumed`."""

    stopped: Micros
    resumed: Micros


class Memory(msgspec.Struct):
    """All that a judge needs to go on where another stopped; `horizon` is the latest time of receipt judged.

    `lap`: that of the tape which told `heard`. `traces`: what extra rules have kept. `sources`: when each source was
    last heard.
    """

    cursor: int = 0
    horizon: Micros = 0
    heard: Iterable[tuple[SeriesKey, Heard]] = ()
    lap: int = 0
    alerts: Iterable[tuple[AlertKey, Alert]] = ()
    traces: Iterable[tuple[TraceKey, Points]] = ()
    sources: Iterable[tuple[str, Micros]] = ()


class Turn(msgspec.Struct):
    """The effects of one batch, committed together or not at all; an alert that became ok is None.

    `known`: when each transition was received, or fell due without a sample. `awaited`: the time from which series
    never heard of are expected, where this turn began to; else None. `pause`: the break that this turn ended. `beats`:
    whether the horizon alone is worth keeping. `traces`: without points where they are forgotten. `again`: what else is
    written of when series were heard, in `lap`.
    """

    cursor: int = 0
    horizon: Micros = 0
    heard: dict[SeriesKey, Heard] = {}
    again: list[tuple[SeriesKey, Heard]] = []
    lap: int = 0
    alerts: dict[AlertKey, Alert | None] = {}
    transitions: list[Transition] = []
    known: list[Micros] = []
    judged: list[tuple[int, Severity]] = []
    notifications: list[Notification] = []
    samples: int = 0
    late: int = 0
    awaited: Micros | None = None
    traces: dict[TraceKey, Points] = {}
    sources: dict[str, Micros] = {}
    pause: Break | None = None
    beats: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not (
            self.samples or self.heard or self.alerts or self.transitions or self.traces or self.pause or self.beats
        )
