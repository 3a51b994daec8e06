"""The shortest true wording: place, indicator, value, unit, limit and time in one text message.

An unaccented message fits 160 signs of GSM-7. An accented one is sent as UCS-2 (70 signs, or 67 a part) in at most two
parts where its words allow that. The name of the incident is in each: it is how a repeat is recognised.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from indicators.spec import local_time
from ioc.model import Kind, Placing, Slots, Status
from ioc.notify.numbers import duration
from ioc.notify.render.clean import clean, cut
from ioc.notify.render.wider import SILENT, WIDER, breach, recovery, written
from ioc.notify.render.words import SHORT_ANSWERED, SHORT_BREACH, SHORT_VERBS, WORDS
from ioc.notify.sentence import limit_word, limits, quantity, tag

GSM = 160
GSM_PART = 153
UCS2 = 70
UCS2_PART = 67
ACCENTED_PARTS = 2
TWO_SEPTETS = frozenset("^{}[]~\\|")
PLAIN = {
    "đ": "d",
    "Đ": "D",
    "°": "",
    "µ": "u",
    "²": "2",
    "³": "3",
    "‰": "0/00",
    "–": "-",
    "—": "-",
    "…": "..",
    "×": "x",
    "≥": ">=",
    "≤": "<=",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "`": "'",
}
SHORTER = {
    "vi": (
        ("Hội đồng nhân dân", "HĐND"),
        ("Ủy ban nhân dân", "UBND"),
        ("phòng cháy, chữa cháy", "PCCC"),
        ("trên 100.000 dân", "/100.000 dân"),
        ("thị trấn", "TT"),
        ("thành phố", "TP"),
    ),
    "en": (("per 100,000 inhabitants", "/100,000"), ("Province", "Prov."), ("District", "Dist.")),
}


class Length(NamedTuple):
    """How a text travels: `gsm` or `ucs2`, its units, and how many parts are paid for."""

    encoding: str
    units: int
    parts: int


def length(text: str) -> Length:
    """Count the parts of a text message."""
    if text.isascii() and "`" not in text:
        units = len(text) + sum(sign in TWO_SEPTETS for sign in text)
        return Length("gsm", units, 1 if units <= GSM else -(-units // GSM_PART))
    units = len(text.encode("utf-16-le")) // 2
    return Length("ucs2", units, 1 if units <= UCS2 else -(-units // UCS2_PART))


def unaccent(text: str) -> str:
    """The text in plain ASCII: "Độ mặn" becomes "Do man"; a sign without a counterpart becomes "?"."""
    spelled = "".join(PLAIN.get(sign, sign) for sign in clean(text))
    bare = (sign for sign in unicodedata.normalize("NFD", spelled) if not unicodedata.combining(sign))
    return "".join(sign if sign.isascii() else "?" for sign in bare)


def sms(said: Slots, *, accented: bool = False) -> str:
    """The message; unaccented it is at most 160 septets long."""
    spell: Callable[[str], str] = clean if accented else unaccent
    parts = ACCENTED_PARTS if accented else 1
    for name, place in ((said.name, said.place), _tightened(said)):
        text = spell(_line(said, name, place))
        if length(text).parts <= parts:
            return text
    return _clip(said, spell, parts)


def fitted(text: str, *, accented: bool = False, parts: int = 3) -> str:
    """Any other text, cut to so many parts."""
    plain = clean(text) if accented else unaccent(text)
    room = parts * (UCS2_PART if accented else GSM_PART)
    while length(plain).parts > parts:
        plain = cut(plain, room, "..")
        room -= 1
    return plain


def _clip(said: Slots, spell: Callable[[str], str], parts: int) -> str:
    """Only the indicator's name gives way; figures, unit, place, time and incident stay whole."""
    name, place = _tightened(said)
    room = len(name)
    while length(text := spell(_line(said, cut(name, room, ".."), place))).parts > parts and room > 0:
        room -= 1
    return text


def _tightened(said: Slots) -> tuple[str, str]:
    name, place = said.name, said.place
    for long, short in SHORTER[said.lang]:
        pattern = re.compile(re.escape(long), re.IGNORECASE)
        name, place = pattern.sub(short, name), pattern.sub(short, place)
    return name, place


def _line(said: Slots, name: str, place: str) -> str:
    return f"{tag(said)}: {name} {WORDS[said.lang]['at']} {place} {_news(said)} ({said.mark})"


def _news(said: Slots) -> str:
    words = WORDS[said.lang]
    lasted = duration(said.at - said.since, said.lang)
    is_over = said.status is Status.RESOLVED
    if is_over and (said.reason or said.kind in WIDER):
        return f"{recovery(said, written(said))} {words['lasted']} {lasted}"
    if said.kind in SILENT:
        if is_over:
            return f"{words['heard-short']} {words['lasted']} {lasted}"
        silent = words["silent" if said.kind is Kind.NO_DATA else "all-silent"]
        return f"{silent} {words['since']} {_when(said)}"
    if said.kind in WIDER:
        return f"{breach(said, written(said), is_short=True)} {words['since']} {_when(said)}".lstrip()
    if is_over:
        return f"{words['now']} {quantity(said)}, {words[limit_word(said)]} {limits(said)}, {words['lasted']} {lasted}"
    verb = SHORT_VERBS[said.lang].get(said.state, words["is"])
    is_answer = said.placing is Placing.YES_NO
    crossed = SHORT_ANSWERED[said.lang] if is_answer else SHORT_BREACH[said.lang][said.kind]
    return f"{verb} {quantity(said)}, {crossed} {limits(said)} {words['since']} {_when(said)}"


def _when(said: Slots) -> str:
    since, at = local_time(said.since), local_time(said.at)
    return f"{since:%H:%M} {since:%d/%m}" if since.year == at.year else f"{since:%H:%M} {since:%d/%m/%Y}"
