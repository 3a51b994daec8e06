"""What an uploaded workbook would change: checked, shown row by row, and only then written."""

import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from indicators.checks import problems as problems_of
from indicators.files import File, Files, digest, read_files, write_files
from indicators.problem import Problem
from indicators.tabs import tenant_of
from indicators.upload import Place, Upload, read_upload
from ioc.errors import ConfigError

PLACE = re.compile(r"([\w./-]+\.csv):(\d+)")
KEY = ("site", "field", "indicator", "valid_from")
"""What tells rows apart in a table without ids."""
LONGEST = 60


class Act(Enum):
    """What happens to a row: its sign and its colour on a terminal."""

    ADDED = ("+", "\x1b[32m")
    REMOVED = ("-", "\x1b[31m")
    CHANGED = ("~", "\x1b[33m")


class Change(NamedTuple):
    """One row of a file; `cells` are column, old and new text."""

    file: str
    key: str
    act: Act
    cells: tuple[tuple[str, str, str], ...]


class Revision(NamedTuple):
    """`files` are those that change; nothing may be written while there are `problems`.

    `stale` names those of them that were changed otherwise since the workbook was exported.
    """

    root: Path
    files: Files
    changes: tuple[Change, ...]
    stale: tuple[str, ...]
    problems: tuple[Problem, ...]

    def write(self) -> None:
        """Put the changed files in their places; raises ConfigError while there are problems."""
        if self.problems:
            raise ConfigError("danh mục còn lỗi, không ghi / the catalogue has problems, nothing is written")
        write_files(self.root, self.files)


def propose(root: Path, path: Path) -> Revision:
    """Compare the workbook at `path` with the catalogue below `root`; raises ConfigError when either is unreadable."""
    current = read_files(root)
    upload = read_upload(path, current)
    problems = upload.problems or _check(root, current, upload)
    changes = tuple(change for name, file in upload.files.items() for change in changed(name, current.get(name), file))
    touched = {change.file for change in changes}
    return Revision(
        root,
        {name: file for name, file in upload.files.items() if name in touched},
        changes,
        tuple(sorted(name for name in touched & current.keys() if upload.prints.get(name) != digest(current[name]))),
        tuple(sorted(problems)),
    )


def changed(name: str, old: File | None, new: File) -> Iterator[Change]:
    """What makes the new file of the old one, by key."""
    before, after = _by_key(old), _by_key(new)
    for key in sorted(before.keys() | after.keys()):
        gone = [row for row in before.get(key, []) if row not in after.get(key, [])]
        come = [row for row in after.get(key, []) if row not in before.get(key, [])]
        for row, new_row in zip_longest(gone, come):
            yield _change(name, key, row or {}, new_row or {})


def _change(name: str, key: str, old: Mapping[str, str], new: Mapping[str, str]) -> Change:
    act = Act.CHANGED if old and new else Act.ADDED if new else Act.REMOVED
    cells = ((column, old.get(column, ""), new.get(column, "")) for column in new or old)
    return Change(name, key, act, tuple(cell for cell in cells if cell[1] != cell[2]))


def _by_key(file: File | None) -> Mapping[str, list[dict[str, str]]]:
    found = defaultdict(list)
    for row in file.named() if file else ():
        found[row["id"] if "id" in row else " ".join(filter(None, (row[column] for column in KEY)))].append(row)
    return found


def _check(root: Path, current: Files, upload: Upload) -> list[Problem]:
    """The checks of every tenant on the catalogue as it would be, told with sheets and rows."""
    with tempfile.TemporaryDirectory(prefix="ioc-catalogue-") as folder:
        scratch = Path(folder)
        for name in current.keys() - upload.files.keys():
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, scratch / name)
        write_files(scratch, upload.files)
        tenants = sorted({tenant for name in (*current, *upload.files) if (tenant := tenant_of(name))})
        found = {problem for tenant in tenants for problem in problems_of(scratch, tenant)}
    return [_placed(problem, upload.places) for problem in found]


def _placed(problem: Problem, places: Mapping[Place, Place]) -> Problem:
    title, row = places.get((problem.file, problem.line), (problem.file, problem.line))

    def told(match: re.Match[str]) -> str:
        return "{}:{}".format(*places.get((match[1], int(match[2])), (match[1], int(match[2]))))

    return Problem(title, row, problem.column, PLACE.sub(told, problem.message_vi), PLACE.sub(told, problem.message_en))


def lines(changes: Sequence[Change]) -> Iterator[str]:
    """The changes for a terminal, in colour; click strips the colour where there is no terminal."""
    file = ""
    for change in changes:
        if change.file != file:
            file = change.file
            yield f"\x1b[1m{file}\x1b[0m"
        sign, colour = change.act.value
        yield f"{colour}  {sign} {change.key}\x1b[0m{_told(change)}"
    counts = {act: sum(change.act is act for change in changes) for act in Act}
    yield (
        f"thêm {counts[Act.ADDED]}, bỏ {counts[Act.REMOVED]}, sửa {counts[Act.CHANGED]} dòng / "
        f"rows added {counts[Act.ADDED]}, removed {counts[Act.REMOVED]}, changed {counts[Act.CHANGED]}"
    )


def _told(change: Change) -> str:
    if change.act is Act.CHANGED:
        return "".join(f"\n      {column}: {_short(old)} → {_short(new)}" for column, old, new in change.cells)
    names = [
        old or new for column, old, new in change.cells if column in {"name_vi", "indicator", "value", "shown_under"}
    ]
    return f"  {' · '.join(map(_short, names))}"


def _short(text: str) -> str:
    shown = text.replace("\n", "⏎")
    return "(trống)" if not shown else shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
