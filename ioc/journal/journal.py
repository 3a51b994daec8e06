"""The journal: accepted means committed.

One writer thread owns the current partition. Requests that arrive while a commit is under way share the next one, so
that the cost of a sync is spread without making anybody wait for a timer.
"""

import asyncio
import fcntl
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Self, TypeVar

import structlog

from ioc.clock import Clock
from ioc.errors import JournalError
from ioc.journal.config import JournalConfig
from ioc.journal.damage import DamagedError
from ioc.journal.partition import Appended, Batch
from ioc.journal.reader import Balance, DeadLetter, JournalReader
from ioc.journal.volume import Volume
from ioc.model import Entry, Micros, Rejection, Sample
from ioc.telemetry import Counts

__all__ = ["Journal", "JournalConfig"]

ROWS_PER_COMMIT = 500
WAITING = 256
"""Requests that may wait for the writer; further callers of `append` wait for their turn."""
FILES_A_DAY = 5
"""Descriptors, once a reader has followed a day and another looked back at it; they are kept for the next time."""

T = TypeVar("T")
log = structlog.get_logger("ioc.journal")


class _Request:
    def __init__(self, batch: Batch) -> None:
        self.batch = batch
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
        self._reader = JournalReader(config.directory, strict=True)
        self._archive = JournalReader(config.directory, strict=True)  # a long look back keeps no follower waiting
        self._volume = Volume(config, clock, counts, self._forget)
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._places = asyncio.Semaphore(WAITING)
        self._thread = threading.Thread(target=self._write, name="journal-writer", daemon=True)
        self._is_open = False
        self._news = asyncio.Event()
        self._lock: IO[bytes] | None = None

    async def __aenter__(self) -> Self:
        """Take the directory, open the newest file (mended, if it must be), start the writer.

        Raises:
            JournalError: another process writes here, or nothing can be written here at all.
        """
        self._take_lock()
        await asyncio.to_thread(self._volume.open)
        self._loop = asyncio.get_running_loop()
        self._is_open = True
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Commit what was asked for, then close."""
        self._is_open = False
        self._requests.put(None)
        await asyncio.to_thread(self._thread.join)
        self._reader.close()  # first: the last one to close folds the write-ahead log, and a reader cannot
        self._archive.close()
        self._volume.close()
        if self._lock is not None:
            self._lock.close()

    async def append(
        self,
        samples: Sequence[Sample],
        rejections: Sequence[Rejection] = (),
        received: Mapping[str, int] | None = None,
    ) -> Appended:
        """Store samples and refusals in one transaction, durable on return.

        `received` says how many inputs, by source, these are the outcomes of; it goes into the ledger as told.

        Raises:
            JournalError: nothing of this batch was kept; it may be offered again.
        """
        async with self._places:
            if not self._is_open:
                raise JournalError("the journal is closed")
            request = _Request(Batch(samples, rejections, received or {}))
            self._requests.put(request)
            return await request.done

    @property
    def tail(self) -> int:
        """The number of the last committed sample."""
        return self._volume.tail

    @property
    def is_accepting(self) -> bool:
        """False after a commit failed or the disk's reserve was reached, until a commit succeeds again."""
        return not self._volume.room.is_refusing

    async def beyond(self, seq: int) -> None:
        """Wait until the journal holds an entry numbered above `seq`."""
        while self.tail <= seq:
            await self._news.wait()

    def skip(self, seq: int) -> None:
        """Give no number up to `seq` again. Call it at the start with the furthest cursor of any reader."""
        self._volume.skip(seq)

    def read(self, after: int, limit: int) -> list[Entry]:
        """Up to `limit` entries numbered above `after`, in order."""
        return self._whole(lambda: self._reader.read(after, limit))

    def latest(self) -> list[Entry]:
        """The newest entry of every series."""
        return self._whole(self._reader.latest)

    def history(self, site: str, indicator: str, start: Micros, end: Micros, limit: int) -> list[Sample]:
        """The samples of a series measured in [start, end]."""
        return self._whole(lambda: self._archive.history(site, indicator, start, end, limit))

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        """The newest refusals."""
        return self._whole(lambda: self._archive.dead_letters(limit))

    def counts(self) -> dict[tuple[str, str], int]:
        """How many inputs ever had which outcome, by (source, outcome)."""
        return self._whole(self._archive.counts)

    def ledger(self, since: Micros) -> list[Balance]:
        """What became of the inputs of every source and hour of receipt since then, newest first."""
        return self._whole(lambda: self._archive.ledger(since))

    def retire(self, safe_seq: int) -> list[Path]:
        """Delete the files older than `keep_days` that every reader has passed (`safe_seq`: the slowest cursor)."""
        return self._volume.retire(safe_seq)

    def _forget(self, path: Path) -> None:
        self._reader.forget(path)
        self._archive.forget(path)

    def _whole(self, ask: Callable[[], T]) -> T:
        """The answer of the reader; a file that turns out to be damaged is mended first, once, whoever else met it."""
        mended: set[Path] = set()
        while True:
            mendings = self._volume.mendings
            try:
                return ask()
            except DamagedError as error:
                if error.path in mended:
                    raise
                if self._volume.mend(error.path, mendings):
                    mended.add(error.path)

    def _take_lock(self) -> None:
        directory = self._config.directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
            (directory / "lock").touch()
            self._lock = (directory / "lock").open("rb")
        except OSError as error:
            raise JournalError(f"the journal cannot be written in {directory}: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise JournalError(f"another process is writing the journal in {directory}; stop it first") from error

    def _write(self) -> None:
        while requests := self._take():
            self._commit(requests)
        while not self._requests.empty():
            if request := self._requests.get():
                request.settle(JournalError("the journal is closed"))

    def _take(self) -> list[_Request]:
        """The next request and those already waiting behind it, up to one commit's worth; empty at the end."""
        first = self._requests.get()
        if first is None:
            return []
        taken = [first]
        rows = len(first.batch.samples)
        while rows < ROWS_PER_COMMIT and not self._requests.empty():
            request = self._requests.get()
            if request is None:
                self._requests.put(None)
                break
            taken.append(request)
            rows += len(request.batch.samples)
        return taken

    def _commit(self, requests: list[_Request]) -> None:
        try:
            outcomes = self._volume.append([request.batch for request in requests])
        except JournalError as error:
            for request in requests:
                request.settle(error)
            return
        for request, outcome in zip(requests, outcomes, strict=True):
            request.settle(outcome)
        self._loop.call_soon_threadsafe(self._announce)

    def _announce(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
