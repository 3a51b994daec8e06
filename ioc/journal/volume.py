"""The files of one journal as its writer sees them: the newest is open, a new day begins another, a bad one is mended.

Every method may be called from any thread; one lock stands over all of them.
"""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import structlog

from indicators.spec import local_day
from ioc.clock import Clock
from ioc.errors import JournalError
from ioc.journal.config import JournalConfig
from ioc.journal.damage import is_damage, is_whole
from ioc.journal.partition import Appended, Batch, Partition, create
from ioc.journal.reader import SUFFIX, first_seq, partitions
from ioc.journal.room import MIB, Room
from ioc.journal.salvage import finish, salvage
from ioc.journal.stamp import stamp
from ioc.model import SECOND, Micros
from ioc.telemetry import Counts

CHECKED_AT_START = 64 * MIB
"""Files up to this size are checked as a whole when they are opened; damage in larger ones is found where it is met."""

log = structlog.get_logger("ioc.journal")


class Volume:
    """The partition files of the directory in `config`."""

    def __init__(
        self, config: JournalConfig, clock: Clock, counts: Counts, forget: Callable[[Path], None] = lambda _: None
    ) -> None:
        """Opens nothing. `forget` is told of every file that was replaced or deleted, for those who have it open."""
        self._forget = forget
        self._config = config
        self._clock = clock
        self._counts = counts
        self._lock = threading.RLock()
        self._partition: Partition | None = None
        self._day: date | None = None
        self._stamp: Micros = 0
        self._stamped: float = 0.0
        self.room = Room(config.directory, config.reserve, counts)
        self.tail = 0
        self.mendings = 0

    def open(self) -> None:
        """Open the newest file, mended if it must be."""
        with self._lock:
            try:
                finish(self._config.directory)
                self._open_whole()
            except (sqlite3.Error, OSError) as error:
                raise JournalError(f"{self._config.directory}: {error}") from error

    def append(self, batches: Sequence[Batch]) -> list[Appended]:
        """Commit batches together. Raises JournalError, and then nothing of them is kept."""
        with self._lock:
            try:
                self.room.check()
                outcomes = self._append(batches)
            except Exception as error:  # whatever it is, whoever waits for this commit must be told
                self._counts.add("journal_failures")
                self.room.shut(str(error))
                if not isinstance(error, JournalError):
                    self._recover(error)
                raise JournalError(str(error)) from error
            self.room.open()
            return outcomes

    def mend(self, path: Path, known: int | None = None) -> bool:
        """Salvage a damaged file; False if anything was mended since there had been `known` mendings.

        Raises:
            JournalError: the fresh copy cannot be written.
        """
        with self._lock:
            if known is not None and known != self.mendings:
                return False
            self.close()
            files = partitions(self._config.directory)
            place = files.index(path)
            following = files[place + 1] if place + 1 < len(files) else None
            expected = first_seq(following) - 1 if following else self.tail
            log.error("journal file damaged, mending it", file=path.name)
            try:
                salvaged = salvage(path, files[place - 1] if place else None, expected)
            except (sqlite3.Error, OSError) as error:
                raise JournalError(f"{path.name} is damaged and cannot be mended: {error}") from error
            self._forget(path)
            self.mendings += 1
            self._counts.add("journal_files_mended")
            self._counts.add("journal_samples_lost", salvaged.lost)
            log.error(
                "journal file mended", kept=salvaged.kept, lost=salvaged.lost, quarantine=salvaged.quarantine.name
            )
            return True

    def skip(self, seq: int) -> None:
        """Give no number up to `seq` again: a reader has passed it, though the file that held it may be damaged."""
        with self._lock:
            if seq > self.tail:
                log.error("the journal ends before a reader's cursor, numbers skipped", tail=self.tail, cursor=seq)
                self._counts.add("journal_samples_lost", seq - self.tail)
                self.tail = seq
                if self._partition is not None:
                    self._partition.last_seq = seq

    def retire(self, safe_seq: int) -> list[Path]:
        """Delete the files older than `keep_days` that every reader has passed; quarantined files go by age alone."""
        with self._lock:
            today = local_day(self._clock.now())
            gone = [path for path in self._config.directory.glob("*.damaged-*") if self._is_old(path, today)]
            for path, following in pairwise(partitions(self._config.directory)):
                if not self._is_old(path, today) or first_seq(following) - 1 > safe_seq:
                    break
                gone.append(path)
            for path in gone:
                for end in ("", "-wal", "-shm"):
                    path.with_name(path.name + end).unlink(missing_ok=True)
                self._forget(path)
                log.info("partition retired", file=path.name)
            return gone

    def close(self) -> None:
        """Close the open file; the next append opens the newest again."""
        with self._lock:
            partition, self._partition = self._partition, None
            if partition is not None:
                try:
                    partition.close()
                except sqlite3.Error as error:
                    log.warning("close failed", error=str(error))

    def _is_old(self, path: Path, today: date) -> bool:
        day = date.fromisoformat(path.name.split("-", 1)[1][:10])
        return (today - day).days > self._config.keep_days

    def _append(self, batches: Sequence[Batch]) -> list[Appended]:
        now, ticks = self._clock.now(), self._clock.monotonic()
        moment = stamp(now, self._stamp, ticks - self._stamped)
        partition = self._current(moment)
        moment = max(moment, partition.last_stamp)
        summarised = partition.summarised
        outcomes = partition.append(batches, moment)
        self._stamp, self._stamped = moment, ticks
        self.tail = partition.last_seq
        self._counts.add("journal_commits")
        self._counts.add("dead_letters_summarised", partition.summarised - summarised)
        self._counts.set("journal_clock_ahead_seconds", (moment - now) / SECOND)
        return outcomes

    def _current(self, moment: Micros) -> Partition:
        """The partition of the moment's day, begun when the day has changed; days never go back."""
        day = local_day(moment)
        if self._partition is None:
            self._open_newest()
        if self._partition is not None and self._day is not None and day <= self._day:
            return self._partition
        previous = None
        if self._partition is not None:
            previous = self._partition.path
            self._partition.fold()
            self.close()
        path = self._config.directory / f"{self.tail + 1:016d}-{day}{SUFFIX}"
        create(path, self.tail + 1, moment, previous)
        return self._open(path, previous)

    def _open_newest(self) -> None:
        files = partitions(self._config.directory)
        if files:
            self._open(files[-1], files[-2] if len(files) > 1 else None)

    def _open(self, path: Path, previous: Path | None) -> Partition:
        partition = Partition(path, first_seq(path), previous, self._config.dead_letters_kept)
        partition.last_seq = self.tail = max(self.tail, partition.last_seq)
        self._partition = partition
        self._day = date.fromisoformat(path.stem.split("-", 1)[1])
        return partition

    def _open_whole(self) -> None:
        files = partitions(self._config.directory)
        if files and files[-1].stat().st_size <= CHECKED_AT_START and not is_whole(files[-1]):
            self.mend(files[-1])
        try:
            self._open_newest()
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            self._mend_newest()
            self._open_newest()

    def _recover(self, error: Exception) -> None:
        """Drop the file handle: after a failed sync its pages cannot be trusted, a fresh open reads what is on disk."""
        self.close()
        if is_damage(error):
            try:
                self._mend_newest()
            except (sqlite3.Error, OSError, JournalError) as mending:
                log.warning("cannot mend", error=str(mending))

    def _mend_newest(self) -> None:
        """Mend what is damaged of the newest two files, which a writer uses; the newest if it cannot be told.

        Nothing, if a reader mended something meanwhile: what then still is damaged is met again.
        """
        known, newest = self.mendings, partitions(self._config.directory)[-2:]
        for path in [path for path in newest if not is_whole(path)] or newest[-1:]:
            known += self.mend(path, known)
