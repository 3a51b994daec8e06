"""Strictness of the wire, case by case."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.intake.decode import MAX_BYTES, decode
from ioc.model import Reason

AT = "2025-03-12T08:00:00+07:00"


def one(**keys: object) -> bytes:
    return json.dumps({"value": 1.5, "at": AT, **keys}).encode()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", Reason.NOT_JSON),
        (b"21,5", Reason.NOT_JSON),
        (b"\xff\xfe", Reason.NOT_JSON),
        (b'{"value": 1, ', Reason.NOT_JSON),
        (b" " * (MAX_BYTES + 1), Reason.TOO_LARGE),
        (b"[" * 9 + b"]" * 9, Reason.TOO_DEEP),
        (b"[" * 30000 + b"]" * 30000, Reason.TOO_DEEP),
        (b"[" + b",".join([one()] * 1001) + b"]", Reason.TOO_MANY),
        (b"3", Reason.SCHEMA),
        (b'{"value": NaN, "at": "%s"}' % AT.encode(), Reason.NOT_A_NUMBER),
        (b'{"value": Infinity, "at": "%s"}' % AT.encode(), Reason.NOT_A_NUMBER),
        (b'{"value": -Infinity, "at": "%s"}' % AT.encode(), Reason.NOT_A_NUMBER),
        (b'{"value": 1e400, "at": "%s"}' % AT.encode(), Reason.NOT_A_NUMBER),
        (b'{"value": %s, "at": "%s"}' % (b"9" * 400, AT.encode()), Reason.NOT_A_NUMBER),
        (one(value=True), Reason.NOT_A_NUMBER),
        (one(value="12"), Reason.NOT_A_NUMBER),
        (one(value=None), Reason.NOT_A_NUMBER),
        (b'{"value": 1}', Reason.NO_TIME),
        (one(at=1741741200), Reason.NO_TIME),
        (one(at="hôm nay"), Reason.NO_TIME),
        (one(at="2025-03-12T08:00:00"), Reason.NAIVE_TIME),
        (json.dumps({"at": AT}).encode(), Reason.SCHEMA),
        (one(extra=1), Reason.SCHEMA),
        (one(state="final"), Reason.SCHEMA),
        (one(unit=3), Reason.SCHEMA),
        (one(**{"\ud800": 1}), Reason.SCHEMA),
        (one(state="\ud800"), Reason.SCHEMA),
    ],
)
def test_decode_refuses_with_a_named_reason(payload: bytes, reason: Reason) -> None:
    readings, refusals = decode(payload)
    assert readings == []
    assert refusals[0].reason == reason


def test_decode_reads_every_key() -> None:
    [(position, reading)], refusals = decode(one(unit="°C", state="estimate", seq=17))
    assert (position, refusals) == (None, [])
    assert (reading.value, reading.unit, reading.state, reading.seq) == (1.5, "°C", "estimate", 17)
    assert reading.at.isoformat() == AT


def test_decode_keeps_the_good_readings_of_a_batch() -> None:
    readings, refusals = decode(b"[%s, %s, %s]" % (one(), one(value="12"), one(value=0)))
    assert [(position, reading.value) for position, reading in readings] == [(0, 1.5), (2, 0.0)]
    assert [(r.position, r.reason) for r in refusals] == [(1, Reason.NOT_A_NUMBER)]


@given(st.binary(max_size=300))
def test_decode_never_raises(payload: bytes) -> None:
    readings, refusals = decode(payload)
    assert readings or refusals or payload.strip() == b"[]"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_decode_never_raises_on_any_json(document: object) -> None:
    readings, refusals = decode(json.dumps(document).encode())
    assert readings or refusals or document == []
