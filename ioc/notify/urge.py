"""The messages that an act on an incident causes: nobody answered, an explanation is wanted, or it is late. Pure.

They carry the incident's id and revision; the news of an alert carry the alert's.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from indicators.lookup import Catalogue
from ioc.incidents.duty import Policy
from ioc.incidents.model import Act, Ask, Asked, Escalated, Incident, Overdue
from ioc.model import MINUTE, Notification, Transition
from ioc.notify.directory import Directory, Official
from ioc.notify.numbers import clock_time
from ioc.notify.render.clean import clean, cut
from ioc.notify.render.slots import slots
from ioc.notify.request import calls
from ioc.notify.sentence import tell, title

LONGEST = 300
WORDS = {
    "vi": {
        "escalated": "CHƯA AI NHẬN XỬ LÝ sau {minutes} phút",
        "asked": "ĐỀ NGHỊ GIẢI TRÌNH trước {due}: {text}",
        "asked-office": "ĐỀ NGHỊ {office} GIẢI TRÌNH trước {due}: {text}",
        "overdue": "QUÁ HẠN GIẢI TRÌNH ({due}): {text}",
        "overdue-office": "{office} QUÁ HẠN GIẢI TRÌNH ({due}): {text}",
    },
    "en": {
        "escalated": "NOT ACKNOWLEDGED for {minutes} min",
        "asked": "EXPLANATION WANTED by {due}: {text}",
        "asked-office": "EXPLANATION WANTED OF {office} by {due}: {text}",
        "overdue": "EXPLANATION OVERDUE ({due}): {text}",
        "overdue-office": "EXPLANATION OF {office} OVERDUE ({due}): {text}",
    },
}

Address = tuple[Official, str]
"""An official and a channel."""


def urges(
    incident: Incident, act: Act, policy: Policy, directory: Directory, catalogue: Catalogue
) -> tuple[Notification, ...]:
    """One message per official and channel; none where the act calls nobody, or nobody in the directory."""
    told = worst(incident)
    if told is None:
        return ()
    told = replace(told, at=max(told.at, act.at))  # the time that a message is counted under
    addresses = {
        (one.id, channel): (one, channel) for one, channel in _addresses(incident, act, policy, directory, catalogue)
    }
    return tuple(_message(incident, act, told, address, catalogue) for address in addresses.values())


def worst(incident: Incident) -> Transition | None:
    """The step that stands for the incident: of the worst alert that is firing and no silence keeps back.

    Where there is none, of the worst that is firing, else the latest.
    """
    told = [one for one in incident.active if one.incident not in incident.untold]
    standing: Sequence[Transition] = told or incident.active or incident.alerts[-1:]
    return max(standing, key=lambda told: (told.severity, told.at), default=None)


def _addresses(
    incident: Incident, act: Act, policy: Policy, directory: Directory, catalogue: Catalogue
) -> Iterator[Address]:
    what = act.what
    if isinstance(what, Escalated):
        step = policy.duty(incident.owner).next(what.step - 1)
        for name in step.officials if step is not None else ():
            for channel in step.channels if step is not None else ():
                yield directory.acting(name, channel, act.at), channel
    elif isinstance(what, Asked | Overdue):
        ask = _ask(incident, what)
        for name in (ask.of,) if isinstance(what, Asked) else (ask.by, ask.of):
            for call in calls(name, policy, directory, catalogue, act.at):
                yield call.acting, call.channel


def _message(incident: Incident, act: Act, told: Transition, address: Address, catalogue: Catalogue) -> Notification:
    official, channel = address
    said = replace(slots(told, catalogue, official.lang), mark=f"{incident.id}/{incident.acts}")
    lead = _lead(incident, act, official.lang, catalogue)
    return Notification(
        receiver=official.id,
        channel=channel,
        address=official.channels[channel],
        incident=incident.id,
        revision=incident.acts,
        transition=told,
        subject=f"{cut(lead, 60)} – {title(said)}",
        text=f"{_ended(lead)} {tell(said)} [{said.mark}]",
        lang=official.lang,
        slots=said if channel == "zns" else None,  # an approved template has no words of its own to change
    )


def _lead(incident: Incident, act: Act, lang: str, catalogue: Catalogue) -> str:
    words = WORDS[lang]
    what = act.what
    if isinstance(what, Asked | Overdue):
        ask = _ask(incident, what)
        due, text = clock_time(ask.due, lang), cut(clean(ask.text), LONGEST)
        office = catalogue.offices.get(ask.of)
        if office is None:
            return words[act.kind].format(due=due, text=text)
        name = office.name_en if lang == "en" else office.name_vi
        return words[f"{act.kind}-office"].format(office=clean(name), due=due, text=text)
    return words["escalated"].format(minutes=max(1, (act.at - incident.gathered) // MINUTE))


def _ended(text: str) -> str:
    """With a full stop, unless whoever wrote it has ended it."""
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def _ask(incident: Incident, what: Asked | Overdue) -> Ask:
    return incident.asks[-1] if isinstance(what, Asked) else incident.asks[what.ask - 1]
