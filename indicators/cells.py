"""One cell of text into one typed value. Pure; what cannot be read says which words can."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from indicators.problem import Words, meant
from ioc.model import DAY, HOUR, MINUTE, SECOND, Micros

Value = TypeVar("Value")
Parser = Callable[[str], Value]

ID = re.compile(r"[a-z0-9-]{1,64}")
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
DURATION = re.compile(r"(\d+)(s|min|h|d)")
SEASON = re.compile(r"(\d\d)-(\d\d)\.\.(\d\d)-(\d\d)")
HOURS = re.compile(r"(\d\d)-(\d\d)")
DURATIONS: Mapping[str, Micros] = {"s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY}
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LAST_HOUR = 24


class BadCellError(ValueError):
    """A cell that does not say what its column wants."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(vi, en)


def text(cell: str) -> str:
    """Any text, also none."""
    return cell


def filled(cell: str) -> str:
    """Some text."""
    if not cell:
        raise BadCellError("ô này không được để trống.", "this cell must not be empty.")
    return cell


def identifier(cell: str) -> str:
    """An id of ours."""
    if not ID.fullmatch(cell):
        raise BadCellError(
            f"mã “{cell}” chỉ được gồm a-z, 0-9 và dấu gạch nối, dài 1 đến 64 ký tự.",
            f'the id "{cell}" may hold only a-z, 0-9 and hyphens, 1 to 64 of them.',
        )
    return cell


def number(cell: str) -> float:
    """A decimal number with a point."""
    if not NUMBER.fullmatch(cell):
        raise BadCellError(
            f"“{cell}” không phải là số. Viết như 1234.5: dấu chấm thập phân, không ngăn cách hàng nghìn.",
            f'"{cell}" is not a number. Write it like 1234.5: a decimal point, no thousands separator.',
        )
    return float(cell)


def integer(cell: str) -> int:
    """A whole number from 0."""
    if not (cell.isascii() and cell.isdigit()):
        raise BadCellError(f"“{cell}” không phải là số nguyên từ 0.", f'"{cell}" is not a whole number from 0.')
    return int(cell)


def day(cell: str) -> date:
    """An ISO date."""
    try:
        return date.fromisoformat(cell)
    except ValueError as error:
        raise BadCellError(
            f"“{cell}” không phải là ngày. Viết như 2025-06-30.", f'"{cell}" is not a date. Write it like 2025-06-30.'
        ) from error


def duration(cell: str) -> Micros:
    """A stretch of time in microseconds."""
    match = DURATION.fullmatch(cell)
    if match is None:
        raise BadCellError(
            f"“{cell}” không phải là khoảng thời gian. Viết như 30s, 10min, 2h hoặc 1d.",
            f'"{cell}" is not a duration. Write it like 30s, 10min, 2h or 1d.',
        )
    return int(match[1]) * DURATIONS[match[2]]


def season(cell: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last day of a yearly season, as (month, day)."""
    match = SEASON.fullmatch(cell)
    ends = [(int(match[k]), int(match[k + 1])) for k in (1, 3)] if match else []
    if not ends or not all(_is_day_of_year(*end) for end in ends):
        raise BadCellError(
            f"“{cell}” không phải là mùa. Viết tháng-ngày đầu và cuối như 12-01..05-31.",
            f'"{cell}" is not a season. Write first and last month-day like 12-01..05-31.',
        )
    return ends[0], ends[1]


def _is_day_of_year(month: int, day_of_month: int) -> bool:
    return 1 <= month <= len(DAYS) and 1 <= day_of_month <= DAYS[month - 1]


def hours(cell: str) -> tuple[int, int]:
    """Hours of the day, from and up to but not including."""
    match = HOURS.fullmatch(cell)
    if match is None or int(match[1]) >= LAST_HOUR or int(match[2]) > LAST_HOUR:
        raise BadCellError(
            f"“{cell}” không phải là khoảng giờ. Viết như 22-06 (từ 22 giờ đến trước 6 giờ).",
            f'"{cell}" is not a span of hours. Write it like 22-06 (from 22:00 up to 06:00).',
        )
    return int(match[1]), int(match[2])


def optional(parser: Parser[Value]) -> Parser[Value | None]:
    """The same, or None for an empty cell."""
    return lambda cell: parser(cell) if cell else None


def several(parser: Parser[Value], separator: str) -> Parser[tuple[Value, ...]]:
    """Any number of the same, also none."""
    return lambda cell: tuple(parser(part) for piece in cell.split(separator) if (part := piece.strip()))


def one_of(choices: Mapping[str, Value]) -> Parser[Value]:
    """One of a closed list of words."""

    def parse(cell: str) -> Value:
        try:
            return choices[cell]
        except KeyError as error:
            hint, words = meant(cell, choices), ", ".join(choices)
            raise BadCellError(
                f"không hiểu “{cell}”.{hint.vi} Dùng một trong: {words}.",
                f'"{cell}" is not understood.{hint.en} Use one of: {words}.',
            ) from error

    return parse
