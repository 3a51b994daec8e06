"""The summary of a set of series as one tile: worst severity in words, how many at each, and plan against actual."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dashboards import panels, style
from dashboards.centre import one_of
from dashboards.counting import PLACES, met, tally
from dashboards.influxql import Aim, both
from dashboards.style import Json, override
from dashboards.words import Words
from indicators.spec import Series
from ioc.model import Severity

WORST = {Severity.INFO: PLACES["info"], Severity.WARNING: PLACES["warning"], Severity.CRITICAL: PLACES["critical"]}
"""From which packed count on a severity is the worst."""


class Subject(NamedTuple):
    """What a tile tells about: `where` and the sites of `series` pick what is counted, `planned` has targets."""

    name: str
    where: str
    series: Sequence[Series]
    planned: Mapping[Aim, Sequence[Series]]


def tile(words: Words, subject: Subject, link: str = "", *, stacked: bool = True) -> Json:
    """Two questions at most; one where nothing is planned. `link` is the page it leads to."""
    sites = one_of("site", (one.site.id for one in subject.series))
    targets = [panels.rows(tally(both(sites, subject.where), subject.series))]
    overrides = figures(words, " " if stacked else words("worst"))
    if subject.planned:
        rows = [one for group in subject.planned.values() for one in group]
        targets.append(panels.rows(met(one_of("site", (one.site.id for one in rows)), subject.planned), "B"))
        overrides.append(override("met", {"displayName": f"{words('plan_word')} {words('met_of')} {len(rows)}"}))
    panel = panels.stat(subject.name, targets, overrides, nothing=words("nothing"), stacked=stacked)
    if link:
        panel["links"] = [{"title": subject.name, "url": f"/d/{link}", "targetBlank": False}]
    return panel


def figures(words: Words, worst_name: str) -> list[Json]:
    """How the columns of a tally look; `info` shows in the worst severity alone."""
    colours = {
        "critical": style.COLOURS[Severity.CRITICAL],
        "warning": style.COLOURS[Severity.WARNING],
        "stale": style.STALE,
    }
    worst = {"displayName": worst_name, "mappings": style.worst(words, WORST)}
    counted = [
        override(name, {"displayName": words(name), "thresholds": style.alarm(colour)})
        for name, colour in colours.items()
    ]
    calm = override("ok", {"displayName": words("ok"), "thresholds": style.thresholds((None, style.GROUND))})
    return [override("worst", worst), *counted, calm]
