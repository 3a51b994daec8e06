"""A stepping clock: stamps never go back and never stand still."""

import itertools
from pathlib import Path

import pytest

from ioc.clock import ManualClock
from ioc.journal.journal import Journal, JournalConfig
from ioc.journal.stamp import stamp
from ioc.model import DAY, HOUR, SECOND, Sample
from ioc.telemetry import Counts

T0 = 1_741_741_200 * SECOND


class SteppingClock(ManualClock):
    """Somebody sets the wall clock; the monotonic one does not notice."""

    def step(self, seconds: float) -> None:
        self._now += int(seconds * SECOND)


def test_right_clock_is_taken_as_it_is() -> None:
    assert stamp(T0 + SECOND, T0, 1.0) == T0 + SECOND


def test_clock_set_back_goes_on_at_half_speed() -> None:
    assert stamp(T0 - DAY, T0, 10.0) == T0 + 5 * SECOND
    assert stamp(T0 - DAY, T0, -1.0) == T0


@pytest.mark.parametrize("step", [-86_400, 86_400, -3600, 3600])
async def test_stamps_rise_through_a_step_and_back(tmp_path: Path, step: int) -> None:
    clock = SteppingClock(T0)
    counts = Counts()
    async with Journal(JournalConfig(directory=tmp_path), clock, counts) as journal:
        for n in range(60):
            if n == 20:
                clock.step(step)
            if n == 40:
                clock.step(-step)
            await journal.append([Sample("s", "f", "i", n, 1.0)])
            clock.move(10)
        stamps = [entry.sample.received_at for entry in journal.read(0, 100)]
    assert all(later - earlier >= 5 * SECOND for earlier, later in itertools.pairwise(stamps))
    assert len(stamps) == 60


async def test_clock_a_day_ahead_is_caught_up_with(tmp_path: Path) -> None:
    clock = SteppingClock(T0 + DAY)
    counts = Counts()
    async with Journal(JournalConfig(directory=tmp_path), clock, counts) as journal:
        await journal.append([Sample("s", "f", "i", 0, 1.0)])
        clock.step(-86_400)
        for n in range(1, 60):
            clock.move(3600)
            await journal.append([Sample("s", "f", "i", n, 1.0)])
            if n == 1:
                assert counts.value("journal_clock_ahead_seconds") == 86_400 - 1800
        last = journal.read(59, 1)[0].sample.received_at
    assert last == clock.now()
    assert last == T0 + 59 * HOUR
    assert counts.value("journal_clock_ahead_seconds") == 0
