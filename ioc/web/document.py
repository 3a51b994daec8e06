"""The catalogue as the console's page needs it: one JSON document that changes when what is watched changes."""

import gzip
import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from indicators.spec import Indicator, Level, Limit, Series, Site, Target, Unit, local_day
from ioc.model import Micros
from ioc.web.config import WebConfig
from ioc.web.ports import Catalogue

RANKS = {level: rank for rank, level in enumerate(Level)}


class Document(msgspec.Struct, frozen=True):
    """The encoded catalogue; `etag` names its content."""

    body: bytes
    zipped: bytes
    etag: str


def in_order(catalogue: Catalogue, series: Iterable[Series]) -> list[Series]:
    """Series as the wall shows them: by place (province first), field, tier and name."""

    def key(one: Series) -> tuple[int, str, int, int, str]:
        field = catalogue.fields[one.shown_under]
        return RANKS[one.site.level], one.site.id, field.order, one.indicator.tier, one.indicator.name_vi

    return sorted(series, key=key)


def describe(catalogue: Catalogue, series: Sequence[Series], at: Micros, config: WebConfig) -> Document:
    """The document for these series (their position is the tile number) with the limits and the target of `at`."""
    limits: dict[str, object] = {}
    targets: dict[str, object] = {}
    rows = []
    for one in series:
        ruling = catalogue.limits_for(one.site.id, one.indicator.id, at)
        limits.update((limit.id, _limit(limit)) for limit in ruling)
        target = _next(catalogue.targets_for(one.site.id, one.indicator.id, at), at)
        if target is not None:
            targets[target.id] = _target(target)
        names = [limit.id for limit in ruling]
        rows.append([one.site.id, one.indicator.id, one.shown_under, names, target.id if target else None])
    sites = {one.site.id: one.site for one in series}
    indicators = {one.indicator.id: one.indicator for one in series}
    fields = {one.shown_under for one in series}
    body = msgspec.json.encode(
        {
            "title": _title(catalogue, list(sites.values()), config),
            "sites": [_site(catalogue, site) for site in sites.values()],
            "fields": [
                {"id": field.id, "vi": field.name_vi, "en": field.name_en}
                for field in sorted(catalogue.fields.values(), key=lambda field: field.order)
                if field.id in fields
            ],
            "units": {
                id_: unit_words(catalogue.units[id_]) for id_ in sorted({one.unit for one in indicators.values()})
            },
            "indicators": {id_: _indicator(one) for id_, one in indicators.items()},
            "limits": limits,
            "targets": targets,
            "series": rows,
        }
    )
    return Document(body, gzip.compress(body, 6, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:20]}"')


def _title(catalogue: Catalogue, sites: Sequence[Site], config: WebConfig) -> dict[str, str]:
    if not sites:
        return {"vi": config.title_vi, "en": config.title_en}
    top = min(sites, key=lambda site: RANKS[site.level])
    return {
        "vi": f"{config.title_vi} · {_heading(catalogue, top, 'vi')}",
        "en": f"{config.title_en} · {_heading(catalogue, top, 'en')}",
    }


def _site(catalogue: Catalogue, site: Site) -> dict[str, object]:
    return {
        "id": site.id,
        "level": site.level,
        "parent": site.parent,
        "vi": site.name_vi,
        "en": site.name_en,
        "place": {"vi": _heading(catalogue, site, "vi"), "en": _heading(catalogue, site, "en")},
    }


def _heading(catalogue: Catalogue, site: Site, lang: str) -> str:
    # A place's name as it stands within a sentence begins with a small letter in Vietnamese.
    place = catalogue.place(site.id, lang)
    return place[:1].upper() + place[1:]


def unit_words(unit: Unit) -> dict[str, str]:
    """A unit as the pages write it, in both languages, and where it stands."""
    # A unit that is a Vietnamese word is translated; a symbol is the same in both languages.
    word = unit.name_en if unit.id == unit.name_vi else unit.id
    return {"vi": unit.id, "en": word, "placing": unit.placing}


def _indicator(indicator: Indicator) -> dict[str, object]:
    return {
        "vi": indicator.name_vi,
        "en": indicator.name_en,
        "unit": indicator.unit,
        "decimals": indicator.decimals,
        "cadence": indicator.cadence,
        "period": indicator.period,
        "direction": indicator.direction,
    }


def _limit(limit: Limit) -> dict[str, object]:
    return {
        "kind": limit.kind,
        "severity": int(limit.severity),
        "value": limit.value,
        "upper": limit.upper,
        "basis": limit.basis,
    }


def _next(targets: Sequence[Target], at: Micros) -> Target | None:
    """The target whose deadline comes next; the last one when all have passed."""
    today = local_day(at)
    ahead = [target for target in targets if target.deadline >= today]
    return ahead[0] if ahead else targets[-1] if targets else None


def _target(target: Target) -> dict[str, object]:
    return {
        "value": target.value,
        "at_least": target.at_least,
        "deadline": target.deadline.isoformat(),
        "basis": target.basis,
    }
