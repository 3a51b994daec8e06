"""The catalogue as one workbook for people: a sheet per table, drop-down lists, and what each column means."""

from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.worksheet.datavalidation import DataValidation

from indicators.columns import COLUMNS, Shape
from indicators.files import File, Files, digest, read_files
from indicators.tabs import (
    CLOSED,
    GUIDE,
    LAST_ROW,
    LISTED,
    MANIFEST,
    MANIFEST_HEADER,
    Tab,
    cell_value,
    home_of,
    table_of,
    tabs,
    tenant_of,
)
from ioc.errors import ConfigError

LONGEST_CELL, LONGEST_LIST = 32_767, 255 - len('""')
FORMULA_SIGNS = ("=", "+", "-", "@")
INK, PAPER = "FFF2F5F6", "FF2B3A42"

GUIDE_LINES = (
    "Danh mục chỉ tiêu của trung tâm điều hành",
    "1. Mỗi trang là một bảng, mỗi dòng là một mục. Rê chuột lên tiêu đề cột để đọc ý nghĩa của cột.",
    "2. Sửa, thêm hoặc xóa dòng, theo thứ tự nào cũng được. Giữ nguyên tên trang, tên cột và trang ẩn “Tệp”.",
    "3. Không dùng công thức của bảng tính: dán giá trị. Phần trăm viết 50, không viết 50%. Ngày viết 2025-06-30.",
    "4. Lưu, rồi chạy: ioc catalogue import TỆP.xlsx. Mọi thay đổi được kiểm tra và cho xem trước khi ghi.",
    "",
    "The catalogue of indicators of the operations centre",
    "1. Every sheet is a table, every row an entry. Hover over a column's header to read what it means.",
    "2. Change, add or remove rows, in any order. Keep the names of sheets and columns, and the hidden sheet “Tệp”.",
    "3. No formulas: paste values. Write 50 for fifty per cent, not 50%. Write days like 2025-06-30.",
    "4. Save, then run: ioc catalogue import FILE.xlsx. Every change is checked and shown before it is written.",
)


def export(root: Path, target: Path, tenant: str | None = None, *, overwrite: bool = False) -> int:
    """Write the catalogue below `root` to `target`, with the rows of one tenant or of all; the number of rows.

    Raises ConfigError when the target exists, the tenant does not, or a file cannot be read.
    """
    if target.exists() and not overwrite:
        raise ConfigError(f"{target}: đã có tệp này, thêm --force để ghi đè / it exists, add --force to overwrite it")
    files = {
        name: file for name, file in read_files(root).items() if tenant is None or tenant_of(name) in {None, tenant}
    }
    if not any(tenant_of(name) for name in files):
        raise ConfigError(f"không có đơn vị “{tenant}” / there is no tenant named {tenant!r}")
    book = Workbook(write_only=True)
    _write_guide(book.create_sheet(GUIDE))
    for table, tab in tabs(files).items():
        held = {name: file for name, file in files.items() if table_of(name) == table}
        _write_tab(book.create_sheet(tab.title), tab, held, _drop_downs(table, tab, files))
    _write_manifest(book.create_sheet(MANIFEST), files)
    try:
        book.save(target)
    except OSError as error:
        raise ConfigError(f"{target}: không ghi được / cannot be written: {error.strerror}") from error
    return sum(len(file.rows) for file in files.values())


def _write_guide(sheet: Any) -> None:
    sheet.column_dimensions["A"].width = 120
    for line in GUIDE_LINES:
        cell = WriteOnlyCell(sheet, line)
        cell.font = Font(bold=not line[:1].isdigit(), size=12)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.append([cell])


def _write_manifest(sheet: Any, files: Files) -> None:
    """Which files the workbook speaks for, and what was in them."""
    sheet.sheet_state = "hidden"
    sheet.append(MANIFEST_HEADER)
    for name, file in files.items():
        sheet.append((name, len(file.rows), digest(file)))


def _write_tab(sheet: Any, tab: Tab, files: Files, drop_downs: Iterator[DataValidation]) -> None:
    header = tab.header()
    sheet.freeze_panes = "C2" if tab.home else "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{1 + sum(len(file.rows) for file in files.values())}"
    for place, column in enumerate(header, start=1):
        dimension = sheet.column_dimensions[get_column_letter(place)]
        dimension.width, dimension.number_format = COLUMNS[column].width, COLUMNS[column].shape.value
    sheet.data_validations.dataValidation.extend(drop_downs)
    sheet.append([_head(sheet, column) for column in header])
    patterns = [_pattern(sheet, COLUMNS[column].shape) for column in header]
    for name, file in files.items():
        for row in _rows(tab, name, file):
            sheet.append([_cell(sheet, text, *pattern) for text, pattern in zip(row, patterns, strict=True)])


def _rows(tab: Tab, name: str, file: File) -> Iterator[list[str]]:
    home = [home_of(name)] if tab.home else []
    for row in file.named():
        yield [*home, *(row[column] for column in tab.columns)]


def _head(sheet: Any, column: str) -> Any:
    cell = WriteOnlyCell(sheet, column)
    cell.font = Font(bold=True, color=INK)
    cell.fill = PatternFill("solid", fgColor=PAPER)
    cell.comment = Comment("\n\n".join(COLUMNS[column].words), "ioc", height=130, width=320)
    return cell


Pattern = tuple[Shape, Any, Any]
"""How the cells of a column look: plain, and with text that begins like a formula."""


def _pattern(sheet: Any, shape: Shape) -> Pattern:
    plain: Any = WriteOnlyCell(sheet)
    quoted: Any = WriteOnlyCell(sheet)
    plain.number_format, quoted.number_format = shape.value, Shape.TEXT.value
    quoted.quotePrefix = True
    return shape, plain._style, quoted._style  # noqa: SLF001 - styling each of 50,000 cells anew takes seconds


def _cell(sheet: Any, text: str, shape: Shape, plain: Any, quoted: Any) -> Any:
    value = cell_value(text, shape)
    if value is None:
        return None
    if len(text) > LONGEST_CELL:
        raise ConfigError(f"ô quá dài / cell too long: {text[:40]}…")
    try:
        cell: Any = WriteOnlyCell(sheet, value)  # type: ignore[arg-type] # its stubs forget plain dates
    except IllegalCharacterError as error:
        raise ConfigError(f"ô có ký tự điều khiển / cell with control characters: {text!r:.60}") from error
    if isinstance(value, str):
        cell.data_type = "s"
    cell._style = copy(quoted if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else plain)  # noqa: SLF001
    return cell


def _drop_downs(table: str, tab: Tab, files: Files) -> Iterator[DataValidation]:
    for place, column in enumerate(tab.header(), start=1):
        source = _source(table, column, files)
        if source:
            letter = get_column_letter(place)
            choice = DataValidation("list", source, allow_blank=True, showErrorMessage=True)
            choice.errorTitle, choice.error = "Không có trong danh sách", "Chọn một mục trong danh sách của ô này."
            choice.add(f"{letter}2:{letter}{LAST_ROW}")
            yield choice


def _source(table: str, column: str, files: Files) -> str:
    """Where a drop-down takes its words from: a column of another sheet, or a list of its own."""
    if column in LISTED:
        listed = tabs(files)[LISTED[column]]
        ids = get_column_letter(listed.header().index("id") + 1)
        return f"OFFSET('{listed.title}'!${ids}$2,0,0,COUNTA('{listed.title}'!${ids}:${ids})-1,1)"
    words = ",".join(CLOSED.get((table, column)) or _homes(column, files))
    return f'"{words}"' if 0 < len(words) <= LONGEST_LIST else ""


def _homes(column: str, files: Files) -> list[str]:
    """The words of the column that tells the file of a row."""
    held = {"home": ("catalogue", "sites"), "tenant": ("sites",)}.get(column, ())
    return sorted({home_of(name) for name in files if table_of(name) in held})
