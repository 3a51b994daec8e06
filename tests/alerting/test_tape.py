import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.alerting.tape import AGAIN_AT_LEAST, ROW, Strip, Tape
from ioc.alerting.turn import Heard, SeriesKey

KEYS = [(f"site-{number}", "salinity") for number in range(300)]
Rows = list[tuple[int, str]]


def heard(at: int) -> Heard:
    return Heard(at=at, received=at, due=None if at % 3 else at + 60, source="bến-tre")


def written(tape: Tape, rows: Rows, changed: dict[SeriesKey, Heard]) -> Strip:
    """As the ledger does it, but that everything spent goes at once."""
    strip = tape.strip(changed)
    rows += [(strip.lap, row) for row in strip.rows]
    rows[:] = [row for row in rows if row[0] >= strip.spent]
    tape.wind(changed, strip)
    return strip


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 300))
def test_a_tape_read_again_tells_the_last_word_of_every_series(seed: int, each: int, known: int) -> None:
    chance, truth, rows = random.Random(seed), {}, Rows()
    tape = Tape()
    for turn in range(120):
        changed = {key: heard(turn) for key in chance.sample(KEYS[:known], min(each, known))}
        truth |= changed
        if chance.random() < 0.1:
            tape = Tape(rows)
        written(tape, rows, changed)
        assert Tape(rows).heard == truth


@pytest.mark.parametrize("each", [1, 7, 150])
def test_a_tape_stays_within_a_few_times_what_it_tells(each: int) -> None:
    chance, rows, tape = random.Random(7), Rows(), Tape()
    written(tape, rows, dict.fromkeys(KEYS, heard(0)))
    for turn in range(2_000):
        written(tape, rows, {key: heard(turn) for key in chance.sample(KEYS, each)})
        told = sum(row.count("salinity") for _, row in rows)
        assert told <= 6 * (len(KEYS) + AGAIN_AT_LEAST + each)


def test_a_strip_that_was_not_written_is_as_if_it_had_never_been() -> None:
    rows, tape = Rows(), Tape()
    written(tape, rows, dict.fromkeys(KEYS, heard(0)))
    lost = tape.strip({KEYS[0]: heard(1)})
    assert tape.strip({KEYS[0]: heard(1)}) == lost
    assert tape.heard[KEYS[0]] == heard(0)


def test_laps_follow_each_other_and_rows_are_bounded() -> None:
    rows, tape = Rows(), Tape()
    many = {(f"site-{number}", "salinity"): heard(number) for number in range(3 * ROW + 1)}
    strips = [written(tape, rows, many), *(written(tape, rows, {KEYS[0]: heard(1)}) for _ in range(1_000))]
    assert len(strips[0].rows) == 4
    assert all(0 <= after.lap - before.lap <= 1 for before, after in pairwise(strips))
    assert strips[-1].lap > 1


def test_a_turn_in_which_nothing_was_heard_writes_nothing() -> None:
    rows, tape = Rows(), Tape()
    written(tape, rows, {KEYS[0]: heard(0)})
    assert tape.strip({}).rows == []
