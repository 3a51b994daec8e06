"""The reserve: how much of the volume the journal leaves free for alert states, cursors and the outbox."""

import shutil
from pathlib import Path

from ioc.errors import JournalError
from ioc.telemetry import Counts, Link

MIB = 1024 * 1024
LEAST, MOST = 64 * MIB, 1024 * MIB
SHARE = 0.05


def reserve(configured: int | None, volume: int) -> int:
    """Bytes that stay free: as configured, or 5 % of the volume, at least 64 MiB and at most 1 GiB."""
    if configured is not None:
        return configured
    return max(LEAST, min(int(volume * SHARE), MOST))


class Room:
    """Watches the free space of the journal's volume, and whether the journal accepts at all."""

    def __init__(self, directory: Path, configured: int | None, counts: Counts) -> None:
        """Shows `journal_free_bytes`, `journal_reserve_bytes` and `link_up{link="journal"}`."""
        self._directory = directory
        self._configured = configured
        self._counts = counts
        self._link = Link("journal", counts)
        self.is_refusing = False

    def open(self) -> None:
        """A commit succeeded."""
        self.is_refusing = False
        self._link.up()

    def shut(self, why: str) -> None:
        """A commit failed or was refused."""
        self.is_refusing = True
        self._link.down(why)

    def check(self) -> None:
        """Raise JournalError when the reserve is reached."""
        usage = shutil.disk_usage(self._directory)
        kept = reserve(self._configured, usage.total)
        self._counts.set("journal_free_bytes", usage.free)
        self._counts.set("journal_reserve_bytes", kept)
        if usage.free < kept:
            raise JournalError(
                f"disk full: {usage.free / MIB:.0f} MiB free in {self._directory}, {kept / MIB:.0f} MiB are kept in "
                "reserve; free some space and the journal goes on by itself"
            )
