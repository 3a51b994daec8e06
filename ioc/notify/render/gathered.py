"""The renderings of a digest: many alerts in one message, for every channel."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from html import escape

from indicators.spec import local_time
from ioc.model import Item, Micros, Notification, Severity, Status
from ioc.notify.numbers import number
from ioc.notify.render.chat import NO_MENTION
from ioc.notify.render.clean import clean, cut
from ioc.notify.render.mail import COLOURS, OVER, PAGE
from ioc.notify.render.speech import speech as speak
from ioc.notify.render.spoken import cardinal
from ioc.notify.render.words import GRAVITIES, TALLIES, WORDS
from ioc.notify.render.zns import NOTHING, Parameter

NAMED = 3
"""So many fields and places are named in the summary, the largest first."""


def summary(items: Sequence[Item], mark: str, lang: str, places: Iterable[str], fields: Iterable[str]) -> str:
    """One sentence with the counts; `places` and `fields` name those of each item."""
    words = WORDS[lang]
    head = f"{words['digest']} [{mark}]: {_figure(len(items), lang)} {words['alerts']} {span(items)}"
    by_field = f"{words['fields-label']}: {_largest(fields, lang, words['other-fields'])}"
    by_place = f"{words['places-label']}: {_largest(places, lang, words['others'])}"
    return clean(f"{head}: {counts(items, lang)}. {by_field}. {by_place}.")


def headline(items: Sequence[Item], lang: str) -> str:
    """The subject line."""
    words = WORDS[lang]
    return f"[{words['digest']}] {_figure(len(items), lang)} {words['alerts']}, {counts(items, lang)}"


def counts(items: Sequence[Item], lang: str) -> str:
    """How many stand and are over, by severity, and how many were told before: `940 đang diễn ra (nguy cấp 12)`."""
    words = WORDS[lang]
    standing = Counter(item.severity for item in items if item.status is not Status.RESOLVED)
    over, told = len(items) - standing.total(), sum(item.is_repeat for item in items)
    grave = ", ".join(
        TALLIES[lang].format(figure=_figure(n, lang), word=word)
        for severity, word in GRAVITIES[lang].items()
        if (n := standing[severity])
    )
    parts = [f"{_figure(standing.total(), lang)} {words['standing']}" + (f" ({grave})" if grave else "")]
    parts += [f"{_figure(over, lang)} {words['over']}"] if over else []
    parts += [f"{words['of-these']} {_figure(told, lang)} {words['told-before']}"] if told else []
    return ", ".join(parts)


def span(items: Iterable[Item]) -> str:
    """From the first to the last of their times: `08:10–08:20 12/03/2025`."""
    moments = [item.at for item in items]
    first, last = _clock(min(moments)), _clock(max(moments))
    day, end = first.partition(" ")[2], last.partition(" ")[2]
    if first == last:
        return first
    return f"{first.partition(' ')[0]}–{last}" if day == end else f"{first} – {last}"


def text(message: Notification) -> str:
    """The summary and every alert on a line of its own."""
    return "\n".join([clean(message.text), "", *(f"- {clean(item.line)}" for item in message.items)])


def html(message: Notification) -> str:
    """The same as a page; everything that is not ours is escaped."""
    rows = "".join(
        f'<li style="border-left:4px solid {_colour(item)};padding-left:8px;margin:4px 0;list-style:none">'
        f"{escape(clean(item.line))}</li>\n"
        for item in message.items
    )
    return (
        f'<!doctype html>\n<html lang="{message.lang}"><body style="{PAGE}">\n'
        f'<p><strong>{escape(clean(message.text))}</strong></p>\n<ul style="padding:0">\n{rows}</ul>\n</body></html>\n'
    )


def telegram(message: Notification, most: int) -> str:
    """The summary in bold and as many lines as fit, in Telegram's HTML."""
    return _fitted(message, most, lambda line: escape(line, quote=False).translate(NO_MENTION), "<b>{}</b>")


def plain(message: Notification, most: int) -> str:
    """The same without markup, calling nobody."""
    return _fitted(message, most, lambda line: line.translate(NO_MENTION), "{}")


def spoken(message: Notification) -> str:
    """Any message as it is read out."""
    if message.items:
        return speech(message)
    return speak(message.slots) if message.slots else clean(message.text)


def speech(message: Notification) -> str:
    """The counts as they are read out."""
    lang, items = message.lang, message.items
    words = WORDS[lang]
    grave = Counter(item.severity for item in items if item.status is not Status.RESOLVED)
    parts = [
        TALLIES[lang].format(figure=cardinal(n, lang), word=word)
        for severity, word in GRAVITIES[lang].items()
        if (n := grave[severity])
    ]
    over = len(items) - grave.total()
    parts += [f"{cardinal(over, lang)} {words['over']}"] if over else []
    head = f"{words['digest'].capitalize()}. {cardinal(len(items), lang).capitalize()} {words['alerts']}"
    return f"{head}: {', '.join(parts)}."


def parameters(message: Notification, sizes: Iterable[tuple[Parameter, int]]) -> dict[Parameter, str]:
    """The digest in the words of the approved template."""
    lang, items = message.lang, message.items
    words = WORDS[lang]
    found: dict[Parameter, str] = {
        "severity": words["digest"],
        "indicator": f"{_figure(len(items), lang)} {words['alerts']}: {counts(items, lang)}",
        "value": _figure(len(items), lang),
        "unit": words["alerts"],
        "since": f"{local_time(min(item.at for item in items)):%H:%M %d/%m/%Y}",
        "incident": f"{message.incident}/{message.revision}",
    }
    return {name: cut(found.get(name, NOTHING), size) for name, size in sizes}


def _fitted(message: Notification, most: int, spell: Callable[[str], str], head: str) -> str:
    """As many lines as fit, then how many are left out; a line is never cut, nor an escape within it."""
    more = WORDS[message.lang]["more"]
    found = head.format(spell(cut(clean(message.text), most // 4)))
    for shown, item in enumerate(message.items):
        line = f"\n• {spell(clean(item.line))}"
        left = f"\n+ {_figure(len(message.items) - shown, message.lang)} {more}"
        if len(found) + len(line) + len(left) > most:
            return found + left
        found += line
    return found


def _largest(names: Iterable[str], lang: str, others: str) -> str:
    counted = sorted(Counter(names).items(), key=lambda one: (-one[1], one[0]))
    parts = [f"{name} {_figure(n, lang)}" for name, n in counted[:NAMED]]
    rest = len(counted) - NAMED
    return ", ".join([*parts, *([f"+{_figure(rest, lang)} {others}"] if rest > 0 else [])])


def _figure(n: int, lang: str) -> str:
    return number(n, 0, lang)


def _clock(at: Micros) -> str:
    return f"{local_time(at):%H:%M %d/%m/%Y}"


def _colour(item: Item) -> str:
    return OVER if item.status is Status.RESOLVED else COLOURS.get(item.severity, COLOURS[Severity.INFO])
