"""Readings as a device would send them, and their bytes on the wire."""

from collections.abc import Iterable, Iterator

import msgspec

from indicators.spec import Period, Series, local_time
from ioc.model import Micros, State
from simulators.timing import stretch

MAX_ITEMS = 500
MAX_BYTES = 60_000
"""The wire allows 64 KiB; the rest is left for the brackets and the next reading."""

STATISTICS = frozenset({Period.MONTH, Period.QUARTER, Period.HALF_YEAR, Period.YEAR})


class Reading(msgspec.Struct, frozen=True):
    """One value as measured. `state` None is what sensors send: provisional without saying so."""

    site: str
    field: str
    indicator: str
    at: Micros
    value: float
    unit: str
    state: State | None = None

    @property
    def series(self) -> str:
        """`site/indicator`."""
        return f"{self.site}/{self.indicator}"


class Parcel(msgspec.Struct, frozen=True):
    """A reading on its way: sent at the played time `send_at`; `raw`, if given, is sent in its place."""

    reading: Reading
    send_at: Micros
    raw: bytes | None = None


class Letter(msgspec.Struct, frozen=True):
    """One message for the broker and how many readings it carries."""

    topic: str
    payload: bytes
    count: int


def state_of(series: Series, at: Micros, now: Micros) -> State | None:
    """How mature a statistic is: an estimate within its period, preliminary for one period more, then official."""
    period = series.indicator.period
    if period not in STATISTICS:
        return None
    begin, end = stretch(period, at)
    if at < end - 1_000_000 or now < end:
        return State.ESTIMATE
    return State.PRELIMINARY if now < end + (end - begin) else State.OFFICIAL


def read(series: Series, at: Micros, value: float, now: Micros) -> Reading:
    """The reading that carries a value of a series."""
    indicator = series.indicator
    state = state_of(series, at, now)
    return Reading(series.site.id, indicator.field, indicator.id, at, value, indicator.unit, state)


def letters(parcels: Iterable[Parcel]) -> Iterator[Letter]:
    """Parcels packed for the wire: one batch per site, a lone reading under its own topic, raw bytes as they are."""
    by_site: dict[str, list[Reading]] = {}
    for parcel in parcels:
        if parcel.raw is not None:
            yield Letter(_topic(parcel.reading), parcel.raw, 1)
        else:
            by_site.setdefault(parcel.reading.site, []).append(parcel.reading)
    for site, readings in by_site.items():
        yield from _batches(site, readings)


def encoded(reading: Reading) -> bytes:
    """The JSON object of a single reading."""
    return msgspec.json.encode(_body(reading))


def _batches(site: str, readings: list[Reading]) -> Iterator[Letter]:
    if len(readings) == 1:
        yield Letter(_topic(readings[0]), encoded(readings[0]), 1)
        return
    items: list[bytes] = []
    size = 0
    for reading in readings:
        item = msgspec.json.encode({"field": reading.field, "indicator": reading.indicator} | _body(reading))
        if items and (len(items) == MAX_ITEMS or size + len(item) > MAX_BYTES):
            yield _batch(site, items)
            items, size = [], 0
        items.append(item)
        size += len(item) + 1
    yield _batch(site, items)


def _batch(site: str, items: list[bytes]) -> Letter:
    return Letter(f"ioc/v1/{site}", b"[" + b",".join(items) + b"]", len(items))


def _topic(reading: Reading) -> str:
    return f"ioc/v1/{reading.site}/{reading.field}/{reading.indicator}"


def _body(reading: Reading) -> dict[str, object]:
    body: dict[str, object] = {
        "value": reading.value,
        "at": local_time(reading.at).isoformat(),
        "unit": reading.unit,
    }
    return body if reading.state is None else body | {"state": reading.state.name.lower()}
