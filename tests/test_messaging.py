"""The seam between messages and incidents: what needs nobody goes to no further channel."""

from pathlib import Path

import pytest

from ioc.alerting.ledger import Ledger
from ioc.clock import ManualClock
from ioc.messaging import Means, Messaging
from ioc.model import HOUR, Notification, Severity
from ioc.notify.allowance import Allowance
from ioc.notify.config import NotifyConfig
from ioc.notify.directory import Directory, Official
from ioc.notify.render.slots import slots
from ioc.notify.route import message
from ioc.telemetry import Counts
from tests.notify.test_sentence import CATALOGUE, T0, transition

OFFICIAL = Official(
    id="duty",
    title_vi="Trực ban",
    title_en="Duty",
    channels={"email": "duty@example.com", "sms": "0900000000"},
    order=("email", "sms"),
)


class Known:
    """Who has taken on what, and what is silenced."""

    def __init__(self, *, acknowledged: bool, silenced: bool) -> None:
        self.is_acknowledged = lambda _name: acknowledged
        self.silenced_till = lambda _name: T0 + HOUR if silenced else 0


def critical() -> Notification:
    told = transition(severity=Severity.CRITICAL)
    return message(told, OFFICIAL, "email", slots(told, CATALOGUE))


@pytest.mark.parametrize(
    ("acknowledged", "silenced", "channels"),
    [(False, False, ["sms"]), (True, False, []), (False, True, [])],
)
def test_what_is_acknowledged_goes_to_no_second_channel_and_what_is_silenced_only_when_that_is_over(
    tmp_path: Path, channels: list[str], *, acknowledged: bool, silenced: bool
) -> None:
    ledger, clock = Ledger(tmp_path / "state.db"), ManualClock(T0)
    known = Known(acknowledged=acknowledged, silenced=silenced)
    messaging = Messaging(
        Means(
            config=NotifyConfig(budget=Allowance(insist_after=120)),
            people=Directory(officials=(OFFICIAL,)),
            catalogue=CATALOGUE,
            ledger=ledger,
            register=known,  # type: ignore[arg-type]
            desk=known,  # type: ignore[arg-type]
            clock=clock,
            counts=Counts(),
            say=lambda told, _: told.site,
            sing=lambda: clock.sleep(0),
        )
    )
    messaging.outbox.add([critical()], T0)
    [(number, _, _)] = messaging._tray.due(T0, 20)
    messaging._tray.settle(number, "sent", None, "")
    clock.move(121)
    assert [told.channel for _, told, _ in messaging._tray.due(clock.now(), 20)] == channels
    clock.move(3600)
    late = [told.channel for _, told, _ in messaging._tray.due(clock.now(), 20)]
    assert late == (channels or ["sms"] * silenced)
    ledger.close()
