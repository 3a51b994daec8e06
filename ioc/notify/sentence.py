"""One true sentence per transition: where, what, how much, against which limit, since when, on what basis.

A pure grammar over typed slots. Only words of ours and values of the catalogue go in, so that nothing a device sends
can speak to an official.
"""

from indicators.lookup import Catalogue
from indicators.spec import Indicator
from ioc.model import Kind, Severity, State, Status, Transition
from ioc.notify.numbers import bound, clock_time, duration, number

ASSUMPTION = "assumption"

SEVERITIES = {
    "vi": {Severity.INFO: "THEO DÕI", Severity.WARNING: "CẢNH BÁO", Severity.CRITICAL: "NGUY CẤP"},
    "en": {Severity.INFO: "NOTICE", Severity.WARNING: "WARNING", Severity.CRITICAL: "CRITICAL"},
}
WORDS = {
    "vi": {
        "no-data": "MẤT DỮ LIỆU",
        "resolved": "ĐÃ HẾT",
        "at": "tại",
        "is": "là",
        Kind.ABOVE: "vượt ngưỡng",
        Kind.BELOW: "thấp hơn ngưỡng",
        Kind.OUTSIDE: "nằm ngoài khoảng",
        "to": "đến",
        "since": "từ",
        "basis": "căn cứ",
        "assumption": "ngưỡng tạm của trung tâm, chưa có văn bản",
        "silent": "không có số liệu",
        "heard": "đã có số liệu trở lại sau",
        "back": "đã trở lại trong ngưỡng",
        "back-range": "đã trở lại trong khoảng",
        "now": "hiện",
        "lasted": "sau",
    },
    "en": {
        "no-data": "NO DATA",
        "resolved": "RESOLVED",
        "at": "at",
        "is": "is",
        Kind.ABOVE: "above the limit of",
        Kind.BELOW: "below the limit of",
        Kind.OUTSIDE: "outside the range",
        "to": "to",
        "since": "since",
        "basis": "basis",
        "assumption": "the centre's working limit, not a legal one",
        "silent": "has sent no data",
        "heard": "sends data again after",
        "back": "is back within the limit of",
        "back-range": "is back within the range",
        "now": "now",
        "lasted": "after",
    },
}
VERBS = {
    "vi": {State.ESTIMATE: "ước tính là", State.PRELIMINARY: "theo số liệu sơ bộ là"},
    "en": {State.ESTIMATE: "is estimated at", State.PRELIMINARY: "is, by preliminary figures,"},
}
MOST_DECIMALS = 6


def sentence(transition: Transition, catalogue: Catalogue, lang: str = "vi") -> str:
    """The sentence that tells an official about a transition."""
    indicator = catalogue.indicators[transition.indicator]
    subject = _subject(transition, indicator, catalogue, lang)
    if transition.after is Status.RESOLVED:
        return f"{WORDS[lang]['resolved']}: {subject} {_recovery(transition, indicator, catalogue, lang)}."
    if transition.kind is Kind.NO_DATA:
        words = WORDS[lang]
        return f"{words['no-data']}: {subject} {words['silent']} {_since(transition, lang)}."
    severity = SEVERITIES[lang][transition.severity]
    breach = _breach(transition, indicator, catalogue, lang)
    return f"{severity}: {subject} {breach}; {_basis(transition, lang)}."


def headline(transition: Transition, catalogue: Catalogue, lang: str = "vi") -> str:
    """A few words for a subject line: severity, indicator, place."""
    words = WORDS[lang]
    word = words["no-data"] if transition.kind is Kind.NO_DATA else SEVERITIES[lang][transition.severity]
    if transition.after is Status.RESOLVED:
        word = words["resolved"]
    indicator = catalogue.indicators[transition.indicator]
    return f"[{word}] {_name(indicator, lang)} – {catalogue.place(transition.site, lang)}"


def _name(indicator: Indicator, lang: str) -> str:
    return indicator.name_en if lang == "en" else indicator.name_vi


def _subject(transition: Transition, indicator: Indicator, catalogue: Catalogue, lang: str) -> str:
    return f"{_name(indicator, lang)} {WORDS[lang]['at']} {catalogue.place(transition.site, lang)}"


def _breach(transition: Transition, indicator: Indicator, catalogue: Catalogue, lang: str) -> str:
    words = WORDS[lang]
    verb = VERBS[lang].get(transition.state, words["is"])
    value = _quantity(transition, indicator, catalogue, lang)
    bounds = _bounds(transition, indicator, catalogue, lang)
    return f"{verb} {value}, {words[transition.kind]} {bounds} {_since(transition, lang)}"


def _recovery(transition: Transition, indicator: Indicator, catalogue: Catalogue, lang: str) -> str:
    words = WORDS[lang]
    lasted = duration(transition.at - transition.since, lang)
    if transition.kind is Kind.NO_DATA:
        return f"{words['heard']} {lasted}"
    back = words["back-range"] if transition.kind is Kind.OUTSIDE else words["back"]
    value = _quantity(transition, indicator, catalogue, lang)
    bounds = _bounds(transition, indicator, catalogue, lang)
    return f"{back} {bounds} ({words['now']} {value}) {words['lasted']} {lasted}"


def _quantity(transition: Transition, indicator: Indicator, catalogue: Catalogue, lang: str) -> str:
    """The value with the indicator's decimals, or as many more as it takes to differ from the limit it crossed."""
    value = transition.value
    if value is None:
        return "?"
    ends = [end for end in (transition.bound, transition.upper) if end is not None and end != value]
    decimals = indicator.decimals
    while decimals < MOST_DECIMALS and any(
        number(value, decimals, "en") == number(end, decimals, "en") for end in ends
    ):
        decimals += 1
    return f"{number(value, decimals, lang)} {_unit(indicator, catalogue, lang)}"


def _bounds(transition: Transition, indicator: Indicator, catalogue: Catalogue, lang: str) -> str:
    lower = "?" if transition.bound is None else bound(transition.bound, lang)
    unit = _unit(indicator, catalogue, lang)
    if transition.kind is not Kind.OUTSIDE or transition.upper is None:
        return f"{lower} {unit}"
    return f"{lower} {WORDS[lang]['to']} {bound(transition.upper, lang)} {unit}"


def _unit(indicator: Indicator, catalogue: Catalogue, lang: str) -> str:
    """A symbol as it is; a unit that is a Vietnamese word, in English for English readers."""
    unit = catalogue.units[indicator.unit]
    return unit.name_en if lang == "en" and unit.id == unit.name_vi else unit.id


def _since(transition: Transition, lang: str) -> str:
    return f"{WORDS[lang]['since']} {clock_time(transition.since, lang)}"


def _basis(transition: Transition, lang: str) -> str:
    words = WORDS[lang]
    basis = transition.basis
    return f"{words['basis']}: {words['assumption'] if basis in ('', ASSUMPTION) else basis}"
