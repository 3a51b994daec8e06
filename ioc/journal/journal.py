"""The journal: accepted means committed.

One writer thread owns the current partition. Requests that arrive while a commit is under way share the next one, so
that the cost of a sync is spread without making anybody wait for a timer.
"""

import asyncio
import fcntl
import queue
import sqlite3
import threading
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import IO, Self

import structlog
from pydantic import BaseModel, ConfigDict, Field

from indicators.spec import local_day
from ioc.clock import Clock
from ioc.errors import JournalError
from ioc.journal.partition import Appended, Partition, create
from ioc.journal.reader import SUFFIX, DeadLetter, JournalReader, first_seq, partitions
from ioc.model import Entry, Micros, Rejection, Sample
from ioc.telemetry import Counts

ROWS_PER_COMMIT = 500
log = structlog.get_logger("ioc.journal")


class JournalConfig(BaseModel):
    """Where the journal lives and how long it is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    directory: Path = Path("data/journal")
    keep_days: int = Field(default=90, ge=2, description="local days of receipt")


class _Request:
    def __init__(self, samples: Sequence[Sample], rejections: Sequence[Rejection]) -> None:
        self.samples = samples
        self.rejections = rejections
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Appended] = self.loop.create_future()

    def settle(self, outcome: Appended | JournalError) -> None:
        self.loop.call_soon_threadsafe(self._settle, outcome)

    def _settle(self, outcome: Appended | JournalError) -> None:
        if self.done.cancelled():
            return
        if isinstance(outcome, JournalError):
            self.done.set_exception(outcome)
        else:
            self.done.set_result(outcome)


class Journal:
    """The durable log: `async with Journal(config, clock, counts) as journal`."""

    def __init__(self, config: JournalConfig, clock: Clock, counts: Counts) -> None:
        """Nothing is opened before `async with`."""
        self._config = config
        self._clock = clock
        self._counts = counts
        self._reader = JournalReader(config.directory)
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="journal-writer", daemon=True)
        self._partition: Partition | None = None
        self._day: date | None = None
        self._tail = 0
        self._stamp: Micros = 0
        self._news = asyncio.Event()
        self._lock: IO[bytes] | None = None

    async def __aenter__(self) -> Self:
        """Take the directory, open the newest file, start the writer."""
        self._config.directory.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        await asyncio.to_thread(self._open_newest)
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Commit what was asked for, then close."""
        self._requests.put(None)
        await asyncio.to_thread(self._thread.join)
        self._reader.close()
        if self._lock is not None:
            self._lock.close()

    async def append(self, samples: Sequence[Sample], rejections: Sequence[Rejection] = ()) -> Appended:
        """Store samples and refusals in one transaction, durable on return.

        Raises:
            JournalError: nothing of this batch was kept; it may be offered again.
        """
        request = _Request(samples, rejections)
        self._requests.put(request)
        return await request.done

    @property
    def tail(self) -> int:
        """The number of the last committed sample."""
        return self._tail

    async def beyond(self, seq: int) -> None:
        """Wait until the journal holds an entry numbered above `seq`."""
        while self._tail <= seq:
            await self._news.wait()

    def read(self, after: int, limit: int) -> list[Entry]:
        """Up to `limit` entries numbered above `after`, in order."""
        return self._reader.read(after, limit)

    def latest(self) -> list[Entry]:
        """The newest entry of every series."""
        return self._reader.latest()

    def history(self, site: str, indicator: str, start: Micros, end: Micros, limit: int) -> list[Sample]:
        """The samples of a series measured in [start, end]."""
        return self._reader.history(site, indicator, start, end, limit)

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        """The newest refusals."""
        return self._reader.dead_letters(limit)

    def counts(self) -> dict[tuple[str, str], int]:
        """How many inputs ever had which outcome, by (source, outcome)."""
        return self._reader.counts()

    def retire(self, safe_seq: int) -> list[Path]:
        """Delete the files older than `keep_days` that every reader has passed (`safe_seq`: the slowest cursor)."""
        files = partitions(self._config.directory)
        today = local_day(self._clock.now())
        gone = []
        for path, following in pairwise(files):
            day = date.fromisoformat(path.stem.split("-", 1)[1])
            if (today - day).days <= self._config.keep_days or first_seq(following) - 1 > safe_seq:
                break
            self._reader.forget(path)
            path.unlink()
            gone.append(path)
            log.info("partition retired", file=path.name)
        return gone

    def _take_lock(self) -> None:
        self._lock = (self._config.directory / "lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise JournalError(
                f"another process is writing the journal in {self._config.directory}; stop it first"
            ) from error

    def _open_newest(self) -> None:
        files = partitions(self._config.directory)
        if files:
            self._open(files[-1], files[-2] if len(files) > 1 else None)

    def _open(self, path: Path, previous: Path | None) -> Partition:
        self._partition = Partition(path, previous)
        self._day = date.fromisoformat(path.stem.split("-", 1)[1])
        self._tail = self._partition.last_seq
        return self._partition

    def _current(self, stamp: Micros) -> Partition:
        """The partition of the stamp's day, begun when the day has changed; days never go back."""
        day = local_day(stamp)
        if self._partition is None:
            self._open_newest()
        if self._partition is not None and self._day is not None and day <= self._day:
            return self._partition
        previous = self._partition.path if self._partition else None
        if self._partition is not None:
            self._partition.close()
        path = self._config.directory / f"{self._tail + 1:016d}-{day}{SUFFIX}"
        create(path, self._tail + 1, stamp, previous)
        return self._open(path, previous)

    def _write(self) -> None:
        while requests := self._take():
            self._commit(requests)
        if self._partition is not None:
            self._partition.close()

    def _take(self) -> list[_Request]:
        """The next request and those already waiting behind it, up to one commit's worth; empty at the end."""
        first = self._requests.get()
        if first is None:
            return []
        taken = [first]
        rows = len(first.samples)
        while rows < ROWS_PER_COMMIT and not self._requests.empty():
            request = self._requests.get()
            if request is None:
                self._requests.put(None)
                break
            taken.append(request)
            rows += len(request.samples)
        return taken

    def _commit(self, requests: list[_Request]) -> None:
        try:
            outcomes = self._append(requests)
        except (sqlite3.Error, OSError) as error:
            self._fail(requests, error)
            return
        for request, outcome in zip(requests, outcomes, strict=True):
            request.settle(outcome)
        self._loop.call_soon_threadsafe(self._announce)

    def _append(self, requests: list[_Request]) -> list[Appended]:
        stamp = max(self._clock.now(), self._stamp)
        partition = self._current(stamp)
        stamp = max(stamp, partition.last_stamp)
        outcomes = partition.append([(r.samples, r.rejections) for r in requests], stamp)
        self._stamp = stamp
        self._tail = partition.last_seq
        self._counts.add("journal_commits")
        return outcomes

    def _fail(self, requests: list[_Request], error: Exception) -> None:
        """Drop the file handle: after a failed sync its pages cannot be trusted, a fresh open reads what is on disk."""
        self._counts.add("journal_failures")
        log.error("commit failed", error=str(error))
        if self._partition is not None:
            try:
                self._partition.close()
            except sqlite3.Error as closing:
                log.warning("close failed", error=str(closing))
            self._partition = None
        for request in requests:
            request.settle(JournalError(str(error)))

    def _announce(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
