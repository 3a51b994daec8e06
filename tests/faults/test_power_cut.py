"""F14: the power fails at any moment; what a commit has returned for is there, and the journal opens."""

import random
import shutil
import subprocess
import sys
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

import pytest

from ioc.clock import ManualClock
from ioc.journal.journal import Journal, JournalConfig
from ioc.journal.reader import partitions
from ioc.model import SECOND
from ioc.telemetry import Counts
from tests.faults.case import Case
from tests.faults.power import CALLS, Disk, Image, events
from tests.support.servers import need

T0 = 1_741_741_200 * SECOND
WRITER = """
import asyncio, sys
from pathlib import Path
from ioc.clock import ManualClock
from ioc.journal.journal import Journal, JournalConfig
from ioc.model import Sample
from ioc.telemetry import Counts, log_to_stderr

log_to_stderr("ERROR")

async def main(directory, n, start):
    clock = ManualClock(start)
    async with Journal(JournalConfig(directory=Path(directory), reserve=0), clock, Counts()) as journal:
        for at in range(n):
            await journal.append([Sample("s", "f", f"i{at % 7}", at * 5 + k, 1.0) for k in range(5)], [], {"mqtt": 5})
            sys.stdout.write(f"{at}\\n")
            sys.stdout.flush()
            clock.move(86_400 * 2.4 / n)

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def record(directory: Path, commits: int) -> Path:
    """The trace of a journal's writer that begins two new days."""
    journal, trace = directory / "journal", directory / "trace"
    journal.mkdir()
    strace = [need("strace"), "-f", "-y", "-qq", "-xx", "-s", "99999", "-o", str(trace), "-e", f"trace={CALLS}"]
    argv = [*strace, sys.executable, "-c", WRITER, str(journal), str(commits), str(T0)]
    subprocess.run(argv, check=True, capture_output=True, timeout=300)
    assert len(partitions(journal)) == 3
    return trace


@pytest.mark.row(
    "F14", "power cut at any moment, with torn sectors: no commit that had returned is lost, it always opens"
)
async def test_power_cuts_lose_no_commit(case: Case) -> None:
    rounds, commits, cuts = (34, 300, 30) if case.full else (1, 60, 100)
    chance, tally = case.chance(), Tally()
    for number in range(rounds):
        directory = case.directory / str(number)
        directory.mkdir()
        await cut_off(directory, commits, cuts, chance, tally)
        shutil.rmtree(directory)
    case.tell(cuts=tally.cuts, commits=f"{tally.commits:,}", commits_lost=f"{tally.lost} of {tally.promised:,} checked")
    case.tell(files_mended=tally.mended)
    assert (tally.cuts, tally.commits) == (rounds * cuts, rounds * commits)
    assert (tally.lost, tally.mended) == (0, 0)


@dataclass
class Tally:
    """Over all cuts: `promised` commits had returned before their cut, summed; so many of them were `lost`."""

    cuts: int = 0
    commits: int = 0
    promised: int = 0
    lost: int = 0
    mended: int = 0


async def cut_off(directory: Path, commits: int, cuts: int, chance: random.Random, tally: Tally) -> None:
    """Record a journal's writer once, cut its power at random places, open what each cut leaves."""
    taken = list(events(record(directory, commits)))
    places = sorted(chance.randrange(len(taken)) for _ in range(cuts))
    disk, done = Disk(directory / "journal"), 0
    for number, event in enumerate(taken):
        for _ in range(bisect_right(places, number) - done):
            missing, counts = await opened(directory / "cut", disk.cut(chance), len(disk.said))
            tally.lost += missing
            tally.promised += len(disk.said)
            tally.mended += int(counts.total("journal_files_mended"))
            done += 1
        disk.take(event)
    tally.cuts += done
    tally.commits += len(disk.said)


def lay(directory: Path, image: Image) -> None:
    """Put the files there, and no others."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for path, content in image.items():
        (directory / path.name).write_bytes(content)


async def opened(directory: Path, image: Image, said: int) -> tuple[int, Counts]:
    """How many of the commits that were said to be kept are not, after opening what the cut left."""
    lay(directory, image)
    counts = Counts()
    async with Journal(JournalConfig(directory=directory, reserve=0), ManualClock(T0), counts) as journal:
        kept = {entry.sample.at for entry in journal.read(0, 100_000)}
        again = await journal.append([])
    assert again.stored == 0
    return sum(not set(range(n * 5, n * 5 + 5)) <= kept for n in range(said)), counts
