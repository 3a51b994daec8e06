"""How the catalogue lies in a workbook: which sheet holds which files, and how a cell of text looks in it. Pure."""

from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import NamedTuple

from indicators.columns import Shape
from indicators.files import Files
from indicators.rows import (
    CADENCE,
    CONFIDENCE,
    DIRECTION,
    FIELDS,
    INDICATORS,
    KIND,
    LEVEL,
    LIMITS,
    OFFICES,
    PERIOD,
    ROLLUP,
    SENSE,
    SEVERITY,
    SITES,
    TARGETS,
    TIER,
    UNITS,
    WATCHES,
)

LAST_ROW = 200_000
DIGITS = 15
"""Significant digits that a spreadsheet keeps of a number."""
FIRST_DAY = date(1900, 3, 1)
"""Before it, spreadsheets count days wrongly."""
GUIDE, MANIFEST = "Hướng dẫn", "Tệp"
MANIFEST_HEADER = ("file", "rows", "print")


class Tab(NamedTuple):
    """One sheet: its title, the column that tells the file of a row ("" for a table of one file), and the others."""

    title: str
    home: str
    columns: tuple[str, ...]

    def header(self) -> tuple[str, ...]:
        """The columns as they stand in the sheet."""
        return (self.home, *self.columns) if self.home else self.columns


TABS: Mapping[str, Tab] = {
    "catalogue": Tab("Chỉ tiêu", "field", tuple(INDICATORS.columns)),
    "limits": Tab("Ngưỡng", "home", tuple(LIMITS.columns)),
    "targets": Tab("Mục tiêu", "home", tuple(TARGETS.columns)),
    "units": Tab("Đơn vị tính", "", tuple(UNITS.columns)),
    "fields": Tab("Lĩnh vực", "", tuple(FIELDS.columns)),
    "offices": Tab("Cơ quan", "", tuple(OFFICES.columns)),
    "sites": Tab("Địa bàn", "tenant", tuple(SITES.columns)),
    "profiles": Tab("Theo dõi", "tenant", tuple(WATCHES.columns)),
}
"""By table."""

CLOSED: Mapping[tuple[str, str], Mapping[str, object]] = {
    ("catalogue", "cadence"): CADENCE,
    ("catalogue", "period"): PERIOD,
    ("catalogue", "direction"): DIRECTION,
    ("catalogue", "rollup_time"): ROLLUP,
    ("catalogue", "rollup_space"): ROLLUP,
    ("catalogue", "tier"): TIER,
    ("catalogue", "confidence"): CONFIDENCE,
    ("limits", "level"): LEVEL,
    ("limits", "kind"): KIND,
    ("limits", "severity"): SEVERITY,
    ("limits", "confidence"): CONFIDENCE,
    ("targets", "level"): LEVEL,
    ("targets", "sense"): SENSE,
    ("targets", "confidence"): CONFIDENCE,
    ("sites", "level"): LEVEL,
    ("profiles", "tier"): TIER,
}
"""The closed words of a column, by table and column."""

LISTED: Mapping[str, str] = {
    "unit": "units",
    "field": "fields",
    "shown_under": "fields",
    "owner": "offices",
    "indicator": "catalogue",
    "site": "sites",
    "parent": "sites",
}
"""Columns whose words are the ids of a table."""


def table_of(name: str) -> str:
    """The table that a file is part of."""
    path = PurePosixPath(name)
    return path.stem if path.parts[0] == "tenants" or len(path.parts) == 1 else path.parts[0]


def tenant_of(name: str) -> str | None:
    """The tenant that a file belongs to."""
    parts = PurePosixPath(name).parts
    return parts[1] if parts[0] == "tenants" else None


def home_of(name: str) -> str:
    """The word in the home column for the rows of a file."""
    return tenant_of(name) or PurePosixPath(name).stem


def file_of(table: str, home: str, tenants: frozenset[str]) -> str:
    """The file that a row of a sheet belongs to."""
    if not TABS[table].home:
        return f"{table}.csv"
    return f"tenants/{home}/{table}.csv" if home in tenants else f"{table}/{home}.csv"


def tabs(files: Files) -> dict[str, Tab]:
    """The sheets for these files, their columns in the order of the files."""
    headers: dict[str, tuple[str, ...]] = {}
    for name, file in files.items():
        headers.setdefault(table_of(name), file.header)
    return {table: tab._replace(columns=headers.get(table, tab.columns)) for table, tab in TABS.items()}


def number_text(value: float) -> str:
    """A number of a spreadsheet as the catalogue writes it."""
    kept = float(f"{value:.{DIGITS}g}")
    return str(int(kept)) if kept.is_integer() and abs(kept) < 10**DIGITS else repr(kept)


def cell_value(text: str, shape: Shape) -> str | float | date | None:
    """What a spreadsheet holds: a number or a day only where reading it back gives the same text."""
    if not text:
        return None
    try:
        if shape is Shape.NUMBER and number_text(float(text)) == text:
            return float(text)
        if shape is Shape.DAY and (day := date.fromisoformat(text)) > FIRST_DAY and day.isoformat() == text:
            return day
    except (ValueError, OverflowError):
        return text
    return text
