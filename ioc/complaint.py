"""What is wrong with something written, in Vietnamese and English: the words for what pydantic refuses."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

Loc = Sequence[str | int]
"""Where in a document: keys, and the numbers of entries from 0."""

WHOLE = "phải là số nguyên / must be a whole number"
NUMBER = "phải là số / must be a number"
TRUTH = "phải là true hoặc false / must be true or false"
TEXT = "phải là chữ trong ngoặc kép / must be a text in quotes"
FILE = "phải là tên tệp hoặc thư mục trong ngoặc kép / must be the name of a file or folder in quotes"
LIST = "phải là danh sách / must be a list: [...]"
TABLE = "phải là bảng khóa và giá trị / must be a table of keys and values"
DAY = "phải là ngày, ví dụ / must be a day, such as 2025-01-28"
ONE_OF = "phải là một trong / must be one of: {expected}"

KINDS = {
    "missing": "thiếu khóa này / this key is missing",
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "int_parsing_size": "số quá lớn / the number is too large",
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": "phải là số hữu hạn / must be a finite number",
    "bool_type": TRUTH,
    "bool_parsing": TRUTH,
    "string_type": TEXT,
    "path_type": FILE,
    "list_type": LIST,
    "tuple_type": LIST,
    "dict_type": TABLE,
    "model_type": TABLE,
    "model_attributes_type": TABLE,
    "date_type": DAY,
    "date_parsing": DAY,
    "date_from_datetime_parsing": DAY,
    "date_from_datetime_inexact": DAY,
    "greater_than": "phải lớn hơn / must be more than {gt}",
    "greater_than_equal": "ít nhất là / must be at least {ge}",
    "less_than": "phải nhỏ hơn / must be less than {lt}",
    "less_than_equal": "nhiều nhất là / must be at most {le}",
    "string_too_short": "số ký tự ít nhất là / characters, at least: {min_length}",
    "string_too_long": "số ký tự nhiều nhất là / characters, at most: {max_length}",
    "too_short": "số mục ít nhất là / entries, at least: {min_length}",
    "too_long": "số mục nhiều nhất là / entries, at most: {max_length}",
    "string_pattern_mismatch": "phải viết theo mẫu / must be written as {pattern}",
    "literal_error": ONE_OF,
    "enum": ONE_OF,
    "json_invalid": "không phải JSON / not JSON: {error}",
}
"""By the kinds of pydantic's errors."""
OWN = "Value error, "
"""What pydantic writes before the words of a check of ours, which are in both languages already."""


def words(problem: Mapping[str, Any]) -> str:
    """Both languages for one of `ValidationError.errors()`; pydantic's own words for a kind that has none here."""
    pattern = KINDS.get(problem["type"])
    if pattern is None:
        return str(problem["msg"]).removeprefix(OWN)
    return pattern.format_map({name: _told(value) for name, value in problem.get("ctx", {}).items()})


def _told(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value).replace(" or ", ", ")


def unknown(loc: Loc, model: type[BaseModel]) -> str:
    """Both languages for a key that `model` does not have, with the one that was meant, or those there are."""
    hint = suggestion(str(loc[-1]), list(_level(model, loc).model_fields))
    return f"không có khóa này / unknown key {named(loc)!r}{hint}"


def suggestion(word: str, known: Sequence[str]) -> str:
    """The word that was meant, if one is near; otherwise all that are known."""
    return near(word, known) or f"; known are: {', '.join(sorted(known))}"


def near(word: str, known: Iterable[str]) -> str:
    """The word that was meant, if one is near; otherwise nothing."""
    return "".join(f"; did you mean {one!r}?" for one in difflib.get_close_matches(word, list(known), 1))


def named(loc: Loc) -> str:
    """A place in a document as people say it, entries counted from 1: `office #2.step #1.officials`."""
    return ".".join(str(part) if isinstance(part, str) else f"#{part + 1}" for part in loc).replace(".#", " #")


def _level(model: type[BaseModel], loc: Loc) -> type[BaseModel]:
    """The table in which the last key of `loc` stands."""
    for name in loc[:-1]:
        field = model.model_fields.get(str(name))
        if field is not None:  # otherwise the number of an entry, or a key that a centre chooses
            model = next(_models(field.annotation), model)
    return model


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inner in getattr(kind, "__args__", ()):
        yield from _models(inner)
