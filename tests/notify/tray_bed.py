"""A tray on a real outbox, with a clock that the test moves and a channel that takes whatever it gets."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from ioc.alerting.ledger import Ledger
from ioc.alerting.outbox import Outbox
from ioc.alerting.turn import Turn
from ioc.clock import ManualClock
from ioc.model import SECOND, Micros, Notification, Severity, Status
from ioc.notify.allowance import Allowance
from ioc.notify.directory import Directory, Official, Route
from ioc.notify.route import notifications
from ioc.notify.tray import Tray
from ioc.telemetry import Counts
from tests.notify.test_sentence import CATALOGUE, T0, transition

CHANNELS = {"email": "duty@example.com", "sms": "0900000000"}


def official(name: str = "duty", **changes: object) -> Official:
    values: dict[str, object] = {"id": name, "title_vi": name, "title_en": name, "channels": CHANNELS}
    return Official(**{**values, **changes})  # type: ignore[arg-type]


RETRY = 30 * SECOND


class Office:
    """`tell` puts news into the outbox; `work` lets the tray do a round and keeps what was sent, with the time.

    `down` says what becomes of messages on some channels instead: `failed`, or `retry` half a minute later.
    """

    def __init__(
        self,
        path: Path,
        officials: Sequence[Official] = (official(),),
        channels: tuple[str, ...] = ("email",),
        allowance: Allowance | None = None,
    ) -> None:
        self.path = path / "state.db"
        self.clock = ManualClock(T0)
        self.allowance = allowance or Allowance()
        names = tuple(one.id for one in officials)
        route = Route(severity="info", officials=names, channels=channels)
        self.people = Directory(officials=tuple(officials), routes=(route,))
        self.acknowledged: set[str] = set()
        self.silent: dict[str, Micros] = {}
        self.down: dict[str, str] = {}
        self.tries: list[tuple[Micros, Notification]] = []
        self.sent: list[tuple[Micros, Notification]] = []
        self.told: list[Notification] = []
        self.open()

    def open(self) -> None:
        self.ledger = Ledger(self.path)
        self.ledger._db.execute("pragma synchronous = off")  # processes die here, machines do not
        self.outbox = Outbox(self.ledger)
        self.tray = Tray(self.outbox, self.people, CATALOGUE, self.allowance, Counts(), self.unheard)

    def unheard(self, name: str) -> Micros | None:
        return None if name in self.acknowledged else self.silent.get(name, 0)

    def restart(self) -> None:
        self.ledger.close()
        self.open()

    def tell(self, **changes: object) -> None:
        self.tell_all([changes])

    def tell_all(self, many: Iterable[dict[str, object]]) -> None:
        turn = Turn(samples=1)
        for changes in many:
            turn.notifications += notifications(transition(**changes), self.people, CATALOGUE)
        self.told += turn.notifications
        self.ledger.commit(turn)

    def work(self, seconds: float = 0.0) -> list[Notification]:
        self.clock.move(seconds)
        before = len(self.sent)
        now = self.clock.now()
        while rows := self.tray.due(now, 20):
            for number, message, _ in rows:
                outcome = self.down.get(message.channel, "sent")
                (self.sent if outcome == "sent" else self.tries).append((now, message))
                self.tray.settle(number, outcome, now + RETRY if outcome == "retry" else None, "")  # type: ignore[arg-type]
        return [message for _, message in self.sent[before:]]


def firing(number: int, severity: Severity = Severity.WARNING, **changes: object) -> dict[str, object]:
    """News of one alert of many: each at an indicator of its own."""
    incident = changes.pop("incident", f"i-{number}-{severity.name.lower()}")
    return {"indicator": f"indicator-{number}", "severity": severity, "incident": incident, **changes}


def over(number: int, severity: Severity = Severity.WARNING, **changes: object) -> dict[str, object]:
    return firing(number, severity, before=Status.FIRING, after=Status.RESOLVED, revision=2, **changes)


def named(messages: Iterable[Notification]) -> list[tuple[str, int]]:
    """Incident and revision of all that these tell, each once for every time it is told."""
    found = []
    for message in messages:
        if message.items:
            found += [(item.incident, item.revision) for item in message.items if not item.is_repeat]
        else:
            found.append((message.incident, message.revision))
    return found


def copy(message: Notification) -> Notification:
    return msgspec.json.decode(msgspec.json.encode(message), type=Notification)
