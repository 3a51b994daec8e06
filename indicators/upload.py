"""A workbook that somebody edited, read back into the files it speaks for. Nothing in it is computed or followed."""

import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from indicators.cells import ID
from indicators.columns import COLUMNS, Shape
from indicators.files import File, Files, csv_line
from indicators.problem import FIELD, Problem, Words, meant, unknown
from indicators.tabs import (
    LAST_ROW,
    MANIFEST,
    MANIFEST_HEADER,
    TABS,
    Tab,
    file_of,
    home_of,
    number_text,
    table_of,
    tabs,
    tenant_of,
)
from ioc.errors import ConfigError

MOST_BYTES, MOST_UNPACKED, MOST_PARTS = 8 << 20, 48 << 20, 500
MOST_COLUMNS = 64
FOREIGN = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
    SyntaxError,
)
"""What openpyxl raises for files that are not sound workbooks."""

Cells = dict[str, str]


class SheetCell(NamedTuple):
    """What openpyxl holds for a cell; `kind` is "f" for formulas and "e" for errors."""

    value: Any
    kind: str
    number_format: str


EMPTY = SheetCell(None, "n", "")
SheetRow = tuple[int, Sequence[SheetCell]]
"""A row number from 1 and its cells."""
Place = tuple[str, int]
"""A sheet's title and a row of it; or a file and a line of it."""


class Upload(NamedTuple):
    """`files` as they would be; `places` from (file, line) to (sheet, row); `prints` of the files when exported."""

    files: dict[str, File]
    places: Mapping[Place, Place]
    prints: Mapping[str, str]
    problems: list[Problem]


class Row(NamedTuple):
    """A row of a sheet: where it stands, the word in its home column, and the other cells by column."""

    number: int
    home: str
    cells: Cells


class BadSheetCellError(ValueError):
    """A cell that holds no plain value."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(vi, en)


def read_upload(path: Path, current: Files) -> Upload:
    """The files of the workbook at `path`; raises ConfigError when it is none, or not one of ours."""
    sheets = _open(path)
    prints = _read_manifest(sheets.get(MANIFEST, []), current)
    problems: list[Problem] = []
    held: dict[str, list[Row]] = {}
    for table, tab in tabs(current).items():
        if tab.title in sheets:
            held[table] = list(_read_tab(sheets[tab.title], tab, problems))
        else:
            problems.append(Problem(tab.title, 1, "", "thiếu trang này.", "this sheet is missing."))
    return Upload({}, {}, prints, problems) if problems else _assemble(held, prints, current)


def _open(path: Path) -> dict[str, list[SheetRow]]:
    """The rows of each of our sheets that hold something; whatever openpyxl says against it is told once."""
    try:
        _check_size(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # it tells of parts that it skips, which are none of ours
            with closing(load_workbook(path, read_only=True, keep_links=False)) as book:
                titles = {MANIFEST, *(tab.title for tab in TABS.values())} & set(book.sheetnames)
                return {title: list(_filled(book[title])) for title in titles}
    except OSError as error:
        raise ConfigError(f"{path}: không mở được / cannot be opened: {error.strerror}") from error
    except FOREIGN as error:
        raise ConfigError(f"{path}: không phải tệp XLSX lành lặn / not a sound XLSX file") from error


def _filled(sheet: Any) -> Iterator[SheetRow]:
    for number, row in enumerate(sheet.iter_rows(max_row=LAST_ROW + 1, max_col=MOST_COLUMNS), start=1):
        if number > LAST_ROW:
            raise ConfigError(f"{sheet.title}: quá {LAST_ROW} dòng / more than {LAST_ROW} rows")
        if any(cell.value is not None for cell in row):
            yield number, [_held(cell) for cell in row]


def _held(cell: Any) -> SheetCell:
    return EMPTY if cell.value is None else SheetCell(cell.value, cell.data_type, str(cell.number_format))


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        if path.stat().st_size > MOST_BYTES or unpacked > MOST_UNPACKED or len(parts) > MOST_PARTS:
            raise ConfigError(f"{path}: tệp quá lớn / too large: {unpacked:,} B, {len(parts)} parts")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.read(part):
                raise ConfigError(f"{path}: tệp có khai báo DOCTYPE, bị từ chối / refused for its DOCTYPE")


def _read_manifest(sheet: list[SheetRow], current: Files) -> dict[str, str]:
    """What the workbook speaks for; only names that files of ours can have."""
    rows = [tuple(cell.value for cell in row[: len(MANIFEST_HEADER)]) for _, row in sheet]
    if not rows or rows[0] != MANIFEST_HEADER:
        raise ConfigError(
            f"thiếu trang ẩn “{MANIFEST}”: hãy xuất lại bằng `ioc catalogue export` rồi sửa tệp ấy / "
            f"the hidden sheet is missing: export again and edit that workbook"
        )
    for name, *_ in rows[1:]:
        if name not in current and not _could_be_ours(str(name)):
            raise ConfigError(f"trang ẩn “{MANIFEST}”: tên tệp lạ / strange file name: {name!r}")
    return {str(name): str(seen) for name, _, seen in rows[1:]}


def _could_be_ours(name: str) -> bool:
    table, home = table_of(name), home_of(name)
    made = file_of(table, home, frozenset({home} if tenant_of(name) else ())) if table in TABS else ""
    return made == name and ID.fullmatch(home) is not None


def _read_tab(sheet: list[SheetRow], tab: Tab, problems: list[Problem]) -> Iterator[Row]:
    """Every row that holds something."""
    header = [str(cell.value or "").strip() for cell in sheet[0][1]] if sheet and sheet[0][0] == 1 else []
    faults = list(_header_faults(header, tab))
    problems.extend(Problem(tab.title, 1, column, *words) for column, words in faults)
    for number, row in () if faults else sheet[1:]:
        cells, bad = _read_row(row, header)
        problems.extend(Problem(tab.title, number, column, *words) for column, words in bad)
        if any(cells.values()):
            yield Row(number, cells.pop(tab.home, ""), cells)


def _read_row(row: Sequence[SheetCell], header: Sequence[str]) -> tuple[Cells, list[tuple[str, Words]]]:
    cells: Cells = {}
    bad = []
    for column, cell in zip(header, row, strict=False):
        if column:
            try:
                cells[column] = cell_text(cell, COLUMNS[column].shape)
            except BadSheetCellError as error:
                bad.append((column, error.words))
    return cells, bad


def _header_faults(header: Sequence[str], tab: Tab) -> Iterator[tuple[str, Words]]:
    wanted = tab.header()
    for column in sorted(set(header) - {""} - set(wanted)):
        hint = meant(column, wanted)
        yield column, Words(f"không có cột “{column}”.{hint.vi}", f'there is no column "{column}".{hint.en}')
    for column in wanted:
        if header.count(column) != 1:
            yield column, Words("cột này phải có đúng một lần.", "this column must be there exactly once.")


def cell_text(cell: SheetCell, shape: Shape) -> str:
    """What a cell says, as the catalogue writes it; raises BadSheetCellError for formulas and the like."""
    value = cell.value
    if value is None:
        return ""
    if cell.kind in {"f", "e"}:
        raise BadSheetCellError(
            "ô này là công thức hoặc lỗi của bảng tính. Dán giá trị thay vào.",
            "this cell holds a formula or an error. Paste its value instead.",
        )
    if isinstance(value, date | datetime | time | timedelta):
        return _day_text(value, shape)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number_text(value, cell.number_format)
    text = unicodedata.normalize("NFC", str(value))
    return text.replace("_x000D_\n", "\n").replace("\r\n", "\n").strip()


def _day_text(value: date | time | timedelta, shape: Shape) -> str:
    if shape is not Shape.DAY or not isinstance(value, date):
        raise BadSheetCellError(
            "bảng tính đã đổi ô này thành ngày giờ. Định dạng ô là văn bản (Text) rồi gõ lại.",
            "the spreadsheet turned this cell into a date. Format it as text and type it again.",
        )
    return value.isoformat().removesuffix("T00:00:00")


def _number_text(value: float, number_format: str) -> str:
    if "%" in number_format:
        raise BadSheetCellError(
            "ô này có định dạng phần trăm. Bỏ định dạng và viết 50 thay cho 50%.",
            "this cell is formatted as a percentage. Drop the format and write 50 for 50%.",
        )
    return number_text(value)


def _assemble(held: Mapping[str, list[Row]], prints: Mapping[str, str], current: Files) -> Upload:
    """Every row to its file; a file that the workbook speaks for and that lost all its rows stays as a header."""
    fields = {row.cells["id"] for row in held["fields"]}
    tenants = frozenset(filter(None, (*map(tenant_of, prints), *(row.home for row in held["sites"]))))
    taken: dict[str, list[Row]] = {name: [] for name in prints}
    problems: list[Problem] = []
    for table, rows in held.items():
        tab = TABS[table]
        for row in rows:
            name = file_of(table, row.home, tenants)
            words = _home_fault(tab, row.home, fields | tenants) or _scope_fault(name, prints, current)
            if words:
                problems.append(Problem(tab.title, row.number, tab.home, *words))
            else:
                taken.setdefault(name, []).append(row)
    places: dict[Place, Place] = {}
    files = {name: _file(name, rows, current, places) for name, rows in taken.items()}
    return Upload(files, places, prints, problems)


def _file(name: str, rows: list[Row], current: Files, places: dict[Place, Place]) -> File:
    """The rows in canonical order; notes in `places` which line comes from where."""
    table = table_of(name)
    header = current[name].header if name in current else tabs(current)[table].columns
    ordered = sorted((tuple(row.cells[column] for column in header), row.number) for row in rows)
    title, line = TABS[table].title, 2
    places[name, 1] = title, 1
    for cells, number in ordered:
        places[name, line] = title, number
        line += csv_line(cells).count("\n")
    return File(header, tuple(cells for cells, _ in ordered))


def _home_fault(tab: Tab, home: str, known: set[str]) -> Words | None:
    if not tab.home or (ID.fullmatch(home) and (tab.home == "tenant" or home in known)):
        return None
    return unknown(home, known, FIELD)


def _scope_fault(name: str, prints: Mapping[str, str], current: Files) -> Words | None:
    if name in prints or name not in current:
        return None
    return Words(
        f"tệp này được xuất không kèm {name}. Xuất lại cả danh mục rồi sửa.",
        f"this workbook was exported without {name}. Export the whole catalogue and edit that.",
    )
