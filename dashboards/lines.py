"""How a curve looks among its limits and its target: the steps, their words, and what is marked beside them."""

from dashboards import alert_log, panels, style
from dashboards.influxql import EDITION_IN_FORCE, POLICIES, ROLLUPS, course_and_bounds, revisions
from dashboards.style import Json, override
from dashboards.words import Words
from indicators.course import TARGET
from ioc.model import Severity

ALIAS = "[$tag_line]"
CURVE = "[]"
"""What Grafana calls the curve itself, which has no `line`."""
EDGES = ("above", "below", "outside-low", "outside-high")
DASHES = {Severity.INFO: [2, 6], Severity.WARNING: [10, 6], Severity.CRITICAL: [20, 4]}
"""The graver, the more solid, so that lines can be told apart without colour."""


def course(words: Words, title: str, where: str, name: str) -> Json:
    """One question: the curve over the time range with the steps of its limits and target."""
    target = panels.curves(course_and_bounds(where), alias=ALIAS)
    curve = override(CURVE, {"displayName": name, "color": _fixed(style.INK), "custom.lineWidth": 3})
    return panels.timeseries(title, [target], [curve, *steps(words)])


def steps(words: Words) -> list[Json]:
    """Each possible limit as a dashed step in its severity's colour with sign and word, and the target."""
    found = []
    for severity, dashes in DASHES.items():
        word = words(f"limit_{severity.name.lower()}")
        for edge in EDGES:
            name = f"[{severity.name.lower()}-{edge}]"
            found.append(override(name, _step(f"{word} {words(f'edge_{edge}')}", style.LINES[severity], dashes)))
    return [*found, override(f"[{TARGET}]", _step(words("plan_line"), style.PLAN, [1, 8]))]


def edition() -> Json:
    """The hidden variable that tells which edition of the limits is in force, asked again whenever the wall is."""
    return _asked("edition", EDITION_IN_FORCE, "0")


def policies() -> list[Json]:
    """Hidden variables, each the name of a policy of roll-ups, or empty where the database has none of that name."""
    return [_asked(name, POLICIES, name, f"/^{name}$/") for name in dict.fromkeys(ROLLUPS.values())]


def _asked(name: str, query: str, before: str, pattern: str = "") -> Json:
    """A hidden variable; `before` is its value until the database answers, `pattern` picks from the answer."""
    return {
        "type": "query",
        "name": name,
        "datasource": panels.INFLUX,
        "query": query,
        "definition": query,
        "refresh": 2,
        "sort": 0,
        "regex": pattern,
        "current": {"text": before, "value": before},
        "options": [],
        "multi": False,
        "includeAll": False,
        "hide": 2,
        "skipUrlSync": True,
    }


def alerts(words: Words, where: str) -> Json:
    """The annotation: the sentence of every alert that began or ended."""
    return _annotation(words("marked"), alert_log.marks(where), "text", style.COLOURS[Severity.CRITICAL])


def corrected(words: Words, where: str) -> Json:
    """The annotation: values that were corrected after they had come."""
    return _annotation(words("revised"), revisions(where), "value", style.COLOURS[Severity.INFO])


def _annotation(name: str, query: str, text: str, colour: str) -> Json:
    return {
        "name": name,
        "datasource": panels.INFLUX,
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "query": query,
        "rawQuery": True,
        "textColumn": text,
        "tagsColumn": "",
        "titleColumn": "",
        "timeEndColumn": "",
    }


def _step(name: str, colour: str, dashes: list[int]) -> Json:
    return {
        "displayName": name,
        "color": _fixed(colour),
        "custom.lineInterpolation": "stepAfter",
        "custom.lineStyle": {"fill": "dash", "dash": dashes},
        "custom.showPoints": "never",
        "custom.spanNulls": False,
    }


def _fixed(colour: str) -> Json:
    return {"mode": "fixed", "fixedColor": colour}
