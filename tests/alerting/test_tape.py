import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.alerting.tape import FEWEST, ROW, Line, spent, strip, told
from ioc.alerting.track import Track
from ioc.alerting.turn import Heard, SeriesKey, Turn

KEYS = [(f"site-{number}", "salinity") for number in range(300)]


def heard(at: int) -> Heard:
    return Heard(at=at, received=at, due=None if at % 3 else at + 60, source="bến-tre")


class Deck:
    """A line and the tape that it writes; everything spent goes at once."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, str]] = []
        self.tracks: dict[SeriesKey, Track] = {}
        self.line = Line(0)

    def restart(self) -> None:
        self.line = Line(max((lap for lap, _ in self.rows), default=0))
        self.tracks = {key: Track(one) for key, one in self.told().items()}
        for key, track in self.tracks.items():
            self.line.join(key, track)

    def write(self, changed: dict[SeriesKey, Heard]) -> None:
        for key, one in changed.items():
            if key not in self.tracks:
                self.tracks[key] = Track()
                self.line.join(key, self.tracks[key])
            self.tracks[key].heard = one
        again = self.line.next(len(changed))
        turn = Turn(heard=changed, again=again, lap=self.line.lap)
        self.rows += [(turn.lap, row) for row in strip(turn)]
        self.rows = [row for row in self.rows if row[0] >= spent(turn.lap)]

    def told(self) -> dict[SeriesKey, Heard]:
        return told(row for _, row in self.rows)


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 300))
def test_a_tape_tells_the_last_word_of_every_series(seed: int, each: int, known: int) -> None:
    chance, truth, deck = random.Random(seed), {}, Deck()
    for turn in range(120):
        changed = {key: heard(turn) for key in chance.sample(KEYS[:known], min(each, known))}
        truth |= changed
        if chance.random() < 0.1:
            deck.restart()
        deck.write(changed)
    assert deck.told() == truth


def test_no_word_is_missing_at_any_time_of_a_lap() -> None:
    chance, truth, deck = random.Random(7), {}, Deck()
    for turn in range(400):
        changed = {key: heard(turn) for key in chance.sample(KEYS[: 1 + turn], min(1 + turn, 20))}
        truth |= changed
        if turn % 37 == 0:
            deck.restart()
        deck.write(changed)
        assert deck.told() == truth


@pytest.mark.parametrize("each", [1, 7, 150])
def test_a_tape_stays_within_a_few_times_what_it_tells(each: int) -> None:
    chance, deck = random.Random(7), Deck()
    deck.write(dict.fromkeys(KEYS, heard(0)))
    for turn in range(1_000):
        deck.write({key: heard(turn) for key in chance.sample(KEYS, each)})
        assert sum(row.count("salinity") for _, row in deck.rows) <= 7 * (len(KEYS) + FEWEST + each)


def test_rows_are_bounded() -> None:
    many = {(f"site-{number}", "salinity"): heard(number) for number in range(3 * ROW + 1)}
    rows = list(strip(Turn(heard=many)))
    assert len(rows) == 4
    assert told(rows) == many
