"""Which silences hold for an alert or an incident, and when. Pure.

A critical that fires mutes the warning of its kind beside it. One that a silence keeps back does not: the warning, if
no silence matches it as well, is told in its place, under the number that it would have had unmuted.
"""

from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise

from msgspec.structs import replace

from ioc.incidents.model import Act, Ended, Incident, Match, Silence, Silenced
from ioc.incidents.refused import RefusedError, Why
from ioc.incidents.text import name, words
from ioc.model import DAY, Detail, Kind, Micros, Severity, Status, Transition

LONGEST = 31 * DAY
"""A silence ends: what is to be silent for longer is a limit or a route that wants changing."""

Lineage = Callable[[str], frozenset[str]]
"""A site and all sites above it."""

Causes = dict[tuple[str, str], set[tuple[str, Kind]]]
"""Criticals that are kept back: indicator and kind, by site and field."""


def matches(match: Match, told: Transition, lineage: Lineage) -> bool:
    """Whether an alert is meant; that of a source is, where all of its series are."""
    reach = told.detail or Detail()
    return (
        (
            not match.sites
            or _lie_within(match.sites, (told.site,), lineage)
            or _lie_within(match.sites, reach.sites, lineage)
        )
        and (not match.fields or set(reach.fields or (told.field,)) <= set(match.fields))
        and (not match.indicators or told.indicator in match.indicators)
        and (not match.kinds or told.kind in match.kinds)
        and (not match.severities or told.severity in match.severities)
    )


def _lie_within(wanted: Sequence[str], sites: Sequence[str], lineage: Lineage) -> bool:
    return bool(sites) and all(not lineage(site).isdisjoint(wanted) for site in sites)


def silencing(silences: Iterable[Silence], told: Transition, at: Micros, lineage: Lineage) -> str:
    """The id of the silence that keeps an alert from being told at that time; "" when none does."""
    for one in silences:
        if one.start <= at < one.end and matches(one.match, told, lineage):
            return one.id
    return ""


def till(silences: Iterable[Silence], told: Transition, lineage: Lineage) -> Micros:
    """When the last of the silences ends that match an alert; 0 when none does."""
    return max((one.end for one in silences if matches(one.match, told, lineage)), default=0)


def is_beside(one: Transition, other: Transition) -> bool:
    """Whether two alerts are of one kind at one series, so that the critical one mutes the other."""
    return (one.site, one.indicator, one.kind) == (other.site, other.indicator, other.kind)


def kept_back(withheld: Iterable[Transition], silences: Sequence[Silence], at: Micros, lineage: Lineage) -> Causes:
    """The criticals that fire and are silenced, by place."""
    found: Causes = {}
    for told in withheld:
        is_cause = told.after is Status.FIRING and told.severity is Severity.CRITICAL
        if is_cause and silencing(silences, told, at, lineage):
            found.setdefault((told.site, told.field), set()).add((told.indicator, told.kind))
    return found


def stand_ins(
    incident: Incident, causes: Causes, silences: Sequence[Silence], at: Micros, lineage: Lineage
) -> Iterator[Transition]:
    """What these causes mute in an incident and no silence matches, as it is to be told."""
    muting = causes.get((incident.site, incident.field), set())
    for told in incident.active:
        is_muted = told.revision == 0 and (told.indicator, told.kind) in muting
        if is_muted and not silencing(silences, told, at, lineage):
            yield replace(told, revision=1)


def over(silences: Sequence[Silence], incident: Incident, lineage: Lineage) -> list[Silence]:
    """When everything that is firing in an incident is silenced, by whichever of these, as silences in their order.

    What maintenance does besides lasts while each alert is under one.
    """
    each: dict[tuple[str, ...], list[Silence]] = {}
    for told in incident.active:
        found = [one for one in silences if matches(one.match, told, lineage)]
        each[tuple(one.id for one in found)] = found
    edges = sorted({edge for found in each.values() for one in found for edge in (one.start, one.end)})
    return [one for span in pairwise(edges) if (one := _together(each.values(), span)) is not None]


def _together(each: Iterable[Sequence[Silence]], span: tuple[Micros, Micros]) -> Silence | None:
    """The silence of all in a stretch in which none begins or ends; None where some alert has none."""
    holding = [[one for one in found if one.start <= span[0] < one.end] for found in each]
    if not all(holding):
        return None
    is_maintenance = all(any(one.is_maintenance for one in found) for found in holding)
    return replace(holding[0][0], start=span[0], end=span[1], is_maintenance=is_maintenance)


def set_up(wanted: Silence, source: str, now: Micros) -> tuple[Silence, Act]:
    """A new silence as it is kept, under its id. It begins now at the earliest. Raises RefusedError."""
    start = max(wanted.start, now)
    wanted = replace(wanted, author=name(wanted.author, "by"), reason=words(wanted.reason, "reason"))
    if not (wanted.match.sites or wanted.match.fields or wanted.match.indicators):
        raise RefusedError(Why.NO_MATCHER)
    if wanted.end <= start:
        raise RefusedError(Why.IN_THE_PAST, "end")
    if wanted.end - start > LONGEST:
        raise RefusedError(Why.TOO_FAR, str(LONGEST // DAY))
    kept = _named(wanted, start, now)
    return kept, Act(kept.id, now, kept.author, source, Silenced(kept))


def end(one: Silence | None, wanted: str, who: tuple[str, str], now: Micros) -> tuple[Silence, Act]:
    """A silence that ends now; `who`: by whom, from where. Raises RefusedError."""
    by, source = name(who[0], "by"), who[1]
    if one is None:
        raise RefusedError(Why.NO_SILENCE, wanted)
    if one.end <= now:
        raise RefusedError(Why.ENDED, wanted)
    shortened = replace(one, end=now, ended_by=by)
    return shortened, Act(one.id, now, by, source, Ended())


def _named(wanted: Silence, start: Micros, now: Micros) -> Silence:
    digest = blake2b(f"{now}/{wanted!r}".encode(), digest_size=5).digest()
    kind = "m" if wanted.is_maintenance else "s"
    return replace(wanted, id=f"{kind}-{b32encode(digest).decode().lower()}", start=start)
