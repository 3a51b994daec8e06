"""What goes wrong between a gauge and the centre, as seeded functions over a stream of parcels.

Every rate is a share, 0 (never) to 1 (always). `gap` and `stuck` strike a series for a whole block of time, the others
strike single readings. The same seed strikes the same readings, in whatever portions the stream arrives.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from ioc.model import HOUR, MINUTE, Micros
from simulators.noise import uniform
from simulators.reading import Parcel, Reading, encoded

BLOCK: Micros = HOUR
"""How long a gap or a stuck gauge lasts."""

LATEST: Micros = 30 * MINUTE
SPIKE = 12.0

ValueAt = Callable[[Reading, Micros], float]
Fault = Callable[[Iterable[Parcel], int, float], Iterator[Parcel]]


class Faults(BaseModel):
    """How often each fault strikes; nothing by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gap: float = Field(default=0.0, ge=0, le=1)
    stuck: float = Field(default=0.0, ge=0, le=1)
    spike: float = Field(default=0.0, ge=0, le=1)
    late: float = Field(default=0.0, ge=0, le=1)
    duplicate: float = Field(default=0.0, ge=0, le=1)
    malformed: float = Field(default=0.0, ge=0, le=1)


def strike(parcels: Iterable[Parcel], faults: Faults, seed: int, value_at: ValueAt) -> Iterator[Parcel]:
    """The stream after every fault that has a rate. `value_at` tells what a series showed at another time."""
    if faults.stuck:
        parcels = stuck(parcels, seed, faults.stuck, value_at)
    for fault, rate in _simple(faults):
        if rate:
            parcels = fault(parcels, seed, rate)
    yield from parcels


def gap(parcels: Iterable[Parcel], seed: int, rate: float) -> Iterator[Parcel]:
    """Some series say nothing for an hour."""
    for parcel in parcels:
        if not _hits_block("gap", parcel, seed, rate):
            yield parcel


def stuck(parcels: Iterable[Parcel], seed: int, rate: float, value_at: ValueAt) -> Iterator[Parcel]:
    """Some series repeat for an hour what they showed at its beginning."""
    for parcel in parcels:
        if _hits_block("stuck", parcel, seed, rate):
            begin = parcel.reading.at // BLOCK * BLOCK
            yield _with_value(parcel, value_at(parcel.reading, begin))
        else:
            yield parcel


def spike(parcels: Iterable[Parcel], seed: int, rate: float) -> Iterator[Parcel]:
    """Some readings are twelve times what was measured, and one more."""
    for parcel in parcels:
        if _hits("spike", parcel, seed, rate):
            yield _with_value(parcel, parcel.reading.value * SPIKE + 1)
        else:
            yield parcel


def late(parcels: Iterable[Parcel], seed: int, rate: float) -> Iterator[Parcel]:
    """Some readings are sent up to half an hour after they were measured."""
    for parcel in parcels:
        if _hits("late", parcel, seed, rate):
            delay = MINUTE + int(uniform(seed, "delay", parcel.reading.series, parcel.reading.at) * (LATEST - MINUTE))
            yield msgspec.structs.replace(parcel, send_at=parcel.send_at + delay)
        else:
            yield parcel


def duplicate(parcels: Iterable[Parcel], seed: int, rate: float) -> Iterator[Parcel]:
    """Some readings are sent twice."""
    for parcel in parcels:
        yield parcel
        if _hits("duplicate", parcel, seed, rate):
            yield parcel


def malformed(parcels: Iterable[Parcel], seed: int, rate: float) -> Iterator[Parcel]:
    """Some messages arrive as something that must be refused: cut short, a word for a number, a time without a zone."""
    for parcel in parcels:
        if _hits("malformed", parcel, seed, rate):
            yield msgspec.structs.replace(parcel, raw=_broken(parcel.reading, seed))
        else:
            yield parcel


def _simple(faults: Faults) -> tuple[tuple[Fault, float], ...]:
    return (
        (gap, faults.gap),
        (spike, faults.spike),
        (late, faults.late),
        (malformed, faults.malformed),
        (duplicate, faults.duplicate),
    )


def _hits(name: str, parcel: Parcel, seed: int, rate: float) -> bool:
    return uniform(seed, name, parcel.reading.series, parcel.reading.at) < rate


def _hits_block(name: str, parcel: Parcel, seed: int, rate: float) -> bool:
    return uniform(seed, name, parcel.reading.series, parcel.reading.at // BLOCK) < rate


def _with_value(parcel: Parcel, value: float) -> Parcel:
    return msgspec.structs.replace(parcel, reading=msgspec.structs.replace(parcel.reading, value=value))


def _broken(reading: Reading, seed: int) -> bytes:
    whole = encoded(reading)
    ways = (
        whole[: len(whole) // 2],
        whole.replace(b'"value":', b'"value":"khong co","was":', 1),
        whole.replace(b"+07:00", b"", 1),
        b"\xff\xfe" + whole,
        b'{"value":NaN}',
    )
    return ways[int(uniform(seed, "way", reading.series, reading.at) * len(ways))]
