"""Zalo: a refresh token is spent once, its successor is on disk before it is used, and nobody spends it beside us."""

import asyncio
import json
import re
import stat
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
import structlog
from msgspec.structs import replace
from pydantic import SecretStr

from ioc.clock import ManualClock
from ioc.errors import OutcomeUnknownError, PermanentError, TemporaryError
from ioc.model import HOUR, State
from ioc.notify import http
from ioc.notify.identity import identity
from ioc.notify.render import gathered
from ioc.notify.render.zns import SIZES, free
from ioc.notify.zalo import ZaloOa, ZaloZns
from ioc.notify.zalo_config import ZaloConfig
from ioc.notify.zalo_store import Pair, Store
from ioc.notify.zalo_token import ZaloTokens
from ioc.telemetry import Counts, Link
from tests.notify.provider import Got, Provider, Reply, note, provider
from tests.notify.test_gathered import digest

SENT = Reply({"error": 0, "message": "Success", "data": {"msg_id": "m-1", "sent_time": "1741741800000"}})
SECRETS = ("refresh-0", "refresh-1", "access-1", "app-secret")


class Zalo(Provider):
    """The OAuth server and both message interfaces: a refresh token works once, an access token until it is stale."""

    def __init__(self) -> None:
        super().__init__()
        self.generation = 0
        self.stale: set[str] = set()
        self.token_code = -124
        self.oauth: Reply | None = None
        self.replies = [SENT]

    async def answer(self, request: Any) -> Any:
        if request.path != "/oauth":
            if request.headers["access_token"] != f"access-{self.generation}" or self.stale:
                self.stale.clear()
                self.replies.insert(0, Reply({"error": self.token_code, "message": "no"}))
            return await super().answer(request)
        form = parse_qs((await request.read()).decode())
        self.replies.insert(0, self.oauth or self._exchange(form["refresh_token"][0]))
        self.oauth = None
        return await super().answer(request)

    def _exchange(self, token: str) -> Reply:
        if token != f"refresh-{self.generation}":
            return Reply({"error": -14014, "error_name": "Invalid refresh token."})
        self.generation += 1
        return Reply(
            {
                "access_token": f"access-{self.generation}",
                "refresh_token": f"refresh-{self.generation}",
                "expires_in": "90000",
            }
        )

    def calls(self, path: str) -> list[Got]:
        return [got for got in self.got if got.path == path]


@pytest.fixture
async def zalo() -> AsyncIterator[Zalo]:
    async with provider(Zalo()) as scripted:
        assert isinstance(scripted, Zalo)
        yield scripted


@pytest.fixture
def config(zalo: Zalo, tmp_path: Path) -> ZaloConfig:
    return ZaloConfig(
        app_id="42",
        app_secret=SecretStr("app-secret"),
        refresh_token=SecretStr("refresh-0"),
        token_store=tmp_path / "state/zalo.json",
        oauth_url=f"{zalo.url}/oauth",
        zns_url=f"{zalo.url}/zns",
        status_url=f"{zalo.url}/status",
        oa_url=f"{zalo.url}/oa",
        template="7895417a7d3f9461cd2e",
    )


class Parts:
    def __init__(self, config: ZaloConfig, session: aiohttp.ClientSession) -> None:
        self.clock = ManualClock()
        self.tokens = ZaloTokens(config, session, self.clock)
        self.zns = ZaloZns(config, self.tokens, session)
        self.oa = ZaloOa(config, self.tokens, session)


@pytest.fixture
def parts(config: ZaloConfig, session: aiohttp.ClientSession) -> Parts:
    return Parts(config, session)


async def test_zns_fills_the_template(zalo: Zalo, parts: Parts, config: ZaloConfig) -> None:
    message = note(state=State.ESTIMATE)
    assert await parts.zns.send(message) == "m-1"
    [got] = zalo.calls("/zns")
    assert got.headers["access_token"] == "access-1"
    assert got.document == {
        "phone": "84912345678",
        "template_id": config.template,
        "template_data": {
            "severity": "NGUY CẤP",
            "indicator": "Độ mặn nước sông",
            "place": "trạm Mỹ Hóa",
            "value": "ước tính 4,6",
            "unit": "g/L",
            "limit": "4",
            "since": "08:10 12/03/2025",
            "basis": "QCVN 08:2023/BTNMT, bảng 1",
            "incident": "a7k2q9xz/1",
        },
        "tracking_id": identity(message),
    }


async def test_zns_says_a_free_text_as_its_indicator(zalo: Zalo, parts: Parts) -> None:
    assert await parts.zns.send(note(digest=True)) == "m-1"
    filled = zalo.calls("/zns")[0].document["template_data"]
    assert filled["indicator"] == "Tóm tắt: 12 cảnh báo tại tỉnh Bến Tre <b>&</b> @all"
    assert (filled["severity"], filled["value"], filled["incident"]) == ("NGUY CẤP", "-", "a7k2q9xz/1")


async def test_zns_says_a_digest_in_the_words_of_the_template(zalo: Zalo, parts: Parts) -> None:
    assert await parts.zns.send(replace(digest("vi"), address="0912 345 678")) == "m-1"
    filled = zalo.calls("/zns")[0].document["template_data"]
    assert (filled["severity"], filled["value"], filled["unit"]) == ("TÓM TẮT", "5", "cảnh báo")


@pytest.mark.parametrize(("status", "arrived"), [(1, True), (0, None), (-1, None), (None, None)])
async def test_zns_is_asked_what_became_of_a_message(
    zalo: Zalo, parts: Parts, status: int | None, *, arrived: bool | None
) -> None:
    zalo.replies = [Reply({"error": 0, "message": "Success", "data": {"status": status, "delivery_time": "1"}})]
    assert await parts.zns.arrived("m 1") is arrived
    [got] = zalo.calls("/status")
    assert (got.query, got.headers["access_token"], got.raw) == ("message_id=m 1", "access-1", b"")


@pytest.mark.parametrize("reply", [{"error": -107}, {"error": 0}, {"error": 0, "data": []}, {}])
async def test_zns_answer_that_says_nothing_proves_nothing(zalo: Zalo, parts: Parts, reply: object) -> None:
    zalo.replies = [Reply(reply)]
    with pytest.raises(PermanentError):
        await parts.zns.arrived("m-1")


async def test_oa_says_text_to_a_follower(zalo: Zalo, parts: Parts) -> None:
    zalo.replies = [Reply({"error": 0, "data": {"message_id": "m-2", "user_id": "u"}})]
    assert await parts.oa.send(note("u-1", digest=True)) == "m-2"
    assert zalo.calls("/oa")[0].document == {
        "recipient": {"user_id": "u-1"},
        "message": {"text": "Tóm tắt: 12 cảnh báo tại tỉnh Bến Tre <b>&</b> ＠all"},
    }


@pytest.mark.parametrize(
    ("code", "error", "reason"),
    [
        (-100, TemporaryError, "zalo-100"),
        (-32, TemporaryError, "zalo-32"),
        (-108, PermanentError, "bad-phone"),
        (-115, PermanentError, "no-balance"),
        (-114, PermanentError, "cannot-receive"),
        (-1121, PermanentError, "bad-template"),
        (-133, PermanentError, "zns-night"),
        (-135, PermanentError, "oa-not-allowed"),
        (-137, PermanentError, "no-balance"),
        (-141, PermanentError, "user-refuses"),
        (-144, PermanentError, "quota"),
        (-230, PermanentError, "zalo-230"),
        (-999, PermanentError, "zalo-999"),
        (None, PermanentError, "zalo-answer"),
        ([1], PermanentError, "zalo-answer"),
    ],
)
async def test_zalo_codes_are_told_apart(
    zalo: Zalo, parts: Parts, code: object, error: type[TemporaryError | PermanentError], reason: str
) -> None:
    zalo.replies = [Reply({"error": code, "message": "no"})]
    with pytest.raises(error) as raised:
        await parts.zns.send(note())
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("code", "error", "reason"),
    [
        (-32, TemporaryError, "zalo-32"),
        (-200, TemporaryError, "zalo-200"),
        (-100, PermanentError, "zalo-100"),
        (-211, PermanentError, "quota"),
        (-213, PermanentError, "not-a-follower"),
        (-219, PermanentError, "oa-not-allowed"),
        (-230, PermanentError, "no-recent-contact"),
        (-232, PermanentError, "no-recent-contact"),
        (-321, PermanentError, "no-balance"),
    ],
)
async def test_account_has_codes_of_its_own(
    zalo: Zalo, parts: Parts, code: int, error: type[TemporaryError | PermanentError], reason: str
) -> None:
    zalo.replies = [Reply({"error": code, "message": "no"})]
    with pytest.raises(error) as raised:
        await parts.oa.send(note("u-1"))
    assert raised.value.reason == reason


async def test_zalo_throttle_is_tried_later(zalo: Zalo, parts: Parts) -> None:
    zalo.replies = [Reply(status=429, headers={"Retry-After": "11"})]
    with pytest.raises(TemporaryError) as raised:
        await parts.zns.send(note())
    assert raised.value.retry_after == 11.0


async def test_silence_after_delivery_is_unknown(zalo: Zalo, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    await parts.tokens.access()
    monkeypatch.setattr(http, "TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    zalo.replies = [Reply(hang=True)]
    with pytest.raises(OutcomeUnknownError):
        await parts.zns.send(note())


async def test_token_is_renewed_once_for_many_and_kept_for_its_life(zalo: Zalo, parts: Parts) -> None:
    assert set(await asyncio.gather(*(parts.tokens.access() for _ in range(20)))) == {"access-1"}
    parts.clock.move(24 * HOUR / 1e6)
    assert await parts.tokens.access() == "access-1"
    parts.clock.move(HOUR / 1e6)
    assert await parts.tokens.access() == "access-2"
    assert len(zalo.calls("/oauth")) == 2
    assert zalo.calls("/oauth")[0].headers["secret_key"] == "app-secret"


@pytest.mark.parametrize("code", [-124, -216, -220])
async def test_token_refused_in_use_is_renewed_and_the_message_sent(zalo: Zalo, parts: Parts, code: int) -> None:
    """Invalid to the template service, invalid to the account's, expired or replaced to either."""
    zalo.token_code = code
    await parts.tokens.access()
    zalo.stale.add("access-1")
    assert await parts.zns.send(note()) == "m-1"
    assert [got.headers["access_token"] for got in zalo.calls("/zns")] == ["access-1", "access-2"]


async def test_successor_is_on_disk_before_it_is_used(
    zalo: Zalo, parts: Parts, config: ZaloConfig, session: aiohttp.ClientSession
) -> None:
    await parts.zns.send(note())
    stored = json.loads(config.token_store.read_bytes())
    assert (stored["refresh"], stored["access"], stored["is_spent"]) == ("refresh-1", "access-1", False)
    assert stat.S_IMODE(config.token_store.stat().st_mode) == 0o600
    assert await Parts(config, session).tokens.access() == "access-1"  # a restart
    assert len(zalo.calls("/oauth")) == 1


async def test_spending_is_on_disk_before_the_token_is_sent(
    zalo: Zalo, parts: Parts, config: ZaloConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is lost: a restart knows that the token may be gone, tries it, and says what a person has to do."""
    monkeypatch.setattr(http, "TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    zalo.oauth = Reply(hang=True)
    with pytest.raises(TemporaryError, match="zalo-token"):
        await parts.tokens.access()
    assert json.loads(config.token_store.read_bytes())["is_spent"] is True
    zalo.generation += 1  # it had arrived
    with structlog.testing.capture_logs() as logs, pytest.raises(PermanentError, match="zalo-login"):
        await parts.tokens.access()
    assert [entry["log_level"] for entry in logs] == ["warning", "error"]


async def test_lost_answer_of_a_token_that_had_not_arrived_heals(
    zalo: Zalo, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    zalo.oauth = Reply(hang=True)
    with pytest.raises(TemporaryError):
        await parts.tokens.access()
    assert await parts.tokens.access() == "access-1"


async def test_unreachable_server_spends_nothing(zalo: Zalo, parts: Parts, config: ZaloConfig) -> None:
    zalo.oauth = Reply(b"", 503)
    with pytest.raises(TemporaryError):
        await parts.tokens.access()
    assert json.loads(config.token_store.read_bytes())["is_spent"] is False
    assert await parts.tokens.access() == "access-1"


async def test_throttled_renewal_spends_nothing(zalo: Zalo, parts: Parts, config: ZaloConfig) -> None:
    zalo.oauth = Reply({"error": -32, "message": "Your application reached limit call api"})
    with pytest.raises(TemporaryError, match="zalo-32") as raised:
        await parts.tokens.access()
    assert raised.value.retry_after == 60.0
    assert json.loads(config.token_store.read_bytes())["is_spent"] is False
    assert await parts.tokens.access() == "access-1"


async def test_new_log_in_goes_before_what_was_kept(
    zalo: Zalo, parts: Parts, config: ZaloConfig, session: aiohttp.ClientSession
) -> None:
    await parts.tokens.access()
    zalo.generation = 7
    again = config.model_copy(update={"refresh_token": SecretStr("refresh-7")})
    assert await Parts(again, session).tokens.access() == "access-8"


async def test_another_process_refreshing_makes_us_wait_and_then_use_its_token(
    zalo: Zalo, parts: Parts, config: ZaloConfig
) -> None:
    store = Store(config.token_store)
    with store.alone():
        with pytest.raises(TemporaryError, match="zalo-token-busy"):
            await parts.tokens.access()
        first = store.load("refresh-0")
        store.save(Pair(refresh="refresh-9", access="access-9", expires_at=parts.clock.now() + HOUR, seed=first.seed))
    assert await parts.tokens.access() == "access-9"
    assert zalo.got == []


async def test_store_that_is_not_ours_is_named_and_not_overwritten(parts: Parts, config: ZaloConfig) -> None:
    config.token_store.parent.mkdir()
    config.token_store.write_bytes(b'{"refresh": "refresh-0", ')
    with pytest.raises(PermanentError, match="zalo-store"):
        await parts.tokens.access()
    assert config.token_store.read_bytes() == b'{"refresh": "refresh-0", '


async def test_keeping_renews_without_any_message(zalo: Zalo, parts: Parts) -> None:
    counts = Counts()
    task = asyncio.create_task(parts.tokens.keep(Link("zalo", counts)))
    async with asyncio.timeout(5):
        while zalo.generation < 3:  # noqa: ASYNC110 - the clock moves by itself
            await asyncio.sleep(0.005)  # noqa: TID251
    task.cancel()
    await asyncio.wait({task})
    assert counts.value("link_up", link="zalo") == 1


@pytest.mark.parametrize("oauth", [{"error": -14014, "error_name": "refresh-0"}, {"access_token": "access-1"}])
async def test_refused_refresh_token_asks_for_a_log_in_and_shows_no_secret(
    zalo: Zalo, parts: Parts, oauth: dict[str, Any]
) -> None:
    zalo.oauth = Reply(oauth)
    with structlog.testing.capture_logs() as logs, pytest.raises(PermanentError, match="zalo-login") as raised:
        await parts.zns.send(note())
    assert not [secret for secret in SECRETS if secret in _shown(raised.value) + str(logs)]


async def test_errors_of_sending_show_no_secret(zalo: Zalo, parts: Parts) -> None:
    await parts.tokens.access()
    for reply in (Reply(b"", 500), Reply(b"access-1", 400), Reply({"error": "access-1", "message": "access-1"})):
        zalo.replies = [reply]
        with pytest.raises((PermanentError, TemporaryError)) as raised:
            await parts.zns.send(note())
        assert not [secret for secret in SECRETS if secret in _shown(raised.value)]
    assert "refresh" not in repr(Pair(refresh="refresh-1")).replace("Pair", "")


def _shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def test_parameters_keep_the_types_they_are_registered_as() -> None:
    """What the documents say of the types: a label or code has 30 signs, a brand or address 200, a time 20."""
    signs = {"indicator": 200, "basis": 200, "place": 200, "since": 20}
    assert all(size <= signs.get(name, 30) for name, size in SIZES.items())
    for filled in (free(note(digest=True)), gathered.parameters(digest("vi"), SIZES.items())):
        assert re.fullmatch(r"\d\d:\d\d \d\d/\d\d/\d{4}", filled["since"])
