"""What is wrong in a file, where, and the way out."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple


class Words(NamedTuple):
    """One message in both languages."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`file` is relative to the catalogue's folder, `line` counts from 1, `column` is the cell's header or empty."""

    file: str
    line: int
    column: str
    message_vi: str
    message_en: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" + (f":{self.column}" if self.column else "")
        return f"{where}: {self.message_vi} / {self.message_en}"


def meant(word: str, choices: Iterable[str]) -> Words:
    """A hint at the choice that looks most like `word`; empty when none does."""
    near = get_close_matches(word, list(choices), n=1, cutoff=0.6)
    return Words(f" Có phải “{near[0]}”?", f' Did you mean "{near[0]}"?') if near else Words("", "")


class Listed(NamedTuple):
    """A kind of thing that is named by id: what it is called and where it is listed."""

    vi: str
    en: str
    where: str


UNIT = Listed("đơn vị tính", "unit", "units.csv")
FIELD = Listed("lĩnh vực", "field", "fields.csv")
OFFICE = Listed("cơ quan", "office", "offices.csv")
SITE = Listed("địa bàn", "site", "sites.csv")
INDICATOR = Listed("chỉ tiêu", "indicator", "catalogue/")


def unknown(word: str, choices: Iterable[str], kind: Listed) -> Words:
    """The message for an id that is not among those listed."""
    hint = meant(word, choices)
    return Words(
        f"không có {kind.vi} “{word}” trong {kind.where}.{hint.vi}",
        f'there is no {kind.en} "{word}" in {kind.where}.{hint.en}',
    )
