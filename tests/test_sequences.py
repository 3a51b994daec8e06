"""Sequences over restarts: what never came is listed, what was acknowledged never is."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from ioc.clock import SystemClock
from ioc.errors import TemporaryError
from ioc.intake.gaps import Gap, Track
from ioc.model import Rejection, Sample
from ioc.pump import Appended
from ioc.sequences import Numbered, Sequences, listed
from ioc.telemetry import Counts

CLOCK = SystemClock()


async def test_gap_over_a_restart_is_listed_and_counted(tmp_path: Path) -> None:
    path, counts = tmp_path / "gaps.db", Counts()
    with closing(Sequences(path, counts)) as sequences:
        sequences.note([("st/salinity", n) for n in range(1, 11)])
        await sequences.flush()
    with closing(Sequences(path, counts)) as sequences:
        sequences.note([("st/salinity", 15), ("st/other", 3)])
        await sequences.flush()
        assert counts.value("sequence_missing") == 4
        assert list(listed(path)) == [("st/salinity", Gap(11, 14))]
        sequences.note([("st/salinity", n) for n in range(11, 15)])
        await sequences.flush()
    assert counts.value("sequence_missing") == 0
    assert list(listed(path)) == []


async def test_hostile_numbers_are_no_gap_and_counted_as_new_counts(tmp_path: Path) -> None:
    path, counts = tmp_path / "gaps.db", Counts()
    with closing(Sequences(path, counts)) as sequences:
        sequences.note([("s/i", n) for n in (1, 2, 2**53, 3, 5, 2**53, 6)])
        await sequences.flush()
    assert list(listed(path)) == [("s/i", Gap(4, 4))]
    assert counts.value("sequence_missing") == 1
    assert counts.value("sequence_restarts") == 4


async def test_gap_that_no_sender_can_have_is_forgotten_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "gaps.db"
    with closing(Sequences(path, Counts())) as sequences:
        sequences._tracks["s/i"] = Track(2**53, (Gap(2, 4), Gap(6, 2**53 - 1)))
        sequences._changed.add("s/i")
        await sequences.flush()
    counts = Counts()
    with closing(Sequences(path, counts)):
        assert counts.value("sequence_missing") == 3
    assert list(listed(path)) == [("s/i", Gap(2, 4))]


async def test_gaps_of_all_sequences_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.sequences.MOST_GAPS", 50)
    path, counts = tmp_path / "gaps.db", Counts()
    with closing(Sequences(path, counts)) as sequences:
        sequences.note([(f"s/{series}", n) for series in range(20) for n in range(0, 40, 2)])
        await sequences.flush()
    found = list(listed(path))
    assert len(found) <= 50 + 20
    assert {series for series, _ in found} == {f"s/{series}" for series in range(20)}
    assert counts.value("sequence_missing") == len(found)


async def test_numbers_are_written_before_the_readings_are_committed(tmp_path: Path) -> None:
    path = tmp_path / "gaps.db"

    class Journal:
        async def append(
            self, samples: Sequence[Sample], rejections: Sequence[Rejection], received: Mapping[str, int]
        ) -> Appended:
            assert not samples
            assert not rejections
            assert not received
            assert list(listed(path)) == [("s/i", Gap(2, 2))]
            raise TemporaryError("seen")

    with closing(Sequences(path, Counts())) as sequences:
        sequences.note([("s/i", 1), ("s/i", 3)])
        with pytest.raises(TemporaryError, match="seen"):
            await Numbered(Journal(), sequences).append([], [], {})


async def test_what_cannot_be_written_now_is_written_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gaps.db"

    def fail(*_: object) -> None:
        raise TemporaryError("full")

    with closing(Sequences(path, Counts())) as sequences:
        sequences.note([("a/i", 1), ("a/i", 3)])
        with monkeypatch.context() as patch:
            patch.setattr(sequences, "_write", fail)
            await sequences.flush()
        sequences.note([("b/i", 1)])
        await sequences.flush()
    assert list(listed(path)) == [("a/i", Gap(2, 2))]


def test_without_a_file_nothing_is_listed(tmp_path: Path) -> None:
    assert list(listed(tmp_path / "gaps.db")) == []


async def test_older_state_is_never_written_over_a_newer_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "gaps.db"
    with closing(Sequences(path, Counts())) as sequences:
        write, held = sequences._write, threading.Event()

        def slow(rows: Sequence[tuple[str, int, str]]) -> None:
            if rows[0][1] == 1:
                held.wait(5)
            write(rows)

        monkeypatch.setattr(sequences, "_write", slow)
        sequences.note([("s/i", 1)])
        first = asyncio.create_task(sequences.flush())
        await CLOCK.sleep(0)
        sequences.note([("s/i", 2)])
        second = asyncio.create_task(sequences.flush())
        await CLOCK.sleep(0.1)
        held.set()
        await asyncio.gather(first, second)
    with closing(Sequences(path, Counts())) as again:
        again.note([("s/i", 3)])
        await again.flush()
    assert list(listed(path)) == []


async def test_flush_returns_only_when_what_another_took_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Sequences(tmp_path / "gaps.db", Counts())) as sequences:
        write, held = sequences._write, threading.Event()

        def slow(rows: Sequence[tuple[str, int, str]]) -> None:
            held.wait(5)
            write(rows)

        monkeypatch.setattr(sequences, "_write", slow)
        sequences.note([("s/i", 1)])
        first = asyncio.create_task(sequences.flush())
        await CLOCK.sleep(0)
        second = asyncio.create_task(sequences.flush())
        await CLOCK.sleep(0.1)
        assert not second.done()
        held.set()
        await asyncio.gather(first, second)
