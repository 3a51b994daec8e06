"""The page of one indicator at one place: where it stands, its course with limits, other places, and the documents."""

from collections.abc import Iterable
from itertools import groupby

from dashboards import columns, panels, style
from dashboards.bounds import Bounds, Step, steps, title
from dashboards.centre import Centre, one_of
from dashboards.influxql import PICKED_INDICATOR, PICKED_SITE, both, course, long_course, newest, table
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
NAMED_BY_PLACE: Json = {"id": "displayName", "value": PLACE}


def indicator(centre: Centre, words: Words, bounds: Bounds) -> Page:
    """One page for all indicators of a centre; what differs by indicator stands in overrides."""
    names = {one.indicator.id: title(words, one) for one in sorted(centre.series, key=_by_indicator)}
    across = both(one_of("site", (place.id for place in centre.places)), PICKED_INDICATOR)
    lines = _limit_lines(centre, bounds)
    year_ago = panels.timeseries(words("last_year"), [panels.curves(course(HERE, "indicator"), alias=PLACE)])
    years = panels.timeseries(words("two_years"), [panels.curves(long_course(HERE, "indicator"), alias=PLACE)])
    trend = panels.curves(course(HERE, "site", "indicator"), alias="$tag_site|$tag_indicator")
    placed: list[Placed] = [
        (_now(centre, words, bounds), 24, 4),
        (panels.timeseries(f"{NAME} – {PLACE}: {words('course')}", [trend], lines), 24, 11),
        (_across(centre, words, across), 12, 9),
        (year_ago | {"timeShift": "1y"}, 12, 9),
        (years, 12, 9),
        (_newest(words), 12, 9),
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
        ],
        links=[
            link(words("overview"), uid(centre.site.id, "overview")),
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


def _limit_lines(centre: Centre, bounds: Bounds) -> list[Json]:
    """Thresholds for the curve named `site|indicator`: one rule where all places agree, else one for each place."""
    found: list[Json] = []
    for name, group in groupby(sorted(centre.series, key=_by_indicator), _by_indicator):
        rows = list(group)
        lines = {one.site.id: steps(bounds.limits(one)) for one in rows}
        if len(set(lines.values())) == 1 and lines[rows[0].site.id]:
            found.append(_line("byRegexp", f"/\\|{name}$/", lines[rows[0].site.id]))
            continue
        found += [_line("byName", f"{site}|{name}", edges) for site, edges in lines.items() if edges]
    return [*found, {"matcher": {"id": "byFrameRefID", "options": "A"}, "properties": [NAMED_BY_PLACE]}]


def _line(matcher: str, options: str, edges: tuple[Step, ...]) -> Json:
    thresholds = {"id": "thresholds", "value": style.judged(edges)}
    dashed = {"id": "custom.thresholdsStyle", "value": {"mode": "dashed"}}
    return {"matcher": {"id": matcher, "options": options}, "properties": [thresholds, dashed]}


def _by_indicator(one: Series) -> str:
    return one.indicator.id
