"""What somebody wrote wrong is told in both languages, wherever it is found."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORD = re.compile(r"\w{3,}")


def refusals(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every ConfigError raised, without what is filled in; those that only hand on have none."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id="ConfigError"), args=[text, *_])):
                yield node.lineno, "".join(told(text))


def told(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            for value in values:
                yield from told(value)
        case ast.BinOp(left=left, right=right):
            yield from told(left)
            yield from told(right)


@pytest.mark.parametrize("package", ["ioc", "collectors", "indicators", "simulators"])
def test_every_refusal_is_in_both_languages(package: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}": text
        for path in (ROOT / package).rglob("*.py")
        for line, text in refusals(path)
        if WORD.search(text)
    }
    assert {place: text for place, text in found.items() if " / " not in text} == {}
    assert found or package == "collectors"
