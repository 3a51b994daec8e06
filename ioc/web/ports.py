"""What the console needs from the rest of the engine."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from indicators.spec import Field, Indicator, Limit, Period, Series, Site, Target, Unit
from ioc.clock import Clock
from ioc.incidents.desk import Desk
from ioc.incidents.register import Register
from ioc.incidents.wording import Label, Words
from ioc.model import Entry, Micros, OutboxRow, Sample, State, Transition
from ioc.telemetry import Counts

Sentence = Callable[[Transition, str], str]
"""Says a transition in one sentence, in `vi` or `en`."""

Inlet = Callable[[bytes, Mapping[str, str]], int]
"""Takes what another system posts: body and headers (names in lower case) in, HTTP status out. Any thread."""

Flagged = Callable[[Collection[Micros]], Sequence[tuple[Micros, Micros]]]
"""The stretches of receipt, among these times, in which the machine's clock and ours were apart."""

Ready = Callable[[], Mapping[str, bool]]
"""Which parts of the engine are ready, by name."""


class DeadLetter(Protocol):
    """A refused input as kept."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def received_at(self) -> Micros: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def payload(self) -> bytes: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102
    @property
    def detail(self) -> str: ...  # noqa: D102
    @property
    def position(self) -> int | None: ...  # noqa: D102


class Balance(Protocol):
    """What became of the inputs of one source in one hour of receipt."""

    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def hour(self) -> Micros: ...  # noqa: D102
    @property
    def received(self) -> int: ...  # noqa: D102
    @property
    def stored(self) -> int: ...  # noqa: D102
    @property
    def duplicate(self) -> int: ...  # noqa: D102
    @property
    def dead(self) -> int: ...  # noqa: D102
    @property
    def difference(self) -> int: ...  # noqa: D102


class Log(Protocol):
    """The journal, read only. May be called from any thread; every call is bounded by its `limit`."""

    @property
    def tail(self) -> int:
        """The number of the last committed sample, 0 when there is none."""
        ...

    def read(self, after: int, limit: int) -> list[Entry]:
        """Up to `limit` entries numbered above `after`, in order."""
        ...

    def latest(self) -> list[Entry]:
        """The newest entry (by measured time) of every series."""
        ...

    def history(self, site: str, indicator: str, start: Micros, end: Micros, limit: int) -> list[Sample]:
        """The newest `limit` samples measured in [start, end], by time, one for each time."""
        ...

    def dead_letters(self, limit: int) -> Sequence[DeadLetter]:
        """The newest refusals, newest first."""
        ...

    def counts(self) -> dict[tuple[str, str], int]:
        """How many inputs had which outcome, by (source, outcome): `stored`, `duplicate` or a refusal's reason."""
        ...

    def ledger(self, since: Micros) -> Sequence[Balance]:
        """What became of the inputs of every source and hour of receipt since then, newest first."""
        ...


class Alerts(Protocol):
    """The alert states and their event log, read only. Called on the event loop, a few times a second at most."""

    def active(self) -> list[Transition]:
        """The last transition of every alert that is pending or firing; some lately resolved may be among them."""
        ...

    def events(self, limit: int, before_id: int | None) -> list[tuple[int, Transition]]:
        """The newest `limit` transitions with their numbers, below `before_id` if given, newest first."""
        ...


class Messages(Protocol):
    """The messages to officials, read only. May be called from any thread."""

    def newest(self, limit: int, before: int | None) -> Sequence[OutboxRow]:
        """The newest `limit` messages with a number below `before` if given, newest first."""
        ...

    def counts(self) -> Mapping[str, int]:
        """How many messages are in each state."""
        ...


class Rollup(Protocol):
    """A value of a period, combined from `n` of `m` expected parts; None exactly when `gap` is above 0."""

    @property
    def start(self) -> Micros: ...  # noqa: D102
    @property
    def value(self) -> float | None: ...  # noqa: D102
    @property
    def n(self) -> int: ...  # noqa: D102
    @property
    def m(self) -> int: ...  # noqa: D102
    @property
    def numerator(self) -> float | None: ...  # noqa: D102
    @property
    def denominator(self) -> float | None: ...  # noqa: D102
    @property
    def low(self) -> float | None: ...  # noqa: D102
    @property
    def high(self) -> float | None: ...  # noqa: D102
    @property
    def state(self) -> State: ...  # noqa: D102
    @property
    def complete(self) -> bool: ...  # noqa: D102
    @property
    def gap(self) -> int: ...  # noqa: D102
    @property
    def revision(self) -> int: ...  # noqa: D102


class Rollups(Protocol):
    """The roll-ups, read only. May be called from any thread."""

    def lookup(
        self, site: str, indicator: str, axis: str, kind: Period, within: tuple[Micros, Micros], limit: int
    ) -> Sequence[Rollup]:
        """The first `limit` roll-ups of periods that have a part in [start, end), by time."""
        ...


class Catalogue(Protocol):
    """The indicators, places, limits and targets."""

    @property
    def sites(self) -> Mapping[str, Site]: ...  # noqa: D102
    @property
    def fields(self) -> Mapping[str, Field]: ...  # noqa: D102
    @property
    def units(self) -> Mapping[str, Unit]: ...  # noqa: D102
    @property
    def indicators(self) -> Mapping[str, Indicator]: ...  # noqa: D102

    def series(self, at: Micros) -> Collection[Series]:
        """Every series that is watched at a moment."""
        ...

    def watched(self, site_id: str, indicator_id: str, at: Micros) -> Series | None:
        """The series, if the site was open and entitled to the indicator at a moment."""
        ...

    def limits_for(self, site_id: str, indicator_id: str, at: Micros) -> Sequence[Limit]:
        """The limits that judge a series at a moment."""
        ...

    def targets_for(self, site_id: str, indicator_id: str, at: Micros) -> Sequence[Target]:
        """The targets that hold for a series at a moment, by deadline."""
        ...

    def place(self, site_id: str, lang: str) -> str:
        """The name of a site with where it lies."""
        ...


@dataclass(frozen=True, slots=True)
class Handling:
    """Where incidents are asked about and acted upon.

    `name`: what an office or an official is called, by id; `label`: likewise a site, a field, an indicator.
    """

    register: Register
    desk: Desk
    name: Callable[[str], Words]
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of the engine that the console shows; without `handling` it has no incidents."""

    log: Log
    alerts: Alerts
    rollups: Rollups
    catalogue: Catalogue
    sentence: Sentence
    clock: Clock
    counts: Counts
    ready: Ready
    messages: Messages | None = None
    inlets: Mapping[str, Inlet] = field(default_factory=dict)
    flagged: Flagged = lambda _: ()
    handling: Handling | None = None
