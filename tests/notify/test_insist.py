"""Criticals that nobody acknowledges reach people on another channel, and nobody else is bothered."""

from pathlib import Path

import pytest

from ioc.model import SECOND, Severity
from ioc.notify.allowance import Allowance
from tests.notify.test_sentence import T0
from tests.notify.tray_bed import Office, firing, official, over

CRITICAL = firing(1, Severity.CRITICAL)


def office(path: Path, **changes: object) -> Office:
    return Office(path, [official(order=("email", "sms"), **changes)])


def channels(office: Office) -> list[tuple[str, int]]:
    """On which channel, and how many seconds after the beginning."""
    return [(message.channel, (at - T0) // SECOND) for at, message in office.sent]


def test_unacknowledged_critical_goes_to_the_second_channel_after_two_minutes(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.tell(**CRITICAL)
    for _ in range(300):
        desk.work(1)
    assert channels(desk) == [("email", 1), ("sms", 121)]
    assert desk.sent[0][1].text == desk.sent[1][1].text
    assert desk.sent[1][1].address == "0900000000"


@pytest.mark.parametrize("ends", ["acknowledged", "over", "warning", "no order"])
def test_nobody_is_called_again_without_need(tmp_path: Path, ends: str) -> None:
    desk = Office(tmp_path) if ends == "no order" else office(tmp_path)
    desk.tell(**(firing(1, Severity.WARNING) if ends == "warning" else CRITICAL))
    desk.work(1)
    if ends == "acknowledged":
        desk.acknowledged.add("i-1-critical")
    if ends == "over":
        desk.tell(**over(1, Severity.CRITICAL))
    for _ in range(20):
        desk.work(10)
    assert [channel for channel, _ in channels(desk)] == ["email"]


def test_channel_that_fails_for_good_is_followed_at_once(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.down = {"email": "failed"}
    desk.tell(**CRITICAL)
    desk.work(1)
    desk.work(1)
    assert channels(desk) == [("sms", 1)]


def test_restart_neither_forgets_nor_repeats_the_second_channel(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.tell(**CRITICAL)
    for second in range(200):
        desk.work(1)
        if second in (60, 119, 121, 150):
            desk.restart()
    assert [channel for channel, _ in channels(desk)] == ["email", "sms"]


def test_digest_of_criticals_is_followed_until_each_is_acknowledged(tmp_path: Path) -> None:
    desk = Office(tmp_path, [official(order=("sms",))], allowance=Allowance(messages=1, criticals=0))
    desk.tell_all(firing(number, Severity.CRITICAL) for number in range(3))
    desk.acknowledged.add("i-0-critical")
    for _ in range(18):
        desk.work(10)
    assert [message.channel for _, message in desk.sent if message.items] == ["email"]
    desk.acknowledged.add("i-1-critical")
    for _ in range(6):
        desk.work(10)
    [email, sms] = [message for _, message in desk.sent if message.items]
    assert (email.channel, sms.channel, sms.items) == ("email", "sms", email.items)
