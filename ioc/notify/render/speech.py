"""The spoken rendering, for a telephone voice or a loudspeaker: no figure, no symbol, no incident name."""

from datetime import date

from indicators.spec import local_time
from ioc.model import DAY, HOUR, MINUTE, Kind, Micros, Placing, Slots, Status
from ioc.notify.numbers import placed
from ioc.notify.render.spoken import cardinal, spell, spell_within
from ioc.notify.render.wider import SILENT, WIDER, Voice, breach, recovery
from ioc.notify.render.words import VERBS, WORDS
from ioc.notify.sentence import crossing, suffix, tag

MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
LENGTHS = {"vi": ("ngày", "giờ", "phút"), "en": ("days", "hours", "minutes")}


def speech(said: Slots) -> str:
    """The sentence as it is read out."""
    words = WORDS[said.lang]
    first, place = spell_within(tag(said), said.lang).capitalize(), said.place.replace("(", ", ").replace(")", "")
    subject = f"{first}. {said.name} {words['at']} {place}"
    subject = " ".join(subject.split()).replace(" ,", ",")
    if said.status is Status.RESOLVED:
        return f"{subject} {_recovery(said)}."
    since = f"{words['since']} {_time(said.since, said.at, said.lang)}"
    if said.kind in SILENT:
        return f"{subject} {words['silent' if said.kind is Kind.NO_DATA else 'all-silent']}, {since}."
    if said.kind in WIDER:
        clause = breach(said, _voice(said)).removesuffix(",")
        return f"{subject} {clause}, {since}." if clause else f"{subject}, {since}."
    verb = VERBS[said.lang].get(said.state, words["is"])
    news = f"{verb} {_quantity(said)}, {crossing(said)} {_bounds(said)}"
    return f"{subject} {news}, {since}."


def _recovery(said: Slots) -> str:
    words = WORDS[said.lang]
    lasted = _length(said.at - said.since, said.lang)
    if said.reason or said.kind in WIDER:
        return f"{recovery(said, _voice(said))} {words['lasted']} {lasted}"
    if said.kind in SILENT:
        return f"{words['heard']} {lasted}"
    back = words[f"back{suffix(said)}"]
    return f"{back} {_bounds(said)}, {words['now']} {_quantity(said)}, {words['lasted']} {lasted}"


def _voice(said: Slots) -> Voice:
    return Voice(
        amount=lambda figure: _placed(spell(figure, said.lang), said),
        figure=lambda figure: spell(figure, said.lang),
        length=lambda length: _length(length, said.lang),
        day=lambda day: _day(day, said.lang),
    )


def _day(day: str, lang: str) -> str:
    if not day:
        return "?"
    found = date.fromisoformat(day)
    number, year = cardinal(found.day, lang), cardinal(found.year, lang)
    if lang == "en":
        return f"{MONTHS[found.month - 1]} {number} {year}"
    return f"ngày {number} tháng {_month(found.month)} năm {year}"


def _month(month: int) -> str:
    return "tư" if month == 4 else cardinal(month, "vi")  # noqa: PLR2004 - April is "tháng tư"


def _quantity(said: Slots) -> str:
    return _placed(spell(said.value, said.lang), said)


def _bounds(said: Slots) -> str:
    lower = spell(said.lower, said.lang)
    if said.kind is not Kind.OUTSIDE or not said.upper:
        return _placed(lower, said)
    return _placed(f"{lower} {WORDS[said.lang]['to']} {spell(said.upper, said.lang)}", said)


def _placed(figure: str, said: Slots) -> str:
    """Aloud, a percentage has a pause before its unit like any other."""
    placing = Placing.AFTER if said.placing is Placing.JOINED else said.placing
    return placed(figure, spell_within(said.unit_words, said.lang), placing)


def _time(since: Micros, at: Micros, lang: str) -> str:
    """Hour, minute and day; the year only where it is another one than now."""
    local = local_time(since)
    other_year = local.year != local_time(at).year
    hour, minute, day = (cardinal(n, lang) for n in (local.hour, local.minute, local.day))
    if lang == "en":
        year = f" {cardinal(local.year, lang)}" if other_year else ""
        return f"{hour} hours {minute} minutes on {MONTHS[local.month - 1]} {day}{year}"
    month = _month(local.month)
    year = f" năm {cardinal(local.year, lang)}" if other_year else ""
    return f"{hour} giờ {minute} phút ngày {day} tháng {month}{year}"


def _length(length: Micros, lang: str) -> str:
    parts = []
    rest = max(0, length)
    for size, word in zip((DAY, HOUR, MINUTE), LENGTHS[lang], strict=True):
        count, rest = divmod(rest, size)
        if count:
            singular = word.removesuffix("s") if count == 1 and lang == "en" else word
            parts.append(f"{cardinal(count, lang)} {singular}")
    less = "chưa đầy một phút" if lang == "vi" else "less than one minute"
    return " ".join(parts[:2]) or less
