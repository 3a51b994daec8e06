"""What is refused is told in both languages, with what to write instead."""

import copy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from ioc.complaint import named, unknown, words
from ioc.deploy.layout import Layout
from ioc.incidents.duty import OfficesFile
from ioc.notify.directory import OfficialsFile, RoutesFile
from ioc.settings import Settings
from tests.test_settings import whole

ROOT = Path(__file__).parents[1]
ODD: list[Any] = ["", "a b", "9" * 1000, 1.5, -1, 0, 10**12, 10**30, float("nan"), True, [], [1], {}, {"a": 1}]
FILES = {
    OfficesFile: "config/offices.example.toml",
    OfficialsFile: "config/officials.example.toml",
    RoutesFile: "config/routes.example.toml",
    Layout: "config/influxdb/layout.toml",
}


def odd(document: Any) -> Iterator[Any]:
    """The document with one value after the other replaced by what hardly belongs there."""
    for key, value in list(document.items() if isinstance(document, dict) else enumerate(document)):
        for strange in [*ODD, *(odd(value) if isinstance(value, (dict, list)) else ())]:
            changed = copy.copy(document)
            changed[key] = strange
            yield changed


@pytest.mark.parametrize("kind", [Settings, *FILES])
def test_whatever_a_file_may_get_wrong_is_told_in_both_languages(kind: type[BaseModel]) -> None:
    text = whole() if kind is Settings else (ROOT / FILES[kind]).read_text(encoding="utf-8")
    told = set()
    for document in odd(tomllib.loads(text)):
        try:
            kind(**document)
        except ValidationError as error:
            told |= {words(dict(one)) for one in error.errors() if one["type"] != "extra_forbidden"}
    assert len(told) > 5
    assert [one for one in told if " / " not in one] == []


class Inner(BaseModel):
    ratio: float = Field(gt=0.25)


class Outer(BaseModel):
    inner: dict[str, Inner] = {}
    all: tuple[Inner, ...] | None = None
    named: dict[str, str] = {}


def test_words_show_the_bound_as_it_is_written() -> None:
    with pytest.raises(ValidationError) as raised:
        Inner(ratio=0.1)
    assert words(dict(raised.value.errors()[0])) == "phải lớn hơn / must be more than 0.25"


def test_words_of_an_unforeseen_kind_are_those_of_the_library() -> None:
    assert words({"type": "frozen_field", "msg": "Field is frozen"}) == "Field is frozen"


@pytest.mark.parametrize(
    ("loc", "said"),
    [
        (("inner", "ratio", "ratoi"), "unknown key 'inner.ratio.ratoi'; did you mean 'ratio'?"),
        (("all", 2, "colour"), "unknown key 'all #3.colour'; known are: ratio"),
        (("al",), "unknown key 'al'; did you mean 'all'?"),
        (("named", "x", "y"), "unknown key 'named.x.y'; known are: all, inner, named"),
    ],
)
def test_unknown_key_is_told_with_what_was_meant(loc: tuple[str | int, ...], said: str) -> None:
    assert unknown(loc, Outer) == f"không có khóa này / {said}"


def test_entries_are_counted_from_one() -> None:
    assert named(("office", 1, "step", 0, "officials", 2)) == "office #2.step #1.officials #3"
