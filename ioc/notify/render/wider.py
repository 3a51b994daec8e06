"""What there is to say of the kinds that look at more than one value or one site. A pure grammar over typed slots.

Every clause is said with a `Voice`: how an amount, a length of time and a day are spoken in that place.
"""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from ioc.model import CLOSED, Kind, Micros, Slots, Status
from ioc.notify.numbers import duration, placed
from ioc.notify.render.words import CHANGED, COUNTED, REACHED, SHORT_CHANGED, SHORT_VERBS, STEADY, WORDS

SILENT = frozenset({Kind.NO_DATA, Kind.SOURCE_DOWN})
CHANGING = frozenset({Kind.RISING, Kind.FALLING})
WIDER = CHANGING | {Kind.STUCK, Kind.GAP, Kind.COUNT, Kind.COMBINATION}


class Voice(NamedTuple):
    """How figures are said: one with the unit of the indicator, one alone, a length of time, a day."""

    amount: Callable[[str], str]
    figure: Callable[[str], str]
    length: Callable[[Micros], str]
    day: Callable[[str], str]


def written(said: Slots) -> Voice:
    """Figures as they are read."""
    return Voice(
        amount=lambda figure: placed(figure, said.unit, said.placing),
        figure=str,
        length=lambda length: duration(length, said.lang),
        day=lambda day: day_written(day, said.lang),
    )


def day_written(day: str, lang: str) -> str:
    """`31/12/2025`, `31 December 2025`."""
    if not day:
        return "?"
    found = date.fromisoformat(day)
    return f"{found.day} {found:%B %Y}" if lang == "en" else f"{found:%d/%m/%Y}"


def breach(said: Slots, voice: Voice, *, is_short: bool = False) -> str:
    """What is the matter, without since when; empty for a combination, whose name says it."""
    words = WORDS[said.lang]
    if said.kind in CHANGING:
        change = f"{CHANGED[said.lang][said.kind]} {voice.amount(said.value)}{_maturity(said)}"
        limit = f"{words['too-fast']} {voice.amount(said.lower)}"
        return f"{change} {words['within-time']} {voice.length(said.detail.span)}, {limit}"
    if said.kind is Kind.STUCK:
        held = f"{words['unchanged']} {voice.amount(said.value)}{_maturity(said)}"
        if is_short:
            return f"{held}, {words['past']} {voice.length(said.detail.span)}"
        return f"{held}, {words['too-long']} {voice.length(said.detail.span)} ({words['check-device']})"
    if said.kind is Kind.GAP:
        return _gap(said, voice, is_short=is_short)
    if said.kind is Kind.COUNT:
        limit = words["from-count"].format(_sites(said, said.lower, voice))
        return f"{words['has']} {_sites(said, said.value, voice)} {REACHED[said.lang][said.detail.least]} ({limit})"
    return ""


def recovery(said: Slots, voice: Voice) -> str:
    """How it ended, without after how long."""
    words = WORDS[said.lang]
    if said.reason == CLOSED:
        return words["closed"]
    if said.kind in CHANGING:
        steady = f"{STEADY[said.lang][said.kind]} {voice.amount(said.lower)}"
        return f"{steady} {words['within-time']} {voice.length(said.detail.span)},"
    if said.kind is Kind.COUNT:
        fewer = f"{words['fewer']} {_sites(said, said.lower, voice)} {REACHED[said.lang][said.detail.least]}"
        return f"{fewer} ({words['now']} {_sites(said, said.value, voice)})"
    if said.kind is Kind.COMBINATION:
        return words["over-now"]
    word = words["moves-again"] if said.kind is Kind.STUCK else words["on-track"]
    return f"{word} ({words['now']} {voice.amount(said.value)})"


def value_of(said: Slots) -> str:
    """The value in a field of its own, without unit."""
    words = WORDS[said.lang]
    if said.kind in SILENT:
        return words["silent"] if said.kind is Kind.NO_DATA else words["all-silent"]
    if said.kind is Kind.COMBINATION:
        return words["together"]
    if said.kind is Kind.COUNT:
        return _sites(said, said.value, written(said))
    if said.kind in CHANGING and said.status is not Status.RESOLVED:
        return f"{SHORT_CHANGED[said.lang][said.kind]} {said.value}"
    return said.value


def limit_of(said: Slots) -> str:
    """The limit in a field of its own, without unit; empty when there is none."""
    if said.kind in CHANGING:
        return f"{said.lower} / {duration(said.detail.span, said.lang)}"
    if said.kind is Kind.STUCK:
        return duration(said.detail.span, said.lang)
    if said.kind is Kind.COUNT:
        return _sites(said, said.lower, written(said))
    return said.lower if said.kind is Kind.GAP else ""


def has_unit(said: Slots) -> bool:
    """Whether its value is in the unit of the indicator."""
    return said.kind not in SILENT | {Kind.COUNT, Kind.COMBINATION}


def _gap(said: Slots, voice: Voice, *, is_short: bool) -> str:
    words = WORDS[said.lang]
    is_over = _as_number(said.value, said.lang) > _as_number(said.lower, said.lang)
    actual = f"{words['is-at']} {voice.amount(said.value)}{_maturity(said)}"
    due = f"{words['by-day']} {voice.day(said.detail.deadline)}"
    if is_short:
        need = words["most" if is_over else "need"]
        return f"{actual}, {need} {voice.figure(said.lower)}, {words['goal']} {voice.figure(said.upper)} {due}"
    behind, to = ("over-plan", "to-stay") if is_over else ("behind", "to-reach")
    return f"{actual}, {words[behind]} {voice.amount(said.lower)} {words[to]} {voice.amount(said.upper)} {due},"


def _as_number(figure: str, lang: str) -> float:
    text = figure.replace(",", "") if lang == "en" else figure.replace(".", "").replace(",", ".")
    return 0.0 if text == "?" else float(text)


def _sites(said: Slots, figure: str, voice: Voice) -> str:
    name = COUNTED[said.lang].get(said.detail.level, "")
    is_one = said.lang == "en" and figure == "1"
    return f"{voice.figure(figure)} {name.removesuffix('s') if is_one else name}".rstrip()


def _maturity(said: Slots) -> str:
    word = SHORT_VERBS[said.lang].get(said.state)
    return f" ({word})" if word else ""
