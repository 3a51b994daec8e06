"""The values that the parts of the engine hand to each other.

Times are whole microseconds since 1970-01-01T00:00:00Z (`Micros`). Ids match `[a-z0-9-]{1,64}`.
Severities and states are integer codes because the time-series store keeps them as such.
"""

from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

import msgspec

Micros = int

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Micros = 1_000_000
MINUTE: Micros = 60 * SECOND
HOUR: Micros = 60 * MINUTE
DAY: Micros = 24 * HOUR


def micros(moment: datetime) -> Micros:
    """The microseconds of an aware moment, exact (no float in between)."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(at: Micros) -> datetime:
    """The aware UTC moment of `at`."""
    return EPOCH + timedelta(microseconds=at)


class State(IntEnum):
    """How mature a value is; the Statistics Law tells the last three apart."""

    PROVISIONAL = 0
    ESTIMATE = 1
    PRELIMINARY = 2
    OFFICIAL = 3


class Severity(IntEnum):
    """How far from normal; OK is what a sample within every limit gets."""

    OK = 0
    INFO = 1
    WARNING = 2
    CRITICAL = 3


class Status(StrEnum):
    """Where an alert stands."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class Kind(StrEnum):
    """What a rule watches for; `external` is what another system has told us."""

    ABOVE = "above"
    BELOW = "below"
    OUTSIDE = "outside"
    NO_DATA = "no-data"
    RISING = "rising"
    FALLING = "falling"
    STUCK = "stuck"
    GAP = "gap"
    COUNT = "count"
    COMBINATION = "combination"
    SOURCE_DOWN = "source-down"
    EXTERNAL = "external"


class Reason(StrEnum):
    """Why an input was refused. Closed, so that it can label a counter."""

    NOT_JSON = "not-json"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    TOO_MANY = "too-many"
    SCHEMA = "schema"
    TOPIC = "topic"
    UNKNOWN_SITE = "unknown-site"
    UNKNOWN_FIELD = "unknown-field"
    UNKNOWN_INDICATOR = "unknown-indicator"
    NOT_ENTITLED = "not-entitled"
    SITE_CLOSED = "site-closed"
    NOT_A_NUMBER = "not-a-number"
    NO_TIME = "no-time"
    NAIVE_TIME = "naive-time"
    FUTURE = "future"
    UNIT = "unit"
    RANGE = "range"
    SPOOF = "spoof"
    STORE = "store"


class Message(msgspec.Struct, frozen=True, gc=False):
    """What a collector hands over: raw bytes with the token that acknowledges them.

    `topic` carries the address `ioc/v1/...` whatever the transport; `identity` is the authenticated sender, if known.
    """

    topic: str
    payload: bytes
    token: int
    source: str
    identity: str | None = None


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One value of a series (site + indicator), in the indicator's own unit.

    `received_at` is 0 until the journal stamps it at commit, never decreasing along the log.
    `original` keeps value and unit as sent when they were converted.
    """

    site: str
    field: str
    indicator: str
    at: Micros
    value: float
    state: State = State.PROVISIONAL
    source: str = ""
    original: str | None = None
    received_at: Micros = 0

    @property
    def series(self) -> str:
        """The identity of the series: `site/indicator`."""
        return f"{self.site}/{self.indicator}"


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A committed sample and its place in the journal (1, 2, 3 ...)."""

    seq: int
    sample: Sample


class Rejection(msgspec.Struct, frozen=True, gc=False):
    """A refused input and its first 4 KiB; `position`: its index in a batch; `detail` names the offender in English."""

    reason: Reason
    source: str
    topic: str
    payload: bytes
    detail: str
    position: int | None = None


class Detail(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a rule says beyond its bounds.

    `span`: the window of a change, or how long a value may stay. `deadline`: the last day of a plan (ISO). `level`,
    `least`: which sites are counted, and from which severity on. `name_*`: what a combination is called. `sites`,
    `fields`: where the series of a source lie.
    """

    span: Micros = 0
    deadline: str = ""
    level: str = ""
    least: Severity = Severity.OK
    name_vi: str = ""
    name_en: str = ""
    sites: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


CLOSED = "closed"
"""The reason of an end without a value: the series is watched no more."""


class Transition(msgspec.Struct, frozen=True):
    """One step of one alert, as written to the event log.

    `at` is logical time: the sample's own time, or the deadline of the timer that ran out; never "when we noticed".
    `since` is when the condition began. `bound` is the limit crossed (the lower of `outside`), `upper` the other end.
    Of a gap, `value` is what is there, `bound` what should be by now, `upper` the target. `revision` 0: nobody is told.
    """

    rule: str
    site: str
    field: str
    indicator: str
    kind: Kind
    severity: Severity
    before: Status
    after: Status
    at: Micros
    since: Micros
    value: float | None
    bound: float | None
    upper: float | None
    state: State
    basis: str
    incident: str
    revision: int
    detail: Detail | None = None
    reason: str = ""


class Placing(StrEnum):
    """Where a unit stands: "4 g/L", "91%", "cấp 2"; nowhere for a bare figure; "có" or "không" for 1 or 0."""

    AFTER = "after"
    JOINED = "joined"
    BEFORE = "before"
    ALONE = "alone"
    YES_NO = "yes-no"


class Slots(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says, in the words and figures of its reader; every rendering is made from these.

    Texts are free of control and direction marks. `value`, `lower` and `upper` are figures without their unit, "" when
    there is none; `unit_words` is the unit in full; `basis` is "" for a working limit; `mark` is `incident/revision`.
    `turns`: how often it fired while it chattered; 0 when this is the plain news.
    """

    lang: str
    kind: Kind
    severity: Severity
    status: Status
    state: State
    place: str
    name: str
    value: str
    lower: str
    upper: str
    unit: str
    unit_words: str
    basis: str
    since: Micros
    at: Micros
    mark: str
    detail: Detail = Detail()
    reason: str = ""
    placing: Placing = Placing.AFTER
    turns: int = 0


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One alert in a digest: where it stands now, how often it fired, and a line for people.

    `is_repeat`: the official has been told before, in a message of its own.
    """

    incident: str
    revision: int
    site: str
    field: str
    indicator: str
    kind: Kind
    severity: Severity
    status: Status
    at: Micros
    turns: int
    is_repeat: bool
    line: str


class Notification(msgspec.Struct, frozen=True):
    """One message to one receiver, kept in the outbox until its outcome is known.

    The pair (incident, revision) names it for whoever gets it twice. Without `slots` a channel says `text`. A digest
    has `items`, its `text` is their summary, its `transition` the gravest of theirs; `lang` is that of its words.
    """

    receiver: str
    channel: str
    address: str
    incident: str
    revision: int
    transition: Transition
    subject: str
    text: str
    slots: Slots | None = None
    items: tuple[Item, ...] = ()
    lang: str = "vi"


class OutboxRow(NamedTuple):
    """A message in the outbox, and what has happened to it.

    `passed` is when it was let through, `held` since when it is held back, `told_in` the number of the digest that
    names it, `detail` the reason, or the provider's number of it.
    """

    number: int
    message: Notification
    attempts: int = 0
    passed: Micros | None = None
    held: Micros | None = None
    told_in: int | None = None
    state: str = "waiting"
    detail: str = ""
