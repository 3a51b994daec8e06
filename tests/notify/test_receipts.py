"""A message is delivered when its provider says so, and its next channel is tried when the provider says never."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web
from fastapi import FastAPI
from pydantic import SecretStr

from ioc.alerting import outbox
from ioc.errors import PermanentError, TemporaryError
from ioc.model import DAY, MINUTE, SECOND, Severity
from ioc.notify.dispatch import Dispatcher
from ioc.notify.esms import Esms, EsmsConfig
from ioc.notify.receipts import Provider, Receipts, is_due
from ioc.notify.speedsms import SpeedSms, SpeedSmsConfig
from ioc.notify.zalo import ZaloZns
from ioc.notify.zalo_config import ZaloConfig
from ioc.notify.zalo_receipt import ZaloReceipts
from ioc.notify.zalo_token import ZaloTokens
from ioc.telemetry import Counts
from ioc.web.messages import add_messages
from tests.notify.provider import Provider as Scripted
from tests.notify.provider import Reply, provider
from tests.notify.test_zalo import Zalo
from tests.notify.tray_bed import Office, firing, official
from tests.support.collecting import until
from tests.web.centre import serving

SECRET = SecretStr("a-token-nobody-may-see")
PROVIDERS: dict[str, Callable[[str, aiohttp.ClientSession], Provider]] = {
    "esms": lambda url, session: Esms(EsmsConfig(status_url=url, api_key=SECRET, secret_key=SECRET), session),
    "speedsms": lambda url, session: SpeedSms(SpeedSmsConfig(status_url=url, token=SECRET), session),
}


def speed(*statuses: int) -> dict[str, object]:
    return {"status": "success", "code": "00", "data": [{"phone": "84900000000", "status": one} for one in statuses]}


@pytest.mark.parametrize(
    ("name", "answer", "expected"),
    [
        ("esms", {"CodeResponse": "100", "SendStatus": 5, "SendSuccess": 1, "SendFailed": 0}, True),
        ("esms", {"CodeResponse": "100", "SendStatus": 5, "SendSuccess": 0, "SendFailed": 1}, False),
        ("esms", {"CodeResponse": "100", "SendStatus": 2, "SendSuccess": 0, "SendFailed": 0}, None),
        ("esms", {"CodeResponse": "100", "SendStatus": 4, "SendSuccess": 0, "SendFailed": 0}, False),
        ("esms", {"CodeResponse": "105"}, None),
        ("speedsms", speed(0), True),
        ("speedsms", speed(64), False),
        ("speedsms", speed(3), None),
        ("speedsms", speed(), None),
    ],
)
async def test_provider_says_what_became_of_a_message(
    server: Scripted, session: aiohttp.ClientSession, name: str, answer: object, *, expected: bool | None
) -> None:
    server.replies = [Reply(answer)]
    assert await PROVIDERS[name](server.url, session).arrived("4711") is expected


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply({"CodeResponse": "101", "status": "error"}), PermanentError),
        (Reply(status=401), PermanentError),
        (Reply(status=429, headers={"Retry-After": "9"}), TemporaryError),
    ],
)
async def test_answer_that_says_nothing_proves_nothing(
    server: Scripted, session: aiohttp.ClientSession, name: str, reply: Reply, error: type[Exception]
) -> None:
    server.replies = [reply]
    with pytest.raises(error):
        await PROVIDERS[name](server.url, session).arrived("4711")


async def test_speedsms_is_asked_about_that_message(server: Scripted, session: aiohttp.ClientSession) -> None:
    server.replies = [Reply(speed(0))]
    await PROVIDERS["speedsms"](server.url, session).arrived("47/11")
    assert server.got[0].path == "/47/11"
    assert "Authorization" in server.got[0].headers


@pytest.mark.parametrize(("looked", "age"), [(None, 30), (30, 60), (60, 120), (600, 1200)])
def test_the_older_a_message_the_rarer_it_is_asked_about(looked: int | None, age: int) -> None:
    last = None if looked is None else looked * SECOND
    assert not is_due(0, last, (age - 1) * SECOND)
    assert is_due(0, last, age * SECOND)


class Oracle:
    """Answers from a list, and remembers what it was asked about."""

    def __init__(self, *answers: bool | Exception | None) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def arrived(self, number: str) -> bool | None:
        self.asked.append(number)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def sent(path: Path) -> tuple[Office, int]:
    """An office that has sent one critical message by text, which the provider calls m-1."""
    office = Office(path, [official(order=("sms", "email"))], ("sms",))
    office.tell(**firing(1, Severity.CRITICAL))
    [(number, _, _)] = office.tray.due(office.clock.now(), 20)
    office.tray.settle(number, "sent", None, "m-1")
    return office, number


async def test_delivered_is_written_down_and_not_asked_again(tmp_path: Path) -> None:
    office, number = sent(tmp_path)
    oracle = Oracle(None, TemporaryError("http-503"), True)
    receipts = Receipts(office.tray, {"sms": oracle}, office.clock, Counts())
    for _ in range(40):
        await receipts.round()
        office.clock.move(30)
    assert oracle.asked == ["m-1"] * 3
    [row] = office.outbox.read([number])
    assert (row.state, row.detail) == ("delivered", "m-1")


async def test_never_delivered_is_failed_and_the_next_channel_is_tried_at_once(tmp_path: Path) -> None:
    office, number = sent(tmp_path)
    office.clock.move(31)
    await Receipts(office.tray, {"sms": Oracle(False)}, office.clock, Counts()).round()
    assert office.outbox.read([number])[0].state == "failed"
    [message] = office.work()
    assert message.channel == "email"
    assert office.clock.now() < office.sent[0][1].transition.at + 2 * MINUTE


KEY = "webhook"


def signed(event: dict[str, object], secret: str = KEY) -> tuple[bytes, dict[str, str]]:
    body = msgspec.json.encode(event)
    text = b"1" + body + str(event["timestamp"]).encode() + secret.encode()
    return body, {"x-zevent-signature": f"mac={hashlib.sha256(text).hexdigest()}"}


def _bare(call: tuple[bytes, dict[str, str]]) -> str:
    return call[1]["x-zevent-signature"].removeprefix("mac=").upper()


RECEIPT: dict[str, object] = {
    "event_name": "user_received_message",
    "app_id": "1",
    "timestamp": "1741741800000",
    "message": {"msg_id": "m-1", "tracking_id": "x", "delivery_time": "1741741800000"},
}


@pytest.mark.parametrize(
    ("body", "headers", "status", "proven"),
    [
        (*signed(RECEIPT), 200, ["m-1"]),
        (*signed({**RECEIPT, "event_name": "user_send_text"}), 200, []),
        (*signed({**RECEIPT, "message": None}), 200, []),
        (*signed(RECEIPT, "guessed"), 403, []),
        (signed(RECEIPT)[0], {}, 403, []),
        (signed(RECEIPT)[0], {"x-zevent-signature": "mac=đ"}, 403, []),
        (b'{"event_name": "\xff"}', {}, 400, []),
        (b'{"timestamp": "\\ud800"}', {}, 400, []),
        (b'{"message": ' + b"[" * 100_000, {}, 400, []),
        (signed(RECEIPT)[0], {"x-zevent-signature": _bare(signed(RECEIPT))}, 200, ["m-1"]),
        (b"[]", {}, 400, []),
        (b"\xff", {}, 400, []),
    ],
)
def test_zalo_is_believed_only_when_it_signs(
    body: bytes, headers: dict[str, str], status: int, proven: list[str]
) -> None:
    found: list[tuple[str, str]] = []
    config = ZaloConfig(app_id="1", webhook_secret=SecretStr(KEY))
    assert ZaloReceipts(config, lambda *told: found.append(told)).take(body, headers) == status
    assert found == [("zns", name) for name in proven]


def test_receipt_without_a_time_of_delivery_is_of_the_accounts_own_text() -> None:
    found: list[tuple[str, str]] = []
    inlet = ZaloReceipts(ZaloConfig(app_id="1", webhook_secret=SecretStr(KEY)), lambda *told: found.append(told))
    assert inlet.take(*signed({**RECEIPT, "message": {"msg_id": "m-1"}})) == 200
    assert found == [("zalo", "m-1")]


def test_zalo_without_a_secret_is_not_believed_at_all() -> None:
    body, headers = signed(RECEIPT, "")
    assert ZaloReceipts(ZaloConfig(app_id="1"), lambda *_: None).take(body, headers) == 403


def test_receipt_by_the_providers_number_finds_its_message(tmp_path: Path) -> None:
    office, number = sent(tmp_path)
    for channel, name in (("sms", "m-2"), ("zns", "m-1")):
        office.tray.proven(channel, name, office.clock.now())
        assert office.outbox.read([number])[0].state == "sent"
    office.tray.proven("sms", "m-1", office.clock.now())
    assert office.outbox.read([number])[0].state == "delivered"


def kept(office: Office) -> list[str]:
    return [name for (name,) in office.ledger._db.execute("select name from receipts order by id")]


@pytest.mark.parametrize("has_restarted", [False, True])
def test_receipt_that_comes_before_the_number_is_known_is_kept_for_it(tmp_path: Path, *, has_restarted: bool) -> None:
    office = Office(tmp_path, [official(order=("sms", "email"))], ("sms",))
    office.tell(**firing(1, Severity.CRITICAL))
    office.tell(**firing(2, Severity.CRITICAL))
    first, second = [number for number, *_ in office.tray.due(office.clock.now(), 20)]
    office.tray.proven("sms", "m-1", office.clock.now())
    office.tray.proven("zns", "m-2", office.clock.now())
    if has_restarted:
        office.restart()
    office.tray.settle(first, "sent", None, "m-1")
    office.tray.settle(second, "sent", None, "m-2")
    assert [(row.state, row.detail) for row in office.outbox.read([first, second])] == [
        ("delivered", "m-1"),
        ("sent", "m-2"),
    ]
    assert kept(office) == ["m-2"]


def test_receipt_of_what_was_never_ours_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(tmp_path)
    office.tray.proven("zns", "old", office.clock.now())
    office.clock.move(DAY / SECOND + 1)
    office.tray.proven("zns", "new", office.clock.now())
    assert kept(office) == ["new"]
    monkeypatch.setattr(outbox, "RECEIPTS_KEPT", 10)
    for number in range(50):
        office.tray.proven("zns", f"m-{number}", office.clock.now())
        office.tray.proven("zns", f"m-{number}", office.clock.now())
    assert kept(office) == [f"m-{number}" for number in range(40, 50)]


class Hasty(Zalo):
    """Posts the receipt of a message before it answers the send."""

    def __init__(self) -> None:
        super().__init__()
        self.address = ""
        self.statuses: list[int] = []

    async def answer(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/zns":
            body, headers = signed(RECEIPT)
            async with (
                aiohttp.ClientSession() as session,
                session.post(self.address, data=body, headers=headers) as got,
            ):
                self.statuses.append(got.status)
        return await super().answer(request)


async def test_receipt_posted_before_the_send_is_answered_is_not_lost(tmp_path: Path) -> None:
    office = Office(tmp_path, [official(channels={"zns": "0900000000"})], ("zns",))
    inlet = ZaloReceipts(
        ZaloConfig(app_id="1", webhook_secret=SecretStr(KEY)),
        lambda channel, name: office.tray.proven(channel, name, office.clock.now()),
    )
    app = FastAPI()
    app.state.close_streams = lambda: None
    add_messages(app, None, {"/v1/receipts/zalo": inlet.take})
    hasty = Hasty()
    async with provider(hasty), serving(app) as address, aiohttp.ClientSession() as session:
        hasty.address = f"{address}/v1/receipts/zalo"
        config = ZaloConfig(
            app_id="1",
            app_secret=SecretStr("app-secret"),
            refresh_token=SecretStr("refresh-0"),
            token_store=tmp_path / "zalo.json",
            oauth_url=f"{hasty.url}/oauth",
            zns_url=f"{hasty.url}/zns",
            template="7895417a7d3f9461cd2e",
        )
        zns = ZaloZns(config, ZaloTokens(config, session, office.clock), session)
        running = asyncio.create_task(Dispatcher(office.tray, {"zns": zns}, office.clock, Counts()).run())
        office.tell(**firing(1))
        await until(lambda: office.outbox.counts()["waiting"] == 0)
        running.cancel()
        await asyncio.wait({running})
    assert hasty.statuses == [200]
    [row] = office.outbox.newest(1)
    assert (row.state, row.detail) == ("delivered", "m-1")
    assert kept(office) == []
