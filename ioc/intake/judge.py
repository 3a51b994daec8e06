"""From a message to samples and named refusals: a pure function of the message, the catalogue and the time."""

from datetime import UTC, datetime

import msgspec

from indicators.lookup import Catalogue
from indicators.spec import Indicator
from ioc.intake.decode import Reading, decode
from ioc.intake.topic import Address, parse
from ioc.model import MINUTE, Message, Micros, Reason, Rejection, Sample, State, micros

AHEAD: Micros = 5 * MINUTE
EARLIEST: Micros = micros(datetime(1900, 1, 1, tzinfo=UTC))
"""Before it nothing was measured, calendars run out, and databases take no such time."""
LAST_NUMBER = 2**53
"""Of a sequence: what JSON carries everywhere without loss."""
STATES = {state.name.lower(): state for state in State}


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What became of one message; `numbers` are the `seq` of its readings of series we know, accepted or not."""

    samples: list[Sample]
    rejections: list[Rejection]
    numbers: list[tuple[str, int]] = []


def judge(message: Message, catalogue: Catalogue, now: Micros) -> Verdict:
    """Every reading of the message as a sample or as a rejection; never raises on bad input."""
    address = parse(message.topic)
    if address is None:
        return Verdict([], [_reject(message, Reason.TOPIC, "expected ioc/v1/{site}/{field}/{indicator}", None)])
    if message.identity is not None and message.identity != address.site:
        detail = f"{message.identity} may not speak for {address.site}"
        return Verdict([], [_reject(message, Reason.SPOOF, detail, None)])
    readings, refusals = decode(message.payload)
    samples: list[Sample] = []
    numbers: list[tuple[str, int]] = []
    rejections = [_reject(message, r.reason, r.detail, r.position) for r in refusals]
    for position, reading in readings:
        verdict = _check(address, reading, catalogue, now)
        if (number := _number(address, reading, catalogue)) is not None:
            numbers.append(number)
        if isinstance(verdict, tuple):
            rejections.append(_reject(message, *verdict, position))
        else:
            samples.append(msgspec.structs.replace(verdict, source=message.source))
    return Verdict(samples, rejections, numbers)


Objection = tuple[Reason, str]


def _check(address: Address, reading: Reading, catalogue: Catalogue, now: Micros) -> Sample | Objection:
    indicator = _named(address, reading, catalogue)
    if isinstance(indicator, tuple):
        return indicator
    at = micros(reading.at)
    if objection := _misplaced(address.site, indicator, at, now, catalogue):
        return objection
    unit = indicator.unit if reading.unit is None else reading.unit
    value = catalogue.convert(reading.value, unit, indicator)
    if value is None:
        return Reason.UNIT, f"unit {unit[:20]!r} does not convert to {indicator.unit!r}"
    if not _is_possible(value, indicator):
        return Reason.RANGE, f"{value:g} {indicator.unit} is outside [{indicator.minimum}, {indicator.maximum}]"
    original = None if unit == indicator.unit else f"{reading.value!r} {unit}"
    state = STATES[reading.state]
    return Sample(address.site, indicator.field, indicator.id, at, value, state, original=original)


def _named(address: Address, reading: Reading, catalogue: Catalogue) -> Indicator | Objection:
    """The indicator meant, once site, field and indicator are known and agree."""
    field = address.field or reading.field
    name = address.indicator or reading.indicator
    if address.site not in catalogue.sites:
        return Reason.UNKNOWN_SITE, f"site {address.site!r} is not in the catalogue"
    if reading.site not in (None, address.site):
        return Reason.SPOOF, f"topic says {address.site!r}, payload says {reading.site[:64]!r}"
    if field is None or name is None:
        return Reason.SCHEMA, "a reading of a batch names its 'field' and 'indicator'"
    if field not in catalogue.fields:
        return Reason.UNKNOWN_FIELD, f"field {field[:64]!r} is not in the catalogue"
    indicator = catalogue.indicators.get(name)
    if indicator is None or indicator.field != field:
        return Reason.UNKNOWN_INDICATOR, f"field {field!r} has no indicator {name[:64]!r}"
    return indicator


def _number(address: Address, reading: Reading, catalogue: Catalogue) -> tuple[str, int] | None:
    """The number in the sender's sequence, by series; only of places and indicators we know, and none beyond reason.

    Else whoever sends could make us remember names without end, and numbers that no file of ours can hold.
    """
    name = address.indicator or reading.indicator
    if reading.seq is None or not 0 <= reading.seq <= LAST_NUMBER:
        return None
    is_known = address.site in catalogue.sites and name in catalogue.indicators
    return (f"{address.site}/{name}", reading.seq) if is_known else None


def _misplaced(site: str, indicator: Indicator, at: Micros, now: Micros, catalogue: Catalogue) -> Objection | None:
    if at > now + AHEAD:
        return Reason.FUTURE, f"measured {(at - now) / 1e6:.0f} s ahead of our clock, at most 300 s are taken"
    if at < EARLIEST:
        return Reason.NO_TIME, "measured before 1900: is the clock of the device set?"
    if not catalogue.is_open(site, at):
        return Reason.SITE_CLOSED, f"site {site!r} did not exist at that time"
    if catalogue.watched(site, indicator.id, at) is None:
        return Reason.NOT_ENTITLED, f"site {site!r} does not watch {indicator.id!r} at that time"
    return None


def _is_possible(value: float, indicator: Indicator) -> bool:
    return (indicator.minimum is None or indicator.minimum <= value) and (
        indicator.maximum is None or value <= indicator.maximum
    )


def _reject(message: Message, reason: Reason, detail: str, position: int | None) -> Rejection:
    return Rejection(reason, message.source, message.topic, message.payload, detail, position)
