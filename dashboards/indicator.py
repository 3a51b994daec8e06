"""The page of one indicator at one place: where it stands, its course with limits, other places, and the documents."""

from collections.abc import Iterable
from itertools import groupby

from dashboards import columns, lines, panels
from dashboards.bounds import Bounds, title
from dashboards.centre import Centre, one_of
from dashboards.influxql import PICKED_INDICATOR, PICKED_SITE, ROLLUPS, both, course, newest, rollups, table
from dashboards.page import Page, Placed, choice, link, links, uid
from dashboards.style import Json, override
from dashboards.words import Words
from indicators.spec import Series

NEWEST = 50
COPIES = {"site": "site", "basis": "indicator"}
ORDER = ("severity", "site", "value", "Time", "state", "basis")
HERE = both(PICKED_SITE, PICKED_INDICATOR)
NAME = "${indicator:text}"
PLACE = "${site:text}"


def indicator(centre: Centre, words: Words, bounds: Bounds) -> Page:
    """One page for all indicators of a centre; what differs by indicator stands in overrides."""
    names = {one.indicator.id: title(words, one) for one in sorted(centre.series, key=_by_indicator)}
    across = both(one_of("site", (place.id for place in centre.places)), PICKED_INDICATOR)
    year_ago = panels.timeseries(words("last_year"), [panels.curves(course(HERE, "indicator"), alias=PLACE)])
    placed: list[Placed] = [
        (_now(centre, words, bounds), 24, 4),
        (lines.course(words, f"{NAME} – {PLACE}: {words('course')}", HERE, words("this_year")), 12, 11),
        (year_ago | {"timeShift": "1y"}, 12, 11),
        (_across(centre, words, across), 12, 9),
        (_rollups(words), 12, 9),
        (_newest(words), 24, 9),
    ]
    return Page(
        uid=uid(centre.site.id, "indicator"),
        folder=centre.site.id,
        title=f"{words.name(centre.site)} – {words('indicator')}",
        kind="indicator",
        panels=placed,
        refresh="5m",
        since="30d",
        variables=[
            choice("site", words("site"), {place.id: words.name(place) for place in centre.places}),
            choice("indicator", words("name"), names),
            lines.edition(),
            *lines.policies(),
        ],
        annotations=[lines.alerts(words, HERE), lines.corrected(words, HERE)],
        links=[
            link(words("overview"), uid(centre.site.id, "overview")),
            link(words("alerts"), uid(centre.site.id, "alerts")),
            links(words("walls"), (centre.site.id, "wall")),
        ],
    )


def _now(centre: Centre, words: Words, bounds: Bounds) -> Json:
    said = {}
    for name, rows in groupby(sorted(centre.series, key=_by_indicator), _by_indicator):
        said[name] = _documents(list(rows), bounds)
    overrides = [
        columns.place(words, centre.places),
        columns.value(words),
        columns.severity(words),
        columns.state(words),
        columns.age(words),
        columns.limit(words, said, "basis"),
        override("basis", {"displayName": words("basis"), "custom.cellOptions": {"type": "auto", "wrapText": True}}),
    ]
    target = panels.rows(table(HERE, COPIES))
    return panels.table(f"{NAME} – {PLACE}", [target], overrides, order=ORDER, nothing=words("nothing"))


def _documents(rows: Iterable[Series], bounds: Bounds) -> str:
    said = dict.fromkeys(text for one in rows if (text := bounds.basis(one)))
    return "  |  ".join(said)


def _across(centre: Centre, words: Words, where: str) -> Json:
    names = [override(place.id, {"displayName": words.name(place)}) for place in centre.places]
    target = panels.curves(course(where, "site"), alias="$tag_site")
    return panels.timeseries(f"{NAME}: {words('across')}", [target], names)


def _newest(words: Words) -> Json:
    overrides = [
        override("Time", {"displayName": words("age")}),
        columns.value(words),
        columns.severity(words),
        columns.state(words),
    ]
    order = ("Time", "value", "severity", "state")
    return panels.table(words("newest"), [panels.rows(newest(HERE, NEWEST))], overrides, order=order)


def _rollups(words: Words) -> Json:
    """Each value as long as the period it speaks for."""
    step: Json = {"custom.lineInterpolation": "stepAfter", "custom.showPoints": "auto"}
    names = [override(name, {"displayName": words(f"of_{name.removeprefix('sample_')}"), **step}) for name in ROLLUPS]
    panel = panels.timeseries(f"{NAME}: {words('rollups')}", [panels.curves(rollups(HERE), alias="$m")], names)
    return panel | {"timeFrom": "2y"}


def _by_indicator(one: Series) -> str:
    return one.indicator.id
