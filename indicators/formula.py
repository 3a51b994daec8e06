"""Formulas over indicators: `100 * [dossiers-on-time] / [dossiers-settled]`.

Numbers, `[indicator-id]`, `+ - * / ( )`, `min(a, b, ...)` and `max(a, b, ...)`; nothing else, and nothing is ever
executed. A formula is compiled to a list of steps over a stack.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

DEEPEST = 50
TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|\[([a-z0-9-]{1,64})\]|(min|max)(?=\s*\()|([-+*/(),]))")

BINARY: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
FUNCTIONS: Mapping[str, Callable[[list[float]], float]] = {"min": min, "max": max}
STRENGTH: Mapping[str, int] = {"+": 1, "-": 1, "*": 2, "/": 2}
UNARY = 3
SCALING = ("*", "/")
PUSHED = ("number", "part")


class FormulaError(ValueError):
    """What cannot be read, in both languages, and at which character (from 1)."""

    def __init__(self, position: int, vi: str, en: str) -> None:
        super().__init__(en)
        self.position = position
        self.vi = vi
        self.en = en


class Step(NamedTuple):
    """One step over the stack: `number` pushes, `part` pushes a value, any other word combines the last `arity`."""

    word: str
    number: float = 0.0
    part: str = ""
    arity: int = 2


class Formula(NamedTuple):
    """A formula that was read; `parts` are the indicators it needs, in order of appearance, each once."""

    steps: tuple[Step, ...]
    parts: tuple[str, ...]

    def value(self, values: Mapping[str, float]) -> float | None:
        """The value for those of its parts; None when one is missing, it divides by zero or grows beyond all bounds."""
        stack: list[float] = []
        for step in self.steps:
            result = step.number if step.word == "number" else _combined(step, stack, values)
            if result is None:
                return None
            stack.append(result)
        return stack[0] if math.isfinite(stack[0]) else None

    def clash(self, units: Mapping[str, str], wanted: str) -> tuple[str, str] | None:
        """Two units that are added, subtracted or compared although they differ, or a sum not in the `wanted` one.

        A product or quotient may have any unit, and a part that is missing from `units` too.
        """
        stack: list[str | None] = []
        for step in self.steps:
            operands = stack[-step.arity :] if step.word not in PUSHED else []
            del stack[len(stack) - len(operands) :]
            known = [unit for unit in operands if unit is not None]
            if step.word not in SCALING and len(set(known)) > 1:
                return known[0], next(unit for unit in known if unit != known[0])
            stack.append(units.get(step.part) if step.word == "part" else _unit_of(step.word, operands))
        return (stack[0], wanted) if stack[0] not in (None, wanted) else None


def parse(text: str) -> Formula:
    """Read a formula; raises FormulaError."""
    steps = tuple(_Reader(text).read())
    return Formula(steps, tuple(dict.fromkeys(step.part for step in steps if step.word == "part")))


def cycle(needs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Some indicators that need each other in a ring, the first repeated at the end; empty when there is none."""
    done: set[str] = set()
    for start in needs:
        path: dict[str, Iterator[str]] = {start: iter(needs[start])} if start not in done else {}
        while path:
            here = next(reversed(path))
            part = next(path[here], None)
            if part is None:
                done.add(here)
                del path[here]
            elif part in path:
                ring = list(path)
                return (*ring[ring.index(part) :], part)
            elif part in needs and part not in done:
                path[part] = iter(needs[part])
    return ()


def _unit_of(word: str, operands: list[str | None]) -> str | None:
    return None if word in SCALING or None in operands or not operands else operands[0]


def _combined(step: Step, stack: list[float], values: Mapping[str, float]) -> float | None:
    if step.word == "part":
        return values.get(step.part)
    operands = stack[-step.arity :]
    del stack[-step.arity :]
    if step.word in FUNCTIONS:
        return FUNCTIONS[step.word](operands)
    if step.word == "negative":
        return -operands[0]
    if step.word == "/" and operands[1] == 0:
        return None
    return BINARY[step.word](*operands)


class _Token(NamedTuple):
    word: str
    position: int
    number: float = 0.0
    part: str = ""


class _Reader:
    """Reads by binding strength; emits the steps operands first."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0
        self._steps: list[Step] = []

    def read(self) -> list[Step]:
        self._expression(0)
        if self._here.word != "end":
            raise _unexpected(self._here)
        return self._steps

    @property
    def _here(self) -> _Token:
        return self._tokens[self._at]

    def _expression(self, strength: int) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FormulaError(self._here.position, "công thức lồng quá sâu.", "the formula is nested too deeply.")
        self._operand()
        while STRENGTH.get(self._here.word, 0) > strength:
            word = self._take().word
            self._expression(STRENGTH[word])
            self._steps.append(Step(word))
        self._depth -= 1

    def _operand(self) -> None:
        token = self._take()
        if token.word == "number":
            self._steps.append(Step("number", number=token.number))
        elif token.word == "part":
            self._steps.append(Step("part", part=token.part))
        elif token.word in FUNCTIONS:
            self._call(token.word)
        elif token.word == "(":
            self._expression(0)
            self._expect(")")
        elif token.word == "-":
            self._expression(UNARY)
            self._steps.append(Step("negative", arity=1))
        else:
            raise _unexpected(token)

    def _call(self, name: str) -> None:
        self._expect("(")
        self._expression(0)
        count = 1
        while self._here.word == ",":
            self._take()
            self._expression(0)
            count += 1
        self._expect(")")
        self._steps.append(Step(name, arity=count))

    def _take(self) -> _Token:
        token = self._here
        self._at += token.word != "end"
        return token

    def _expect(self, word: str) -> None:
        token = self._take()
        if token.word != word:
            raise _unexpected(token)


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None:
            position = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            raise FormulaError(
                position,
                f"không hiểu công thức ở ký tự thứ {position}. Viết như 100 * [ma-chi-tieu] / [ma-khac].",
                f"the formula is not understood at character {position}. Write it like 100 * [an-id] / [another-id].",
            )
        number, part, name, sign = match.groups()
        position = match.start(match.lastindex or 0) + 1
        if number is not None:
            yield _Token("number", position, number=float(number))
        elif part is not None:
            yield _Token("part", position, part=part)
        else:
            yield _Token(name or sign, position)
        at = match.end()
    yield _Token("end", end + 1)


def _unexpected(token: _Token) -> FormulaError:
    if token.word == "end":
        return FormulaError(token.position, "công thức bị thiếu phần cuối.", "the formula ends too early.")
    return FormulaError(
        token.position,
        f"ký tự thứ {token.position} của công thức không đúng chỗ.",
        f"character {token.position} of the formula is out of place.",
    )
