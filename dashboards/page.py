"""A dashboard around its panels: identity, place on the grid, variables and links."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dashboards.style import Json
from ioc.model import DAY, HOUR, MINUTE, Micros

SCHEMA = 39
WIDTH = 24
TAG = "ioc"

Placed = tuple[Json, int, int]
"""A panel with its width and height on the grid."""


@dataclass(frozen=True)
class Page:
    """What Grafana calls a dashboard. `folder` is the site id of the centre it belongs to."""

    uid: str
    folder: str
    title: str
    kind: str
    panels: Sequence[Placed]
    refresh: str
    since: str
    variables: Sequence[Json] = ()
    links: Sequence[Json] = field(default=())
    annotations: Sequence[Json] = ()

    def json(self) -> Json:
        """As Grafana reads it."""
        return {
            "uid": self.uid,
            "title": self.title,
            "tags": [TAG, self.folder, self.kind],
            "schemaVersion": SCHEMA,
            "editable": False,
            "graphTooltip": 1,
            "timezone": "Asia/Ho_Chi_Minh",
            "weekStart": "monday",
            "refresh": self.refresh,
            "time": {"from": f"now-{self.since}", "to": "now"},
            "timepicker": {},
            "templating": {"list": list(self.variables)},
            "annotations": {"list": list(self.annotations)},
            "links": list(self.links),
            "panels": placed(self.panels),
        }


def placed(panels: Iterable[Placed]) -> list[Json]:
    """From the left, row by row; every row as high as its highest panel. Ids count from 1."""
    found: list[Json] = []
    x = y = height = 0
    for number, (panel, width, tall) in enumerate(panels, start=1):
        if x + width > WIDTH:
            x, y, height = 0, y + height, 0
        found.append({"id": number, **panel, "gridPos": {"x": x, "y": y, "w": width, "h": tall}})
        x, height = x + width, max(height, tall)
    return found


def choice(name: str, label: str, options: Mapping[str, str]) -> Json:
    """A variable to pick one of `options` (id to words) from; the first is the default."""
    first = next(iter(options))
    listed = ",".join(f"{_escaped(words)} : {value}" for value, words in options.items())
    return {
        "type": "custom",
        "name": name,
        "label": label,
        "query": listed,
        "current": {"text": options[first], "value": first},
        "options": [],
        "multi": False,
        "includeAll": False,
        "hide": 0,
        "skipUrlSync": False,
    }


def _escaped(words: str) -> str:
    return words.replace(",", "\\,")


def link(title: str, uid: str) -> Json:
    """A link to one dashboard."""
    return {"type": "link", "title": title, "url": f"/d/{uid}", "icon": "dashboard", "keepTime": False}


def links(title: str, tags: Sequence[str]) -> Json:
    """A drop-down of all dashboards with these tags."""
    return {"type": "dashboards", "title": title, "tags": list(tags), "asDropdown": True, "icon": "external link"}


def refresh(cadences: Iterable[Micros]) -> str:
    """How often a wall asks again: in step with the fastest indicator on it, at least every hour."""
    fastest = min(cadences, default=DAY)
    if fastest <= 5 * MINUTE:
        return "1m"
    if fastest <= HOUR:
        return "5m"
    return "15m" if fastest <= DAY else "1h"


def uid(site: str, name: str) -> str:
    """The lasting name of a dashboard, at most 40 characters."""
    return f"{site}-{name}"
