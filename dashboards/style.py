"""The house style: grey ground, colour only for what is abnormal, and every severity by colour, shape and word."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from dashboards.bounds import Step
from dashboards.words import Words
from ioc.model import Severity

Json = dict[str, object]

GROUND = "#d3d7d9"
COLOURS = {
    Severity.OK: GROUND,
    Severity.INFO: "#1d5fa6",
    Severity.WARNING: "#f0a800",
    Severity.CRITICAL: "#b3151c",
}
LINES = COLOURS | {Severity.WARNING: "#a86f00"}
"""As thin lines on white, where the yellow of a whole tile would not be seen."""
STALE = "#5b6166"
INK = "#4b565d"
PLAN = "#5a3d8a"

LOCAL_NUMBER = "locale"
AGE = "dateTimeFromNow"
DATE = "time:DD/MM/YYYY"
PERCENT = "percent"
COUNT = "none"
PER_SECOND = "cps"
DURATION = "dthms"
BYTES = "bytes"
UNITS = {LOCAL_NUMBER, AGE, DATE, PERCENT, COUNT, PER_SECOND, DURATION, BYTES}
"""Every unit id in use; Grafana knows them all (`time:` takes a format). Beside them there is `suffix`."""


def suffix(words: str) -> str:
    """A unit of our own words behind the number."""
    return f"suffix: {words}"


def texts(words: Mapping[str, str], otherwise: str | None = None) -> list[Json]:
    """The mapping that shows ids as words; `otherwise` for every other id."""
    mappings: list[Json] = [{"type": "value", "options": {key: {"text": text} for key, text in words.items()}}]
    if otherwise is not None:
        mappings.append({"type": "regex", "options": {"pattern": "/^.*$/", "result": {"text": otherwise}}})
    return mappings


def severities(words: Words, *, calm: str = "transparent") -> list[Json]:
    """Severity codes as shape, word and colour; `calm` is the colour of what is normal."""
    options = {
        str(int(code)): {"text": words(f"is_{code.name.lower()}"), "color": COLOURS[code] if code else calm}
        for code in Severity
    }
    unknown = {"text": words("not_judged"), "color": calm}
    return [
        {"type": "value", "options": options},
        {"type": "special", "options": {"match": "null", "result": unknown}},
    ]


def worst(words: Words, starts: Mapping[Severity, int]) -> list[Json]:
    """The worst severity of a packed count: each severity from its start up to the next."""
    edges = [*starts.items(), (None, None)]
    mappings: list[Json] = [_range(None, edges[0][1], words("is_ok"), GROUND)]
    for (severity, start), (_, end) in pairwise(edges):
        if severity is not None:
            mappings.append(_range(start, end, words(f"is_{severity.name.lower()}"), COLOURS[severity]))
    return mappings


def _range(start: int | None, end: int | None, text: str, colour: str) -> Json:
    last = None if end is None else end - 1
    return {"type": "range", "options": {"from": start, "to": last, "result": {"text": text, "color": colour}}}


def states(words: Words) -> list[Json]:
    """Maturity codes as words."""
    names = ("provisional", "estimate", "preliminary", "official")
    return texts({str(code): words(name) for code, name in enumerate(names)})


def thresholds(*edges: tuple[float | None, str]) -> Json:
    """Colours from each edge upwards; the first edge is None."""
    return {"mode": "absolute", "steps": [{"color": colour, "value": edge} for edge, colour in edges]}


def alarm(colour: str) -> Json:
    """Grey at zero, `colour` from one upwards."""
    return thresholds((None, GROUND), (1, colour))


def judged(steps: Sequence[Step]) -> Json:
    """The steps of a series' limits as thresholds."""
    return thresholds(*((step.start, COLOURS[step.severity]) for step in steps))


def override(field: str, properties: Mapping[str, object]) -> Json:
    """What is special about one column or curve."""
    return {
        "matcher": {"id": "byName", "options": field},
        "properties": [{"id": name, "value": value} for name, value in properties.items()],
    }
