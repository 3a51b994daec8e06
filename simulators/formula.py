"""Derived indicators inside the world: shares, parts and wholes that agree with each other.

A share is drawn as a course of its own; the part is then what the share makes of the whole, so that nothing
contradicts the formula by which the engine computes the share again.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from indicators.spec import Indicator

PART = re.compile(r"\[([a-z0-9-]+)\]")
SHARE = re.compile(r"100 \* \[(?P<part>[a-z0-9-]+)\] / \[(?P<whole>[a-z0-9-]+)\]")
REST = re.compile(r"100 \* \(\[(?P<whole>[a-z0-9-]+)\] - \[(?P<part>[a-z0-9-]+)\]\) / \[(?P=whole)\]")

OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
FUNCTIONS: Mapping[str, Callable[..., float]] = {"min": min, "max": max}


@dataclass(frozen=True, slots=True)
class Split:
    """How a part follows from its share: `whole` is the other indicator, `is_rest` when the share counts the others."""

    share: Indicator
    whole: str
    is_rest: bool


def splits(indicators: Mapping[str, Indicator]) -> dict[str, Split]:
    """By part, the share that it is derived from; a part belongs to one share only."""
    known: dict[str, Split] = {}
    for share in sorted(indicators.values(), key=lambda indicator: indicator.id):
        rest = REST.fullmatch(share.formula or "")
        match = rest or SHARE.fullmatch(share.formula or "")
        if match is None or match["part"] in known:
            continue
        part, whole = indicators.get(match["part"]), indicators.get(match["whole"])
        if part and whole and _is_split(part, whole) and part.id not in _needs(whole.id, indicators, known):
            known[part.id] = Split(share, whole.id, rest is not None)
    return known


def evaluate(formula: str, value_of: Callable[[str], float]) -> float | None:
    """The formula's value; None when it divides by nothing."""
    known = {part: f"v{k}" for k, part in enumerate(dict.fromkeys(PART.findall(formula)))}
    tree = ast.parse(PART.sub(lambda match: known[match[1]], formula), mode="eval")
    try:
        return _evaluated(tree.body, {name: value_of(part) for part, name in known.items()})
    except ZeroDivisionError:
        return None


def _evaluated(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluated(operand, values)
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_evaluated(left, values), _evaluated(right, values))
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name](*(_evaluated(arg, values) for arg in args))
        case _:
            raise ValueError(f"not a catalogue formula: {ast.dump(node)}")


def _is_split(part: Indicator, whole: Indicator) -> bool:
    return part.formula is None and part.period is whole.period and part.cadence == whole.cadence


def _needs(first: str, indicators: Mapping[str, Indicator], known: Mapping[str, Split]) -> set[str]:
    """Every indicator whose value enters that of `first`, itself included."""
    seen: set[str] = set()
    waiting = [first]
    while waiting:
        here = waiting.pop()
        if here in seen or here not in indicators:
            continue
        seen.add(here)
        waiting += PART.findall(indicators[here].formula or "")
        if here in known:
            waiting.append(known[here].whole)
    return seen
