"""Puts together what deciding about incidents needs: settings, duty table, officials and catalogue."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, ParamSpec

import structlog

from indicators.lookup import Catalogue
from indicators.spec import Field, Indicator
from ioc.files import read_catalogue, read_people
from ioc.incidents import duty
from ioc.incidents.clerk import Clerk
from ioc.incidents.duty import Policy
from ioc.incidents.rules import Rules
from ioc.incidents.wording import Label, Speech, Words
from ioc.model import Micros, Notification, Transition
from ioc.notify.directory import Directory
from ioc.notify.request import explain
from ioc.notify.route import notifications
from ioc.notify.sentence import sentence
from ioc.notify.urge import urges
from ioc.settings import Settings
from ioc.telemetry import Counts


class Kit(NamedTuple):
    """What works on the incidents of a centre outside of its process."""

    clerk: Clerk
    catalogue: Catalogue
    speech: Speech
    label: Label
    asked: Callable[[str, Micros], tuple[str, ...]]
    """Who is asked when an explanation is wanted of that official or office at that time, and why."""


Asked = ParamSpec("Asked")
Tell = Callable[[Transition], Sequence[Notification]]
log = structlog.get_logger("ioc.incidents")


def equip(settings: Settings) -> Kit:
    """Everything that these settings name. Raises ConfigError."""
    catalogue, people = read_catalogue(settings), read_people(settings.notify)

    def tell(transition: Transition) -> Sequence[Notification]:
        return notifications(transition, people, catalogue)

    policy = load_policy(settings, catalogue, people)
    made = rules(policy, people, catalogue, tell, Counts())
    speech = Speech(lambda told, lang: sentence(told, catalogue, lang), names(people, catalogue))
    clerk = Clerk(made, settings.clock.clock().now)
    return Kit(clerk, catalogue, speech, labels(catalogue), lambda of, at: explain(of, policy, people, catalogue, at))


def load_policy(settings: Settings, catalogue: Catalogue, people: Directory) -> Policy:
    """The policy that the settings name, checked against catalogue and officials. Raises ConfigError."""
    officials = {one.id: tuple(one.channels) for one in people.officials}
    return duty.load(settings.incidents, catalogue.offices, officials)


def rules(policy: Policy, people: Directory, catalogue: Catalogue, tell: Tell, counts: Counts) -> Rules:
    """Everything that decides, as pure functions. `tell`: the messages about a transition."""

    def lineage(site: str) -> frozenset[str]:
        return frozenset({site, *(one.id for one in catalogue.ancestors(site))} if site in catalogue.sites else {site})

    def owner(indicator: str) -> str:
        known = catalogue.indicators.get(indicator)
        return known.owner if known is not None else ""

    return Rules(
        policy=policy,
        owner=owner,
        lineage=lineage,
        tell=tell,
        urge=_careful(lambda incident, act: urges(incident, act, policy, people, catalogue), counts),
    )


def names(people: Directory, catalogue: Catalogue) -> Callable[[str], Words]:
    """What offices and officials are called, by id; any other name stays as it is, and none is unknown."""
    known = {one.id: Words(one.name_vi, one.name_en) for one in catalogue.offices.values()}
    known |= {one.id: Words(one.title_vi, one.title_en) for one in people.officials}
    known[""] = Words("chưa rõ", "unknown")
    return lambda name: known.get(name, Words(name, name))


def labels(catalogue: Catalogue) -> Label:
    """What the catalogue calls its sites, fields and indicators; what it does not know, by its id."""

    def label(kind: str, name: str) -> Words:
        if kind == "site" and name in catalogue.sites:
            return Words(catalogue.place(name, "vi"), catalogue.place(name, "en"))
        known: Field | Indicator | None = None
        if kind == "field":
            known = catalogue.fields.get(name)
        elif kind == "indicator":
            known = catalogue.indicators.get(name)
        return Words(name, name) if known is None else Words(known.name_vi, known.name_en)

    return label


def _careful(work: Callable[Asked, Sequence[Notification]], counts: Counts) -> Callable[Asked, Sequence[Notification]]:
    """One message that cannot be put into words would be met again after every restart, and hold up all others."""

    def guarded(*args: Asked.args, **kwargs: Asked.kwargs) -> Sequence[Notification]:
        try:
            return work(*args, **kwargs)
        except Exception:
            counts.add("transitions_untold")
            log.exception("nobody told")
            return ()

    return guarded
