"""Whether a request is believed."""

import random

import pytest

from collectors.signature import KEY, SIGNATURE, TIMESTAMP, TOLERANCE, Denial, denial, sign
from ioc.model import SECOND

NOW = 1_741_741_200
SECRET = b"secret"
BODY = b'{"value": 1}'


def headers(timestamp: int = NOW, key: str = "", body: bytes = BODY) -> dict[str, str]:
    return {TIMESTAMP: str(timestamp), SIGNATURE: sign(SECRET, timestamp, key, body), KEY: key}


def asked(given: dict[str, str], body: bytes = BODY, secret: bytes | None = SECRET) -> Denial | None:
    return denial(given, body, secret, NOW * SECOND)


@pytest.mark.parametrize("off", [0, 299, -299])
def test_signed_request_is_believed(off: int) -> None:
    assert asked(headers(NOW + off)) is None
    assert asked(headers(NOW + off, "mẻ-1")) is None


@pytest.mark.parametrize("off", [301, -301, 10**9])
def test_old_or_early_request_is_stale(off: int) -> None:
    assert TOLERANCE == 300 * SECOND
    assert asked(headers(NOW + off)) is Denial.STALE


@pytest.mark.parametrize("name", [TIMESTAMP, SIGNATURE])
@pytest.mark.parametrize("value", ["", "x", "-1", "1e9", "٣", "9" * 400, "\udcff"])
def test_request_without_its_headers_is_denied(name: str, value: str) -> None:
    assert asked(headers() | {name: value}) is not None


def test_key_is_signed_too() -> None:
    assert asked(headers(key="a") | {KEY: "b"}) is Denial.FORGED
    assert asked(headers(key="a") | {KEY: ""}) is Denial.FORGED
    assert asked(headers(key="k" * 201)) is Denial.UNSIGNED


def test_site_is_signed_too() -> None:
    given = {TIMESTAMP: str(NOW), SIGNATURE: sign(SECRET, NOW, "", BODY, "a")}
    assert denial(given, BODY, SECRET, NOW * SECOND, site="a") is None
    for other in ("b", "", "a.b", "\udcff"):
        assert denial(given, BODY, SECRET, NOW * SECOND, site=other) is Denial.FORGED


def test_time_has_to_agree_with_one_clock() -> None:
    for clocks in [(NOW, NOW + 9999), (NOW - 9999, NOW)]:
        assert denial(headers(), BODY, SECRET, *(clock * SECOND for clock in clocks)) is None
    assert denial(headers(), BODY, SECRET, (NOW - 301) * SECOND, (NOW + 301) * SECOND) is Denial.STALE


@pytest.mark.parametrize("secret", [None, b""])
def test_sender_without_a_secret_is_never_believed(secret: bytes | None) -> None:
    given = {TIMESTAMP: str(NOW), SIGNATURE: sign(secret or b"", NOW, "", BODY)}
    assert asked(given, secret=secret) is Denial.UNKNOWN


def test_10000_flipped_bits_are_all_denied() -> None:
    chance = random.Random(5)
    for _ in range(10_000):
        given, body = headers(), BODY
        where = chance.choice([TIMESTAMP, SIGNATURE, "body"])
        if where == "body":
            place = chance.randrange(len(body) * 8)
            body = bytes(byte ^ (1 << place % 8 if n == place // 8 else 0) for n, byte in enumerate(body))
        else:
            text = given[where]
            place = chance.randrange(len(text))
            given[where] = text[:place] + chr(ord(text[place]) ^ (1 << chance.randrange(7))) + text[place + 1 :]
        assert asked(given, body) is not None
