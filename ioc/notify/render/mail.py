"""The email rendering: the sentence as text, and the same slots as a small table in HTML."""

from html import escape

from ioc.model import Kind, Severity, Slots, Status
from ioc.notify.numbers import clock_time, placed
from ioc.notify.render.wider import SILENT, WIDER, has_unit, limit_of, value_of
from ioc.notify.render.words import SHORT_VERBS, WORDS
from ioc.notify.sentence import bounds, quantity, tag, tell

COLOURS = {Severity.INFO: "#2f6f9f", Severity.WARNING: "#b7791f", Severity.CRITICAL: "#b3261e"}
OVER = "#2e7d32"
PAGE = "font-family:sans-serif;font-size:15px;color:#1a1a1a"
CELL = "padding:4px 12px 4px 0;vertical-align:top"


def text(said: Slots) -> str:
    """The sentence and the name of the incident."""
    return f"{tell(said)} [{said.mark}]"


def html(said: Slots) -> str:
    """The same as a page that any mail program shows; everything that is not ours is escaped."""
    colour = OVER if said.status is Status.RESOLVED else COLOURS.get(said.severity, COLOURS[Severity.INFO])
    rows = "".join(
        f'<tr><td style="{CELL};color:#555">{escape(label)}</td><td style="{CELL}">{escape(content)}</td></tr>\n'
        for label, content in _rows(said)
    )
    return (
        f'<!doctype html>\n<html lang="{said.lang}"><body style="{PAGE}">\n'
        f'<p style="border-left:6px solid {colour};padding-left:12px">'
        f'<strong style="color:{colour}">{escape(tag(said))}</strong>'
        f"{escape(tell(said).removeprefix(tag(said)))}</p>\n"
        f'<table style="border-collapse:collapse">\n{rows}</table>\n</body></html>\n'
    )


def _rows(said: Slots) -> list[tuple[str, str]]:
    words = WORDS[said.lang]
    reason = [(words["basis-label"], said.basis or words["assumption"])]
    silent = said.kind in SILENT
    return [
        (words["place"], said.place),
        (words["indicator"], said.name),
        *([] if silent or said.kind is Kind.COMBINATION else _figures(said)),
        (words["since-label"], clock_time(said.since, said.lang)),
        *([] if silent else reason),
        (words["mark"], said.mark),
    ]


def _figures(said: Slots) -> list[tuple[str, str]]:
    words = WORDS[said.lang]
    maturity = SHORT_VERBS[said.lang].get(said.state)
    if said.kind in WIDER:
        value = placed(value_of(said), said.unit, said.placing) if has_unit(said) else value_of(said)
        limit = placed(limit_of(said), said.unit, said.placing) if said.kind is Kind.GAP else limit_of(said)
    else:
        value, limit = quantity(said), bounds(said)
    return [(words["value"], f"{maturity} {value}" if maturity else value), (words["limit-label"], limit)]
