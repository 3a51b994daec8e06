"""Incidents of a small centre, in a real `state.db`."""

from functools import partial
from pathlib import Path

import msgspec

from ioc.alerting.ledger import Ledger
from ioc.alerting.outbox import enqueue
from ioc.alerting.reading import reading
from ioc.alerting.turn import Turn
from ioc.clock import Clock
from ioc.incidents.clerk import Clerk
from ioc.incidents.desk import Desk
from ioc.incidents.duty import ANY, Duty, Policy, Step
from ioc.incidents.register import Register
from ioc.incidents.rules import Rules
from ioc.incidents.wording import Words, by_id
from ioc.model import MINUTE, Kind, Severity, State, Status, Transition
from ioc.web.ports import Handling

LADDER = Duty(steps=(Step(5 * MINUTE, ("truc-ban",), ("console",)),))
NAMES = {
    "so-y-te": Words("Sở Y tế", "Health Department"),
    "truc-ban": Words("Trực ban Sở Y tế", "Duty officer, Health"),
}


class Handled:
    """The file, its desk, and alerts as they come."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        rules = Rules(
            policy=Policy(duties={ANY: LADDER}),
            owner=lambda _: "so-y-te",
            lineage=lambda site: frozenset({site, "ben-tre"}),
            tell=lambda _: (),
            urge=lambda _, __: (),
        )
        self.clock = clock
        clerk = Clerk(rules, clock.now)
        path = folder / "state.db"
        self.ledger = Ledger(path, clerk.take)
        read = partial(reading, path)
        self.desk = Desk(clerk, read, self.ledger.writing, enqueue)
        self.handling = Handling(Register(read), self.desk, lambda name: NAMES.get(name, Words(name, name)), by_id)

    def step(self, series: str, alert: str, after: Status = Status.FIRING, **more: object) -> None:
        """One alert begins or ends."""
        site, indicator = series.split("/")
        now = self.clock.now()
        told = Transition(
            rule=f"{indicator}-critical",
            site=site,
            field="environment",
            indicator=indicator,
            kind=Kind.ABOVE,
            severity=Severity.CRITICAL,
            before=Status.PENDING,
            after=after,
            at=now,
            since=now,
            value=4.5,
            bound=4.0,
            upper=None,
            state=State.PROVISIONAL,
            basis="QCVN 08:2023/BTNMT, bảng 1",
            incident=alert,
            revision=1,
        )
        self.ledger.commit(Turn(transitions=[msgspec.structs.replace(told, **more)], known=[now]))
