"""Backup and restore of a journal of ten million samples: `python -m tests.bench.backup [samples]`."""

import sys
import tempfile
from pathlib import Path

from ioc.care.backup import back_up, restore
from ioc.clock import SystemClock
from ioc.journal.partition import Batch, Partition, create
from ioc.model import SECOND, Sample

CLOCK = SystemClock()
T0 = 1_741_741_200 * SECOND
BATCH = 50_000


def fill(directory: Path, n: int) -> None:
    """One file of `n` samples over 2,000 series."""
    path = directory / "0000000000000001-2025-03-12.journal"
    create(path, 1, T0, None)
    partition = Partition(path, 1, None, 100)
    for start in range(0, n, BATCH):
        samples = [
            Sample(f"st-{at % 200}", "environment", f"i{at % 2000 // 200}", T0 + at, at / 8, source="mqtt")
            for at in range(start, min(n, start + BATCH))
        ]
        partition.append([Batch(samples, (), {"mqtt": len(samples)})], T0 + start)
    partition.fold()
    partition.close()


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        for name in ("journal", "state"):
            (home / name).mkdir()
        began = CLOCK.monotonic()
        fill(home / "journal", n)
        filled = CLOCK.monotonic()
        made = back_up(home / "journal", home / "state", home / "copy", CLOCK.now())
        copied = CLOCK.monotonic()
        back = restore(home / "copy", home / "new-journal", home / "new-state")
        restored = CLOCK.monotonic()
        assert back.samples == made.samples == n
    sys.stdout.write(f"{n:,} samples, {made.size / 1e6:,.0f} MB, written in {filled - began:.0f} s\n")
    sys.stdout.write(
        f"backed up and checked in {copied - filled:.1f} s, restored and checked in {restored - copied:.1f} s\n"
    )


if __name__ == "__main__":
    main()
