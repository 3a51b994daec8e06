"""Each provider's documented interface, played by a scripted server: success, throttle, bad token, silence."""

import traceback
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import aiohttp
import pytest
import structlog
from pydantic import SecretStr

from ioc.clock import ManualClock
from ioc.demo.children import free_port
from ioc.errors import ConfigError, OutcomeUnknownError, PermanentError, TemporaryError
from ioc.notify import http
from ioc.notify.channels import build
from ioc.notify.config import NotifyConfig
from ioc.notify.dispatch import Channel
from ioc.notify.esms import Esms, EsmsConfig
from ioc.notify.identity import identity, phone
from ioc.notify.loudspeaker import Loudspeaker, LoudspeakerConfig
from ioc.notify.render.sms import sms
from ioc.notify.speedsms import SpeedSms, SpeedSmsConfig
from ioc.notify.telegram import Telegram, TelegramConfig
from ioc.notify.template import HttpTemplate, TemplateConfig
from tests.notify.provider import Provider, Reply, note

TOKEN = "918273:a-token-nobody-may-see"
SECRET = SecretStr(TOKEN)


class Case(NamedTuple):
    """One provider: how it is built, and its own words for each outcome."""

    build: Callable[[str, aiohttp.ClientSession], Channel]
    success: Reply
    number: str | None
    throttle: Reply
    retry_after: float | None
    bad_token: Reply
    refused: tuple[Reply, str]


CASES = {
    "telegram": Case(
        build=lambda url, session: Telegram(TelegramConfig(url=url, token=SECRET), session),
        success=Reply({"ok": True, "result": {"message_id": 77}}),
        number="77",
        throttle=Reply(
            {
                "ok": False,
                "error_code": 429,
                "description": "Too Many Requests: retry after 5",
                "parameters": {"retry_after": 5},
            },
            429,
        ),
        retry_after=5.0,
        bad_token=Reply({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401),
        refused=(
            Reply({"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}, 403),
            "telegram-refused",
        ),
    ),
    "esms": Case(
        build=lambda url, session: Esms(EsmsConfig(url=url, api_key=SECRET, secret_key=SECRET, brand="IOC"), session),
        success=Reply({"CodeResult": "100", "CountRegenerate": 0, "SMSID": "d533459ee42b"}),
        number="d533459ee42b",
        throttle=Reply(status=429, headers={"Retry-After": "9"}),
        retry_after=9.0,
        bad_token=Reply({"CodeResult": "101", "CountRegenerate": 0, "ErrorMessage": f"Authorize Failed {TOKEN}"}),
        refused=(Reply({"CodeResult": "103", "ErrorMessage": "Balance not enough"}), "no-balance"),
    ),
    "speedsms": Case(
        build=lambda url, session: SpeedSms(SpeedSmsConfig(url=url, token=SECRET), session),
        success=Reply({"status": "success", "code": "00", "data": {"tranId": 4711, "totalSMS": 1, "invalidPhone": []}}),
        number="4711",
        throttle=Reply(
            {"name": "Too Many Requests", "message": "Rate limit exceeded.", "code": 0, "status": 429},
            429,
            {"X-Rate-Limit-Reset": "41"},
        ),
        retry_after=41.0,
        bad_token=Reply({"name": "Unauthorized", "message": f"bad credentials {TOKEN}"}, 401),
        refused=(Reply({"status": "success", "code": "00", "data": {"invalidPhone": ["849"]}}), "bad-phone"),
    ),
    "http": Case(
        build=lambda url, session: HttpTemplate(
            TemplateConfig(
                name="http",
                url=f"{url}/send?to={{address}}",
                headers={"Authorization": "Bearer {secret}"},
                body='{"content": "{sms}", "id": "{id}"}',
                success="result.code == 0",
                retry="result.code in [7, 8]",
                secret=SECRET,
            ),
            session,
        ),
        success=Reply({"result": {"code": 0}}),
        number=None,
        throttle=Reply({"result": {"code": 7}}),
        retry_after=None,
        bad_token=Reply({"error": f"unknown {TOKEN}"}, 403),
        refused=(Reply({"result": {"code": 12}}), "refused"),
    ),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


async def test_success_gives_the_providers_number(case: Case, server: Provider, session: aiohttp.ClientSession) -> None:
    server.replies = [case.success]
    assert await case.build(server.url, session).send(note()) == case.number
    assert len(server.got) == 1


async def test_throttle_is_tried_later(case: Case, server: Provider, session: aiohttp.ClientSession) -> None:
    server.replies = [case.throttle]
    with pytest.raises(TemporaryError) as raised:
        await case.build(server.url, session).send(note())
    assert raised.value.retry_after == case.retry_after


async def test_bad_token_is_final_and_shows_no_secret(
    case: Case, server: Provider, session: aiohttp.ClientSession
) -> None:
    server.replies = [case.bad_token]
    with pytest.raises(PermanentError) as raised:
        await case.build(server.url, session).send(note())
    assert TOKEN not in "".join(traceback.format_exception(raised.value))


async def test_refusal_is_final_and_named(case: Case, server: Provider, session: aiohttp.ClientSession) -> None:
    reply, reason = case.refused
    server.replies = [reply]
    with pytest.raises(PermanentError) as raised:
        await case.build(server.url, session).send(note())
    assert raised.value.reason == reason


async def test_silence_after_delivery_is_unknown_and_shows_no_secret(
    case: Case, server: Provider, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    server.replies = [Reply(hang=True)]
    with pytest.raises(OutcomeUnknownError) as raised:
        await case.build(server.url, session).send(note())
    assert len(server.got) == 1
    assert TOKEN not in "".join(traceback.format_exception(raised.value))


async def test_nobody_there_is_tried_later_and_shows_no_secret(case: Case, session: aiohttp.ClientSession) -> None:
    with pytest.raises(TemporaryError, match="unreachable") as raised:
        await case.build(f"http://127.0.0.1:{free_port()}", session).send(note())
    assert TOKEN not in "".join(traceback.format_exception(raised.value))


async def test_trouble_at_the_provider_is_tried_later(
    case: Case, server: Provider, session: aiohttp.ClientSession
) -> None:
    server.replies = [Reply(b"<html>", 502)]
    with pytest.raises(TemporaryError, match="http-502"):
        await case.build(server.url, session).send(note())


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"<html>", b'{"data": null}', b"\xff\xfe"])
async def test_answer_that_is_none_never_counts_as_sent(
    case: Case, server: Provider, session: aiohttp.ClientSession, body: bytes
) -> None:
    server.replies = [Reply(body)]
    with pytest.raises((PermanentError, OutcomeUnknownError)):
        await case.build(server.url, session).send(note())


async def test_telegram_says_the_sentence_in_html(server: Provider, session: aiohttp.ClientSession) -> None:
    server.replies = [CASES["telegram"].success]
    await CASES["telegram"].build(server.url, session).send(note("-100123"))
    [got] = server.got
    assert got.path == f"/bot{TOKEN}/sendMessage"
    assert got.document["chat_id"] == "-100123"
    assert got.document["parse_mode"] == "HTML"
    assert got.document["text"].startswith("<b>NGUY CẤP</b>: Độ mặn nước sông tại <b>trạm Mỹ Hóa</b>")


async def test_telegram_escapes_a_digest(server: Provider, session: aiohttp.ClientSession) -> None:
    server.replies = [CASES["telegram"].success]
    await CASES["telegram"].build(server.url, session).send(note(digest=True))
    assert server.got[0].document["text"] == "Tóm tắt: 12 cảnh báo tại tỉnh Bến Tre &lt;b&gt;&amp;&lt;/b&gt; ＠all"


async def test_telegram_follows_a_group_that_moved(server: Provider, session: aiohttp.ClientSession) -> None:
    moved = {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": -1001234567890},
    }
    server.replies = [Reply(moved, 400), CASES["telegram"].success]
    with structlog.testing.capture_logs() as logs:
        assert await CASES["telegram"].build(server.url, session).send(note("-123")) == "77"
    assert [got.document["chat_id"] for got in server.got] == ["-123", "-1001234567890"]
    assert [(entry["log_level"], entry["to"]) for entry in logs] == [("warning", "-1001234567890")]


async def test_telegram_follows_a_group_once(server: Provider, session: aiohttp.ClientSession) -> None:
    server.replies = [Reply({"ok": False, "parameters": {"migrate_to_chat_id": -2}}, 400)]
    with pytest.raises(PermanentError, match="telegram-refused"):
        await CASES["telegram"].build(server.url, session).send(note("-1"))
    assert len(server.got) == 2


@pytest.mark.parametrize(("asked", "waited"), [(0, 0.0), (3600, 3600.0), (10**30, 86_400.0), (-5, None), (True, None)])
async def test_telegram_is_given_the_time_it_asks_for_up_to_a_day(
    server: Provider, session: aiohttp.ClientSession, asked: int, waited: float | None
) -> None:
    server.replies = [Reply({"ok": False, "parameters": {"retry_after": asked}}, 429)]
    with pytest.raises(TemporaryError) as raised:
        await CASES["telegram"].build(server.url, session).send(note())
    assert raised.value.retry_after == waited


async def test_esms_sends_a_plain_message_under_its_name(server: Provider, session: aiohttp.ClientSession) -> None:
    server.replies = [CASES["esms"].success]
    message = note()
    assert message.slots is not None
    await CASES["esms"].build(server.url, session).send(message)
    assert server.got[0].document == {
        "ApiKey": TOKEN,
        "SecretKey": TOKEN,
        "Phone": "84912345678",
        "Content": sms(message.slots),
        "Brandname": "IOC",
        "SmsType": "2",
        "IsUnicode": "0",
        "Sandbox": "0",
        "RequestId": identity(message),
    }


async def test_esms_takes_a_refused_repeat_as_proof_of_the_first(
    server: Provider, session: aiohttp.ClientSession
) -> None:
    server.replies = [Reply({"CodeResult": "124", "ErrorMessage": "Duplicate RequestId"})]
    assert await CASES["esms"].build(server.url, session).send(note()) == identity(note())


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("esms", "99", "blocked-phone"),
        ("esms", "102", "no-price"),
        ("esms", "118", "bad-kind"),
        ("esms", "177", "no-network"),
        ("speedsms", "101", "bad-request"),
        ("speedsms", "110", "bad-encoding"),
        ("speedsms", "113", "too-long"),
    ],
)
async def test_code_of_a_provider_is_told_as_a_reason(
    server: Provider, session: aiohttp.ClientSession, name: str, code: str, reason: str
) -> None:
    server.replies = [Reply({"CodeResult": code, "status": "error", "code": code})]
    with pytest.raises(PermanentError) as raised:
        await CASES[name].build(server.url, session).send(note())
    assert raised.value.reason == reason


async def test_esms_says_when_it_is_accented(server: Provider, session: aiohttp.ClientSession) -> None:
    server.replies = [CASES["esms"].success]
    config = EsmsConfig(url=server.url, accented=True, sandbox=True, callback_url="https://ioc.example.com/esms")
    await Esms(config, session).send(note(digest=True))
    document = server.got[0].document
    assert (document["IsUnicode"], document["Sandbox"]) == ("1", "1")
    assert document["CallbackUrl"] == "https://ioc.example.com/esms"
    assert document["Content"].startswith("Tóm tắt: 12 cảnh báo")


async def test_speedsms_keeps_the_accents_of_a_digest_where_asked(
    server: Provider, session: aiohttp.ClientSession
) -> None:
    server.replies = [CASES["speedsms"].success]
    await SpeedSms(SpeedSmsConfig(url=server.url, token=SECRET, accented=True), session).send(note(digest=True))
    assert server.got[0].document["content"].startswith("Tóm tắt: 12 cảnh báo")


async def test_speedsms_signs_in_with_the_token(server: Provider, session: aiohttp.ClientSession) -> None:
    server.replies = [CASES["speedsms"].success]
    await CASES["speedsms"].build(server.url, session).send(note(digest=True))
    assert b64decode(server.got[0].headers["Authorization"].removeprefix("Basic ")).decode() == f"{TOKEN}:x"
    assert server.got[0].document["to"] == ["84912345678"]
    assert server.got[0].document["content"] == "Tom tat: 12 canh bao tai tinh Ben Tre <b>&</b> @all"


@pytest.mark.parametrize(
    ("code", "error"),
    [("500", TemporaryError), ("300", PermanentError), ("009", PermanentError), ("", PermanentError)],
)
async def test_speedsms_tells_its_own_trouble_from_ours(
    server: Provider, session: aiohttp.ClientSession, code: str, error: type[Exception]
) -> None:
    server.replies = [Reply({"status": "error", "code": code, "message": "no"})]
    with pytest.raises(error):
        await CASES["speedsms"].build(server.url, session).send(note())


HOSTILE = 'a"b\\c\r\nX-Evil: 1 {secret} {{7*7}} &x=1 <img>'


@pytest.mark.parametrize(
    ("escape", "body", "read"),
    [
        ("json", '{"to": "{address}"}', lambda got: got.document["to"]),
        ("form", "to={address}&from=ioc", lambda got: parse_qs(got.raw.decode())["to"][0]),
        ("text", "{address}", lambda got: got.raw.decode()),
    ],
)
async def test_template_values_stay_values(
    server: Provider, session: aiohttp.ClientSession, escape: Any, body: str, read: Callable[[Any], str]
) -> None:
    server.replies = [Reply()]
    config = TemplateConfig(
        name="x",
        url=f"{server.url}/p/{{address}}?q={{address}}",
        headers={"X-To": "{address}"},
        body=body,
        escape=escape,
        secret=SECRET,
    )
    await HttpTemplate(config, session).send(note(HOSTILE))
    [got] = server.got
    assert read(got) == HOSTILE
    assert "X-Evil" not in got.headers
    assert got.headers["X-To"] == " ".join(HOSTILE.split())
    assert got.path == f"/p/{HOSTILE}"
    assert TOKEN not in str(got)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"body": "{value}"}, "no placeholder 'value'"),
        ({"success": "CodeResult"}, "write it like CodeResult"),
        ({"success": "CodeResult == ok"}, "write it like CodeResult"),
        ({"retry": "CodeResult in 5"}, "stands a list"),
        ({"success": "__import__('os') == 1"}, "write it like CodeResult"),
    ],
)
async def test_template_that_is_wrong_is_named(
    session: aiohttp.ClientSession, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        HttpTemplate(TemplateConfig(name="vnpt", url="http://127.0.0.1/", **changes), session)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "sent"),
    [("0912 345 678", "84912345678"), ("+84 912-345-678", "84912345678"), ("(02753) 822 222", "842753822222")],
)
def test_phone_is_written_as_providers_want_it(written: str, sent: str) -> None:
    assert phone(written) == sent


@pytest.mark.parametrize("written", ["", "duty@example.com", "12", "0912\r\n345678x"])
def test_phone_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(PermanentError, match="bad-phone"):
        phone(written)


async def test_secret_is_read_anew_from_its_file(
    server: Provider, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    server.replies = [CASES["telegram"].success]
    file = tmp_path / "token"
    telegram = Telegram(TelegramConfig(url=server.url, token_file=file), session)
    with pytest.raises(PermanentError, match="secret-file"):
        await telegram.send(note())
    for token in ("1:old", "2:new"):
        file.write_text(f"{token}\n", encoding="utf-8")
        await telegram.send(note())
    assert [got.path for got in server.got] == ["/bot1:old/sendMessage", "/bot2:new/sendMessage"]


async def test_loudspeaker_lays_down_a_whole_bulletin_once(tmp_path: Path) -> None:
    channel = Loudspeaker(LoudspeakerConfig(directory=tmp_path))
    name = await channel.send(note("xa-an-hoa"))
    assert await channel.send(note("xa-an-hoa")) == name
    [file] = (tmp_path / "xa-an-hoa").iterdir()
    assert file.name == name
    assert file.read_text(encoding="utf-8").startswith("Nguy cấp. Độ mặn nước sông tại trạm Mỹ Hóa là bốn phẩy sáu gam")


@pytest.mark.parametrize("address", ["", "../up", "/etc", "a/b", "Xã"])
async def test_loudspeaker_stays_in_its_folder(tmp_path: Path, address: str) -> None:
    with pytest.raises(PermanentError, match="bad-address"):
        await Loudspeaker(LoudspeakerConfig(directory=tmp_path)).send(note(address))


async def test_loudspeaker_without_a_disk_is_tried_later(tmp_path: Path) -> None:
    (tmp_path / "xa").write_text("in the way", encoding="utf-8")
    with pytest.raises(TemporaryError, match="disk"):
        await Loudspeaker(LoudspeakerConfig(directory=tmp_path)).send(note("xa"))


SETTINGS: dict[str, Any] = {
    "email": {},
    "telegram": {},
    "esms": {},
    "speedsms": {},
    "zalo": {"app_id": "1"},
    "loudspeaker": {"directory": "x"},
    "http": [{"name": "vnpt", "url": "http://127.0.0.1/"}],
}


async def test_build_gives_every_configured_channel_by_name(session: aiohttp.ClientSession) -> None:
    assert set(build(NotifyConfig(), session, ManualClock())) == {"console", "webhook"}
    found = build(NotifyConfig.model_validate(SETTINGS), session, ManualClock())
    assert set(found) == {
        "console",
        "webhook",
        "email",
        "telegram",
        "esms",
        "speedsms",
        "zns",
        "zalo",
        "loudspeaker",
        "vnpt",
    }
    assert all(channel.name == name for name, channel in found.items())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rates": {"pigeon": {"messages": 1}}}, "no channel 'pigeon'"),
        ({"http": [{"name": "email", "url": "x"}]}, "already called 'email'"),
    ],
)
async def test_build_names_what_cannot_be(
    session: aiohttp.ClientSession, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        build(NotifyConfig.model_validate({**SETTINGS, **changes}), session, ManualClock())


def test_settings_show_no_secret() -> None:
    config = NotifyConfig.model_validate(
        {
            "telegram": {"token": TOKEN},
            "esms": {"api_key": TOKEN, "secret_key": TOKEN},
            "speedsms": {"token": TOKEN},
            "zalo": {"app_id": "1", "app_secret": TOKEN, "refresh_token": TOKEN},
            "http": [{"name": "x", "url": "x", "secret": TOKEN}],
            "watchdog": {"url": "x", "secret": TOKEN},
            "alertmanager": {"token": TOKEN},
        }
    )
    assert TOKEN not in f"{config!r}{config}{config.model_dump()}"
