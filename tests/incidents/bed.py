"""What the tests of incidents are laid on: short builders, a policy, tables in memory."""

import sqlite3
from collections.abc import Sequence

import msgspec

from ioc.incidents.clerk import Clerk
from ioc.incidents.duty import ANY, Duty, Policy, Step
from ioc.incidents.model import (
    Act,
    Asked,
    Escalated,
    Incident,
    Match,
    Overdue,
    Silence,
    What,
)
from ioc.incidents.rules import Rules
from ioc.incidents.tables import SCHEMA
from ioc.model import HOUR, MINUTE, Kind, Micros, Notification, Severity, State, Status, Transition

T0: Micros = 1_741_734_000_000_000  # 2025-03-12 06:00 in Vietnam
LADDER = Duty(
    steps=(
        Step(5 * MINUTE, ("duty-officer",), ("console",)),
        Step(10 * MINUTE, ("chief", "duty-officer"), ("console",)),
    ),
    repeats=1,
    unacknowledge=4 * HOUR,
)
POLICY = Policy(duties={ANY: LADDER, "so-y-te": Duty()})
PARENTS = {"an-thoi": "giong-trom", "giong-trom": "ben-tre", "cho-lach": "ben-tre"}
WHO = ("Trực ban", "test")


def lineage(site: str) -> frozenset[str]:
    above = PARENTS.get(site)
    return frozenset({site}) | (lineage(above) if above else frozenset())


def at(minutes: float) -> Micros:
    return T0 + int(minutes * MINUTE)


def step(
    alert: str, after: Status = Status.FIRING, minutes: float = 0, revision: int = 1, **more: object
) -> Transition:
    plain = Transition(
        rule="salinity-critical",
        site="an-thoi",
        field="environment",
        indicator="salinity",
        kind=Kind.ABOVE,
        severity=Severity.CRITICAL,
        before=Status.PENDING if after is Status.FIRING else Status.FIRING,
        after=after,
        at=at(minutes),
        since=at(minutes),
        value=4.6,
        bound=4.0,
        upper=None,
        state=State.PROVISIONAL,
        basis="QCVN 08:2023/BTNMT",
        incident=alert,
        revision=revision,
    )
    return msgspec.structs.replace(plain, **more)


def note(told: Transition, receiver: str = "duty-officer") -> Notification:
    return Notification(
        receiver=receiver,
        channel="console",
        address="x",
        incident=told.incident,
        revision=told.revision,
        transition=told,
        subject="",
        text=f"{told.site} {told.after}",
    )


def urge(incident: Incident, act: Act) -> list[Notification]:
    what = act.what
    names: tuple[str, ...] = ()
    if isinstance(what, Escalated):
        names = what.officials
    elif isinstance(what, Asked):
        names = (what.of,)
    elif isinstance(what, Overdue):
        names = (incident.asks[what.ask - 1].of,)
    told = msgspec.structs.replace(incident.alerts[-1], incident=incident.id, revision=incident.acts)
    return [note(told, name) for name in names]


RULES = Rules(POLICY, lambda indicator: f"office-of-{indicator}", lineage, lambda told: [note(told)], urge)


class Turn(msgspec.Struct):
    """What a batch made of the alerts."""

    transitions: list[Transition] = []
    known: list[Micros] = []
    notifications: list[Notification] = []


class Bench:
    """A clerk over tables in memory; `sent` is what would be in the outbox."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.executescript(SCHEMA)
        self.now = T0
        self.clerk = Clerk(rules, lambda: self.now)
        self.sent: list[Notification] = []

    def move(self, minutes: float) -> None:
        """Set the clock and let pass what falls due."""
        self.now = max(self.now, at(minutes))
        if self.clerk.is_due(self.db, self.now):
            self.sent += self.clerk.elapse(self.db, self.now)

    def take(self, *steps: Transition) -> None:
        notes = [note(told) for told in steps if told.revision and told.after in {Status.FIRING, Status.RESOLVED}]
        turn = Turn(list(steps), [self.now] * len(steps), notes)
        self.sent += self.clerk.take(self.db, turn)

    def do(self, name: str, what: What, who: tuple[str, str] = WHO) -> Incident:
        incident, notes = self.clerk.perform(self.db, name, what, who, self.now)
        self.sent += notes
        return incident

    def silence(self, minutes: float, match: Match | None = None, **more: object) -> Silence:
        wanted = Silence("", match or Match(sites=("an-thoi",)), "Trực ban", "hiệu chuẩn", self.now, at(minutes))
        return self.clerk.silence(self.db, msgspec.structs.replace(wanted, **more), "test", self.now)

    def end(self, name: str) -> None:
        self.sent += self.clerk.end_silence(self.db, name, WHO, self.now)[1]

    def said(self) -> list[str]:
        """Who was sent what, by receiver and name, since the last call."""
        said = [f"{one.receiver} {one.incident.partition('-')[0]}/{one.transition.after}" for one in self.sent]
        self.sent.clear()
        return said


def kinds(acts: Sequence[Act]) -> list[str]:
    return [act.kind for act in acts]
