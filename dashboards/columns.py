"""The columns that the tables of all dashboards share. Each answers one override."""

from collections.abc import Iterable, Mapping, Sequence

from dashboards import style
from dashboards.bounds import Bounds, title
from dashboards.style import Json, override
from dashboards.words import Words
from indicators.spec import Series, Site

NOTHING = "–"
HIDDEN = ("key", "spot")
"""Copies of indicator and site that stay ids: links need them."""


def hidden() -> list[Json]:
    """The copies nobody sees."""
    return [override(name, {"custom.hidden": True}) for name in HIDDEN]


def name(words: Words, series: Iterable[Series], page: str, width: int = 420) -> Json:
    """The indicator by its name and unit, leading to its page for the row's site."""
    names = {one.indicator.id: title(words, one) for one in sorted(series, key=lambda one: one.indicator.id)}
    target = f"/d/{page}?var-site=${{__data.fields.spot}}&var-indicator=${{__data.fields.key}}&${{__url_time_range}}"
    return override(
        "indicator",
        {
            "displayName": words("name"),
            "mappings": style.texts(names),
            "custom.width": width,
            "custom.cellOptions": {"type": "auto", "wrapText": True},
            "links": [{"title": words("indicator"), "url": target, "targetBlank": False}],
        },
    )


def place(words: Words, sites: Iterable[Site]) -> Json:
    """The site by its name."""
    names = {site.id: words.name(site) for site in sites}
    return override("site", {"displayName": words("site"), "mappings": style.texts(names), "custom.width": 180})


def severity(words: Words, width: int = 150) -> Json:
    """Shape, word and colour; no colour where all is well."""
    return override(
        "severity",
        {
            "displayName": words("severity"),
            "mappings": style.severities(words),
            "custom.cellOptions": {"type": "color-background", "mode": "basic"},
            "custom.align": "center",
            "custom.width": width,
        },
    )


def status(words: Words) -> Json:
    """Where an alert stands."""
    said = {"1": words("is_pending"), "2": words("is_firing"), "3": words("is_resolved")}
    return override("status", {"displayName": words("status"), "mappings": style.texts(said), "custom.width": 160})


def value(words: Words, width: int = 140) -> Json:
    """The number, in the reader's notation."""
    shown = {"displayName": words("value"), "custom.align": "right", "custom.width": width, "noValue": NOTHING}
    return override("value", shown)


def state(words: Words) -> Json:
    """How mature the number is."""
    return override("state", {"displayName": words("state"), "mappings": style.states(words), "custom.width": 120})


def age(words: Words) -> Json:
    """How long ago the value was measured."""
    return override("Time", {"displayName": words("age"), "unit": style.AGE, "custom.width": 150})


def limit(words: Words, said: Mapping[str, str], column: str = "limit") -> Json:
    """What the number is judged by, in words; `said` by whatever id the column carries."""
    known = {key: text for key, text in said.items() if text}
    return override(column, {"displayName": words("limit"), "mappings": style.texts(known, NOTHING)})


def limits(bounds: Bounds, series: Sequence[Series]) -> dict[str, str]:
    """The limits by indicator, place by place where places differ."""
    found: dict[str, list[Series]] = {}
    for one in series:
        found.setdefault(one.indicator.id, []).append(one)
    return {indicator: bounds.by_place(rows) for indicator, rows in sorted(found.items())}
