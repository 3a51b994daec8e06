"""Backup and restore of a journal of ten million samples: `python -m tests.bench.backup [samples]`."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ioc.care.backup import back_up, restore
from ioc.clock import SystemClock
from ioc.journal.partition import ADD_SAMPLE, ADD_SERIES, connect, create
from ioc.journal.row import checksum
from ioc.model import SECOND

CLOCK = SystemClock()
T0 = 1_741_741_200 * SECOND
BATCH = 50_000


def rows(start: int, n: int) -> Iterator[tuple[object, ...]]:
    """Rows as the journal writes them, over 2,000 series."""
    for at in range(start, start + n):
        series = at % 2000
        content = (T0 + at, at / 8, 0, "mqtt", None, T0 + start)
        key = (f"st-{series // 10}", "environment", f"i{series % 10}")
        yield (at + 1, series + 1, *content, checksum(at + 1, key, content))


def fill(directory: Path, n: int) -> None:
    """One file of `n` samples; written without the journal, which would take ten times as long."""
    path = directory / "0000000000000001-2025-03-12.journal"
    create(path, 1, T0, None)
    with closing(connect(path)) as db:
        db.execute("PRAGMA synchronous=OFF")
        (index,) = db.execute("SELECT sql FROM sqlite_schema WHERE name='identity'").fetchone()
        db.execute("DROP INDEX identity")  # made anew at the end, which is quicker than row by row
        names = [(s + 1, f"st-{s // 10}", "environment", f"i{s % 10}") for s in range(2000)]
        for statement in ADD_SERIES:
            db.executemany(statement, names)
        for start in range(0, n, BATCH):
            db.execute("BEGIN")
            db.executemany(ADD_SAMPLE, rows(start, min(BATCH, n - start)))
            db.execute("COMMIT")
        db.execute(index)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


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
