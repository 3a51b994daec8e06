"""The files of a catalogue as plain rows of cells, and back in their one canonical form."""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ioc.errors import ConfigError

SINGLE = ("units.csv", "fields.csv", "offices.csv")
FOLDERS = ("catalogue", "limits", "targets", "tenants/*")


class File(NamedTuple):
    """A header and rows of as many cells; rows in any order."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """The canonical form: rows in order, quotes only where needed, one line feed after each row."""
        return "".join(map(csv_line, (self.header, *sorted(self.rows))))

    def named(self) -> list[dict[str, str]]:
        """The rows by column."""
        return [dict(zip(self.header, row, strict=True)) for row in self.rows]


Files = Mapping[str, File]
"""By name relative to the catalogue's folder."""


def csv_line(cells: Sequence[str]) -> str:
    """One row as it stands in a file."""
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def read_files(root: Path) -> dict[str, File]:
    """Every table below `root`; raises ConfigError for one that has no even rows."""
    found = [path for folder in FOLDERS for path in sorted(root.glob(f"{folder}/*.csv"))]
    return {path.relative_to(root).as_posix(): _read(path) for path in (*(root / name for name in SINGLE), *found)}


def _read(path: Path) -> File:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        header, *rows = (tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise _unreadable(path) from error
    body = tuple(row for row in rows if any(row))
    if any(len(row) != len(header) for row in body):
        raise _unreadable(path)
    return File(header, body)


def _unreadable(path: Path) -> ConfigError:
    return ConfigError(f"{path}: không đọc được, hãy chạy `ioc check` / cannot be read, run `ioc check`")


def digest(file: File) -> str:
    """A short print of the content, whatever the order of its rows."""
    return hashlib.sha256(file.text().encode()).hexdigest()[:16]


def write_files(root: Path, files: Files) -> None:
    """Put each file below `root`, whole or not at all."""
    for name, file in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(file.text(), encoding="utf-8", newline="")
        fresh.replace(path)
