"""What a database's no means, and who we say that we are."""

from base64 import b64decode
from pathlib import Path

import pytest
from pydantic import ValidationError

from ioc.errors import PermanentError, TemporaryError
from ioc.store.config import InfluxConfig
from ioc.store.database import (
    BadLinesError,
    DeniedError,
    MissingError,
    TooLargeError,
    authorization,
    refusal,
    retry_after,
    shortened,
)
from ioc.store.sink import INFLUX_1, INFLUX_LATER, UNKNOWN, VICTORIA, Truth, truth_of

JSON = {"Content-Type": "application/json; charset=utf-8"}


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (400, JSON, BadLinesError),
        (422, JSON, BadLinesError),
        (400, {"Content-Type": "text/html"}, DeniedError),
        (401, JSON, DeniedError),
        (403, JSON, DeniedError),
        (404, JSON, MissingError),
        (413, {}, TooLargeError),
        (200, {}, TemporaryError),
        (202, {}, TemporaryError),
        (302, {}, TemporaryError),
        (429, {}, TemporaryError),
        (500, JSON, TemporaryError),
        (503, {}, TemporaryError),
    ],
)
def test_refusal_translates_the_status(status: int, headers: dict[str, str], kind: type[Exception]) -> None:
    error = refusal(status, headers, "the words")
    assert type(error) is kind
    assert isinstance(error, TemporaryError | PermanentError)
    assert error.reason == f"http-{status}"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("0", 0), ("7", 7), ("86400", 600), ("", None), ("-1", None), ("1.5", None), ("²", None), ("nan", None)],
)
def test_retry_after_takes_whole_seconds(header: str, seconds: float | None) -> None:
    assert retry_after(header) == seconds


def test_authorization_reads_the_file_again_each_time(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    config = InfluxConfig(username="ioc", password_file=path)
    with pytest.raises(DeniedError, match="secret"):
        authorization(config)
    for secret in ("mật khẩu", "another"):
        path.write_text(secret + "\n", encoding="utf-8")
        sent = authorization(config)["Authorization"].removeprefix("Basic ")
        assert b64decode(sent).decode() == f"ioc:{secret}"


def test_authorization_of_v2_is_a_token_on_one_line() -> None:
    assert authorization(InfluxConfig(api="v2", token="abc")) == {"Authorization": "Token abc"}
    assert authorization(InfluxConfig(api="v2", password="abc")) == {}
    with pytest.raises(DeniedError) as caught:
        authorization(InfluxConfig(api="v2", token="two\nlines"))
    assert "lines\n" not in str(caught.value)
    assert "two" not in str(caught.value)


def test_config_wants_one_secret_and_hides_it() -> None:
    with pytest.raises(ValidationError, match="one or the other"):
        InfluxConfig(token="a", token_file=Path("b"))
    assert "sesame" not in repr(InfluxConfig(password="sesame"))


@pytest.mark.parametrize(
    ("headers", "truth"),
    [
        ({"X-Influxdb-Version": "1.6.7"}, INFLUX_1),
        ({"X-Influxdb-Version": "v2.7.11"}, INFLUX_LATER),
        ({"X-Influxdb-Version": "3.2.0"}, INFLUX_LATER),
        ({"X-Influxdb-Version": "1.8.0", "X-Server-Hostname": "vm"}, VICTORIA),
        ({}, UNKNOWN),
    ],
)
def test_truth_of_tells_the_kind(headers: dict[str, str], truth: Truth) -> None:
    assert truth_of(headers) is truth


def test_shortened_keeps_both_ends() -> None:
    assert shortened("ab" * 100) == "ab" * 100
    kept = shortened("begin" + "x" * 5000 + "end")
    assert kept.startswith("begin")
    assert kept.endswith("end")
    assert len(kept) < 500


def test_refusal_of_an_unknown_policy_waits_for_somebody() -> None:
    error = refusal(500, {}, '{"error":"retention policy not found: calendar"}')
    assert isinstance(error, MissingError)
    assert "calendar" in str(error)
