"""An incident, the acts that make its log, and a silence. Pure values.

An incident is the fold of its acts (`ioc.incidents.fold`): nothing about it is known that is not in its log.
"""

from enum import StrEnum

import msgspec

from ioc.model import Kind, Micros, Severity, Status, Transition

SYSTEM = ""
"""Who acted when nobody did."""


class Stage(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Match(msgspec.Struct, frozen=True):
    """Which alerts are meant; an empty list means all. A site stands for all that lies below it too."""

    sites: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    severities: tuple[Severity, ...] = ()


class Silence(msgspec.Struct, frozen=True):
    """Nobody is told about what matches in [start, end). `is_maintenance`: planned work, which stops the clocks too."""

    id: str
    match: Match
    author: str
    reason: str
    start: Micros
    end: Micros
    is_maintenance: bool = False
    ended_by: str | None = None


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """The first act. `owner` is the office that answers for it."""

    site: str
    field: str
    owner: str


class Moved(msgspec.Struct, frozen=True, tag="moved"):
    """An alert began or ended; `silence` is the id of what kept it from being told, if anything did."""

    transition: Transition
    silence: str = ""


class Acknowledged(msgspec.Struct, frozen=True, tag="acknowledged"):
    """Somebody took it on, up to `until` at most, when it stood at `severity`."""

    comment: str = ""
    until: Micros | None = None
    severity: Severity = Severity.OK


class Unacknowledged(msgspec.Struct, frozen=True, tag="unacknowledged"):
    """Nobody has it any more."""

    comment: str = ""


class Worsened(msgspec.Struct, frozen=True, tag="worsened"):
    """What is told now is graver than what somebody took on, or than all were told of: who has it is asked anew.

    `was`: as grave as it was then. `by`: who had acknowledged it; "" when the ladder had come to its end instead.
    """

    severity: Severity
    was: Severity
    by: str = ""


class Assigned(msgspec.Struct, frozen=True, tag="assigned"):
    """It is for `to`, an official or a person's name, to handle."""

    to: str


class Commented(msgspec.Struct, frozen=True, tag="commented"):
    """Somebody wrote something down."""

    text: str


class Asked(msgspec.Struct, frozen=True, tag="asked"):
    """An explanation is wanted of `of` by `due`; `told`: the officials who were asked, None where that was not kept."""

    of: str
    text: str
    due: Micros
    told: tuple[str, ...] | None = None


class Answered(msgspec.Struct, frozen=True, tag="answered"):
    """The explanation of request number `ask` (1, 2, 3 ...)."""

    ask: int
    text: str


class Overdue(msgspec.Struct, frozen=True, tag="overdue"):
    """Request number `ask` was not answered in time."""

    ask: int


class Escalated(msgspec.Struct, frozen=True, tag="escalated"):
    """Step number `step` (1, 2, 3 ...) of the ladder was taken: these officials are told."""

    step: int
    officials: tuple[str, ...] = ()


class Resolved(msgspec.Struct, frozen=True, tag="resolved"):
    """It is over: by itself when its last alert ended, or by a person, who says why."""

    comment: str = ""


class Reopened(msgspec.Struct, frozen=True, tag="reopened"):
    """It was not over."""

    comment: str = ""


class Silenced(msgspec.Struct, frozen=True, tag="silenced"):
    """A silence or a maintenance was set up."""

    silence: Silence


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """A silence or a maintenance was ended before its time."""


What = (
    Opened
    | Moved
    | Acknowledged
    | Unacknowledged
    | Worsened
    | Assigned
    | Commented
    | Asked
    | Answered
    | Overdue
    | Escalated
    | Resolved
    | Reopened
    | Silenced
    | Ended
)


class Act(msgspec.Struct, frozen=True):
    """One line of the log: who (SYSTEM: nobody), when, what, from where. `subject`: the incident or the silence."""

    subject: str
    at: Micros
    by: str
    source: str
    what: What

    @property
    def kind(self) -> str:
        """The word for what was done."""
        return str(self.what.__struct_config__.tag)


class Ask(msgspec.Struct, frozen=True):
    """A request for an explanation, and what came of it."""

    number: int
    by: str
    of: str
    text: str
    due: Micros
    answer: str = ""
    answered_by: str = ""
    answered: Micros | None = None
    is_overdue: bool = False


class Ladder(msgspec.Struct, frozen=True):
    """Since when the next step of the escalation is waited for, how many were taken, the gravest that was told then."""

    since: Micros
    steps: int = 0
    severity: Severity = Severity.OK


class Acknowledgement(msgspec.Struct, frozen=True):
    """Who has it, since when, up to which severity, and until when if nobody renews it."""

    by: str
    at: Micros
    severity: Severity
    until: Micros | None
    comment: str


class Incident(msgspec.Struct, frozen=True):
    """What is known of an incident. `acts` counts its log and is its revision; `at` is when the last of them was.

    `alerts`: the latest step of each; `untold`: those that fire and that silences have kept back; `gathered`: when one
    last began to fire; `peak`: the worst there ever was; `open_since`: when it was last open to be taken on.
    """

    id: str
    site: str
    field: str
    owner: str
    opened: Micros
    at: Micros
    acts: int
    stage: Stage = Stage.OPEN
    alerts: tuple[Transition, ...] = ()
    untold: tuple[str, ...] = ()
    gathered: Micros = 0
    peak: Severity = Severity.OK
    acknowledgement: Acknowledgement | None = None
    first_acknowledged: Micros | None = None
    assignee: str = ""
    asks: tuple[Ask, ...] = ()
    ladder: Ladder | None = None
    open_since: Micros = 0
    resolved: Micros | None = None

    @property
    def active(self) -> tuple[Transition, ...]:
        """The alerts that are firing."""
        return tuple(told for told in self.alerts if told.after is Status.FIRING)

    @property
    def severity(self) -> Severity:
        """The worst of what is firing."""
        return max((told.severity for told in self.active), default=Severity.OK)

    @property
    def told_severity(self) -> Severity:
        """The worst of what is firing and was told to somebody; OK when nothing was."""
        untold = frozenset(self.untold)
        known = (told for told in self.active if told.revision > 0 and told.incident not in untold)
        return max((told.severity for told in known), default=Severity.OK)

    def covers(self, alert: str) -> bool:
        """Whether somebody has taken on that alert of the incident, or nobody needs to any more."""
        if alert not in {self.id, *(told.incident for told in self.active)}:  # over, and maybe fired again as another
            return True
        if self.stage is Stage.OPEN or self.acknowledgement is None:
            return self.stage is Stage.RESOLVED
        ceiling = self.acknowledgement.severity
        return all(told.severity <= ceiling for told in self.active if told.incident == alert)
