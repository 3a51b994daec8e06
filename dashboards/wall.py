"""The wall of one field in one centre: every indicator with its number, limits, age and small curve.

Four questions at most, whatever the number of indicators: the tally, the rows, the curves, the stations.
"""

from collections.abc import Sequence

from dashboards import columns, panels, style
from dashboards.bounds import Bounds
from dashboards.centre import Board, Centre, one_of
from dashboards.influxql import PICKED_SITE, both, numbered, table, trends
from dashboards.page import Page, Placed, choice, link, links, refresh, uid
from dashboards.style import Json, override
from dashboards.tiles import tile
from dashboards.words import Words
from indicators.spec import Series

COPIES = {"indicator": "indicator", "limit": "indicator", "key": "indicator", "spot": "site"}
ORDER = ("severity", "indicator", "value", "limit", "Trend #B", "Time", "state", *columns.HIDDEN)
STATION_COPIES = {"indicator": "indicator", "site": "site", "key": "indicator", "spot": "site"}
STATION_ORDER = ("severity", "site", "indicator", "value", "group", "Time", "state", *columns.HIDDEN)
ROWS_ON_A_SCREEN = 22


def wall(centre: Centre, board: Board, words: Words, bounds: Bounds) -> Page:
    """One board of a centre."""
    height = min(ROWS_ON_A_SCREEN, len(board.own) + 3)
    placed: list[Placed] = [
        (tile(words, words("summary"), board.where, board.own), 24, 4),
        (_table(centre, board, words, bounds), 24, height),
    ]
    if board.stations:
        placed.append((_stations(centre, board.stations, words, bounds), 24, min(14, len(board.stations) + 3)))
    placed.append((panels.text(words("legend")), 24, 2))
    sites = {site.id: words.name(site) for site in board.sites}
    return Page(
        uid=uid(centre.site.id, board.field.id),
        folder=centre.site.id,
        title=f"{words.name(centre.site)} – {words.name(board.field)}",
        kind="wall",
        panels=placed,
        refresh=refresh(one.indicator.due_every for one in (*board.own, *board.stations)),
        since="24h",
        variables=[choice("site", words("site"), sites)],
        links=[
            link(words("overview"), uid(centre.site.id, "overview")),
            link(words("plan"), uid(centre.site.id, "plan")),
            links(words("walls"), (centre.site.id, "wall")),
        ],
    )


def _table(centre: Centre, board: Board, words: Words, bounds: Bounds) -> Json:
    where = both(PICKED_SITE, board.where)
    seen = [one for one in centre.series if one.site in board.sites and one.shown_under == board.field.id]
    overrides = [
        columns.name(words, board.own, uid(centre.site.id, "indicator")),
        columns.limit(words, columns.limits(bounds, seen)),
        columns.value(words),
        columns.severity(words),
        columns.state(words),
        columns.age(words),
        override(
            "Trend #B",
            {
                "displayName": words("trend"),
                "custom.cellOptions": {"type": "sparkline", "hideValue": True, "lineWidth": 2, "fillOpacity": 0},
                "color": {"mode": "fixed", "fixedColor": style.INK},
                "custom.width": 260,
            },
        ),
        *columns.hidden(),
    ]
    targets = [
        panels.rows(table(where, COPIES)),
        panels.curves(trends(where, [one.indicator for one in board.own]), "B"),
    ]
    panel = panels.table(
        words("table"), targets, overrides, order=ORDER, sort=[(words("severity"), True)], nothing=words("nothing")
    )
    joined: list[Json] = [
        {"id": "timeSeriesTable", "options": {"B": {"timeField": "Time"}}},
        {"id": "joinByField", "options": {"byField": "indicator", "mode": "outer"}},
    ]
    return panel | {"transformations": [*joined, panels.arranged(ORDER)]}


def _stations(centre: Centre, stations: Sequence[Series], words: Words, bounds: Bounds) -> Json:
    """Stations differ in their limits, so rows come numbered by what they are judged by."""
    groups: dict[str, list[Series]] = {}
    for one in stations:
        groups.setdefault(bounds.in_words(one), []).append(one)
    where = one_of("site", (one.site.id for one in stations))
    said = {str(number): text for number, text in enumerate(groups)}
    overrides = [
        columns.name(words, stations, uid(centre.site.id, "indicator")),
        columns.place(words, (one.site for one in stations)),
        columns.limit(words, said, "group"),
        columns.value(words),
        columns.severity(words),
        columns.state(words),
        columns.age(words),
        *columns.hidden(),
    ]
    target = panels.rows(numbered(where, list(groups.values()), STATION_COPIES))
    return panels.table(
        words("stations"),
        [target],
        overrides,
        order=STATION_ORDER,
        sort=[(words("severity"), True)],
        nothing=words("nothing"),
    )
