"""When each series was heard, written as a tape instead of a table: what changed, and every series again in turn.

A table of a million series costs a page for every sample once the samples come in no order. A tape is only ever
continued: a strip a turn, with what changed and with as many others, the next in line. Once every series has been in
line a lap is over, and strips of the lap before it can go. Pure.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

import msgspec

from ioc.alerting.turn import Heard, SeriesKey

ROW = 2_000
"""Series in one row of a strip at most."""
AGAIN_AT_LEAST = 16
"""A turn of a single sample would otherwise make laps of as many strips as there are series."""

Entries = list[tuple[SeriesKey, Heard]]


class Strip(NamedTuple):
    """What one turn adds: `rows` of JSON, of `lap`; with them, strips of laps below `spent` have nothing to tell."""

    lap: int
    rows: list[str]
    place: int

    @property
    def spent(self) -> int:
        """The lap before this one may hold the last word of a series that is yet to come in line."""
        return self.lap - 1


class Tape:
    """What was written so far, as far as the next strip depends on it."""

    def __init__(self, rows: Iterable[tuple[int, str]] = ()) -> None:
        """Read `rows`, each its lap and its JSON, in the order in which they were written."""
        self.heard: dict[SeriesKey, Heard] = {}
        self._lap = 0
        for lap, row in rows:
            self._lap = lap
            self.heard.update(msgspec.json.decode(row, type=Entries))
        self._line = list(self.heard)
        self._place = 0

    def strip(self, changed: Mapping[SeriesKey, Heard]) -> Strip:
        """The next one, without rows if nothing changed; it counts as written after `wind`."""
        if not changed:
            return Strip(self._lap, [], self._place)
        is_over = self._place >= len(self._line)
        place = 0 if is_over else self._place
        end = place + max(len(changed), AGAIN_AT_LEAST)
        again = [(key, self.heard[key]) for key in islice(self._line, place, end) if key not in changed]
        entries: Entries = [*changed.items(), *again]
        rows = [msgspec.json.encode(entries[first : first + ROW]).decode() for first in range(0, len(entries), ROW)]
        return Strip(self._lap + is_over, rows, end)

    def wind(self, changed: Mapping[SeriesKey, Heard], strip: Strip) -> None:
        """The strip is written."""
        self._lap, self._place = strip.lap, strip.place
        self._line += [key for key in changed if key not in self.heard]
        self.heard.update(changed)
