"""Bad rule files are named with line, column and the way out; good ones mean what they say."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.load import load as load_catalogue
from indicators.spec import Level
from ioc.alerting.extra import (
    Change,
    Combination,
    Condition,
    Curve,
    DayType,
    ExtraRule,
    Pace,
    Scope,
    Stuck,
    Tally,
    Threshold,
)
from ioc.alerting.rulecheck import checked
from ioc.alerting.rulefile import KINDS, parse
from ioc.alerting.rulefolder import load
from ioc.errors import ConfigError
from ioc.model import DAY, HOUR, MINUTE, Kind, Severity

BAD = sorted((Path(__file__).parent / "bad-rules").glob("*.yaml"))
SHIPPED = Path(__file__).parents[2] / "config" / "rules"
CATALOGUE = load_catalogue(tenant="ben-tre")


def faults(text: str) -> list[str]:
    """`line:column: what`, in English."""
    written, found = parse(text, "rules.yaml", CATALOGUE)
    all_of_them = [*found, *(fault for _, fault in checked(written, CATALOGUE))]
    return [f"{one.line}:{one.column}: {one.words.en}" for one in sorted(all_of_them)]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_rule_file_is_named_with_place_and_way_out(path: Path) -> None:
    """The file begins with the lines that are expected, as comments."""
    text = path.read_text(encoding="utf-8")
    expected = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]
    assert expected
    assert faults(text) == expected


def test_every_fault_is_said_in_vietnamese_too() -> None:
    for path in BAD:
        written, found = parse(path.read_text(encoding="utf-8"), "rules.yaml", CATALOGUE)
        for fault in [*found, *(one for _, one in checked(written, CATALOGUE))]:
            assert fault.words.vi != fault.words.en


def test_the_shipped_rules_are_read_and_marked_as_the_centres_own() -> None:
    book = load(SHIPPED, CATALOGUE)
    assert {rule.basis for rule in book.all} == {"assumption", "target"}
    assert len({rule.id for rule in book.all}) >= 3


def test_load_names_file_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("rules:\n  - salinity\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("rules: []\nrule: []\n", encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, CATALOGUE)
    lines = str(raised.value).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [f"{tmp_path}/a.yaml:2:5", f"{tmp_path}/b.yaml:2:1"]


def test_load_refuses_what_is_not_there_and_what_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path / "none.yaml", CATALOGUE)
    (tmp_path / "a.yaml").write_bytes(b"rules: \xff")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(tmp_path / "a.yaml", CATALOGUE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: " + "[" * 5000, "1:1: nested too deep."),
        ("rules: [[[[[[[[]]]]]]]]", "1:13: nested too deep."),
        ("rules: []\n---\nrules: []", "2:1: not YAML: but found another document."),
        ("rules: \x00", "1:1: not YAML"),
        ("", ""),
        ("rules: []", ""),
    ],
)
def test_what_is_no_rule_file_is_named(text: str, message: str) -> None:
    found = faults(text)
    assert bool(found) is bool(message)
    assert all(one.startswith(message) for one in found), found


def test_two_files_may_not_use_the_same_id(tmp_path: Path) -> None:
    for name, severity in (("a", "info"), ("b", "warning")):
        rule = f"{{id: x, kind: above, severity: {severity}, indicators: salinity, above: 1, basis: b}}"
        (tmp_path / f"{name}.yaml").write_text(f"rules:\n- {rule}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"b.yaml:2:8: .*already used at .*a.yaml:2"):
        load(tmp_path, CATALOGUE)


EVERYTHING = """
rules:
  - {id: a, kind: above, severity: info, indicators: salinity, above: 1.5, hysteresis: 0.1, basis: b}
  - {id: o, kind: outside, severity: info, indicators: salinity, below: 1, above: 9, basis: b}
  - {id: r, kind: rising, severity: info, indicators: [salinity, water-level], by: 2, window: 6h, basis: b}
  - {id: f, kind: falling, severity: info, indicators: salinity, by: 2, window: 6h, per: 1h, basis: b}
  - {id: s, kind: stuck, severity: info, indicators: salinity, cadences: 6, besides: [0, 1.5], basis: b}
  - {id: g, kind: gap, severity: info, indicators: domestic-revenue, behind: 5 %, periods: 4, curve: last-year,
     basis: b}
  - {id: c, kind: count, severity: info, indicators: salinity, levels: station, at_least: 3, basis: b}
  - id: m
    kind: combination
    severity: critical
    name_vi: M
    name_en: M
    any: [{indicator: salinity, above: 4}, {indicator: water-level, below: 1, not: true}]
    sites: [vn63-83-831, st-my-hoa]
    levels: [station]
    for: 10min
    keep_firing_for: 1h
    season: 12-01..05-31
    hours: 22-06
    days: [tet]
    valid_from: 2025-01-01
    basis: b
"""


def test_every_kind_means_what_it_says() -> None:
    written, found = parse(EVERYTHING, "x.yaml", CATALOGUE)
    assert found == []
    assert list(checked(written, CATALOGUE)) == []
    rules = {(one.rule.id, one.rule.indicator): one.rule for one in written}
    assert {rule.kind for rule in rules.values()} == set(KINDS.values()) - {Kind.BELOW}
    assert rules["a", "salinity"].what == Threshold(None, 1.5, 0.1)
    assert rules["o", "salinity"].what == Threshold(1.0, 9.0)
    assert rules["r", "water-level"].what == Change(2.0, 6 * HOUR, 6 * HOUR)
    assert rules["f", "salinity"].what == Change(2.0, 6 * HOUR, HOUR)
    assert rules["s", "salinity"].what == Stuck(6.0, (0.0, 1.5))
    assert rules["g", "domestic-revenue"].what == Pace(5.0, 4, Curve.LAST_YEAR)
    assert rules["c", "salinity"].what == Tally(3, Severity.WARNING)
    patience = {name: CATALOGUE.indicators[name].silent_after for name in ("salinity", "water-level")}
    conditions = (
        Condition("salinity", high=4.0, patience=patience["salinity"]),
        Condition("water-level", low=1.0, is_not=True, patience=patience["water-level"]),
    )
    assert rules["m", "salinity"] == ExtraRule(
        id="m",
        kind=Kind.COMBINATION,
        severity=Severity.CRITICAL,
        indicator="salinity",
        what=Combination(conditions, is_any=True),
        basis="b",
        scope=Scope(
            sites=("vn63-83-831", "st-my-hoa"),
            levels=(Level.STATION,),
            season=((12, 1), (5, 31)),
            hours=(22, 6),
            days=(DayType.TET,),
            valid_from=rules["m", "salinity"].scope.valid_from,
        ),
        for_=10 * MINUTE,
        keep_firing_for=HOUR,
        name_vi="M",
        name_en="M",
        place="x.yaml:11",
    )
    assert patience["salinity"] < DAY


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(EVERYTHING)), st.integers(0, 12), st.text("-:{}[],'\"\n\t &*!%#9a", max_size=6))
    )
)
def test_a_file_that_was_garbled_is_read_or_named_and_nothing_else(edits: list[tuple[int, int, str]]) -> None:
    text = EVERYTHING
    for place, gone, put in edits[:4]:
        text = text[:place] + put + text[place + gone :]
    written, found = parse(text, "x.yaml", CATALOGUE)
    for _, fault in [*(("", one) for one in found), *checked(written, CATALOGUE)]:
        assert fault.line >= 1
        assert fault.column >= 1
        assert fault.words.vi
        assert fault.words.en
