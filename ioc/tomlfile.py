"""A TOML file that somebody wrote, read so that whatever is wrong in it is named with its line and column."""

import re
import tomllib
from collections.abc import Iterator
from itertools import accumulate, count, islice
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ValidationError

from ioc import textfile
from ioc.complaint import Loc, named, unknown, words
from ioc.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)
KeyPath = tuple[str | int, ...]
Spots = dict[KeyPath, tuple[int, int]]

PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
NAME = rf"{PART}(?:\s*\.\s*{PART})*"
KEY = re.compile(rf"\s*({NAME})\s*=")
HEADER = re.compile(rf"\s*\[(\[?)\s*({NAME})\s*\]")
LONG_TEXT = re.compile(r'"""|' + "'''")
NO_BRACKETS = re.compile(r"""\"(?:\\.|[^"\\])*"|'[^']*'|#.*""")


class TomlFile:
    """The text, what it says, and where each key and header of it stands."""

    def __init__(self, path: Path, text: str) -> None:
        """Raises ConfigError when it is not TOML."""
        self.path = path
        self._spots = {(): (1, 1)} | spots(text)
        try:
            self.document: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            match = re.search(r"line (\d+), column (\d+)", str(error))
            last = text.count("\n") + 1
            place = f"{path}:{match[1]}:{match[2]}" if match else f"{path}:{last}:1"
            raise ConfigError(f"{place}: không phải TOML / not TOML: {error}") from error

    @classmethod
    def read(cls, path: Path, hint: str = textfile.NAME) -> Self:
        """Raises ConfigError when it cannot be read, or is not TOML; `hint` says what to do if it is not there."""
        return cls(path, textfile.read(path, hint))

    def shaped(self, kind: type[Model]) -> Model:
        """The document as that kind. Raises ConfigError, one line for each thing that is wrong."""
        try:
            return kind.model_validate(self.document)
        except ValidationError as error:
            lines = [f"{self.place(problem['loc'])}: {said(dict(problem), kind)}" for problem in error.errors()]
            raise ConfigError("\n".join(lines)) from error

    def complaint(self, loc: Loc, text: str) -> str:
        """One line for a thing that is wrong: place, key, and what to write instead."""
        return f"{self.place(loc)}: {named(loc)}: {text}"

    def place(self, loc: Loc) -> str:
        """`file:line:column` of the key or header; of the nearest above it that is written."""
        line, column = self._spots[self._nearest(loc)]
        return f"{self.path}:{line}:{column}"

    def _nearest(self, loc: Loc) -> KeyPath:
        within = next((spot for spot in self._spots if loc and spot[: len(loc)] == tuple(loc)), None)
        return within or max((spot for spot in self._spots if _leads_to(spot, loc)), key=len)


def said(problem: dict[str, Any], kind: type[BaseModel]) -> str:
    """The key and what is wrong with it."""
    loc: Loc = problem["loc"]
    if problem["type"] == "extra_forbidden":
        return unknown(loc, kind)
    return f"{named(loc)}: {words(problem)}" if loc else words(problem)


def spots(text: str) -> Spots:
    """Line and column, from 1, of every key and header, and of every `{` that begins a line in a list.

    Entries of lists and of `[[a]]` are counted from 0.
    """
    found: Spots = {}
    table: KeyPath = ()
    newest: dict[KeyPath, int] = {}
    entries: Iterator[KeyPath] = iter(())
    for number, line, is_within in _lines(text):
        place = number, len(line) - len(line.lstrip()) + 1
        if is_within:
            if line.lstrip().startswith("{"):
                found |= dict.fromkeys(islice(entries, _begun(_bare(line))), place)
        elif header := HEADER.match(line):
            table = _table(_parts(header[2]), newest, is_entry=bool(header[1]))
            found.setdefault(table, place)
        elif key := KEY.match(line):
            path = (*table, *_parts(key[1]))
            found[path] = place
            entries = iter(()) if "{" in line else ((*path, entry) for entry in count())
    return found


def _lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """The lines that hold no text of several lines, with whether they stand within a list that began before."""
    is_text, depth = False, 0
    for number, line in enumerate(text.splitlines(), 1):
        if not is_text:
            yield number, line, depth > 0
        marks = LONG_TEXT.findall(line)
        if not is_text:
            bare = _bare(line.split(marks[0])[0] if marks else line)
            depth = max(0, depth + sum(bare.count(one) for one in "[{") - sum(bare.count(one) for one in "]}"))
        is_text ^= len(marks) % 2 == 1


def _begun(bare: str) -> int:
    """How many entries begin on such a line, not counting what stands within them."""
    depths = accumulate((one in "[{") - (one in "]}") for one in bare)
    return sum(one in "[{" and depth == 1 for one, depth in zip(bare, depths, strict=True))


def _bare(line: str) -> str:
    """The line without texts and comments, whose brackets mean nothing."""
    return NO_BRACKETS.sub("", line)


def _table(names: list[str], newest: dict[KeyPath, int], *, is_entry: bool) -> KeyPath:
    """The full path of a header: within entries of `[[...]]` it is in the newest of them."""
    path: KeyPath = ()
    for number, name in enumerate(names, 1):
        path = (*path, name)
        if is_entry and number == len(names):
            newest[path] = newest.get(path, -1) + 1
        if path in newest:
            path = (*path, newest[path])
    return path


def _parts(name: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(PART, name)]


def _leads_to(spot: KeyPath, loc: Loc) -> bool:
    """Whether `spot` stands on the way to `loc`, which may name alternatives of a type in between."""
    rest = iter(loc)
    return all(part in rest for part in spot)
