"""When the machine's clock and ours were apart, kept: what was received then carries a time that may be wrong.

A stretch is in the time of receipt, so that a sample is flagged by its own `received_at`, and costs nothing more.
"""

import sqlite3
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable
from pathlib import Path

from ioc.errors import TemporaryError
from ioc.model import SECOND, Micros
from ioc.spare import opened

Stretch = tuple[Micros, Micros]

KEPT = 1000
SAVE_EVERY: Micros = 10 * SECOND
SCHEMA = "CREATE TABLE IF NOT EXISTS stretches(start INTEGER PRIMARY KEY, end INTEGER NOT NULL)"


class Apart:
    """The file `clock.db`: the newest thousand stretches. Raises TemporaryError while it cannot be used."""

    def __init__(self, path: Path, now: Callable[[], Micros]) -> None:
        """Open or create the file. `now` is the clock that stamps receipt."""
        self._now = now
        self._lock = threading.Lock()
        try:
            self._db = opened(path, SCHEMA)
            rows = self._db.execute("SELECT start, end FROM stretches ORDER BY start DESC LIMIT ?", (KEPT,)).fetchall()
        except sqlite3.Error as error:
            raise TemporaryError(f"{path.name}: {error}") from error
        self._stretches: list[Stretch] = rows[::-1]
        self._looked = now()
        self._since: Micros | None = None
        self._saved: Stretch | None = self._stretches[-1] if self._stretches else None

    def look(self, *, are_apart: bool) -> None:
        """What is so now. A stretch begins at the look before: the step came somewhere between."""
        now = self._now()
        if are_apart and self._since is None:
            self._since = self._looked
            self._stretches.append((self._since, now))
            del self._stretches[:-KEPT]
        if self._since is not None:
            self._stretches[-1] = (self._since, max(now, self._since))
        if not are_apart:
            self._since = None
        self._looked = now

    def is_due(self) -> bool:
        """Whether what was looked at is worth a write: a stretch that begins or ends, or has gone on for a while."""
        if not self._stretches or self._stretches[-1] == self._saved:
            return False
        start, end = self._stretches[-1]
        goes_on = self._since is not None and self._saved is not None and self._saved[0] == start
        return not goes_on or self._saved is None or end - self._saved[1] >= SAVE_EVERY

    def save(self) -> None:
        """Write the newest stretch. For a thread."""
        newest, oldest = self._stretches[-1], min(self._stretches)  # a clock set back begins earlier
        try:
            with self._lock:
                self._db.execute("INSERT OR REPLACE INTO stretches VALUES(?, ?)", newest)
                self._db.execute("DELETE FROM stretches WHERE start < ?", oldest[:1])
        except sqlite3.Error as error:
            raise TemporaryError(f"clock.db: {error}") from error
        self._saved = newest

    def flagged(self, received: Iterable[Micros]) -> list[Stretch]:
        """The stretches in which at least one of these was received."""
        times = sorted(received) if self._stretches else []
        return [one for one in self._stretches if (i := bisect_left(times, one[0])) < len(times) and times[i] <= one[1]]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
