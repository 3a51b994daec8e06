"""From a transition and the catalogue to the slots that every rendering fills in."""

from indicators.lookup import Catalogue
from indicators.spec import Indicator
from ioc.model import Detail, Kind, Placing, Slots, Transition
from ioc.notify.numbers import bound, number
from ioc.notify.render.clean import clean
from ioc.notify.render.words import WORDS

ASSUMPTION = "assumption"
MOST_DECIMALS = 6
UNKNOWN = "?"
ANSWERS = {"vi": {"0": "“không”", "1": "“có”"}, "en": {"0": "“no”", "1": "“yes”"}}


def slots(transition: Transition, catalogue: Catalogue, lang: str = "vi") -> Slots:
    """What there is to say about a transition; what the catalogue no longer knows is called by its id."""
    indicator = catalogue.indicators.get(transition.indicator)
    placing = catalogue.units[indicator.unit].placing if indicator else Placing.AFTER
    return Slots(
        lang=lang,
        kind=transition.kind,
        severity=transition.severity,
        status=transition.after,
        state=transition.state,
        place=clean(catalogue.place(transition.site, lang)),
        name=clean(_name(transition, indicator, lang)),
        value=_answer(_value(transition, indicator, lang), placing, lang),
        lower=_answer(_lower(transition, indicator, lang), placing, lang),
        upper="" if transition.upper is None else bound(transition.upper, lang),
        unit=_unit(indicator, catalogue, lang) if indicator else "",
        unit_words=_unit_words(indicator, catalogue, lang) if indicator else "",
        placing=placing,
        basis="" if transition.basis == ASSUMPTION else clean(transition.basis),
        since=transition.since,
        at=transition.at,
        mark=clean(f"{transition.incident}/{transition.revision}"),
        detail=transition.detail or Detail(),
        reason=transition.reason,
    )


def _name(transition: Transition, indicator: Indicator | None, lang: str) -> str:
    """What it is about: the indicator, the source, or what a combination or another system calls it."""
    detail = transition.detail
    if transition.kind in {Kind.COMBINATION, Kind.EXTERNAL} and detail is not None:
        return detail.name_en if lang == "en" else detail.name_vi
    if transition.kind is Kind.SOURCE_DOWN:
        return f"{WORDS[lang]['source']} {transition.indicator}"
    if indicator is None:
        return transition.indicator
    return indicator.name_en if lang == "en" else indicator.name_vi


def _lower(transition: Transition, indicator: Indicator | None, lang: str) -> str:
    if transition.bound is None:
        return UNKNOWN
    if transition.kind is Kind.GAP:  # it was reckoned, nobody wrote it
        return number(transition.bound, indicator.decimals if indicator else MOST_DECIMALS, lang)
    return bound(transition.bound, lang)


def _answer(figure: str, placing: Placing, lang: str) -> str:
    """The figure; a unit of yes or no is said in words."""
    return ANSWERS[lang].get(figure, figure) if placing is Placing.YES_NO else figure


def _value(transition: Transition, indicator: Indicator | None, lang: str) -> str:
    """The value with the indicator's decimals, or as many more as it takes to differ from the limit it crossed."""
    value = transition.value
    if value is None:
        return UNKNOWN
    if transition.kind is Kind.COUNT:
        return number(value, 0, lang)
    ends = [end for end in (transition.bound, transition.upper) if end is not None and end != value]
    decimals = indicator.decimals if indicator else MOST_DECIMALS
    while decimals < MOST_DECIMALS and any(
        number(value, decimals, "en") == number(end, decimals, "en") for end in ends
    ):
        decimals += 1
    return number(value, decimals, lang)


def _unit(indicator: Indicator, catalogue: Catalogue, lang: str) -> str:
    """A symbol as it is; a unit that is a Vietnamese word, in English for English readers."""
    unit = catalogue.units[indicator.unit]
    return clean(unit.name_en if lang == "en" and unit.id == unit.name_vi else unit.id)


def _unit_words(indicator: Indicator, catalogue: Catalogue, lang: str) -> str:
    unit = catalogue.units[indicator.unit]
    return clean(unit.name_en if lang == "en" else unit.name_vi)
