"""From payload bytes to readings. Strict: nothing is guessed, converted or dropped.

The fast path decodes the whole payload with a typed schema. Only when that fails are the readings looked at one by one,
so that one bad reading of a batch neither hides its reason nor takes the others with it.
"""

import json
import math
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from ioc.model import Reason

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
MAX_READINGS = 1000

StateName = Literal["provisional", "estimate", "preliminary", "official"]


class Reading(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One decoded value. `field` and `indicator` are given in batches, where the topic names the site alone."""

    value: float
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    unit: str | None = None
    state: StateName = "provisional"
    seq: int | None = None
    site: str | None = None
    field: str | None = None
    indicator: str | None = None


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """Why a payload, or the reading at `position` of it, is not a reading."""

    reason: Reason
    detail: str
    position: int | None = None


_one = msgspec.json.Decoder(Reading)
_many = msgspec.json.Decoder(list[Reading])


def decode(payload: bytes) -> tuple[list[tuple[int | None, Reading]], list[Refusal]]:
    """The readings in a payload with their positions (None for a single one), and what was refused of it."""
    if len(payload) > MAX_BYTES:
        return [], [Refusal(Reason.TOO_LARGE, f"{len(payload)} bytes, at most {MAX_BYTES} are taken")]
    try:
        if payload.lstrip()[:1] != b"[":
            return [(None, _one.decode(payload))], []
        readings = _many.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _one_by_one(payload)
    if len(readings) > MAX_READINGS:
        return [], [_too_many(len(readings))]
    return list(enumerate(readings)), []


def _one_by_one(payload: bytes) -> tuple[list[tuple[int | None, Reading]], list[Refusal]]:
    try:
        document = json.loads(payload)
        deep = _depth(document) > MAX_DEPTH
    except RecursionError:
        deep = True
    except ValueError as error:
        return [], [Refusal(Reason.NOT_JSON, str(error)[:200])]
    if deep:
        return [], [Refusal(Reason.TOO_DEEP, f"nested deeper than {MAX_DEPTH}")]
    if not isinstance(document, list):
        return _sort([(None, document)])
    if len(document) > MAX_READINGS:
        return [], [_too_many(len(document))]
    return _sort(list(enumerate(document)))


def _sort(items: list[tuple[int | None, Any]]) -> tuple[list[tuple[int | None, Reading]], list[Refusal]]:
    readings: list[tuple[int | None, Reading]] = []
    refusals: list[Refusal] = []
    for position, item in items:
        refusal = _objection(item, position)
        if refusal is not None:
            refusals.append(refusal)
            continue
        try:
            readings.append((position, msgspec.convert(item, Reading)))
        except msgspec.ValidationError as error:
            refusals.append(Refusal(Reason.SCHEMA, str(error)[:200], position))
        except UnicodeError:  # JSON can name half a character (\ud800), which no text may hold
            refusals.append(Refusal(Reason.SCHEMA, "a text holds half a surrogate pair", position))
    return readings, refusals


def _objection(item: object, position: int | None) -> Refusal | None:
    """The reasons that deserve a name of their own; the rest is SCHEMA."""
    if not isinstance(item, dict):
        return Refusal(Reason.SCHEMA, "a reading is a JSON object", position)
    value = item.get("value")
    if "value" in item and not _is_finite(value):
        return Refusal(Reason.NOT_A_NUMBER, f"value {str(value)[:40]!r} is not a finite JSON number", position)
    at = item.get("at")
    if not isinstance(at, str):
        return Refusal(Reason.NO_TIME, "'at' is missing; give the time of measurement with its zone", position)
    try:
        naive = datetime.fromisoformat(at).tzinfo is None
    except ValueError:
        return Refusal(Reason.NO_TIME, f"'at' {at[:40]!r} is not an ISO 8601 time", position)
    if naive:
        return Refusal(Reason.NAIVE_TIME, f"'at' {at[:40]!r} has no zone; add +07:00 or Z", position)
    return None


def _is_finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _depth(document: object) -> int:
    if isinstance(document, dict):
        return 1 + max(map(_depth, document.values()), default=0)
    if isinstance(document, list):
        return 1 + max(map(_depth, document), default=0)
    return 0


def _too_many(n: int) -> Refusal:
    return Refusal(Reason.TOO_MANY, f"{n} readings, at most {MAX_READINGS} are taken in one payload")
