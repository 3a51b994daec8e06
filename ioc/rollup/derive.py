"""Formulas over the inputs of one site and one period. Pure."""

from collections.abc import Mapping

from indicators.formula import Formula, Step
from ioc.rollup.fold import Outcome, checked, quotient
from ioc.rollup.row import Gap


def derive(formula: Formula, values: Mapping[str, float]) -> Outcome:
    """The formula's value; numerator and denominator are kept when its last step is a division."""
    if any(part not in values for part in formula.parts):
        return Outcome(None, gap=Gap.MISSING)
    sides = _sides(formula)
    if sides is None:
        value = formula.value(values)
        return Outcome(None, gap=_gap(formula, values)) if value is None else checked(Outcome(value))
    numerator, denominator = (side.value(values) for side in sides)
    if numerator is None or denominator is None:
        return Outcome(None, gap=_gap(formula, values))
    return quotient(numerator, denominator)


def _gap(formula: Formula, values: Mapping[str, float]) -> Gap:
    """Why a formula with all its parts has no value: some division in it is by zero, or a number grew too large."""
    for place, step in enumerate(formula.steps):
        if step.word == "/":
            divisor = formula.steps[_first(formula.steps, place - 1) : place]
            if Formula(divisor, formula.parts).value(values) == 0:
                return Gap.ZERO_DENOMINATOR
    return Gap.NOT_FINITE


def _sides(formula: Formula) -> tuple[Formula, Formula] | None:
    *_, last = formula.steps
    if last.word != "/":
        return None
    middle = _first(formula.steps, len(formula.steps) - 2)
    return Formula(formula.steps[:middle], formula.parts), Formula(formula.steps[middle:-1], formula.parts)


def _first(steps: tuple[Step, ...], last: int) -> int:
    """Where the operand that ends with the step `last` begins."""
    missing = 1
    place = last + 1
    while missing:
        place -= 1
        step = steps[place]
        missing += (0 if step.word in {"number", "part"} else step.arity) - 1
    return place
