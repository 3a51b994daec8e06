"""Mending a damaged file: what can be proved is copied into a fresh file, the damaged one is kept beside it.

Samples are taken from the pages themselves and proved by their checksum, so that only what stood on damaged pages is
lost. The swap can be interrupted anywhere: a finished copy is named `.salvaged` until it has taken its place.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ioc.journal import pages
from ioc.journal.damage import connect
from ioc.journal.partition import ADD_LATEST, ADD_SAMPLE, ADD_SERIES, STORED, begin, sync_directory
from ioc.journal.reader import SUFFIX
from ioc.journal.row import Content, Key, checksum
from ioc.model import Micros

ID = re.compile(r"[a-z0-9-]{1,64}")
SERIES_COLUMNS, SAMPLE_COLUMNS = 4, 9
LOST = ("journal", "lost")
"""The key in `counts` of samples that were accepted and fell to damage."""

BY_NUMBER = {
    "dead_letters": "INSERT OR IGNORE INTO dead_letters VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
}
WHOLE = {
    "counts": "INSERT INTO counts VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET n = max(n, excluded.n)",
    "ledger": "INSERT OR IGNORE INTO ledger VALUES(?, ?, ?, ?)",
    "dead_summary": "INSERT OR IGNORE INTO dead_summary VALUES(?, ?, ?, ?, ?)",
}


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What a mended file kept, how many samples its numbers say are missing, and where the damaged file is now."""

    kept: int
    lost: int
    quarantine: Path


def salvage(path: Path, previous: Path | None, last_seq: int) -> Salvaged:
    """Mend the file at `path`, which nobody has open for writing. `last_seq`: the last number it should hold, or 0.

    Raises:
        sqlite3.Error, OSError: the copy could not be written; the damaged file is untouched.
    """
    first = int(path.name.split("-", 1)[0])
    draft = path.with_suffix(".draft")
    with closing(begin(draft, first, 0, previous)) as db:
        _copy_samples(path, db, first)
        _copy_rest(path, db)
        kept, last = db.execute("SELECT count(*), coalesce(max(seq), 0) FROM samples").fetchone()
        lost = max(last, last_seq, first - 1) - first + 1 - kept
        _note(db, lost)
        db.execute("COMMIT")
    finished = path.with_suffix(".salvaged")
    draft.rename(finished)
    sync_directory(path.parent)
    return Salvaged(kept, lost, swap(finished))


def finish(directory: Path) -> None:
    """Complete the swaps that an end of the process interrupted."""
    for finished in sorted(directory.glob("*.salvaged")):
        swap(finished)


def swap(finished: Path) -> Path:
    """Put a finished copy in the place of the damaged file; returns where that went."""
    path = finished.with_suffix(SUFFIX)
    number = 1 + len(list(path.parent.glob(f"{path.stem}.damaged-*[0-9]")))
    quarantine = path.with_suffix(f".damaged-{number}")
    for end in ("-shm", "-wal", ""):
        part = path.with_name(path.name + end)
        if part.exists():
            part.rename(quarantine.with_name(quarantine.name + end))
    finished.rename(path)
    sync_directory(path.parent)
    return quarantine


def _copy_samples(path: Path, db: sqlite3.Connection, first: int) -> None:
    names = _series(path, db)
    proved: set[int] = set()
    for number, key, seq, content, crc in _proved(path, names):
        if number not in proved:
            _add_series(db, number, key)
            proved.add(number)
        row = (seq, number, *content, crc)
        if seq >= first:
            db.execute(ADD_SAMPLE, row)
        db.execute(ADD_LATEST, (number, seq, *content, crc))


def _series(path: Path, db: sqlite3.Connection) -> dict[int, set[Key]]:
    """What every series number may stand for: the inheritance first, then whatever the pages say."""
    known: dict[int, set[Key]] = {n: {(s, f, i)} for n, s, f, i in db.execute("SELECT * FROM series")}
    for number, record in pages.rows(path):
        if len(record) != SERIES_COLUMNS or record[0] is not None:
            continue
        names = [name for name in record[1:] if isinstance(name, str) and ID.fullmatch(name)]
        if len(names) == len(record) - 1:
            key: Key = (names[0], names[1], names[2])
            if number not in known:
                _add_series(db, number, key)
            known.setdefault(number, set()).add(key)
    return known


def _add_series(db: sqlite3.Connection, number: int, key: Key) -> None:
    for statement in ADD_SERIES:
        db.execute(statement, (number, *key))


def _proved(path: Path, names: dict[int, set[Key]]) -> Iterator[tuple[int, Key, int, Content, int]]:
    """Every (series number, names, seq, content, checksum) that agrees with itself: samples, and latest values."""
    for rowid, record in pages.rows(path):
        if len(record) != SAMPLE_COLUMNS or record[0] is not None or not isinstance(record[1], int):
            continue
        value = record[3]
        if not isinstance(value, int | float):
            continue
        _, other, at, _, state, source, original, received_at, crc = record
        content: Content = (at, float(value), state, source, original, received_at)  # type: ignore[assignment]
        for seq, number in ((rowid, other), (other, rowid)):
            for key in names.get(number, ()):  # type: ignore[call-overload]
                if checksum(seq, key, content) == crc:  # type: ignore[arg-type]
                    yield number, key, seq, content, crc  # type: ignore[misc]


def _copy_rest(path: Path, db: sqlite3.Connection) -> None:
    """Dead letters, counts and ledger, as far as SQLite can still read them."""
    try:
        with closing(connect(path)) as damaged:
            for table, statement in BY_NUMBER.items():
                for row in _readable(damaged, table):
                    _take(db, statement, row)
            for table, statement in WHOLE.items():
                for row in _until_error(damaged, f"SELECT * FROM {table}"):  # noqa: S608 - constant names
                    _take(db, statement, row)
    except sqlite3.DatabaseError:
        return  # nothing of it can be opened; the samples were read without SQLite


def _readable(damaged: sqlite3.Connection, table: str) -> Iterator[tuple[object, ...]]:
    """The rows of a table by number, stepping over stretches that cannot be read."""
    after, step = 0, 0
    while after < 2**40:  # beyond every number that was ever given
        query = f"SELECT * FROM {table} WHERE id > {after} ORDER BY id"  # noqa: S608 - constant name and a number
        try:
            for row in damaged.execute(query):
                yield row
                after, step = row[0], 0
        except sqlite3.DatabaseError:
            step = step * 2 or 1
            after += step
        else:
            return


def _until_error(damaged: sqlite3.Connection, query: str) -> Iterator[tuple[object, ...]]:
    try:
        yield from damaged.execute(query)
    except sqlite3.DatabaseError:
        return


def _take(db: sqlite3.Connection, statement: str, row: tuple[object, ...]) -> None:
    try:
        db.execute(statement, row)
    except sqlite3.IntegrityError:
        return  # a column that must not be empty is: this row was damaged


def _note(db: sqlite3.Connection, lost: int) -> None:
    """Make the counts say what was lost, and no less stored than is there."""
    if lost:
        db.execute("INSERT INTO counts VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", (*LOST, lost))
    stored = "SELECT source, ?, count(*) FROM samples WHERE true GROUP BY source"
    db.execute(f"INSERT INTO counts {stored} ON CONFLICT DO UPDATE SET n = max(n, excluded.n)", (STORED,))
    started: Micros = db.execute("SELECT coalesce(min(received_at), 0) FROM samples").fetchone()[0]
    db.execute("UPDATE meta SET value = ? WHERE key = 'started'", (started,))
