"""One true sentence per transition: where, what, how much, against which limit, since when, on what basis.

A pure grammar over typed slots. Only words of ours and values of the catalogue go in, so that nothing a device sends
can speak to an official.
"""

from indicators.lookup import Catalogue
from ioc.model import Kind, Placing, Slots, Status, Transition
from ioc.notify.numbers import clock_time, duration, placed
from ioc.notify.render.slots import slots
from ioc.notify.render.wider import SILENT, WIDER, breach, recovery, written
from ioc.notify.render.words import ANSWERED, BREACH, SEVERITIES, VERBS, WORDS


def sentence(transition: Transition, catalogue: Catalogue, lang: str = "vi") -> str:
    """The sentence that tells an official about a transition."""
    return tell(slots(transition, catalogue, lang))


def headline(transition: Transition, catalogue: Catalogue, lang: str = "vi") -> str:
    """A few words for a subject line: severity, indicator, place."""
    return title(slots(transition, catalogue, lang))


def tell(said: Slots) -> str:
    """The sentence."""
    words = WORDS[said.lang]
    subject = f"{tag(said)}: {said.name} {words['at']} {said.place}"
    if said.kind is Kind.EXTERNAL:
        return f"{subject} {_reported(said)}."
    if said.status is Status.RESOLVED:
        return f"{subject} {_recovery(said)}."
    if said.kind is Kind.NO_DATA:
        return f"{subject} {words['silent']} {since(said)}."
    if said.kind is Kind.SOURCE_DOWN:
        return f"{subject} {words['all-silent']} {since(said)}; {words['source-note']}."
    if said.kind in WIDER:
        clause = breach(said, written(said))
        news = f"{clause} {since(said)}" if clause else since(said)
        return f"{subject} {news}; {words['basis']}: {said.basis or words['assumption']}."
    verb = VERBS[said.lang].get(said.state, words["is"])
    news = f"{verb} {quantity(said)}, {crossing(said)} {bounds(said)} {since(said)}"
    return f"{subject} {news}; {words['basis']}: {said.basis or words['assumption']}."


def title(said: Slots) -> str:
    """The subject line."""
    return f"[{tag(said)}] {said.name} – {said.place}"


def tag(said: Slots) -> str:
    """The first words: how grave, or that it is over, and how often it came back if it chattered."""
    words = WORDS[said.lang]
    return f"{_state(said)}, {words['chattered']} {said.turns} {words['times']}" if said.turns else _state(said)


def _state(said: Slots) -> str:
    words = WORDS[said.lang]
    if said.status is Status.RESOLVED:
        return words["resolved"]
    return words["no-data"] if said.kind in SILENT else SEVERITIES[said.lang][said.severity]


def quantity(said: Slots) -> str:
    """The value with its unit; "?" when there is none."""
    return said.value if said.value == "?" else placed(said.value, said.unit, said.placing)


def bounds(said: Slots) -> str:
    """The limit or the range, with its unit."""
    return placed(_ends(said), said.unit, said.placing)


def limits(said: Slots) -> str:
    """The limit or the range, without its unit unless the unit stands before the figure."""
    return bounds(said) if said.placing is Placing.BEFORE else _ends(said)


def since(said: Slots) -> str:
    """From when on it has been so."""
    return f"{WORDS[said.lang]['since']} {clock_time(said.since, said.lang)}"


def crossing(said: Slots) -> str:
    """How the limit was crossed; an answer is neither above nor below, it is not the one that is required."""
    return ANSWERED[said.lang] if said.placing is Placing.YES_NO else BREACH[said.lang][said.kind]


def limit_word(said: Slots) -> str:
    """What the limit is called: a limit, a range, an answer that is required."""
    return suffix(said).lstrip("-") or "limit"


def suffix(said: Slots) -> str:
    """Which of the words about a limit fits."""
    if said.placing is Placing.YES_NO:
        return "-answer"
    return "-range" if said.kind is Kind.OUTSIDE else ""


def _ends(said: Slots) -> str:
    if said.kind is not Kind.OUTSIDE or not said.upper:
        return said.lower
    return f"{said.lower} {WORDS[said.lang]['to']} {said.upper}"


def _reported(said: Slots) -> str:
    words = WORDS[said.lang]
    lasted = f"{words['lasted']} {duration(said.at - said.since, said.lang)}"
    time = lasted if said.status is Status.RESOLVED else since(said)
    return f"{time}; {words['reported-by']} {said.basis}"


def _recovery(said: Slots) -> str:
    words = WORDS[said.lang]
    lasted = duration(said.at - said.since, said.lang)
    if said.reason or said.kind in WIDER:
        return f"{recovery(said, written(said))} {words['lasted']} {lasted}"
    if said.kind in SILENT:
        return f"{words['heard']} {lasted}"
    return f"{words[f'back{suffix(said)}']} {bounds(said)} ({words['now']} {quantity(said)}) {words['lasted']} {lasted}"
