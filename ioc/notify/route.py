"""Who is told about a transition, on which channel, and with which words. Pure."""

from collections.abc import Iterator

from indicators.lookup import Catalogue
from ioc.model import Notification, Transition
from ioc.notify.directory import Directory, Official, Route
from ioc.notify.sentence import headline, sentence


def notifications(transition: Transition, directory: Directory, catalogue: Catalogue) -> tuple[Notification, ...]:
    """One message per official and channel, whatever the number of routes that lead there."""
    lineage = {transition.site, *(site.id for site in catalogue.ancestors(transition.site))}
    seen: set[tuple[str, str]] = set()
    found = []
    for route in directory.routes:
        if not _matches(route, transition, lineage):
            continue
        for official, channel in _receivers(route, directory):
            if (official.id, channel) not in seen:
                seen.add((official.id, channel))
                found.append(_message(transition, official, channel, catalogue))
    return tuple(found)


def _matches(route: Route, transition: Transition, lineage: set[str]) -> bool:
    return (
        transition.severity >= route.least
        and (not route.fields or transition.field in route.fields)
        and (not route.kinds or transition.kind in route.kinds)
        and (not route.sites or not lineage.isdisjoint(route.sites))
    )


def _receivers(route: Route, directory: Directory) -> Iterator[tuple[Official, str]]:
    for name in route.officials:
        for channel in route.channels:
            yield directory.official(name), channel


def _message(transition: Transition, official: Official, channel: str, catalogue: Catalogue) -> Notification:
    name = f"[{transition.incident}/{transition.revision}]"
    return Notification(
        receiver=official.id,
        channel=channel,
        address=official.channels[channel],
        incident=transition.incident,
        revision=transition.revision,
        transition=transition,
        subject=headline(transition, catalogue, official.lang),
        text=f"{sentence(transition, catalogue, official.lang)} {name}",
    )
