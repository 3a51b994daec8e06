import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.formula import parse
from indicators.spec import Rollup as Operator
from ioc.model import State
from ioc.rollup.derive import derive
from ioc.rollup.fold import Outcome, Part, merged, outcome, tally
from ioc.rollup.row import Gap

NUMBERS = st.floats(-1e9, 1e9)
PARTS = st.lists(
    st.builds(
        lambda value, at, weight, state: Part(value, at, at, state, weight),
        NUMBERS,
        st.integers(0, 10**6),
        st.floats(0.001, 1e6),
        st.sampled_from(State),
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda part: part.last_at,
)
OPERATORS = st.sampled_from([one for one in Operator if one is not Operator.NONE])


def expected(operator: Operator, parts: list[Part]) -> float:
    values = [part.value for part in parts]
    match operator:
        case Operator.SUM:
            return math.fsum(values)
        case Operator.MEAN:
            return math.fsum(values) / len(values)
        case Operator.WEIGHTED_MEAN:
            weights = [part.weight or 0.0 for part in parts]
            return math.fsum(v * w for v, w in zip(values, weights, strict=True)) / math.fsum(weights)
        case Operator.MAX:
            return max(values)
        case Operator.MIN:
            return min(values)
        case _:
            return max(parts, key=lambda part: part.last_at).value


@given(OPERATORS, st.lists(PARTS, min_size=1, max_size=5))
def test_sets_of_parts_give_what_the_parts_give(operator: Operator, sets: list[list[Part]]) -> None:
    parts = [part._replace(last_at=number, first_at=number) for number, part in enumerate(itertools.chain(*sets))]
    numbered = iter(parts)
    sets = [[next(numbered) for _ in one] for one in sets]
    whole = merged([kept for one in sets if (kept := tally(operator, one)) is not None])
    assert whole is not None
    result = outcome(operator, whole)
    scale = max(abs(part.value) for part in parts)
    assert result.value == pytest.approx(expected(operator, parts), rel=1e-9, abs=1e-9 * scale)
    assert (whole.n, whole.first_at, whole.last_at) == (len(parts), 0, len(parts) - 1)
    assert whole.state == min(part.state for part in parts)


@given(OPERATORS, PARTS, st.randoms(use_true_random=False))
def test_the_order_of_parts_does_not_matter(operator: Operator, parts: list[Part], chance: object) -> None:
    mixed = list(parts)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert tally(operator, mixed) == tally(operator, parts)


def test_mean_of_unequal_sets_is_not_the_mean_of_means() -> None:
    sets = [[Part(10.0, 1, 1, State.OFFICIAL)], [Part(1.0, at, at, State.OFFICIAL) for at in (2, 3, 4)]]
    whole = merged([kept for one in sets if (kept := tally(Operator.MEAN, one)) is not None])
    assert whole is not None
    assert outcome(Operator.MEAN, whole) == Outcome(3.25, 13.0, 4.0)


def test_a_part_without_weight_does_not_enter_a_weighted_mean() -> None:
    parts = [Part(10.0, 1, 1, State.OFFICIAL, 2.0), Part(99.0, 2, 2, State.OFFICIAL)]
    counted = tally(Operator.WEIGHTED_MEAN, parts)
    assert counted is not None
    assert (counted.n, outcome(Operator.WEIGHTED_MEAN, counted).value) == (1, 10.0)
    assert tally(Operator.WEIGHTED_MEAN, parts[1:]) is None


def test_weights_that_add_up_to_nothing_give_no_value() -> None:
    counted = tally(Operator.WEIGHTED_MEAN, [Part(10.0, 1, 1, State.OFFICIAL, 0.0)])
    assert counted is not None
    assert outcome(Operator.WEIGHTED_MEAN, counted) == Outcome(None, 0.0, 0.0, Gap.ZERO_DENOMINATOR)


@pytest.mark.parametrize("values", [[1e308, 1e308], [-1e308, -1e308]])
def test_a_sum_out_of_bounds_gives_no_value(values: list[float]) -> None:
    counted = tally(Operator.SUM, [Part(value, 1, 1, State.OFFICIAL) for value in values])
    assert counted is not None
    assert outcome(Operator.SUM, counted) == Outcome(None, gap=Gap.NOT_FINITE)


@pytest.mark.parametrize(
    ("formula", "values", "result"),
    [
        ("100 * [a] / [b]", {"a": 3, "b": 4}, Outcome(75.0, 300.0, 4)),
        ("100 * ([b] - [a]) / [b]", {"a": 3, "b": 4}, Outcome(25.0, 100.0, 4)),
        ("[a] / ([b] + max([a], 1, 2))", {"a": 3, "b": 3}, Outcome(0.5, 3, 6)),
        ("[a] - [b]", {"a": 3, "b": 4}, Outcome(-1.0)),
        ("[a] / [b]", {"a": 3, "b": 0}, Outcome(None, 3, 0, Gap.ZERO_DENOMINATOR)),
        ("[a] / [b]", {"a": 0, "b": 0}, Outcome(None, 0, 0, Gap.ZERO_DENOMINATOR)),
        ("1 + [a] / [b]", {"a": 3, "b": 0}, Outcome(None, gap=Gap.ZERO_DENOMINATOR)),
        ("[a] / (1 / [b])", {"a": 3, "b": 0}, Outcome(None, gap=Gap.ZERO_DENOMINATOR)),
        ("[a] / [b]", {"a": 3}, Outcome(None, gap=Gap.MISSING)),
        ("[a] * [b]", {"a": 1e200, "b": 1e200}, Outcome(None, gap=Gap.NOT_FINITE)),
        ("[a] / [b]", {"a": 1e200, "b": 1e-200}, Outcome(None, gap=Gap.NOT_FINITE)),
    ],
)
def test_derive_keeps_both_sides_or_says_why_not(formula: str, values: dict[str, float], result: Outcome) -> None:
    assert derive(parse(formula), values) == result
