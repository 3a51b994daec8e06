"""Every kind of alert in one sentence, in both languages, compared with files that people have read."""

from pathlib import Path

import pytest

from ioc.model import CLOSED, HOUR, MINUTE, SECOND, Detail, Kind, Severity, State, Status, Transition
from ioc.notify.numbers import bound, clock_time, duration, number
from ioc.notify.sentence import headline, sentence
from tests.support.catalogue import CHAU_THANH, OTHER_CHAU_THANH, PROVINCE, STATION, small

GOLDEN = Path(__file__).parent / "golden"
T0 = 1_741_741_800 * SECOND  # 2025-03-12T08:10:00+07:00
CATALOGUE = small()


def transition(**changes: object) -> Transition:
    values: dict[str, object] = {
        "rule": "salt-4",
        "site": STATION,
        "field": "environment",
        "indicator": "salinity",
        "kind": Kind.ABOVE,
        "severity": Severity.CRITICAL,
        "before": Status.PENDING,
        "after": Status.FIRING,
        "at": T0 + 10 * MINUTE,
        "since": T0,
        "value": 4.56,
        "bound": 4.0,
        "upper": None,
        "state": State.PROVISIONAL,
        "basis": "QCVN 08:2023/BTNMT, bảng 1",
        "incident": "a7k2q9xz",
        "revision": 1,
    }
    return Transition(**{**values, **changes})  # type: ignore[arg-type]


RISE = {"kind": Kind.RISING, "value": 3.44, "bound": 3.0, "detail": Detail(span=6 * HOUR), "basis": "assumption"}
FALL = {**RISE, "kind": Kind.FALLING, "severity": Severity.WARNING, "state": State.ESTIMATE, "basis": "Sổ tay trực ban"}
STUCK = {
    "kind": Kind.STUCK,
    "severity": Severity.WARNING,
    "indicator": "ph",
    "value": 7.25,
    "bound": None,
    "detail": Detail(span=8 * HOUR),
    "basis": "assumption",
}
GAP = {
    "kind": Kind.GAP,
    "severity": Severity.WARNING,
    "site": CHAU_THANH,
    "indicator": "files-open",
    "value": 1100.0,
    "bound": 1400.333,
    "upper": 6388.0,
    "detail": Detail(deadline="2025-12-31"),
    "basis": "Kế hoạch năm 2025",
}
COUNT = {
    "kind": Kind.COUNT,
    "site": PROVINCE,
    "value": 4.0,
    "bound": 3.0,
    "detail": Detail(level="station", least=Severity.CRITICAL),
    "basis": "assumption",
}
BOTH = {
    "kind": Kind.COMBINATION,
    "severity": Severity.WARNING,
    "value": None,
    "bound": None,
    "detail": Detail(name_vi="Nước vừa mặn vừa chua", name_en="Water both saline and acid"),
    "basis": "assumption",
}
SOURCE = {"kind": Kind.SOURCE_DOWN, "site": PROVINCE, "field": "", "indicator": "mqtt", "value": None, "bound": None}
RESOLVED = {"before": Status.FIRING, "after": Status.RESOLVED, "at": T0 + HOUR + 25 * MINUTE}
CASES = {
    "above-critical": {},
    "above-warning-assumption": {"severity": Severity.WARNING, "bound": 1.0, "value": 1.2, "basis": "assumption"},
    "above-estimate": {"state": State.ESTIMATE},
    "above-resolved": {**RESOLVED, "value": 3.7},
    "below-warning": {
        "kind": Kind.BELOW,
        "site": CHAU_THANH,
        "field": "health",
        "indicator": "bed-occupancy",
        "severity": Severity.WARNING,
        "value": 41.25,
        "bound": 45.5,
        "basis": "Kế hoạch của Sở Y tế năm 2025",
    },
    "below-info": {"kind": Kind.BELOW, "severity": Severity.INFO, "value": 0.0, "bound": 0.1},
    "below-resolved": {**RESOLVED, "kind": Kind.BELOW, "value": 46.0, "indicator": "bed-occupancy", "bound": 45.5},
    "outside-critical": {"kind": Kind.OUTSIDE, "indicator": "ph", "value": 9.25, "bound": 6.5, "upper": 8.5},
    "outside-resolved": {**RESOLVED, "kind": Kind.OUTSIDE, "indicator": "ph", "value": 8, "bound": 6.5, "upper": 8.5},
    "above-grade": {"indicator": "salinity-risk", "value": 3.0, "bound": 2.0},
    "below-yes": {"kind": Kind.BELOW, "indicator": "plan-issued", "value": 0.0, "bound": 1.0},
    "below-yes-resolved": {**RESOLVED, "kind": Kind.BELOW, "indicator": "plan-issued", "value": 1.0, "bound": 1.0},
    "no-data": {"kind": Kind.NO_DATA, "severity": Severity.WARNING, "value": None, "bound": None, "basis": ""},
    "no-data-resolved": {**RESOLVED, "kind": Kind.NO_DATA, "severity": Severity.WARNING, "bound": None, "basis": ""},
    "just-above": {"value": 4.004},
    "above-closed": {**RESOLVED, "reason": CLOSED},
    "rising": RISE,
    "rising-resolved": {**RISE, **RESOLVED},
    "falling-estimate": FALL,
    "falling-resolved": {**FALL, **RESOLVED},
    "stuck": STUCK,
    "stuck-resolved": {**STUCK, **RESOLVED, "value": 7.31},
    "gap": GAP,
    "gap-over-plan": {**GAP, "value": 1500.0},
    "gap-resolved": {**GAP, **RESOLVED, "value": 1390.0},
    "count": COUNT,
    "count-resolved": {**COUNT, **RESOLVED, "value": 1.0},
    "combination": BOTH,
    "combination-resolved": {**BOTH, **RESOLVED},
    "source-down": {**SOURCE, "basis": ""},
    "source-down-resolved": {**SOURCE, **RESOLVED, "basis": ""},
    "thousands": {
        "site": OTHER_CHAU_THANH,
        "indicator": "files-open",
        "value": 1234567.0,
        "bound": 1000000.0,
        "state": State.PRELIMINARY,
    },
}


@pytest.mark.parametrize("name", CASES)
def test_sentence_is_as_people_have_read_it(name: str) -> None:
    told = transition(**CASES[name])
    lines = [text(told, CATALOGUE, lang) for lang in ("vi", "en") for text in (headline, sentence)]
    assert "\n".join(lines) + "\n" == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_golden_files_have_a_case_each() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(CASES)


def test_sentence_tells_namesakes_apart() -> None:
    ours, theirs = (sentence(transition(site=name), CATALOGUE) for name in (CHAU_THANH, OTHER_CHAU_THANH))
    assert "huyện Châu Thành (Bến Tre)" in ours
    assert "huyện Châu Thành (Trà Vinh)" in theirs


@pytest.mark.parametrize(
    ("value", "decimals", "vi", "en"),
    [
        (1234567.84, 1, "1.234.567,8", "1,234,567.8"),
        (0.0, 0, "0", "0"),
        (41.25, 1, "41,3", "41.3"),
        (1e22, 0, "10.000.000.000.000.000.000.000", "10,000,000,000,000,000,000,000"),
        (-0.04, 1, "0,0", "0.0"),
        (-1234.5, 2, "-1.234,50", "-1,234.50"),
    ],
)
def test_number_is_written_as_its_readers_expect(value: float, decimals: int, vi: str, en: str) -> None:
    assert (number(value, decimals, "vi"), number(value, decimals, "en")) == (vi, en)


def test_bound_keeps_the_decimals_it_was_written_with() -> None:
    assert [bound(value, "vi") for value in (4.0, 0.5, 6.25, 1500.0)] == ["4", "0,5", "6,25", "1.500"]


def test_times_are_local() -> None:
    assert clock_time(T0, "vi") == "08:10 ngày 12/03/2025"
    assert clock_time(T0, "en") == "08:10 on 12 March 2025"


def test_duration_names_its_two_largest_parts() -> None:
    assert duration(HOUR + 25 * MINUTE + 3 * SECOND, "vi") == "1 giờ 25 phút"
    assert duration(0, "vi") == "0 giây"


def test_sentence_calls_what_the_catalogue_has_lost_by_its_id() -> None:
    said = sentence(transition(site="gone-site", indicator="gone-indicator"), CATALOGUE)
    assert "gone-indicator tại gone-site" in said


def test_largest_number_can_be_said() -> None:
    assert number(1.7e308, 2, "en").startswith("170,000")
