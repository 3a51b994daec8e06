"""The summary of a set of series as one tile: worst severity in words, then how many at each."""

from collections.abc import Sequence

from dashboards import panels, style
from dashboards.centre import one_of
from dashboards.influxql import both, tally
from dashboards.style import Json, override
from dashboards.words import Words
from indicators.spec import Series
from ioc.model import Severity


def tile(words: Words, name: str, where: str, series: Sequence[Series], link: str = "") -> Json:
    """One question, six figures; `where` and the sites of `series` pick what is counted."""
    sites = one_of("site", (one.site.id for one in series))
    panel = panels.stat(
        name, [panels.rows(tally(both(sites, where), series))], figures(words), nothing=words("nothing")
    )
    if link:
        panel["links"] = [{"title": name, "url": f"/d/{link}", "targetBlank": False}]
    return panel


def figures(words: Words) -> list[Json]:
    """How the columns of a tally look."""
    colours = {
        "critical": style.COLOURS[Severity.CRITICAL],
        "warning": style.COLOURS[Severity.WARNING],
        "info": style.COLOURS[Severity.INFO],
        "stale": style.STALE,
    }
    worst = {"displayName": words("worst"), "mappings": style.severities(words, calm=style.GROUND)}
    counted = [
        override(name, {"displayName": words(name), "thresholds": style.alarm(colour)})
        for name, colour in colours.items()
    ]
    calm = override("ok", {"displayName": words("ok"), "thresholds": style.thresholds((None, style.GROUND))})
    return [override("worst", worst), *counted, calm]
