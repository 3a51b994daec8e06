"""Reading the rows of a SQLite file page by page, without trusting anything but the page itself.

The b-tree above a row may be gone while the row is still there. Format: sqlite.org/fileformat2.html, sections 1.6, 2.1
and 4. Rows that reach into overflow pages are passed over.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

PAGE = 4096
LEAF = 13
"""The type of a table's leaf page."""

WAL_HEADER, FRAME_HEADER = 32, 24
HEADER = 8
LARGEST_LOCAL = PAGE - 35
FIXED = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
REAL, ZERO, ONE, FIRST_BLOB = 7, 8, 9, 12

Record = list[object]


def rows(path: Path) -> Iterator[tuple[int, Record]]:
    """Every (rowid, columns) found in the leaf pages of a file and of its write-ahead log; stale ones too."""
    for page in _pages(path, 0, 0):
        yield from leaf(page)
    for page in _pages(path.with_name(path.name + "-wal"), WAL_HEADER, FRAME_HEADER):
        yield from leaf(page)


def _pages(path: Path, start: int, skip: int) -> Iterator[bytes]:
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(skip + PAGE):
            yield chunk[skip:].ljust(PAGE, b"\0")


def leaf(page: bytes) -> Iterator[tuple[int, Record]]:
    """The (rowid, columns) of one page; cells that make no sense are passed over."""
    if page[0] != LEAF:
        return
    (count,) = struct.unpack_from(">H", page, 3)
    for n in range(min(count, (PAGE - HEADER) // 2)):
        (at,) = struct.unpack_from(">H", page, HEADER + 2 * n)
        try:
            yield _cell(page, at)
        except (IndexError, ValueError, struct.error):
            continue


def _cell(page: bytes, at: int) -> tuple[int, Record]:
    size, at = _varint(page, at)
    rowid, at = _varint(page, at)
    if size > LARGEST_LOCAL or at + size > PAGE:
        raise ValueError("reaches beyond its page")
    return rowid, _record(page[at : at + size])


def _record(data: bytes) -> Record:
    header, at = _varint(data, 0)
    kinds = []
    while at < header:
        kind, at = _varint(data, at)
        kinds.append(kind)
    values: Record = []
    at = header
    for kind in kinds:
        value, at = _value(data, kind, at)
        values.append(value)
    return values


def _value(data: bytes, kind: int, at: int) -> tuple[object, int]:
    if kind in FIXED:
        end = at + FIXED[kind]
        return int.from_bytes(data[at:end], "big", signed=True), end
    if kind == REAL:
        return struct.unpack_from(">d", data, at)[0], at + 8
    if kind in {0, ZERO, ONE}:
        return {0: None, ZERO: 0, ONE: 1}[kind], at
    if kind < FIRST_BLOB:
        raise ValueError("a kind that SQLite keeps for itself")
    end = at + (kind - FIRST_BLOB) // 2
    return (data[at:end].decode("utf-8", "replace") if kind % 2 else data[at:end]), end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for n in range(8):
        byte = data[at + n]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the high bit says that more follows
            return value, at + n + 1
    return value << 8 | data[at + 8], at + 9
