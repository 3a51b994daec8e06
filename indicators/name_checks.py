"""Ids and names: each once, and none that people would confuse."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from indicators.problem import Problem
from indicators.rows import Placed
from indicators.spec import Field, Indicator, Limit, Office, Site, Target, Unit
from indicators.tables import Tables

Identified = Placed[Unit] | Placed[Field] | Placed[Office] | Placed[Site] | Placed[Indicator] | Placed[Limit]
Named = Placed[Field] | Placed[Office] | Placed[Indicator]

NOISE = re.compile(r"[\W_]+")
MARKS = re.compile(r"[\u0300-\u036f]")


def same_ids(tables: Tables) -> Iterator[Problem]:
    """An id that two rows of one kind have."""
    kinds: tuple[Iterable[Identified | Placed[Target]], ...] = (
        tables.units,
        tables.fields,
        tables.offices,
        tables.sites,
        tables.indicators,
        tables.limits,
        tables.targets,
    )
    for rows in kinds:
        first: dict[str, Identified | Placed[Target]] = {}
        for row in rows:
            other = first.setdefault(row.thing.id, row)
            if other is not row:
                yield row.problem(
                    "id",
                    f"mã “{row.thing.id}” đã dùng ở {other.file}:{other.line}. Đặt mã khác hoặc bỏ một dòng.",
                    f'the id "{row.thing.id}" is taken by {other.file}:{other.line}. Choose another or drop one row.',
                )


def similar_names(tables: Tables) -> Iterator[Problem]:
    """Two names that differ only in accents, case, spaces or punctuation."""
    kinds: tuple[Iterable[Named], ...] = (tables.fields, tables.offices, tables.indicators)
    for rows in kinds:
        first: dict[str, Named] = {}
        for row in rows:
            other = first.setdefault(plain(row.thing.name_vi), row)
            if other.thing.id != row.thing.id:
                place = f"{other.file}:{other.line}"
                yield row.problem(
                    "name_vi",
                    f"tên “{row.thing.name_vi}” gần như trùng với “{other.thing.id}” ở {place}. "
                    "Gộp hai dòng, hoặc viết tên cho khác hẳn.",
                    f'the name "{row.thing.name_vi}" is nearly that of "{other.thing.id}" in {place}. '
                    "Merge the two rows, or tell the names apart.",
                )


def plain(name: str) -> str:
    """The name without accents, case, spaces and punctuation."""
    letters = MARKS.sub("", unicodedata.normalize("NFD", name.casefold())).replace("đ", "d")
    return NOISE.sub("", letters)
