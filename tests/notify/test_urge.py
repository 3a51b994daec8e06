"""The messages that acts on incidents cause."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from indicators.load import load
from ioc.incidents.duty import ANY, Duty, Policy, Step
from ioc.incidents.fold import fold
from ioc.incidents.model import Act, Asked, Commented, Escalated, Incident, Moved, Opened, Overdue, What
from ioc.model import HOUR, MINUTE, Notification, Severity, Status
from ioc.notify import directory
from ioc.notify.account import Account
from ioc.notify.allowance import Allowance
from ioc.notify.news import Hold, news
from ioc.notify.urge import urges
from tests.support.alerts import fired

ROOT = Path(__file__).parents[2]
AT = 1_741_734_000_000_000  # 2025-03-12 06:00 in Vietnam
CATALOGUE = load()
PEOPLE = directory.load(ROOT / "config/officials.example.toml", ROOT / "config/routes.example.toml")
STEPS = (
    Step(10 * MINUTE, ("truc-ban-so-y-te",), ("email",)),
    Step(10 * MINUTE, ("truc-ban-ubnd",), ("console", "email")),
)
POLICY = Policy(duties={ANY: Duty(STEPS, repeats=1)})
FIRED = fired(AT)


def after(*whats: What) -> tuple[Incident, Act]:
    """An incident after some acts, the last of them an hour after the alert, and that act."""
    first = [
        Act("i-1", AT, "", "", Opened("st-an-thuan", "environment", "so-y-te")),
        Act("i-1", AT, "", "", Moved(FIRED)),
    ]
    acts = [*first, *(Act("i-1", AT + HOUR, "truc-ban-ubnd", "", what) for what in whats)]
    incident = fold(acts)
    assert incident is not None
    return incident, acts[-1]


def said(*whats: What) -> list[Notification]:
    return list(urges(*after(*whats), POLICY, PEOPLE, CATALOGUE))


def test_a_step_tells_its_officials_on_its_channels_under_the_incidents_name() -> None:
    (first,) = said(Escalated(1))
    assert (first.receiver, first.channel, first.incident, first.revision) == ("truc-ban-so-y-te", "email", "i-1", 3)
    assert first.text.startswith("CHƯA AI NHẬN XỬ LÝ sau 60 phút. NGUY CẤP: ")
    assert first.text.endswith("[i-1/3]")
    assert "trạm An Thuận" in first.text
    assert first.transition.at == AT + HOUR
    assert [(one.receiver, one.channel) for one in said(Escalated(2))] == [
        ("truc-ban-ubnd", "console"),
        ("truc-ban-ubnd", "email"),
    ]
    assert said(Escalated(3))[0].receiver == "truc-ban-ubnd"
    assert said(Escalated(4)) == []


def test_a_step_is_about_what_was_told_and_not_about_what_a_silence_keeps_back() -> None:
    warning = replace(FIRED, incident="W", severity=Severity.WARNING)
    kept_back = replace(FIRED, incident="C")
    incident = fold(
        [
            Act("i-1", AT, "", "", Opened("st-an-thuan", "environment", "so-y-te")),
            Act("i-1", AT, "", "", Moved(warning)),
            Act("i-1", AT, "", "", Moved(kept_back, "s-1")),
        ]
    )
    assert incident is not None
    act = Act("i-1", AT + HOUR, "", "", Escalated(1))
    (message,) = urges(incident, act, POLICY, PEOPLE, CATALOGUE)
    assert (message.transition.incident, message.transition.severity) == ("W", Severity.WARNING)
    assert "CẢNH BÁO" in message.text


def test_an_official_who_is_away_is_stood_in_for() -> None:
    incident, act = after(Escalated(1))
    tet = Act(act.subject, 1_738_137_600_000_000, act.by, act.source, act.what)  # 2025-01-29
    (message,) = urges(incident, tet, POLICY, PEOPLE, CATALOGUE)
    assert message.receiver == "truc-ban-ubnd"


def test_an_explanation_is_wanted_of_an_official_and_its_delay_told_to_both() -> None:
    ask = Asked("truc-ban-so-y-te", "Vì sao\r\nmặn?", AT + 3 * HOUR)
    (message,) = said(ask)
    assert (message.receiver, message.channel) == ("truc-ban-so-y-te", "email")
    assert message.text.startswith("ĐỀ NGHỊ GIẢI TRÌNH trước 09:00 ngày 12/03/2025: Vì sao mặn? ")
    assert [one.receiver for one in said(ask, Overdue(1))] == ["truc-ban-ubnd", "truc-ban-so-y-te"]


@pytest.mark.parametrize(
    ("wish", "ending"), [("Vì sao?", "Vì sao? "), ("Nêu lý do.", "Nêu lý do. "), ("Nêu lý do", "Nêu lý do. ")]
)
def test_what_is_asked_ends_once(wish: str, ending: str) -> None:
    first = said(Asked("truc-ban-so-y-te", wish, AT + 3 * HOUR))[0]
    assert f": {ending}NGUY CẤP: " in first.text


@pytest.mark.parametrize("what", [Commented("ghi"), Asked("Ông A", "Vì sao?", AT + 3 * HOUR)])
def test_nobody_is_told_of_other_acts_nor_is_anybody_without_an_address(what: What) -> None:
    assert said(what) == []


def test_being_called_again_is_no_flapping_of_the_alert() -> None:
    first = Notification(
        receiver="truc-ban-so-y-te",
        channel="email",
        address="x",
        incident=FIRED.incident,
        revision=1,
        transition=FIRED,
        subject="",
        text="",
    )
    account = Account(Allowance())
    assert account.decide(news(1, first), AT) is None
    (again,) = said(Escalated(1))
    assert account.decide(news(2, again), AT + MINUTE) is None
    assert account.decide(news(3, replace(again, revision=4)), AT + 2 * MINUTE) is None
    over = replace(first, revision=2, transition=replace(FIRED, after=Status.RESOLVED))
    assert account.decide(news(4, over), AT + 3 * MINUTE) is Hold.FLAPPING
    release = account.release(AT + 10 * MINUTE)
    assert release is not None
    assert list(release.fired.values()) == [1]
