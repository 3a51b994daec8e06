"""Renderings for messengers and walls."""

from html import escape

from ioc.model import Kind, Slots, Status
from ioc.notify.numbers import duration
from ioc.notify.render.clean import clean, cut
from ioc.notify.render.wider import SILENT, WIDER, breach, recovery, written
from ioc.notify.render.words import SHORT_VERBS, WORDS
from ioc.notify.sentence import limit_word, limits, quantity, since, tag, tell

TELEGRAM_LENGTH = 4096
NO_MENTION = str.maketrans({"@": "＠"})
"""A messenger turns @name into a call to somebody; the full-width sign reads the same and calls nobody."""


def telegram(said: Slots) -> str:
    """The sentence in Telegram's HTML: first word and place in bold, everything escaped."""
    first = tag(said)
    rest = _escaped(tell(said).removeprefix(first))
    place = _escaped(said.place)
    return f"<b>{_escaped(first)}</b>{rest.replace(place, f'<b>{place}</b>', 1)} <code>{_escaped(said.mark)}</code>"


def telegram_text(text: str) -> str:
    """Any other text, escaped and cut to what Telegram takes."""
    return _escaped(cut(clean(text), TELEGRAM_LENGTH // 2))


def plain(text: str) -> str:
    """A text for messengers without markup, calling nobody."""
    return clean(text).translate(NO_MENTION)


def ticker(said: Slots) -> str:
    """One line for the foot of a wall."""
    words = WORDS[said.lang]
    is_over = said.status is Status.RESOLVED
    time = f"{words['lasted']} {duration(said.at - said.since, said.lang)}" if is_over else since(said)
    return " · ".join((tag(said), said.place, f"{said.name} {_news(said)}".rstrip(), time))


def _news(said: Slots) -> str:
    words = WORDS[said.lang]
    is_over = said.status is Status.RESOLVED
    if is_over and (said.reason or said.kind in WIDER):
        return recovery(said, written(said)).removesuffix(",")
    if said.kind in SILENT:
        silent = words["silent" if said.kind is Kind.NO_DATA else "all-silent"]
        return words["heard-short"] if is_over else silent
    if said.kind in WIDER:
        return breach(said, written(said), is_short=True)
    verb = SHORT_VERBS[said.lang].get(said.state)
    word = words[limit_word(said)]
    return f"{verb} {quantity(said)} ({word} {limits(said)})" if verb else f"{quantity(said)} ({word} {limits(said)})"


def _escaped(text: str) -> str:
    return escape(text, quote=False).translate(NO_MENTION)
