"""Accepted means committed: a writer is killed in the middle of its work, again and again."""

import random
import subprocess
import sys
from pathlib import Path

from ioc.journal.reader import JournalReader

KILLS = 20
WRITER = """
import asyncio, itertools, sys
from pathlib import Path
from ioc.clock import SystemClock
from ioc.journal.journal import Journal, JournalConfig
from ioc.model import Sample
from ioc.telemetry import Counts, log_to_stderr

log_to_stderr("ERROR")

async def write(journal, first, lane):
    for n in itertools.count(first):
        at = n * 10 + lane
        await journal.append([Sample("s", "f", f"i{at % 7}", at, 1.0) for at in range(at * 10, at * 10 + 10)])
        sys.stdout.write(f"{at}\\n")
        sys.stdout.flush()

async def main(directory, first):
    async with Journal(JournalConfig(directory=Path(directory)), SystemClock(), Counts()) as journal:
        async with asyncio.TaskGroup() as group:
            for lane in range(10):
                group.create_task(write(journal, first, lane))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def killed_run(directory: Path, first: int, acknowledged: int) -> list[int]:
    """Let a writer work until it has acknowledged that many batches, kill it, and return all it had acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(directory), str(first)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(acknowledged)]
        writer.kill()
        lines += writer.stdout.read().splitlines(keepends=True)
    assert writer.returncode == -9
    return [int(line) for line in lines if line.endswith("\n")]


def test_20_kills_under_load_lose_nothing_accepted(tmp_path: Path) -> None:
    chance = random.Random(7)
    accepted: list[int] = []
    for kill in range(KILLS):
        accepted += killed_run(tmp_path, kill * 1_000_000, chance.randint(1, 300))
    expected = {at for batch in accepted for at in range(batch * 10, batch * 10 + 10)}
    reader = JournalReader(tmp_path)
    kept: set[int] = set()
    after = 0
    while entries := reader.read(after, 10_000):
        assert [e.seq for e in entries] == list(range(after + 1, after + 1 + len(entries)))
        kept |= {e.sample.at for e in entries}
        after = entries[-1].seq
    reader.close()
    assert len(expected) > 1000
    assert expected - kept == set()
