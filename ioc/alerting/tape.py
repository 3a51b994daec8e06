"""When each series was heard, kept as a tape instead of a table: what changed, and every series again in turn. Pure.

A table of a million series costs a page for every sample once the samples come in no order. A tape is only ever
continued: a strip a turn, with what changed and with some others, the next in line. Once every series has been in line
a lap is over, and strips of the lap before it tell nothing that later ones do not.
"""

from collections.abc import Iterable, Iterator

import msgspec

from ioc.alerting.track import Track
from ioc.alerting.turn import Heard, SeriesKey, Turn

ROW = 2_000
"""Series in one row of a strip at most."""
FEWEST = 16
"""Turns of a single sample would otherwise make a lap of as many strips as there are series."""

Entries = list[tuple[SeriesKey, Heard]]


class Line:
    """Every series ever heard, each in turn."""

    def __init__(self, lap: int) -> None:
        """Begin `lap`, or go on with it from its start: what it repeats, it has then."""
        self.lap = lap
        self._keys: list[SeriesKey] = []
        self._tracks: list[Track] = []
        self._place = 0

    def join(self, key: SeriesKey, track: Track) -> None:
        """A series heard for the first time."""
        self._keys.append(key)
        self._tracks.append(track)

    def next(self, changes: int) -> Entries:
        """Those whose turn it is beside so many that changed, half as many; `lap` is theirs."""
        if self._place >= len(self._keys):
            self.lap, self._place = self.lap + 1, 0
        place, self._place = self._place, self._place + max(changes // 2, FEWEST)
        tracks = self._tracks[place : self._place]
        return [(key, track.heard) for key, track in zip(self._keys[place : self._place], tracks, strict=True)]


def strip(turn: Turn) -> Iterator[str]:
    """The rows to be written for a turn, as JSON."""
    entries: Entries = [*turn.heard.items(), *turn.again]
    for first in range(0, len(entries), ROW):
        yield msgspec.json.encode(entries[first : first + ROW]).decode()


def told(rows: Iterable[str]) -> dict[SeriesKey, Heard]:
    """The last word of every series, of `rows` in the order in which they were written."""
    heard: dict[SeriesKey, Heard] = {}
    for row in rows:
        heard.update(msgspec.json.decode(row, type=Entries))
    return heard


def spent(lap: int) -> int:
    """Strips of laps below it can go: the lap before `lap` may hold the last word of who is still to come in line."""
    return lap - 1
