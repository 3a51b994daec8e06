"""A storm is a digest, a flapping alert is one message, sleep is respected, and a kill anywhere changes none of it."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from ioc.alerting.turn import Turn
from ioc.model import DAY, HOUR, SECOND, Severity, Status
from ioc.notify.allowance import Allowance
from ioc.notify.route import notifications
from tests.notify.test_sentence import CATALOGUE, T0, transition
from tests.notify.tray_bed import Office, firing, named, official, over


def storm(office: Office, alerts: int = 1000, seconds: int = 60, critical_every: int = 20) -> None:
    """So many alerts in so many seconds, every so many of them critical."""
    per_second = -(-alerts // seconds)
    for first in range(0, alerts, per_second):
        office.tell_all(
            firing(number, Severity.CRITICAL if number % critical_every == critical_every - 1 else Severity.WARNING)
            for number in range(first, min(alerts, first + per_second))
        )
        office.work(seconds * per_second / alerts)


def test_storm_of_criticals_alone_lets_the_first_ones_through_and_gathers_the_rest_soon(tmp_path: Path) -> None:
    office = Office(tmp_path)
    storm(office, alerts=200, critical_every=1)
    for _ in range(6):
        office.work(10)
    single = [message for _, message in office.sent if not message.items]
    digests = [(at, message) for at, message in office.sent if message.items]
    assert len(single) == office.allowance.messages + office.allowance.criticals
    assert digests[0][0] - T0 <= 90 * SECOND
    for _ in range(18):
        office.work(10)
    assert len(named(message for _, message in office.sent)) == 200


def test_machine_gets_every_message_at_once(tmp_path: Path) -> None:
    office = Office(tmp_path, [official(machine=True)])
    for change in (firing, over, firing):
        office.tell_all(change(number) for number in range(50))
        assert len(office.work()) == 50


def test_critical_passes_when_the_allowance_for_others_is_used_up(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.tell_all(firing(number) for number in range(50))
    assert len(office.work()) == office.allowance.messages
    office.tell(**firing(99, Severity.CRITICAL))
    assert [message.incident for message in office.work(1)] == ["i-99-critical"]


def test_two_alerts_apart_are_two_messages_at_once(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for number in range(2):
        office.tell(**firing(number))
        assert named(office.work(1)) == [(f"i-{number}-warning", 1)]


def test_flapping_alert_is_one_message_and_then_its_outcome(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for turn in range(20):
        change = firing if turn % 2 == 0 else over
        office.tell(**change(7, Severity.CRITICAL, incident=f"turn-{turn // 2}", value=3.0))
        office.work(30)
    assert len(office.sent) == 1
    assert office.sent[0][1].transition.after is Status.FIRING
    [last] = office.work(300)
    assert last.transition.after is Status.RESOLVED
    assert last.slots is not None
    assert last.slots.turns == 10
    assert last.text.startswith("ĐÃ HẾT, CHẬP CHỜN 10 LẦN: ")
    assert office.work(DAY / SECOND) == []


def test_flapping_alert_that_stays_is_told_as_standing(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for change, incident in ((firing, "a"), (over, "a"), (firing, "b")):
        office.tell(**change(7, incident=incident))
        office.work(10)
    [last] = office.work(400)
    assert (last.transition.after, last.incident) == (Status.FIRING, "b")
    assert last.text.startswith("CẢNH BÁO, CHẬP CHỜN 2 LẦN: ")


def test_flapping_without_end_is_told_once_an_hour(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for turn in range(2 * 120):
        change = firing if turn % 2 == 0 else over
        office.tell(**change(7, incident=f"turn-{turn // 2}"))
        office.work(60)
    assert 4 <= len(office.sent) <= 6


def test_end_of_an_alert_waits_until_it_is_calm_and_is_told_as_it_is(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.tell(**firing(7))
    office.work()
    office.tell(**over(7))
    assert office.work() == []
    assert office.work(299) == []
    [last] = office.work(1)
    assert last.slots is not None
    assert (last.transition.after, last.slots.turns) == (Status.RESOLVED, 0)


def test_next_alert_of_a_calm_series_is_told_at_once(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for incident in ("a", "b"):
        office.tell(**firing(7, incident=incident))
        assert len(office.work()) == 1
        office.tell(**over(7, incident=incident))
        assert len(office.work(400)) == 0
        assert len(office.work(400)) == 1


def test_without_calm_every_turn_is_told(tmp_path: Path) -> None:
    office = Office(tmp_path, allowance=Allowance(calm=0, messages=100))
    for turn in range(6):
        office.tell(**(firing if turn % 2 == 0 else over)(7, incident=f"turn-{turn // 2}"))
        assert len(office.work(1)) == 1


def test_reminder_of_the_same_incident_is_no_flapping(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.tell(**firing(7))
    office.work()
    office.tell(**firing(7, revision=2))
    assert len(office.work(60)) == 1


NIGHT_OF_T0 = 14 * 3600
"""Seconds from 08:10 to 22:10."""


def test_quiet_hours_let_criticals_through_and_gather_the_rest_for_the_morning(tmp_path: Path) -> None:
    office = Office(tmp_path, [official(quiet="22:00-06:00")])
    office.work(NIGHT_OF_T0)
    office.tell_all([firing(1), firing(2), firing(3, Severity.CRITICAL)])
    assert named(office.work(5)) == [("i-3-critical", 1)]
    office.tell(**over(2))
    assert office.work(7 * 3600) == []
    [morning] = office.work(HOUR / SECOND)
    assert {item.incident: item.status for item in morning.items} == {
        "i-1-warning": Status.FIRING,
        "i-2-warning": Status.RESOLVED,
        "i-3-critical": Status.FIRING,
    }
    assert [item.incident for item in morning.items if item.is_repeat] == ["i-3-critical"]


def test_single_message_of_a_night_is_told_as_it_was(tmp_path: Path) -> None:
    office = Office(tmp_path, [official(quiet="22:00-06:00")])
    office.work(NIGHT_OF_T0)
    office.tell(**firing(1))
    assert office.work() == []
    [morning] = office.work(8 * 3600)
    assert morning == office.told[0]


def test_allowance_of_a_day_ends_with_the_day_and_never_holds_a_critical(tmp_path: Path) -> None:
    office = Office(tmp_path, [official(per_day=3)])
    for number in range(6):
        office.tell(**firing(number))
        office.work()
        office.work(1200)
    office.work(1800)
    times = [at for at, _ in office.sent]
    assert [message.incident for _, message in office.sent[:3]] == [f"i-{number}-warning" for number in range(3)]
    assert len(office.sent[4][1].items) == 2
    assert len(times) == 5
    assert times[4] - times[3] >= HOUR
    office.tell(**firing(9, Severity.CRITICAL))
    assert named(office.work())[-1] == ("i-9-critical", 1)
    office.work(16 * 3600)
    office.tell(**firing(10))
    assert named(office.work()) == [("i-10-warning", 1)]


class KilledError(Exception):
    """The process is gone."""


class Story:
    """A small storm with some ends, the process killed before or after its `at`-th write that holds or gathers."""

    def __init__(self, office: Office, at: int, *, is_written: bool) -> None:
        self.office = office
        self.left = at
        self.is_written = is_written
        self._arm()

    def run(self) -> bool:
        """Whether there was such a write."""
        for second in range(6):
            self.office.tell_all(
                firing(number, Severity.CRITICAL if number % 9 == 0 else Severity.WARNING)
                for number in range(second * 8, second * 8 + 8)
            )
            self._rounds(1, 10)
        self.office.tell_all(over(number) for number in range(1, 8))
        self._rounds(35, 60)
        return self.left < 0

    def _rounds(self, many: int, seconds: float) -> None:
        for _ in range(many):
            try:
                self.office.work(seconds)
            except KilledError:
                self.office.restart()

    def _arm(self) -> None:
        for name in ("hold", "fold"):
            setattr(self.office.outbox, name, self._deadly(getattr(self.office.outbox, name)))

    def _deadly(self, work: Callable[..., None]) -> Callable[..., None]:
        def write(*args: object) -> None:
            self.left -= 1
            if self.left == -1 and not self.is_written:
                raise KilledError
            work(*args)
            if self.left == -1:
                raise KilledError

        return write


@pytest.mark.parametrize("is_written", [True, False])
def test_kill_at_any_write_loses_nothing_and_tells_nothing_twice(tmp_path: Path, *, is_written: bool) -> None:
    kills = 0
    while True:
        (tmp_path / f"{kills}").mkdir()
        office = Office(tmp_path / f"{kills}", [official("duty")], ("email", "sms"))
        was_killed = Story(office, kills, is_written=is_written).run()
        told = Counter((message.channel, *name) for _, message in office.sent for name in named([message]))
        expected = {(message.channel, message.incident, message.revision) for message in office.told}
        final = {(channel, name, turn) for channel, name, turn in expected if (channel, name, turn + 1) not in expected}
        assert final <= set(told), kills
        assert max(told.values()) == 1, kills
        office.ledger.close()
        if not was_killed:
            break
        kills += 1
    assert kills > 10


def test_restart_keeps_what_was_said_and_held(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.tell_all(firing(number) for number in range(30))
    said = len(office.work())
    office.restart()
    assert office.work(30) == []
    [digest] = office.work(600)
    assert len(digest.items) == 30
    assert sum(item.is_repeat for item in digest.items) == said
    office.restart()
    assert office.work(3600) == []


@pytest.mark.parametrize("channels", [("email",), ("email", "sms")])
@pytest.mark.parametrize("held", [1, 3])
@pytest.mark.parametrize("later", [300, 600])
def test_restart_after_what_was_gathered_counts_it_once(
    tmp_path: Path, later: int, held: int, channels: tuple[str, ...]
) -> None:
    courses = []
    for name in ("kept", "restarted"):
        (tmp_path / name).mkdir()
        office = Office(tmp_path / name, channels=channels)
        office.tell_all(firing(number) for number in range(office.allowance.messages + held))
        office.work()
        office.work(60)
        if name == "restarted":
            office.restart()
        office.work(later - 60)
        office.tell_all(firing(number) for number in range(10, 20))
        for _ in range(30):
            office.work(30)
        courses.append([(at, message.channel, len(message.items)) for at, message in office.sent])
        office.ledger.close()
    assert courses[0] == courses[1]


def test_restart_counts_the_turns_of_a_flapping_alert_from_when_it_was_last_told(tmp_path: Path) -> None:
    turns = []
    for name in ("kept", "restarted"):
        (tmp_path / name).mkdir()
        office = Office(tmp_path / name)
        for minute in range(0, 140, 2):
            office.tell(**firing(1, incident=f"i-{minute}"))
            office.work(60)
            office.tell(**over(1, incident=f"i-{minute}"))
            office.work(60)
            if name == "restarted" and minute == 80:
                office.restart()
        turns.append([message.slots.turns for _, message in office.sent if message.slots is not None])
        office.ledger.close()
    assert len(turns[0]) == 3
    assert turns[0] == turns[1]


def reminder(office: Office, revision: int, severity: Severity = Severity.WARNING) -> None:
    """What an incident's ladder says about an alert that nobody has taken on."""
    told = transition(**firing(7, severity))
    [note] = notifications(told, office.people, CATALOGUE)
    office.ledger.commit(
        Turn(samples=1, notifications=[replace(note, incident="i-of-7", revision=revision, slots=None)])
    )


def test_reminder_of_an_incident_is_no_turn_of_its_alert(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.tell(**firing(7))
    office.work()
    for revision in (2, 3):
        reminder(office, revision)
        assert [message.incident for message in office.work(10)] == ["i-of-7"]
    office.tell(**over(7))
    office.work()
    [last] = office.work(300)
    assert last.slots is not None
    assert (last.incident, last.slots.turns) == ("i-7-warning", 0)


def test_reminders_beyond_the_allowance_are_in_the_digest(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for revision in range(9):
        reminder(office, revision)
    office.work()
    office.restart()
    [digest] = office.work(60)
    assert not digest.items
    assert digest.revision == 8
