"""The channels against real servers on loopback."""

import asyncio
import hashlib
import hmac
import json
import traceback
from collections.abc import AsyncIterator
from email import message_from_bytes, policy

import aiohttp
import pytest
from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from pydantic import SecretStr

from ioc.clock import ManualClock
from ioc.demo.children import free_port
from ioc.errors import OutcomeUnknownError, PermanentError, TemporaryError
from ioc.model import Notification
from ioc.notify.email import Email, EmailConfig
from ioc.notify.webhook import Webhook, WebhookConfig
from tests.notify.test_sentence import transition

KEY = "a shared secret"


def note(address: str, channel: str = "webhook") -> Notification:
    told = transition()
    return Notification(
        "duty", channel, address, told.incident, told.revision, told, "[NGUY CẤP] Độ mặn", "NGUY CẤP: …"
    )


class Receiver:
    """A web server that answers as told and keeps what it got."""

    def __init__(self) -> None:
        self.port = free_port()
        self.status = 200
        self.headers: dict[str, str] = {}
        self.hangs = False
        self.got: list[tuple[dict[str, str], bytes]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        if self.hangs:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=self.status, headers=self.headers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", receiver.port).start()
    yield receiver
    await runner.cleanup()


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    async with aiohttp.ClientSession() as session:
        yield Webhook(WebhookConfig(secret=KEY), session, ManualClock())  # type: ignore[arg-type]


async def test_webhook_is_signed_over_time_and_body(webhook: Webhook, receiver: Receiver) -> None:
    await webhook.send(note(receiver.url))
    [(headers, body)] = receiver.got
    signed = headers["X-IOC-Timestamp"].encode() + b"." + body
    assert headers["X-IOC-Signature"] == "sha256=" + hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
    document = json.loads(body)
    assert (document["incident"], document["revision"], document["status"]) == ("a7k2q9xz", 1, "firing")
    assert (document["severity"], document["value"], document["limit"]) == ("critical", 4.56, 4.0)


@pytest.mark.parametrize(
    ("status", "headers", "error", "retry_after"),
    [
        (503, {}, TemporaryError, None),
        (429, {"Retry-After": "7"}, TemporaryError, 7.0),
        (400, {}, PermanentError, None),
        (302, {"Location": "http://127.0.0.1:1/"}, PermanentError, None),
    ],
)
async def test_webhook_tells_temporary_from_permanent(
    webhook: Webhook,
    receiver: Receiver,
    status: int,
    headers: dict[str, str],
    error: type[TemporaryError | PermanentError],
    retry_after: float | None,
) -> None:
    receiver.status, receiver.headers = status, headers
    with pytest.raises(error) as raised:
        await webhook.send(note(receiver.url))
    assert getattr(raised.value, "retry_after", None) == retry_after


async def test_webhook_cut_off_after_the_request_is_unknown(webhook: Webhook, receiver: Receiver) -> None:
    receiver.hangs = True
    with pytest.raises(OutcomeUnknownError):
        await webhook.send(note(receiver.url))
    assert len(receiver.got) == 1


async def test_webhook_to_nobody_is_temporary(webhook: Webhook) -> None:
    with pytest.raises(TemporaryError):
        await webhook.send(note(f"http://127.0.0.1:{free_port()}/"))


async def test_webhook_calls_listed_hosts_only(webhook: Webhook) -> None:
    with pytest.raises(PermanentError, match="host-not-allowed"):
        await webhook.send(note("http://internal.example.com/"))


class Mailbox:
    """A mail server that answers as told and keeps what it got."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.hangs = False
        self.got: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        assert isinstance(envelope.content, bytes)
        self.got.append(envelope.content)
        while self.hangs:  # noqa: ASYNC110 - another thread lets it go
            await asyncio.sleep(0.05)  # noqa: TID251 - it lives in a thread of its own
        return self.answer


@pytest.fixture
async def mailbox() -> AsyncIterator[tuple[Mailbox, Email]]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    await asyncio.to_thread(controller.start)
    yield box, Email(EmailConfig(port=controller.port, sender="ioc@example.com", start_tls=False))
    await asyncio.to_thread(controller.stop)


async def test_email_carries_the_sentence(mailbox: tuple[Mailbox, Email]) -> None:
    box, email = mailbox
    await email.send(note("duty@example.com", "email"))
    message = message_from_bytes(box.got[0], policy=policy.default)
    assert message["Subject"] == "[NGUY CẤP] Độ mặn"
    assert message["To"] == "duty@example.com"
    assert message.get_content().strip() == "NGUY CẤP: …"


async def test_email_keeps_its_message_id_when_repeated(mailbox: tuple[Mailbox, Email]) -> None:
    box, email = mailbox
    for _ in range(2):
        await email.send(note("duty@example.com", "email"))
    ids = {message_from_bytes(content)["Message-ID"] for content in box.got}
    assert len(box.got) == 2
    assert len(ids) == 1


@pytest.mark.parametrize(("answer", "error"), [("451 try later", TemporaryError), ("554 never", PermanentError)])
async def test_email_tells_temporary_from_permanent(
    mailbox: tuple[Mailbox, Email], answer: str, error: type[Exception]
) -> None:
    box, email = mailbox
    box.answer = answer
    with pytest.raises(error):
        await email.send(note("duty@example.com", "email"))


async def test_email_taken_without_an_answer_is_unknown(mailbox: tuple[Mailbox, Email]) -> None:
    box, email = mailbox
    box.hangs = True
    impatient = Email(email._config.model_copy(update={"timeout": 0.4}))
    with pytest.raises(OutcomeUnknownError):
        await impatient.send(note("duty@example.com", "email"))
    box.hangs = False
    assert len(box.got) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_email_with_a_wrong_password_is_final_and_shows_no_secret() -> None:
    def nobody(*_: object) -> AuthResult:
        return AuthResult(success=False, handled=False)

    controller = Controller(
        Mailbox(),
        hostname="127.0.0.1",
        port=free_port(),
        auth_required=True,
        auth_require_tls=False,
        authenticator=nobody,
    )
    await asyncio.to_thread(controller.start)
    config = EmailConfig(port=controller.port, start_tls=False, username="ioc", password=SecretStr(KEY))
    with pytest.raises(PermanentError, match="smtp-535") as raised:
        await Email(config).send(note("duty@example.com", "email"))
    await asyncio.to_thread(controller.stop)
    assert KEY not in "".join(traceback.format_exception(raised.value))


async def test_email_to_nobody_is_temporary() -> None:
    email = Email(EmailConfig(port=free_port(), start_tls=False))
    with pytest.raises(TemporaryError):
        await email.send(note("duty@example.com", "email"))


async def test_email_subject_cannot_add_headers(mailbox: tuple[Mailbox, Email]) -> None:
    box, email = mailbox
    told = transition()
    hostile = "x\r\nBcc: everybody@example.com"
    await email.send(Notification("duty", "email", "duty@example.com", "i", 1, told, hostile, "text"))
    message = message_from_bytes(box.got[0], policy=policy.default)
    assert message["Bcc"] is None
    assert message["Subject"] == "x Bcc: everybody@example.com"
