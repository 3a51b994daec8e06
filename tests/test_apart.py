"""When the clocks were apart: which samples were received then, over restarts and kills."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ioc.apart import KEPT, SAVE_EVERY, Apart
from ioc.clock import ManualClock
from ioc.errors import TemporaryError
from ioc.model import SECOND, Micros
from ioc.telemetry import Counts
from ioc.timekeeper import Timekeeper
from tests.support.collecting import until
from tests.test_clock import Machine


class Bed:
    def __init__(self, path: Path) -> None:
        self.path = path / "clock.db"
        self.clock = ManualClock()

    @contextmanager
    def open(self) -> Iterator[Apart]:
        with closing(Apart(self.path, self.clock.now)) as apart:
            yield apart

    def spend(self, apart: Apart, seconds: int, *, are_apart: bool) -> tuple[Micros, Micros]:
        """Look every second as the timekeeper does; the first and the last look."""
        first = self.clock.now() + SECOND
        for _ in range(seconds):
            self.clock.move(1)
            apart.look(are_apart=are_apart)
            if apart.is_due():
                apart.save()
        return first, self.clock.now()


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path)


def test_sample_is_flagged_from_the_look_before_the_step_to_the_look_that_finds_them_together(bed: Bed) -> None:
    with bed.open() as apart:
        _, before = bed.spend(apart, 5, are_apart=False)
        bed.spend(apart, 60, are_apart=True)
        after, _ = bed.spend(apart, 5, are_apart=False)
        assert apart.flagged([before, after]) == [(before, after)]
        assert apart.flagged([before - 1]) == apart.flagged([after + 1]) == apart.flagged([]) == []


def test_stretches_outlive_a_restart_and_one_that_a_kill_ended_lacks_a_few_seconds_at_most(bed: Bed) -> None:
    with bed.open() as apart:
        first = bed.spend(apart, 30, are_apart=True)
        bed.spend(apart, 30, are_apart=False)
        second = bed.spend(apart, 35, are_apart=True)  # and no more: killed
    with bed.open() as apart:
        assert apart.flagged([first[1], second[1] - SAVE_EVERY]) != []
        assert len(apart.flagged([first[1], second[1] - SAVE_EVERY])) == 2
        assert apart.flagged([first[1] + 10 * SECOND]) == []


def test_stretch_after_the_clock_was_set_back_outlives_a_restart(bed: Bed) -> None:
    with bed.open() as apart:
        bed.clock.move(100_000)
        bed.spend(apart, 5, are_apart=True)
        bed.spend(apart, 5, are_apart=False)
    bed.clock = ManualClock()
    with bed.open() as apart:
        earlier = bed.spend(apart, 5, are_apart=True)
        bed.spend(apart, 5, are_apart=False)
    with bed.open() as apart:
        assert len(apart.flagged(earlier)) == 1


def test_step_costs_few_writes_and_calm_none(bed: Bed) -> None:
    writes = 0
    with bed.open() as apart:
        for second in range(1, 201):
            bed.clock.move(1)
            apart.look(are_apart=100 < second <= 160)
            if apart.is_due():
                writes += 1
                apart.save()
    assert 2 <= writes <= 2 + 60 // (SAVE_EVERY // SECOND)


def test_only_the_newest_stretches_are_kept(bed: Bed) -> None:
    with bed.open() as apart:
        times = []
        for _ in range(KEPT + 5):
            times.append(bed.spend(apart, 1, are_apart=True)[1])
            bed.spend(apart, 2, are_apart=False)
        assert len(apart.flagged(times)) == KEPT
    with bed.open() as apart:
        assert len(apart.flagged(times)) == KEPT


def test_timekeeper_keeps_a_step(bed: Bed) -> None:
    machine = Machine()
    clock = machine.clock()
    with closing(Apart(bed.path, clock.now)) as apart:
        keeper = Timekeeper(clock, Counts(), apart)
        machine.pass_(1)
        keeper.look()
        assert apart.flagged([clock.now()]) == []
        machine.step(3600)
        machine.pass_(1)
        keeper.look()
        assert len(apart.flagged([clock.now()])) == 1


async def test_file_that_cannot_be_written_stops_nothing_and_is_tried_again(bed: Bed) -> None:
    machine, tries = Machine(), 0
    clock = machine.clock()

    def fail() -> None:
        nonlocal tries
        tries += 1
        raise TemporaryError("clock.db: disk full")

    with closing(Apart(bed.path, clock.now)) as apart:
        apart.save = fail  # type: ignore[method-assign]
        machine.step(3600)
        keeper = Timekeeper(clock, Counts(), apart)
        clock.sleep = ManualClock().sleep  # type: ignore[method-assign]
        running = asyncio.create_task(keeper.run())
        await until(lambda: tries >= 3)
        assert not running.done()
        running.cancel()
        await asyncio.wait({running})
