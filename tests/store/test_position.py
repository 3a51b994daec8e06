"""A database that forgets at a crash: what has not settled is written again, no less and not much more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ioc.clock import ManualClock
from ioc.journal.cursors import Cursors
from ioc.store.position import SETTLE_SECONDS, SEVERITIES, VALUES, WATCH_SECONDS, Position, Replay


class Life:
    """A database's start time, as it tells."""

    def __init__(self) -> None:
        self.word = "1"
        self.asked = 0

    async def __call__(self) -> str:
        self.asked += 1
        return self.word


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Position]:
    cursors = Cursors(tmp_path / "cursors.db")
    yield Position(cursors)
    cursors.close()


async def play(replay: Replay, clock: ManualClock, at: Position, seconds: int, per_second: int = 10) -> None:
    """Write `per_second` entries a second and check after each."""
    for _ in range(seconds):
        clock.move(1)
        await at.move(at.of(VALUES) + per_second, VALUES, SEVERITIES)
        await replay.check()


async def test_replay_settles_a_minute_later(at: Position) -> None:
    clock, life = ManualClock(), Life()
    replay = Replay(at, life, clock)
    assert await replay.check()
    await play(replay, clock, at, int(SETTLE_SECONDS))
    assert at.settled == 0
    await play(replay, clock, at, 100)
    trail = (at.of(VALUES) - at.settled) / 10
    assert SETTLE_SECONDS <= trail <= SETTLE_SECONDS + 2 * WATCH_SECONDS
    assert life.asked <= 2 + 160 / WATCH_SECONDS


async def test_replay_rewinds_when_the_database_starts_anew(at: Position) -> None:
    clock, life = ManualClock(), Life()
    replay = Replay(at, life, clock)
    await replay.check()
    await play(replay, clock, at, 200)
    settled = at.settled
    assert settled > 0
    life.word = "2"
    clock.move(WATCH_SECONDS)
    assert await replay.check()
    assert (at.of(VALUES), at.of(SEVERITIES), at.settled) == (settled, settled, settled)
    await play(replay, clock, at, int(SETTLE_SECONDS))
    assert at.settled == settled, "what the new life acknowledged settles after a minute of its own"


async def test_replay_rewinds_at_our_own_start(at: Position) -> None:
    await at.move(500, VALUES, SEVERITIES)
    await at.move(300, "influx-settled")
    assert await Replay(at, Life(), ManualClock()).check()
    assert (at.of(VALUES), at.of(SEVERITIES)) == (300, 300)


async def test_replay_settles_only_what_is_complete(at: Position) -> None:
    clock = ManualClock()
    replay = Replay(at, Life(), clock)
    await replay.check()
    for _ in range(100):
        clock.move(1)
        await at.move(at.of(VALUES) + 10, VALUES)
        await replay.check()
    assert at.settled == 0


async def test_rewind_never_moves_a_cursor_forward(at: Position) -> None:
    await at.move(50, VALUES)
    await at.move(10, SEVERITIES)
    await at.rewind(30)
    assert (at.of(VALUES), at.of(SEVERITIES)) == (30, 10)
