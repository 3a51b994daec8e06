"""Samples per CPU-second into the journal, by batch and by how hard SQLite syncs: `python -m tests.bench.journal`.

NORMAL is no choice of ours (a power cut would take accepted samples with it); it stands here to show what FULL costs.
A batch is one `Journal.append`, waited for, as the pump does it; both threads are counted.
"""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

from ioc.clock import SystemClock
from ioc.journal.journal import Journal, JournalConfig
from ioc.model import SECOND, Sample
from ioc.telemetry import Counts, log_to_stderr
from tests.bench.table import say, show, table

CLOCK = SystemClock()
LEVELS = ("FULL", "NORMAL")
COMMITS = {1: 2_000, 100: 300, 500: 100}
SERIES = 1_000
ROUNDS = 3
SYNCHRONOUS = "PRAGMA synchronous="


class Cost(NamedTuple):
    """Samples per CPU-second and per second, seconds per commit."""

    per_cpu: float
    per_second: float
    commit: float


class Relaxed(sqlite3.Connection):
    """A connection that hears NORMAL where it is told FULL."""

    asked = 0

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if sql.startswith(SYNCHRONOUS):
            Relaxed.asked += 1
            sql = f"{SYNCHRONOUS}NORMAL"
        return super().execute(sql, *parameters)


@contextmanager
def synchronous(level: str) -> Iterator[None]:
    """Within it, journals are opened with that level; FULL is how they open by themselves."""
    if level == "FULL":
        yield
        return
    strict, asked = sqlite3.connect, Relaxed.asked
    sqlite3.connect = partial(strict, factory=Relaxed)  # type: ignore[assignment]
    try:
        yield
    finally:
        sqlite3.connect = strict
    assert Relaxed.asked > asked, "the journal never set its level: this bench measures nothing"


def samples() -> Iterator[Sample]:
    """Endless, all different, round the series in turn."""
    began = CLOCK.now()
    for number in count():
        turn, place = divmod(number, SERIES)
        at = began - 3600 * SECOND + turn * SECOND
        yield Sample(f"site-{place % 50}", "health", f"indicator-{place // 50}", at, 20.0 + number % 97, source="bench")


async def append(directory: Path, batch: int, commits: int) -> Cost:
    """Append that many batches after some that warm up."""
    stream = samples()
    batches = [list(islice(stream, batch)) for _ in range(commits)]
    async with Journal(JournalConfig(directory=directory), CLOCK, Counts()) as journal:
        await journal.append(list(islice(stream, SERIES)), [])
        cpu, began = time.process_time(), CLOCK.monotonic()
        for some in batches:
            await journal.append(some, [])
        cpu, wall = time.process_time() - cpu, CLOCK.monotonic() - began
        assert journal.tail == batch * commits + SERIES
    return Cost(batch * commits / cpu, batch * commits / wall, wall / commits)


def measure(level: str, batch: int) -> Cost:
    """One round on a fresh journal."""
    with tempfile.TemporaryDirectory() as folder, synchronous(level):
        return asyncio.run(append(Path(folder), batch, COMMITS[batch]))


def run() -> str:
    """The table; rounds of both levels take turns."""
    rows = []
    for batch in COMMITS:
        say(f"batches of {batch}")
        rounds: dict[str, list[Cost]] = {level: [] for level in LEVELS}
        for _ in range(ROUNDS):
            for level in LEVELS:
                rounds[level].append(measure(level, batch))
        medians = {level: Cost(*map(statistics.median, zip(*costs, strict=True))) for level, costs in rounds.items()}
        for level, cost in medians.items():
            ratio = f"{medians['FULL'].per_cpu / cost.per_cpu:.2f}"
            rate = f"{cost.per_second:,.0f}"
            rows.append((batch, level, f"{cost.per_cpu:,.0f}", ratio, rate, f"{cost.commit * 1000:.2f}"))
    head = ("batch", "synchronous", "samples/CPU-s", "FULL / this", "samples/s", "ms a commit")
    return table(head, rows)


if __name__ == "__main__":
    log_to_stderr("ERROR")
    show(run())
