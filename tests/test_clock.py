"""The engine's clock: steady whatever is done to the machine's, and brought after it slowly."""

from itertools import pairwise
from pathlib import Path

import pytest

from ioc.alerting.judge import Judge
from ioc.alerting.turn import Memory
from ioc.apart import Apart
from ioc.clock import CONFIRMED_AFTER, PlayedClock, SteadyClock, pace
from ioc.model import HOUR, SECOND, Entry, Sample
from ioc.telemetry import Counts
from ioc.timekeeper import Timekeeper
from tests.alerting.bed import SmallCatalogue

NS = 1_000_000_000
T0 = 1_741_741_200 * NS


class Machine:
    """A machine whose clock can be set; counts nanoseconds."""

    def __init__(self) -> None:
        self.wall = T0
        self.ticks = 77 * NS

    def pass_(self, seconds: float) -> None:
        self.wall += int(seconds * NS)
        self.ticks += int(seconds * NS)

    def step(self, seconds: float) -> None:
        self.wall += int(seconds * NS)

    def clock(self) -> SteadyClock:
        return SteadyClock(lambda: self.wall, lambda: self.ticks)


@pytest.mark.parametrize("step", [3600, -3600, 86_400, -86_400])
def test_step_of_the_machine_does_not_show(step: float) -> None:
    machine = Machine()
    clock = machine.clock()
    before = clock.now()
    machine.pass_(1)
    machine.step(step)
    assert clock.now() - before == SECOND
    assert clock.drift() == pytest.approx(step)


def test_step_that_is_taken_back_is_never_followed() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.step(3600)
    followed_for(machine, clock, CONFIRMED_AFTER - 5)
    machine.step(-3600)
    followed_for(machine, clock, 600)
    assert clock.now() == machine.wall // 1000


@pytest.mark.parametrize("step", [3600, -3600])
def test_step_that_stays_is_followed_at_half_more_or_half_less(step: int) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.step(step)
    shown = followed_for(machine, clock, CONFIRMED_AFTER + 2 * 3600 + 600)
    gains = [after - before for before, after in pairwise(shown)]
    assert min(gains) >= SECOND // 2 - 1
    assert max(gains) <= SECOND * 3 // 2 + 1
    assert abs(clock.drift()) < 0.05


@pytest.mark.parametrize("step", [3600, -3600])
def test_machine_that_sleeps_while_a_step_is_followed_wakes_with_the_right_distance(step: int) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.step(step)
    followed_for(machine, clock, CONFIRMED_AFTER + 600)
    before, shown = abs(clock.drift()), clock.now()
    machine.pass_(8 * 3600)
    assert before - 2 <= abs(clock.drift()) <= before
    assert clock.now() - shown >= 8 * 3600 * SECOND - 2 * SECOND
    followed_for(machine, clock, 2 * 3600)
    assert abs(clock.drift()) < 0.1


def test_new_step_is_not_believed_because_an_old_one_was() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.step(3600)
    followed_for(machine, clock, CONFIRMED_AFTER + 60)
    machine.step(86_400)
    shown = followed_for(machine, clock, CONFIRMED_AFTER - 10)
    assert shown[-1] - shown[0] == (len(shown) - 1) * SECOND


def test_small_difference_is_made_up_slowly() -> None:
    assert pace(0.0, 0) == 1.0
    assert pace(1.0, 0) == pytest.approx(1.005)
    assert pace(-1.0, 9e9) == pytest.approx(0.995)
    assert pace(0.01, 0) == pytest.approx(1.001)


def test_played_time_follows_the_steady_one() -> None:
    machine = Machine()
    steady = machine.clock()
    played = PlayedClock(HOUR, steady.now(), 60.0, steady)
    machine.pass_(1)
    machine.step(3600)
    assert played.now() == HOUR + 60 * SECOND


def test_timekeeper_tells_steps_and_drift(tmp_path: Path) -> None:
    machine, counts = Machine(), Counts()
    apart = Apart(tmp_path / "clock.db", lambda: 0)
    keeper = Timekeeper(machine.clock(), counts, apart)
    machine.pass_(1)
    keeper.look()
    assert (counts.total("clock_steps"), counts.value("clock_drift_seconds")) == (0, 0)
    machine.step(-7)
    keeper.look()
    keeper.look()
    assert counts.total("clock_steps") == 1
    assert counts.value("clock_drift_seconds") == pytest.approx(-7)
    apart.close()


def transitions(step: float, *, is_steady: bool) -> int:
    """How many alerts move in three hours of a minute's readings when the machine's clock steps after ten minutes."""
    machine = Machine()
    clock = machine.clock()
    judge, moved = Judge(SmallCatalogue(), Memory()), 0
    for second in range(3 * 3600):
        clock.follow()
        machine.pass_(1)
        if second == 600:
            machine.step(step)
        now = clock.now() if is_steady else machine.wall // 1000
        if second % 60 == 0:
            measured = T0 // 1000 + second * SECOND  # devices do not step with us
            sample = Sample("an-thoi", "environment", "salinity", measured, 1.0, received_at=now)
            moved += len(judge.take([Entry(second + 1, sample)]).transitions)
        moved += len(judge.advance(now).transitions)
    return moved


@pytest.mark.parametrize("step", [3600, -3600, 86_400])
def test_no_step_and_no_following_of_it_moves_an_alert(step: float) -> None:
    assert transitions(step, is_steady=True) == 0


def test_step_would_move_alerts_if_it_showed() -> None:
    assert transitions(3600, is_steady=False) > 0


def followed_for(machine: Machine, clock: SteadyClock, seconds: float) -> list[int]:
    """What the clock shows second by second while it is kept by the machine's."""
    shown = []
    for _ in range(int(seconds)):
        clock.follow()
        machine.pass_(1)
        shown.append(clock.now())
    return shown
