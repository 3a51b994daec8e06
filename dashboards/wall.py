"""The wall of one field in one centre: every indicator with its number, limits, age and small curve, one in full.

Four questions, whatever the number of indicators: the tally, the rows (stations included), the small curves, and the
course of the one that is picked.
"""

from collections.abc import Sequence

from dashboards import columns, lines, panels, style
from dashboards.bounds import Bounds, title
from dashboards.centre import Board, Centre, one_of
from dashboards.influxql import PICKED_INDICATOR, PICKED_SITE, both, numbered, table, trends
from dashboards.page import Page, Placed, choice, link, links, refresh, uid
from dashboards.style import Json, override
from dashboards.tiles import Subject, tile
from dashboards.words import Words
from indicators.spec import Series

COPIES = {"indicator": "indicator", "limit": "indicator", "key": "indicator", "spot": "site"}
ORDER = ("severity", "indicator", "value", "limit", "Trend #B", "Time", "state", *columns.HIDDEN)
STATION_COPIES = {"indicator": "indicator", "site": "site", "key": "indicator", "spot": "site"}
STATION_ORDER = ("severity", "site", "indicator", "value", "group", "Time", "state", *columns.HIDDEN)
ROWS_ON_A_SCREEN = 22
TABLE_ID = 2
HERE = both(PICKED_SITE, PICKED_INDICATOR)


def wall(centre: Centre, board: Board, words: Words, bounds: Bounds) -> Page:
    """One board of a centre."""
    everything = (*board.own, *board.stations)
    height = min(ROWS_ON_A_SCREEN, len(board.own) + 3)
    course = lines.course(words, f"${{indicator:text}} – ${{site:text}}: {words('course')}", HERE, words("value"))
    placed: list[Placed] = [
        (tile(words, Subject(words("summary"), board.where, everything, {}), stacked=False), 24, 4),
        (_table(centre, board, words, bounds), 24, height),
    ]
    if board.stations:
        placed.append((_stations(centre, board.stations, words, bounds), 24, min(14, len(board.stations) + 3)))
    placed += [(course, 24, 9), (panels.text(words("legend")), 24, 2)]
    sites = {site.id: words.name(site) for site in board.sites}
    return Page(
        uid=uid(centre.site.id, board.field.id),
        folder=centre.site.id,
        title=f"{words.name(centre.site)} – {words.name(board.field)}",
        kind="wall",
        panels=placed,
        refresh=refresh(one.indicator.due_every for one in everything),
        since="24h",
        variables=[
            choice("site", words("site"), sites),
            choice("indicator", words("name"), _names(board, words, bounds)),
            lines.edition(),
        ],
        annotations=[lines.alerts(words, HERE)],
        links=[
            link(words("overview"), uid(centre.site.id, "overview")),
            link(words("alerts"), uid(centre.site.id, "alerts")),
            link(words("plan"), uid(centre.site.id, "plan")),
            links(words("walls"), (centre.site.id, "wall")),
        ],
    )


def _names(board: Board, words: Words, bounds: Bounds) -> dict[str, str]:
    """Judged ones first, since the first is shown when the wall is opened."""
    ranked = sorted(board.own, key=lambda one: (not bounds.limits(one), one.indicator.due_every, one.indicator.id))
    return {one.indicator.id: title(words, one) for one in ranked}


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
    rows = table(where, COPIES)
    if board.stations:
        copies = COPIES | STATION_COPIES
        rows = numbered(one_of("site", _places(board.stations)), _groups(board.stations, bounds), copies, where)
    targets = [panels.rows(rows), panels.curves(trends(where, [one.indicator for one in board.own]), "B")]
    hidden = ("group", "site") if board.stations else ()
    panel = panels.table(
        words("table"), targets, overrides, order=ORDER, sort=[(words("severity"), True)], nothing=words("nothing")
    )
    mine: list[Json] = [panels.where("group", "lower", 0)] if board.stations else []
    joined: list[Json] = [
        {"id": "timeSeriesTable", "options": {"B": {"timeField": "Time"}}},
        {"id": "joinByField", "options": {"byField": "indicator", "mode": "outer"}},
    ]
    return panel | {"transformations": [*mine, *joined, panels.arranged(ORDER, hidden)]}


def _stations(centre: Centre, stations: Sequence[Series], words: Words, bounds: Bounds) -> Json:
    """Stations differ in their limits, so rows come numbered by what they are judged by. Asks nothing of its own."""
    said = {str(number): bounds.in_words(group[0]) for number, group in enumerate(_groups(stations, bounds))}
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
    panel = panels.table(
        words("stations"),
        [panels.shared(TABLE_ID)],
        overrides,
        order=STATION_ORDER,
        sort=[(words("severity"), True)],
        nothing=words("nothing"),
    )
    theirs = [panels.only("A"), panels.where("group", "greaterOrEqual", 0)]
    return panel | {"transformations": [*theirs, panels.arranged(STATION_ORDER, ("limit",))]}


def _groups(stations: Sequence[Series], bounds: Bounds) -> list[list[Series]]:
    """Together those that are judged by the same."""
    groups: dict[str, list[Series]] = {}
    for one in stations:
        groups.setdefault(bounds.in_words(one), []).append(one)
    return list(groups.values())


def _places(stations: Sequence[Series]) -> set[str]:
    return {one.site.id for one in stations}
