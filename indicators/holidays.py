"""The public holidays of Vietnam, as listed in `holidays.csv`. Days off, Tết among them; not who works instead."""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ioc.errors import ConfigError

FILE = Path(__file__).parent / "holidays.csv"
COLUMNS = ["id", "first", "last", "name_vi", "name_en", "kind", "provenance", "confidence"]
KINDS = ("tet", "holiday")


class Holiday(NamedTuple):
    """A stretch of days off, both ends included."""

    first: date
    last: date
    name_vi: str
    name_en: str
    is_tet: bool


class Holidays:
    """The days off of the years listed."""

    def __init__(self, holidays: Iterable[Holiday] = ()) -> None:
        """Where two overlap, the first one listed gives the name."""
        self._days: dict[date, Holiday] = {}
        for holiday in holidays:
            for number in range((holiday.last - holiday.first).days + 1):
                self._days.setdefault(holiday.first + timedelta(days=number), holiday)

    def on(self, day: date) -> Holiday | None:
        """The holiday that a day belongs to."""
        return self._days.get(day)


@lru_cache(maxsize=1)
def shipped() -> Holidays:
    """The holidays listed in the wheel."""
    return Holidays(parse(FILE.read_text(encoding="utf-8"), FILE.name))


def parse(text: str, name: str) -> tuple[Holiday, ...]:
    """The rows of a file. Raises ConfigError naming file and line of the first one that is wrong."""
    reader = csv.DictReader(io.StringIO(text))
    if reader.fieldnames != COLUMNS:
        raise ConfigError(f"{name}:1: các cột phải là / the columns must be {','.join(COLUMNS)}")
    return tuple(_holiday(row, f"{name}:{reader.line_num}") for row in reader)


def _holiday(row: dict[str, str], place: str) -> Holiday:
    try:
        first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
    except ValueError as error:
        raise ConfigError(f"{place}: ngày viết như / a date is written like 2025-01-29: {error}") from error
    if last < first:
        raise ConfigError(f"{place}: last: ngày cuối trước ngày đầu / the last day is before the first")
    if row["kind"] not in KINDS:
        raise ConfigError(f"{place}: kind: dùng một trong / use one of {', '.join(KINDS)}")
    return Holiday(first, last, row["name_vi"], row["name_en"], row["kind"] == "tet")
