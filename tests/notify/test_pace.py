"""A channel is used no faster than allowed, and a flood never shuts a critical message out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.clock import ManualClock
from ioc.errors import TemporaryError
from ioc.model import Notification, Severity
from ioc.notify.pace import Pace, Paced, Rate, ask_leave
from tests.notify.provider import note

RATE = Rate(messages=10, seconds=60.0)


class Probe:
    name = "probe"

    def __init__(self) -> None:
        self.sent: list[Notification] = []

    async def send(self, notification: Notification) -> str:
        self.sent.append(notification)
        return "7"


@given(st.lists(st.tuples(st.floats(0, 30), st.booleans()), max_size=200))
def test_no_window_holds_more_than_allowed(requests: list[tuple[float, bool]]) -> None:
    pace, now, sent = Pace(), 0.0, []
    for gap, is_critical in requests:
        now += gap
        pace, wait = ask_leave(pace, RATE, now, is_critical=is_critical)
        assert wait >= 0
        if wait == 0:
            sent.append(now)
    for at in sent:
        assert sum(at - RATE.seconds < other <= at for other in sent) <= RATE.messages


def test_flood_of_warnings_leaves_room_for_critical_ones() -> None:
    pace, warnings, criticals = Pace(), 0, 0
    for _ in range(100):
        pace, wait = ask_leave(pace, RATE, 0.0, is_critical=False)
        warnings += wait == 0
    for _ in range(100):
        pace, wait = ask_leave(pace, RATE, 0.0, is_critical=True)
        criticals += wait == 0
    assert (warnings, criticals) == (8, 2)


def test_refused_messages_are_put_off_one_after_the_other() -> None:
    pace, waits = Pace(), []
    for _ in range(14):
        pace, wait = ask_leave(pace, RATE, 0.0, is_critical=False)
        waits.append(wait)
    assert waits[:8] == [0.0] * 8
    assert waits[8:] == [60.0, 67.5, 75.0, 82.5, 90.0, 97.5]


def test_even_the_smallest_allowance_lets_one_message_through() -> None:
    pace = Pace()
    pace, wait = ask_leave(pace, Rate(messages=1), 0.0, is_critical=False)
    assert wait == 0
    pace, wait = ask_leave(pace, Rate(messages=1), 59.0, is_critical=True)
    assert wait == pytest.approx(1.0)


async def test_paced_channel_passes_on_and_holds_back() -> None:
    probe, clock = Probe(), ManualClock()
    channel = Paced(probe, Rate(messages=2, seconds=10.0), clock)
    assert channel.name == "probe"
    assert await channel.send(note(severity=Severity.WARNING)) == "7"
    with pytest.raises(TemporaryError, match="rate-limit") as raised:
        await channel.send(note(severity=Severity.WARNING))
    assert raised.value.retry_after == 10.0
    assert await channel.send(note()) == "7"
    clock.move(10.0)
    assert await channel.send(note(severity=Severity.WARNING)) == "7"
    assert len(probe.sent) == 3
