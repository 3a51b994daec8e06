"""The parameters of an approved Zalo template: named, each within its length. Free text cannot be sent there at all.

Source: Zalo Platforms' documentation of template parameters: a custom label or code has 30 signs, an address or a brand
200, a time 20 as `hh:mm dd/mm/yyyy`.
"""

from collections.abc import Mapping
from typing import Literal

from indicators.spec import local_time
from ioc.model import Kind, Notification, Placing, Slots, Status
from ioc.notify.render.clean import clean, cut
from ioc.notify.render.wider import SILENT, WIDER, has_unit, limit_of, value_of
from ioc.notify.render.words import SEVERITIES, SHORT_VERBS, WORDS
from ioc.notify.sentence import limits, quantity, tag

Parameter = Literal["severity", "indicator", "place", "value", "unit", "limit", "since", "basis", "incident"]
SIZES: Mapping[Parameter, int] = {
    "severity": 30,
    "indicator": 100,
    "place": 80,
    "value": 30,
    "unit": 30,
    "limit": 30,
    "since": 20,
    "basis": 100,
    "incident": 30,
}
WHOLE = frozenset({"value", "unit", "limit", "since", "incident"})
"""A figure that is cut is another figure: these are left out rather than shortened."""
NOTHING = "-"


def parameters(said: Slots, sizes: Mapping[Parameter, int] = SIZES) -> dict[Parameter, str]:
    """The parameters named in `sizes`, none empty (the service refuses empty ones)."""
    found = _all(said)
    return {name: _within(name, found[name], size) for name, size in sizes.items()}


def free(message: Notification, sizes: Mapping[Parameter, int] = SIZES) -> dict[Parameter, str]:
    """A text that is no alert's, such as a reminder, in the words of the template."""
    told = message.transition
    over = told.after is Status.RESOLVED
    found: dict[Parameter, str] = {
        "severity": WORDS[message.lang]["resolved"] if over else SEVERITIES[message.lang][told.severity],
        "indicator": message.text,
        "since": f"{local_time(told.since):%H:%M %d/%m/%Y}",
        "incident": f"{message.incident}/{message.revision}",
    }
    return {name: _within(name, found.get(name, NOTHING), size) for name, size in sizes.items()}


def _all(said: Slots) -> dict[Parameter, str]:
    words = WORDS[said.lang]
    silent = said.kind in SILENT
    plain = not (silent or said.kind in WIDER)
    maturity = SHORT_VERBS[said.lang].get(said.state)
    is_bare = said.placing not in (Placing.AFTER, Placing.JOINED) or not (has_unit(said) or said.kind is Kind.NO_DATA)
    figure = value_of(said) if not plain else quantity(said) if is_bare else said.value
    value = f"{maturity} {figure}" if maturity and not silent else figure
    return {
        "severity": tag(said),
        "indicator": said.name,
        "place": said.place,
        "value": value,
        "unit": NOTHING if is_bare else said.unit,
        "limit": limits(said) if plain else limit_of(said) or NOTHING,
        "since": f"{local_time(said.since):%H:%M %d/%m/%Y}",
        "basis": NOTHING if silent else said.basis or words["assumption"],
        "incident": said.mark,
    }


def _within(name: Parameter, text: str, size: int) -> str:
    text = clean(text)
    if name in WHOLE and len(text) > size:
        return NOTHING
    return cut(text, size) or NOTHING
