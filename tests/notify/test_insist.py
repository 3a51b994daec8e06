"""Criticals that nobody acknowledges reach people on another channel, and nobody else is bothered."""

from pathlib import Path

import pytest

from ioc.incidents import tables
from ioc.incidents.model import Match, Silence
from ioc.model import DAY, HOUR, MINUTE, SECOND, Micros, Severity
from ioc.notify.allowance import Allowance
from ioc.notify.directory import Directory, Route
from ioc.notify.insist import Insistence
from ioc.notify.route import notifications
from tests.notify.test_sentence import CATALOGUE, T0, transition
from tests.notify.tray_bed import Office, firing, official, over

PEOPLE = Directory(officials=(official(),), routes=(Route(severity="info", officials=("duty",), channels=("email",)),))
CRITICAL = firing(1, Severity.CRITICAL)


def office(path: Path, **changes: object) -> Office:
    return Office(path, [official(order=("email", "sms"), **changes)])


def told(tmp_path: Path) -> Office:
    """One whose official has had a critical on the first channel."""
    desk = office(tmp_path)
    desk.tell(**CRITICAL)
    desk.work(1)
    return desk


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


@pytest.mark.parametrize("at", [119, 125, 200])
def test_restart_amid_tries_of_the_first_channel_does_not_repeat_the_second(tmp_path: Path, at: int) -> None:
    desk = office(tmp_path)
    desk.down = {"email": "retry"}
    desk.tell(**CRITICAL)
    for second in range(600):
        desk.work(1)
        if second == at:
            desk.restart()
    assert [channel for channel, _ in channels(desk)] == ["sms"]


def test_restart_before_the_second_channel_is_tried_does_not_repeat_the_first(tmp_path: Path) -> None:
    desk = told(tmp_path)
    desk.clock.move(120)
    assert [message.channel for _, message, _ in desk.tray.due(desk.clock.now(), 20)] == ["sms"]
    desk.restart()
    for _ in range(60):
        desk.work(10)
    assert [channel for channel, _ in channels(desk)] == ["email", "sms"]


def test_what_was_put_on_the_last_channel_and_is_looked_at_later_begins_nothing_anew() -> None:
    following = Insistence([official(order=("email", "sms"))], 2 * MINUTE)
    [first] = notifications(transition(**CRITICAL), PEOPLE, CATALOGUE)
    following.passed(1, first, T0)
    [second] = following.due(T0 + 2 * MINUTE, lambda _: 0)
    following.passed(0, second, T0 + 2 * MINUTE)
    assert following.due(T0 + 3 * MINUTE, lambda _: 0) == []
    following.passed(2, second, T0 + 2 * MINUTE)
    assert following.due(T0 + 5 * MINUTE, lambda _: 0) == []
    assert following.due(T0 + 63 * MINUTE, lambda _: 0) == []
    assert following._cries == {}


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


@pytest.mark.parametrize("restarts", [(), (1, 100, 239, 243)])
def test_a_silence_puts_the_second_channel_off_until_its_end(tmp_path: Path, restarts: tuple[int, ...]) -> None:
    desk = told(tmp_path)
    desk.silent["i-1-critical"] = T0 + 4 * HOUR
    for minute in range(1, 300):
        desk.work(60)
        if minute in restarts:
            desk.restart()
    assert [channel for channel, _ in channels(desk)] == ["email", "sms"]
    assert 0 <= channels(desk)[1][1] - (4 * 3600 + 120) <= 60


def test_a_silence_of_days_puts_it_off_over_restarts(tmp_path: Path) -> None:
    desk = told(tmp_path)
    desk.silent["i-1-critical"] = end = T0 + 3 * DAY
    with desk.ledger.writing() as db:
        tables.put_silence(db, Silence("s-1", Match(), "Trực ban", "sửa", T0 + MINUTE, end))
    for hours in (1, 30, 41):
        desk.work(hours * 3600)
        desk.restart()
    desk.work(121)
    desk.work(1)
    assert [channel for channel, _ in channels(desk)] == ["email", "sms"]
    assert channels(desk)[1][1] < 3 * 86400 + 3600


def test_a_silence_ended_before_its_time_puts_off_no_longer(tmp_path: Path) -> None:
    desk = told(tmp_path)
    desk.silent["i-1-critical"] = T0 + 4 * HOUR
    for minute in range(1, 20):
        desk.work(60)
        if minute == 10:
            desk.silent["i-1-critical"] = T0 + 10 * MINUTE
    assert [(channel, second // 60) for channel, second in channels(desk)] == [("email", 0), ("sms", 12)]


@pytest.mark.parametrize("ends", ["acknowledged", "over"])
def test_what_is_taken_on_or_over_in_a_silence_is_not_said_again_after_it(tmp_path: Path, ends: str) -> None:
    desk = told(tmp_path)
    desk.silent["i-1-critical"] = T0 + 30 * MINUTE
    for minute in range(1, 60):
        desk.work(60)
        if minute == 20 and ends == "acknowledged":
            desk.acknowledged.add("i-1-critical")
        if minute == 20 and ends == "over":
            desk.tell(**over(1, Severity.CRITICAL))
    assert "sms" not in [channel for channel, _ in channels(desk)]


def asked(desk: Office) -> list[str]:
    """The incidents that the tray asks about from now on."""
    names: list[str] = []
    know = desk.unheard

    def unheard(name: str) -> Micros | None:
        names.append(name)
        return know(name)

    desk.tray._unheard = unheard
    return names


def test_of_a_digest_the_first_that_nobody_has_answers_for_all(tmp_path: Path) -> None:
    desk = Office(tmp_path, [official(order=("sms",))], allowance=Allowance(messages=1, criticals=0))
    desk.tell_all(firing(number, Severity.CRITICAL) for number in range(200))
    names = asked(desk)
    for _ in range(24):
        desk.work(10)
    assert [message.channel for _, message in desk.sent if message.items] == ["email", "sms"]
    assert len(names) < 10


def test_the_wait_after_a_silence_is_not_watched_all_the_time(tmp_path: Path) -> None:
    desk = told(tmp_path)
    desk.silent["i-1-critical"] = T0 + 10 * MINUTE
    for _ in range(590):
        desk.work(1)
    names = asked(desk)
    for _ in range(180):
        desk.work(1)
    assert [(channel, second // 60) for channel, second in channels(desk)] == [("email", 0), ("sms", 12)]
    assert len(names) < 10


@pytest.mark.parametrize("is_silenced", [False, True])
def test_channel_that_fails_in_the_wait_is_followed_at_once(tmp_path: Path, *, is_silenced: bool) -> None:
    desk = told(tmp_path)
    desk.silent["i-1-critical"] = T0 + 10 * MINUTE
    for _ in range(11):
        desk.work(60)
    desk.silent["i-1-critical"] = T0 + 20 * MINUTE if is_silenced else T0 + 10 * MINUTE
    desk.tray.prove(1, has_arrived=False)
    desk.work(1)
    desk.work(1)
    assert [channel for channel, _ in channels(desk)] == (["email"] if is_silenced else ["email", "sms"])


def test_of_a_digest_what_is_not_silenced_is_followed_at_its_own_time(tmp_path: Path) -> None:
    desk = Office(tmp_path, [official(order=("sms",))], allowance=Allowance(messages=1, criticals=0))
    desk.tell_all(firing(number, Severity.CRITICAL) for number in range(3))
    desk.silent["i-1-critical"] = T0 + 4 * HOUR
    for _ in range(24):
        desk.work(10)
    assert [message.channel for _, message in desk.sent if message.items] == ["email", "sms"]
