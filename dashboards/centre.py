"""What a centre's walls show: its fields, the series under each, and the places it looks after. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from indicators.lookup import Catalogue
from indicators.spec import VIETNAM, Field, Level, Limit, Office, Series, Site, Target, Watch
from ioc.model import Micros, micros

DATELESS = date(2000, 1, 1)


@dataclass(frozen=True)
class Board:
    """One field of a centre.

    `own` are the centre's series, `stations` those of stations below it, `sites` the centre and who else watches the
    field; `where` is the InfluxQL condition that picks exactly the field's indicators within the centre.
    """

    field: Field
    own: tuple[Series, ...]
    stations: tuple[Series, ...]
    sites: tuple[Site, ...]
    where: str


@dataclass(frozen=True)
class Centre:
    """A site that watches whole fields.

    `places` are itself and every watched site below it, `grounds` all sites below, `fields` every field by id,
    `offices` those that answer for its series.
    """

    site: Site
    boards: tuple[Board, ...]
    places: tuple[Site, ...]
    grounds: tuple[Site, ...]
    series: tuple[Series, ...]
    fields: Mapping[str, Field]
    offices: tuple[Office, ...]


def as_of(catalogue: Catalogue) -> Micros:
    """Noon of the last day on which the catalogue changes and somebody still watches something."""
    rows: tuple[Site | Watch | Limit | Target, ...] = (
        *catalogue.sites.values(),
        *catalogue.watches,
        *catalogue.limits,
        *catalogue.targets,
    )
    days = {day for row in rows for day in (row.valid_from, row.valid_to) if day is not None}
    for day in sorted(days, reverse=True):
        if catalogue.series(noon(day)):
            return noon(day)
    return noon(DATELESS)


def noon(day: date) -> Micros:
    """Midday in Vietnam."""
    return micros(datetime.combine(day, time(12), VIETNAM))


def centres(catalogue: Catalogue, at: Micros) -> tuple[Centre, ...]:
    """The centres at work at that moment, the province first."""
    ids = sorted({watch.site for watch in catalogue.watches if watch.tier is not None})
    live = defaultdict(list)
    for series in catalogue.series(at):
        live[series.site.id].append(series)
    return tuple(_centre(catalogue, catalogue.sites[site], live) for site in ids if live[site])


def _centre(catalogue: Catalogue, site: Site, live: Mapping[str, list[Series]]) -> Centre:
    grounds = (site, *(place for place in catalogue.sites.values() if site in catalogue.ancestors(place.id)))
    places = tuple(sorted((place for place in grounds if live[place.id]), key=lambda place: _rank(place, site)))
    series = tuple(one for place in places for one in live[place.id])
    own = live[site.id]
    shown = sorted({one.shown_under for one in own}, key=lambda name: catalogue.fields[name].order)
    boards = tuple(_board(catalogue.fields[name], site, series, own) for name in shown)
    offices = sorted({one.indicator.owner for one in series} & catalogue.offices.keys())
    return Centre(
        site, boards, places, grounds, series, catalogue.fields, tuple(catalogue.offices[name] for name in offices)
    )


def _rank(place: Site, centre: Site) -> tuple[bool, int, str]:
    """The centre first, then places by level."""
    return place.id != centre.id, list(Level).index(place.level), place.id


def _board(field: Field, site: Site, series: Iterable[Series], own: Iterable[Series]) -> Board:
    under = [one for one in series if one.shown_under == field.id]
    return Board(
        field=field,
        own=tuple(one for one in under if one.site.id == site.id),
        stations=tuple(one for one in under if one.site.id != site.id and one.site.level is Level.STATION),
        sites=_unique(one.site for one in under if one.site.level is not Level.STATION),
        where=_where(field, own),
    )


def _unique(sites: Iterable[Site]) -> tuple[Site, ...]:
    return tuple({site.id: site for site in sites}.values())


def _where(field: Field, own: Iterable[Series]) -> str:
    """Whole fields by their tag where that is exact, else indicator by indicator."""
    inside = {one.indicator.field for one in own if one.shown_under == field.id}
    outside = {one.indicator.field for one in own if one.shown_under != field.id}
    if inside & outside:
        return one_of("indicator", (one.indicator.id for one in own if one.shown_under == field.id))
    return one_of("field", inside)


def one_of(tag: str, ids: Iterable[str]) -> str:
    """The InfluxQL condition that a tag is one of these ids (which are safe within a regular expression)."""
    return f'"{tag}" =~ /^({"|".join(sorted(set(ids)))})$/'
