"""Who is told about a transition, on which channel, and with which words. Pure."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from indicators.lookup import Catalogue
from ioc.model import Kind, Notification, Severity, Slots, Transition
from ioc.notify.directory import Directory, Official, Route
from ioc.notify.render import mail
from ioc.notify.render.clean import cut
from ioc.notify.render.slots import slots
from ioc.notify.sentence import title

LONGEST_NAME = 80
"""Of another system's words in a subject line."""


class Refusal(StrEnum):
    """Why a route does not take a transition."""

    SEVERITY = "severity"
    FIELD = "field"
    KIND = "kind"
    SITE = "site"
    HOURS = "hours"


class Step(NamedTuple):
    """One official on one channel of a route: `acting` is told for `named`; `is_repeat` if an earlier step did."""

    named: Official
    acting: Official
    channel: str
    is_repeat: bool


class Walk(NamedTuple):
    """What became of one route: refused for a reason, or taken in some steps."""

    route: Route
    refusal: Refusal | None
    steps: tuple[Step, ...]


def notifications(transition: Transition, directory: Directory, catalogue: Catalogue) -> tuple[Notification, ...]:
    """One message per official and channel, whatever the number of routes that lead there."""
    told = [step for walk in walks(transition, directory, catalogue) for step in walk.steps if not step.is_repeat]
    said = {lang: slots(transition, catalogue, lang) for lang in {step.acting.lang for step in told}}
    return tuple(message(transition, step.acting, step.channel, said[step.acting.lang]) for step in told)


def walks(transition: Transition, directory: Directory, catalogue: Catalogue) -> Iterator[Walk]:
    """Every route in order, with what becomes of it."""
    lineage = {transition.site, *(site.id for site in catalogue.ancestors(transition.site))}
    seen: set[tuple[str, str]] = set()
    for route in directory.routes:
        refusal = refuses(route, transition, lineage)
        yield Walk(route, refusal, () if refusal else tuple(_steps(route, directory, transition, seen)))


def refuses(route: Route, transition: Transition, lineage: set[str]) -> Refusal | None:
    """The first reason against the route; None when it takes the transition. `lineage`: the site and all above it."""
    if transition.severity < route.least:
        return Refusal.SEVERITY
    if route.fields and transition.field not in route.fields:
        return Refusal.FIELD
    if route.kinds and transition.kind not in route.kinds:
        return Refusal.KIND
    if route.sites and lineage.isdisjoint(route.sites):
        return Refusal.SITE
    if transition.severity < Severity.CRITICAL and not route.is_open(transition.at):
        return Refusal.HOURS
    return None


def message(transition: Transition, official: Official, channel: str, said: Slots) -> Notification:
    """The message to one official on one channel. `said` is in the official's language.

    What another system has told has no slots for a channel to fill in: it comes in that system's own words.
    """
    is_ours = transition.kind is not Kind.EXTERNAL
    named = said if is_ours else replace(said, name=cut(said.name, LONGEST_NAME))
    return Notification(
        receiver=official.id,
        channel=channel,
        address=official.channels[channel],
        incident=transition.incident,
        revision=transition.revision,
        transition=transition,
        subject=title(named),
        text=mail.text(said),
        slots=said if is_ours else None,
        lang=said.lang,
    )


def _steps(route: Route, directory: Directory, transition: Transition, seen: set[tuple[str, str]]) -> Iterator[Step]:
    for name in route.officials:
        for channel in route.channels:
            acting = directory.acting(name, channel, transition.at)
            yield Step(directory.official(name), acting, channel, (acting.id, channel) in seen)
            seen.add((acting.id, channel))
