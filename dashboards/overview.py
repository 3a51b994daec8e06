"""The overview of a centre: a tile for each field, what is beyond its limits now, and a map. Also for a phone."""

from collections.abc import Sequence

from dashboards import columns, panels, style
from dashboards.bounds import SIGNS, Bounds
from dashboards.centre import Board, Centre, one_of
from dashboards.influxql import both, spots, table, worst_by
from dashboards.page import Page, Placed, link, links, refresh, uid
from dashboards.plan import planned
from dashboards.style import Json, override
from dashboards.tiles import Subject, tile
from dashboards.words import Words
from indicators.spec import Site
from ioc.model import Severity

COPIES = {"indicator": "indicator", "site": "site", "limit": "indicator", "key": "indicator", "spot": "site"}
ORDER = ("severity", "site", "indicator", "value", "limit", "Time", "state", *columns.HIDDEN)
ON_A_PHONE = ("severity", "indicator", "value", "site", "limit", "Time", "state", *columns.HIDDEN)


def overview(centre: Centre, words: Words, bounds: Bounds) -> Page:
    """For a wall: tiles six to a row, so that two rows of them, the list and the map fill one screen."""
    tiles: list[Placed] = [(_tile(centre, board, words, bounds), 4, 8) for board in centre.boards]
    beyond: Placed = (_beyond(centre, words, bounds, ORDER), 16 if _located(centre) else 24, 10)
    maps: list[Placed] = [(_map(centre, words), 8, 10)] if _located(centre) else []
    return _page(centre, words, "overview", [(panels.text(words("legend")), 24, 2), *tiles, beyond, *maps])


def phone(centre: Centre, words: Words, bounds: Bounds) -> Page:
    """For a hand: one column, what is wrong first, then the worst of each field as it is reported."""
    beyond: Placed = (_beyond(centre, words, bounds, ON_A_PHONE), 24, 12)
    fields: Placed = (_by_field(centre, words), 24, 14)
    return _page(centre, words, "phone", [beyond, fields, (panels.text(words("legend")), 24, 3)])


def _page(centre: Centre, words: Words, kind: str, placed: Sequence[Placed]) -> Page:
    return Page(
        uid=uid(centre.site.id, kind),
        folder=centre.site.id,
        title=f"{words.name(centre.site)} – {words(kind)}",
        kind=kind,
        panels=placed,
        refresh=refresh(one.indicator.due_every for one in centre.series),
        since="24h",
        links=[
            link(words("alerts"), uid(centre.site.id, "alerts")),
            links(words("walls"), (centre.site.id, "wall")),
            links(words.name(centre.site), (centre.site.id,)),
        ],
    )


def _tile(centre: Centre, board: Board, words: Words, bounds: Bounds) -> Json:
    series = (*board.own, *board.stations)
    subject = Subject(words.name(board.field), board.where, series, planned(board.own, bounds))
    return tile(words, subject, uid(centre.site.id, board.field.id))


def _by_field(centre: Centre, words: Words) -> Json:
    fields = {one.indicator.field for board in centre.boards for one in board.own}
    names = {name: words.name(centre.fields[name]) for name in sorted(fields)}
    sites = {one.site.id for board in centre.boards for one in (*board.own, *board.stations)}
    where = both(one_of("site", sites), one_of("field", fields))
    target = panels.curves(worst_by("field", where), alias="$tag_field")
    overrides = [override(name, {"displayName": text}) for name, text in names.items()]
    edges = [(None if code == 0 else int(code), colour) for code, colour in style.COLOURS.items()]
    special: Json = {
        "mappings": style.severities(words, calm=style.GROUND),
        "thresholds": style.thresholds(*edges),
    }
    return panels.in_a_hand(panels.stat(words("worst"), [target], overrides, special=special, stacked=True))


def _beyond(centre: Centre, words: Words, bounds: Bounds, order: Sequence[str]) -> Json:
    """Every series of the centre and the places below it that is not within its limits."""
    judged = [one for one in centre.series if bounds.limits(one)]
    where = one_of("site", (place.id for place in centre.places))
    overrides = [
        columns.name(words, judged, uid(centre.site.id, "indicator"), width=140 if order is ON_A_PHONE else 360),
        columns.place(words, centre.places),
        columns.limit(words, columns.limits(bounds, judged)),
        columns.value(words, 70 if order is ON_A_PHONE else 140),
        columns.severity(words, 105 if order is ON_A_PHONE else 150),
        columns.state(words),
        columns.age(words),
        *columns.hidden(),
    ]
    target = panels.rows(table(where, COPIES, least_severity=1))
    sort = [(words("severity"), True), (words("age"), True)]
    return panels.table(words("abnormal"), [target], overrides, order=order, sort=sort, nothing=words("all_well"))


def _map(centre: Centre, words: Words) -> Json:
    """Places with coordinates, each with the stations in it; one mark, one subquery."""
    marks = _marks(centre)
    query = spots([((place.lat or 0.0, place.lon or 0.0), [site.id for site in within]) for place, within in marks])
    edges = [(None if code == 0 else int(code), colour) for code, colour in style.COLOURS.items()]
    worst = {
        "displayName": words("worst"),
        "mappings": style.severities(words, calm=style.GROUND),
        "thresholds": style.thresholds(*edges),
        "color": {"mode": "thresholds"},
    }
    names = {
        str(10 * number + severity): f"{SIGNS.get(severity, '✓')} {words.name(place)}"
        for number, (place, _) in enumerate(marks)
        for severity in Severity
    }
    overrides = [override("worst", worst), override("place", {"mappings": style.texts(names)})]
    zoom = 10 if centre.site.parent is None else 11
    return panels.geomap(words("map"), panels.rows(query), overrides, _middle(centre.site), zoom)


def _marks(centre: Centre) -> list[tuple[Site, list[Site]]]:
    """Each place that has coordinates, with those places below it that have none of their own."""
    known = {place.id: place for place in centre.grounds}
    within: dict[str, list[Site]] = {}
    for place in centre.places:
        ground: Site | None = place
        while ground is not None and ground.lat is None:
            ground = known.get(ground.parent or "")
        if ground is not None:
            within.setdefault(ground.id, []).append(place)
    return [(known[ground], places) for ground, places in within.items()]


def _located(centre: Centre) -> bool:
    return centre.site.lat is not None and centre.site.lon is not None


def _middle(site: Site) -> tuple[float, float]:
    return site.lat or 0.0, site.lon or 0.0
