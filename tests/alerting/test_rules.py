from typing import Any

import pytest

from indicators.spec import CADENCES
from ioc.alerting.rules import breached, cleared, no_data_rule, rules_for, severity_of, terms_at
from ioc.model import DAY, HOUR, MINUTE, Kind, Severity
from tests.alerting.bed import T0, SmallCatalogue, indicator, limit, rule

ABOVE = {"kind": Kind.ABOVE, "value": 10.0}
BELOW = {"kind": Kind.BELOW, "value": 10.0}
OUTSIDE = {"kind": Kind.OUTSIDE, "value": 6.0, "upper": 9.0}


@pytest.mark.parametrize(
    ("shape", "hysteresis", "value", "is_breached", "is_cleared"),
    [
        (ABOVE, 0.0, 10.0, False, True),
        (ABOVE, 0.0, 10.000001, True, False),
        (ABOVE, 2.0, 10.000001, True, False),
        (ABOVE, 2.0, 10.0, False, False),
        (ABOVE, 2.0, 8.000001, False, False),
        (ABOVE, 2.0, 8.0, False, True),
        (BELOW, 0.0, 10.0, False, True),
        (BELOW, 0.0, 9.999999, True, False),
        (BELOW, 2.0, 10.0, False, False),
        (BELOW, 2.0, 11.999999, False, False),
        (BELOW, 2.0, 12.0, False, True),
        (OUTSIDE, 0.0, 6.0, False, True),
        (OUTSIDE, 0.0, 9.0, False, True),
        (OUTSIDE, 0.5, 5.999999, True, False),
        (OUTSIDE, 0.5, 6.25, False, False),
        (OUTSIDE, 0.5, 6.5, False, True),
        (OUTSIDE, 0.5, 8.5, False, True),
        (OUTSIDE, 0.5, 8.75, False, False),
        (OUTSIDE, 0.5, 9.000001, True, False),
    ],
)
def test_a_value_at_the_edge(
    shape: dict[str, Any], hysteresis: float, value: float, *, is_breached: bool, is_cleared: bool
):
    judged_by = rule(**shape, hysteresis=hysteresis)
    assert (breached(judged_by, value), cleared(judged_by, value)) == (is_breached, is_cleared)


@pytest.mark.parametrize(
    ("shape", "value", "expected"),
    [({"kind": Kind.ABOVE, "value": 0.0}, 0.1, True), ({"kind": Kind.BELOW, "value": 0.0}, 0.0, False)],
)
def test_a_limit_of_zero_is_a_limit(shape: dict[str, Any], value: float, *, expected: bool):
    assert breached(rule(**shape), value) is expected


def test_a_value_of_zero_is_judged():
    assert breached(rule(kind=Kind.BELOW, value=1.0), 0.0)
    assert breached(rule(kind=Kind.OUTSIDE, value=-5.0, upper=-1.0), 0.0)


@pytest.mark.parametrize(("shape", "bound", "upper"), [(ABOVE, 10.0, None), (BELOW, 10.0, None), (OUTSIDE, 6.0, 9.0)])
def test_a_rule_names_its_bounds_as_the_limit_does(shape: dict[str, Any], bound: float, upper: float | None):
    made = rule(**shape)
    assert (made.bound, made.upper) == (bound, upper)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(5.0, Severity.OK), (7.0, Severity.OK), (8.0, Severity.WARNING), (10.5, Severity.CRITICAL), (0.0, Severity.INFO)],
)
def test_severity_is_the_worst_one_broken(value: float, expected: Severity):
    rules = rules_for(
        [
            limit(value=10.0, severity=Severity.CRITICAL),
            limit(value=7.0, severity=Severity.WARNING),
            limit(value=1.0, severity=Severity.INFO, kind=Kind.BELOW),
        ]
    )
    assert severity_of(value, rules) is expected


def test_severity_without_rules_is_ok():
    assert severity_of(1e9, ()) is Severity.OK


def test_rules_stand_in_the_order_of_their_slots_whatever_the_file_says():
    limits = [limit(severity=Severity.WARNING), limit(kind=Kind.BELOW), limit(severity=Severity.CRITICAL)]
    slots = ["above-critical", "above-warning", "below-critical"]
    assert [made.slot for made in rules_for(limits)] == slots
    assert rules_for(limits) == rules_for(limits[::-1])


@pytest.mark.parametrize(
    ("cadence", "patience"),
    [
        ("1min", 3 * MINUTE),
        ("1h", 3 * HOUR),
        ("6h", 12 * HOUR),
        ("1d", 2 * DAY),
        ("1w", 14 * DAY),
        ("1mo", 41 * DAY),
        ("1y", 376 * DAY),
    ],
)
def test_silence_is_due_by_cadence(cadence: str, patience: int):
    made = no_data_rule(indicator(cadence=cadence))
    assert (made.id, made.slot, made.for_) == ("no-data", "no-data-warning", patience)
    assert (made.bound, made.upper) == (None, None)


@pytest.mark.parametrize("cadence", CADENCES)
def test_only_statistics_of_a_month_and_longer_are_never_late(cadence: str):
    terms = terms_at(SmallCatalogue(indicators=[indicator(cadence=cadence)]), "an-thoi", "salinity", T0)
    assert terms.late_after == (None if cadence in ("1mo", "1q", "6mo", "1y") else 7 * DAY)


def test_what_nobody_watches_is_judged_by_nothing():
    terms = terms_at(SmallCatalogue([limit()], closes={"an-thoi": T0}), "an-thoi", "salinity", T0)
    assert (terms.rules, terms.silence) == ((), None)
