"""A CSV file as rows of cells, each with its line."""

import csv
import io
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from indicators.problem import Problem, Words, meant


class Row(NamedTuple):
    """One row: the line it begins on and its cells by column."""

    line: int
    cells: Mapping[str, str]


class Sheet(NamedTuple):
    """What could be read of a file and what could not; `name` is relative to the catalogue's folder."""

    name: str
    rows: list[Row]
    problems: list[Problem]


def read(root: Path, name: str, columns: Collection[str], *, required: bool = True) -> Sheet:
    """The file `root`/`name`, whose header must hold exactly `columns`, in any order. Reads all of it at once."""
    sheet = Sheet(name, [], [])
    path = root / name
    if not path.is_file():
        if required:
            sheet.problems.append(_problem(name, 1, "", Words("thiếu tệp này.", "this file is missing.")))
        return sheet
    text = _decode(sheet, path.read_bytes())
    if text is not None:
        _fill(sheet, text, columns)
    return sheet


def _decode(sheet: Sheet, data: bytes) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        words = Words(
            "tệp không phải UTF-8. Lưu lại với kiểu “CSV UTF-8”.",
            'the file is not UTF-8. Save it again as "CSV UTF-8".',
        )
        sheet.problems.append(_problem(sheet.name, line, "", words))
        return None


def _fill(sheet: Sheet, text: str, columns: Collection[str]) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        faults = list(_header_faults(header, columns))
        sheet.problems.extend(_problem(sheet.name, 1, column, words) for column, words in faults)
        if not faults:
            begin = reader.line_num + 1
            for cells in reader:
                _take(sheet, begin, header, cells)
                begin = reader.line_num + 1
    except csv.Error as error:
        words = Words(f"dấu nháy kép không khớp ({error}).", f"the double quotes do not match ({error}).")
        sheet.problems.append(_problem(sheet.name, reader.line_num, "", words))


def _take(sheet: Sheet, line: int, header: Sequence[str], cells: Sequence[str]) -> None:
    if not any(cells):
        return
    if len(cells) != len(header):
        words = Words(
            f"dòng có {len(cells)} ô, cần {len(header)}. Ô nào chứa dấu phẩy thì đặt trong dấu nháy kép.",
            f"the row has {len(cells)} cells, {len(header)} are needed. Put a cell with a comma in double quotes.",
        )
        sheet.problems.append(_problem(sheet.name, line, "", words))
        return
    for column, cell in zip(header, cells, strict=True):
        if not unicodedata.is_normalized("NFC", cell):
            sheet.problems.append(_problem(sheet.name, line, column, _not_nfc(cell)))
    sheet.rows.append(Row(line, {column: cell.strip() for column, cell in zip(header, cells, strict=True)}))


def _header_faults(header: Sequence[str], columns: Collection[str]) -> Iterator[tuple[str, Words]]:
    if len(header) == 1 and ";" in header[0]:
        yield (
            "",
            Words(
                "các ô cách nhau bằng dấu chấm phẩy. Lưu lại với dấu phẩy.",
                "the cells are separated by semicolons. Save the file with commas.",
            ),
        )
        return
    for column in sorted(set(header) - set(columns)):
        hint = meant(column, columns)
        yield column, Words(f"không có cột “{column}”.{hint.vi}", f'there is no column "{column}".{hint.en}')
    for column in columns:
        if header.count(column) != 1:
            yield (
                column,
                Words(
                    f"cột “{column}” phải có đúng một lần.",
                    f'the column "{column}" must be there exactly once.',
                ),
            )


def _not_nfc(cell: str) -> Words:
    good = unicodedata.normalize("NFC", cell)
    return Words(
        f"“{cell}” có dấu gõ rời (Unicode tổ hợp). Gõ lại bằng Unicode dựng sẵn (NFC): “{good}”.",
        f'"{cell}" has detached accents (it is not in Unicode normal form C). Type it again as "{good}".',
    )


def _problem(file: str, line: int, column: str, words: Words) -> Problem:
    return Problem(file, line, column, words.vi, words.en)
