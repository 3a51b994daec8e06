"""Formulas: what they mean, what they need, what they refuse."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.formula import FormulaError, cycle, parse

VALUES = {"a": 6.0, "b": 3.0, "c": -2.5, "zero": 0.0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100 * [b] / [a]", 50.0),
        ("[a] - [b] - 1", 2.0),
        ("[a] / [b] / 2", 1.0),
        ("2 + 3 * 4", 14.0),
        ("(2 + 3) * 4", 20.0),
        ("-[c]", 2.5),
        ("2 - -3 * -2", -4.0),
        ("min([a], [b], 9)", 3.0),
        ("max ( [c] , 0 ) + min(1,2)", 1.0),
        ("  0.5*[a]", 3.0),
    ],
)
def test_value_follows_the_rules_of_arithmetic(text: str, expected: float) -> None:
    assert parse(text).value(VALUES) == expected


@pytest.mark.parametrize("text", ["[a] / [zero]", "[missing] + 1", "min([a], [missing])", "1 / ([b] - 3)"])
def test_value_is_none_without_a_part_or_over_zero(text: str) -> None:
    assert parse(text).value(VALUES) is None


def test_value_beyond_all_bounds_is_none() -> None:
    assert parse("[a] * [a]").value({"a": 1e200}) is None


def test_parts_stand_once_in_order() -> None:
    assert parse("[b] + [a] * [b] / min([zero], 1)").parts == ("b", "a", "zero")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("1 +", 4),
        ("[A]", 1),
        ("(1", 3),
        ("1 2", 3),
        ("1)", 2),
        ("max()", 5),
        ("min 3", 1),
        ("2 ** 3", 4),
        ("1,2", 2),
        ("__import__('os')", 1),
        ("[a].real", 4),
        ("[a] if 1 else 2", 5),
        ("1e9", 2),
        ("+1", 1),
        ("0x10", 2),
        ("[a] $", 5),
        ("(" * 200 + "1" + ")" * 200, 51),
    ],
)
def test_parse_refuses_anything_else_and_says_where(text: str, position: int) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.position == position


LEAVES = st.one_of(
    st.integers(0, 1000).map(str),
    st.sampled_from(["[a]", "[b]", "[c]", "[zero]"]),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join),
        inner.map("({})".format),
        inner.map("-{}".format),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
    ),
    max_leaves=12,
)


@given(TREES)
def test_value_agrees_with_python(text: str) -> None:
    source = text
    for name, value in VALUES.items():
        source = source.replace(f"[{name}]", f"({value})")
    try:
        expected = eval(source, {"__builtins__": {}, "min": min, "max": max})  # noqa: S307 - the oracle
    except ZeroDivisionError:
        expected = None
    found = parse(text).value(VALUES)
    assert found == expected or (found is not None and math.isclose(found, expected, rel_tol=1e-12))


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefg"), max_size=3).map(tuple)))
def test_cycle_is_found_exactly_when_something_reaches_itself(needs: dict[str, tuple[str, ...]]) -> None:
    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(needs.get(start, ()))
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                waiting += needs.get(here, ())
        return seen

    ring = cycle(needs)
    assert bool(ring) == any(start in reachable(start) for start in needs)
    if ring:
        assert ring[0] == ring[-1]
        assert all(after in needs[before] for before, after in pairwise(ring))


UNITS = {"a": "tỷ đồng", "b": "triệu đồng", "c": "tỷ đồng"}


@pytest.mark.parametrize(
    ("text", "wanted", "clash"),
    [
        ("[a] + [c]", "tỷ đồng", None),
        ("[a] + [b]", "tỷ đồng", ("tỷ đồng", "triệu đồng")),
        ("max([a], [b])", "tỷ đồng", ("tỷ đồng", "triệu đồng")),
        ("[a] + [b] / 1000", "tỷ đồng", None),
        ("100 * ([a] - [c]) / [b]", "%", None),
        ("[a] - [c]", "%", ("tỷ đồng", "%")),
        ("-[a]", "%", ("tỷ đồng", "%")),
        ("100 - [a]", "tỷ đồng", None),
        ("[unknown] + [a]", "tỷ đồng", None),
    ],
)
def test_clash_names_units_that_do_not_add(text: str, wanted: str, clash: tuple[str, str] | None) -> None:
    assert parse(text).clash(UNITS, wanted) == clash
