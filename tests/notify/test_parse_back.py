"""Whoever reads the sentence learns the place, the value, the unit and the limit that were meant, and no others."""

import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.load import load
from ioc.model import HOUR, Detail, Kind, Placing, Severity, Slots, State
from ioc.notify.render.slots import slots
from ioc.notify.render.sms import sms, unaccent
from ioc.notify.render.spoken import cardinal, spell
from ioc.notify.sentence import tell
from tests.notify.test_sentence import transition

CATALOGUE = load(tenant="ben-tre")
INDICATORS = sorted(
    id_ for id_, one in CATALOGUE.indicators.items() if CATALOGUE.units[one.unit].placing is not Placing.YES_NO
)
SITES = sorted(CATALOGUE.sites)
FIGURE = r"-?[\d.,]*\d"
MEASURED = {
    Placing.AFTER: ("", " (?P<unit>.+)", " (?P<again>.+)"),
    Placing.JOINED: ("", "(?P<unit>[%‰]|0/00)", "(?P<again>[%‰]|0/00)"),
    Placing.BEFORE: (r"(?P<unit>[^ ]+) ", "", ""),
    Placing.ALONE: ("", "", ""),
}
LONG = {
    "vi": rf"^[^:]+: (?P<name>.+) tại (?P<place>.+?) (?:là|ước tính là|theo số liệu sơ bộ là) <(?P<value>{FIGURE})>, "
    rf"(?:vượt ngưỡng|thấp hơn ngưỡng|nằm ngoài khoảng) <(?P<lower>{FIGURE})(?: đến (?P<upper>{FIGURE}))?> "
    r"từ (?P<since>\d\d:\d\d ngày \d\d/\d\d/\d{4}); căn cứ: ",
    "en": rf"^[^:]+: (?P<name>.+) at (?P<place>.+?) (?:is|is estimated at|is, by preliminary figures,) "
    rf"<(?P<value>{FIGURE})>, (?:above the limit of|below the limit of|outside the range) "
    rf"<(?P<lower>{FIGURE})(?: to (?P<upper>{FIGURE}))?> since (?P<since>\d\d:\d\d on \d+ \w+ \d{{4}}); ",
}
SHORT = (
    rf"^[^:]+: (?P<name>.+) tai (?P<place>.+?) (?:la|uoc tinh|so bo) <(?P<value>{FIGURE})>, "
    rf"(?:vuot|duoi|ngoai) <(?P<lower>{FIGURE})(?: den (?P<upper>{FIGURE}))?> tu (?P<since>\d\d:\d\d \d\d/\d\d) "
)
VALUES = st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 4))
BREACHES = st.fixed_dictionaries(
    {
        "indicator": st.sampled_from(INDICATORS),
        "site": st.sampled_from(SITES),
        "kind": st.sampled_from([Kind.ABOVE, Kind.BELOW, Kind.OUTSIDE]),
        "state": st.sampled_from(list(State)),
        "value": VALUES,
        "bound": VALUES,
        "upper": VALUES,
    }
)


def told(breach: dict[str, object], lang: str) -> Slots:
    upper = breach["upper"] if breach["kind"] is Kind.OUTSIDE else None
    return slots(transition(**{**breach, "upper": upper}), CATALOGUE, lang)


def reread(form: str, said: Slots, text: str, *, short: bool = False) -> re.Match[str] | None:
    """The slots of a text; in the form, `<…>` stands for a figure with its unit, which a short text says once."""
    before, after, again = MEASURED[said.placing]
    before_again = before.replace("unit", "again")
    if short and said.placing is not Placing.BEFORE:
        before_again, again = "", ""
    value = form.replace("<(?P<value>", f"{before}(?P<value>").replace(">, ", f"{after}, ", 1)
    return re.match(value.replace("<(?P<lower>", f"{before_again}(?P<lower>").replace(")?> ", f")?{again} "), text)


def figure(text: str, lang: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", ".") if lang == "vi" else text.replace(",", ""))


def is_meant(shown: str, meant: float, lang: str) -> bool:
    """Equal to what was meant, to the last decimal that is shown."""
    got = figure(shown, lang)
    return got == Decimal(repr(meant)).quantize(got, ROUND_HALF_UP)


@pytest.mark.parametrize("lang", ["vi", "en"])
@settings(max_examples=400, deadline=None)
@given(breach=BREACHES)
def test_sentence_gives_back_place_value_unit_and_limit(lang: str, breach: dict[str, float]) -> None:
    said = told(breach, lang)
    found = reread(LONG[lang], said, tell(said))
    assert found is not None
    assert (found["name"], found["place"]) == (said.name, CATALOGUE.place(str(breach["site"]), lang))
    units = {} if said.placing is Placing.ALONE else {"unit": said.unit, "again": said.unit}
    assert {name: found[name] for name in units} == units
    assert is_meant(found["value"], breach["value"], lang)
    assert is_meant(found["lower"], breach["bound"], lang)
    assert (found["upper"] is not None) == (breach["kind"] is Kind.OUTSIDE)
    if found["upper"] is not None:
        assert is_meant(found["upper"], breach["upper"], lang)


@pytest.mark.parametrize("indicator", INDICATORS[::40])
def test_sentence_of_many_indicators_names_the_right_one(indicator: str) -> None:
    said = told({"indicator": indicator, "kind": Kind.ABOVE, "site": SITES[0]}, "vi")
    found = reread(LONG["vi"], said, tell(said))
    assert found is not None
    assert found["name"] == CATALOGUE.indicators[indicator].name_vi
    assert said.placing is Placing.ALONE or found["unit"] == CATALOGUE.indicators[indicator].unit


@settings(max_examples=400, deadline=None)
@given(breach=BREACHES)
def test_sms_gives_back_place_value_unit_and_limit(breach: dict[str, float]) -> None:
    said = told(breach, "vi")
    found = reread(SHORT, said, sms(said), short=True)
    assert found is not None
    place = re.sub("^TT ", "thi tran ", found["place"])
    place = re.sub("^TP ", "thanh pho ", place)
    assert place == unaccent(said.place)
    assert said.placing is Placing.ALONE or found["unit"] == unaccent(said.unit)
    assert is_meant(found["value"], breach["value"], "vi")
    assert is_meant(found["lower"], breach["bound"], "vi")


ONES = {word: n for n, word in enumerate(["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"])} | {
    "mốt": 1,
    "lăm": 5,
}
SCALES = {"nghìn": 10**3, "triệu": 10**6, "tỷ": 10**9}


def heard(words: str) -> int:
    """The number somebody writes down who hears it in Vietnamese."""
    total = group = 0
    digit = None
    for word in words.split():
        if word in ONES:
            digit = ONES[word]
        elif word == "mười":
            group, digit = group + 10, None
        elif word in ("mươi", "trăm"):
            group, digit = group + (digit or 0) * {"mươi": 10, "trăm": 100}[word], None
        elif word == "tỷ":
            total, group, digit = (total + group + (digit or 0)) * SCALES[word], 0, None
        elif word in SCALES:
            total, group, digit = total + (group + (digit or 0)) * SCALES[word], 0, None
    return total + group + (digit or 0)


@given(st.integers(0, 10**12))
def test_spoken_number_is_heard_as_it_was_meant(n: int) -> None:
    assert heard(cardinal(n, "vi")) == n


@pytest.mark.parametrize(
    ("figure_text", "vi"),
    [
        ("4,6", "bốn phẩy sáu"),
        ("41,25", "bốn mươi mốt phẩy hai mươi lăm"),
        ("4,05", "bốn phẩy không năm"),
        ("4,004", "bốn phẩy không không bốn"),
        ("-0,5", "âm không phẩy năm"),
        ("105", "một trăm linh năm"),
        ("15", "mười lăm"),
        ("1.005", "một nghìn không trăm linh năm"),
        ("100.000", "một trăm nghìn"),
        ("1.234.567,8", "một triệu hai trăm ba mươi bốn nghìn năm trăm sáu mươi bảy phẩy tám"),
        ("2.000.000.000.000", "hai nghìn tỷ"),
        ("?", "?"),
    ],
)
def test_figure_is_spelled_as_people_say_it(figure_text: str, vi: str) -> None:
    assert spell(figure_text, "vi") == vi


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_spoken_english_tells_numbers_apart(one: int, other: int) -> None:
    assert (cardinal(one, "en") == cardinal(other, "en")) == (one == other)


def test_spoken_english_numbers() -> None:
    assert spell("1,234,567.89", "en") == (
        "one million two hundred thirty-four thousand five hundred sixty-seven point eight nine"
    )
    assert spell("-12", "en") == "minus twelve"


WIDER = {
    Kind.RISING: {
        "vi": rf" tăng (?P<value>{FIGURE}) (?P<unit>.+) trong 6 giờ, quá mức (?P<lower>{FIGURE}) (?P=unit) từ ",
        "en": rf" is rising by (?P<value>{FIGURE}) (?P<unit>.+) in 6 h, more than (?P<lower>{FIGURE}) (?P=unit) since ",
    },
    Kind.FALLING: {
        "vi": rf" giảm (?P<value>{FIGURE}) (?P<unit>.+) trong 6 giờ, quá mức (?P<lower>{FIGURE}) (?P=unit) từ ",
        "en": rf" is falling by (?P<value>{FIGURE}) (?P<unit>.+) in 6 h, more than (?P<lower>{FIGURE}) (?P=unit) ",
    },
    Kind.STUCK: {
        "vi": rf" giữ nguyên (?P<value>{FIGURE}) (?P<unit>.+), lâu hơn mức cho phép 6 giờ ",
        "en": rf" has stayed at (?P<value>{FIGURE}) (?P<unit>.+), longer than the allowed 6 h ",
    },
    Kind.GAP: {
        "vi": rf" đạt (?P<value>{FIGURE}) (?P<unit>.+), (?:chậm tiến độ: lúc này cần|vượt kế hoạch: lúc này tối đa) "
        rf"(?P<lower>{FIGURE}) (?P=unit) (?:để đạt|để không quá) (?P<upper>{FIGURE}) (?P=unit) vào 31/12/2025",
        "en": rf" stands at (?P<value>{FIGURE}) (?P<unit>.+), (?:behind plan: by now it needs|over plan: by now "
        rf"it may be at most) (?P<lower>{FIGURE}) (?P=unit) (?:to reach|to stay within) (?P<upper>{FIGURE}) ",
    },
    Kind.COUNT: {
        "vi": rf" có (?P<value>{FIGURE}) (?P<unit>xã) ở mức nguy cấp \(ngưỡng: (?P<lower>{FIGURE}) xã trở lên\) từ ",
        "en": rf" has (?P<value>{FIGURE}) (?P<unit>communes?) at critical level \(limit: (?P<lower>{FIGURE}) com",
    },
}
UNIT_LAST = [name for name in INDICATORS if CATALOGUE.units[CATALOGUE.indicators[name].unit].placing is Placing.AFTER]
WIDE = {"detail": Detail(span=6 * HOUR, deadline="2025-12-31", level="commune", least=Severity.CRITICAL)}


@pytest.mark.parametrize("kind", WIDER)
@pytest.mark.parametrize("lang", ["vi", "en"])
@settings(max_examples=150, deadline=None)
@given(breach=BREACHES, indicator=st.sampled_from(UNIT_LAST))
def test_sentence_of_a_wider_kind_gives_back_its_figures(
    kind: Kind, lang: str, breach: dict[str, float], indicator: str
) -> None:
    whole = {key: float(round(breach[key])) for key in ("value", "bound")} if kind is Kind.COUNT else {}
    meant = {**breach, **whole, "kind": kind, "state": State.PROVISIONAL, "indicator": indicator}
    said = slots(transition(**{**meant, **WIDE}), CATALOGUE, lang)
    text = tell(said)
    found = re.search(WIDER[kind][lang], text)
    assert found is not None, text
    assert f" {said.place}" in text[: found.start() + 1]
    assert kind is Kind.COUNT or found["unit"] == said.unit
    assert is_meant(found["value"], meant["value"], lang)
    for name, shown in found.groupdict().items():
        if name in ("lower", "upper"):
            assert is_meant(shown, meant["bound" if name == "lower" else "upper"], lang)
