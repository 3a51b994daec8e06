"""The channel for the rest, held to the same contract as the others by way of the library's plain JSON service."""

import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from pydantic import SecretStr

from ioc.demo.children import free_port
from ioc.errors import ConfigError, OutcomeUnknownError, PermanentError, TemporaryError
from ioc.model import Severity, Status
from ioc.notify import apprise
from ioc.notify.apprise import Apprise, AppriseConfig
from ioc.notify.render.clean import clean
from tests.notify.provider import Provider, Reply, note, provider
from tests.notify.test_gathered import digest
from tests.notify.test_render import HOSTILE

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # by one of its services
TOKEN = "a-token-nobody-may-see"


@pytest.fixture
async def server() -> AsyncIterator[Provider]:
    async with provider() as scripted:
        scripted.replies = [Reply({"status": "ok"})]
        yield scripted


def channel(port: int) -> Apprise:
    return Apprise(AppriseConfig(targets={"duty": SecretStr(f"json://user:{TOKEN}@127.0.0.1:{port}/hook?rto=0.4")}))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "failure"),
        ({"severity": Severity.WARNING}, "warning"),
        ({"severity": Severity.INFO}, "info"),
        ({"after": Status.RESOLVED}, "success"),
    ],
)
async def test_message_goes_out_with_title_body_and_kind(
    server: Provider, changes: dict[str, object], kind: str
) -> None:
    message = note("duty", **changes)
    await channel(server.port).send(message)
    [got] = server.got
    assert got.path == "/hook"
    assert (got.document["title"], got.document["message"]) == (message.subject, message.text)
    assert got.document["type"] == kind


async def test_digest_goes_out_with_every_alert(server: Provider) -> None:
    gathered = digest("vi")
    await channel(server.port).send(replace(gathered, address="duty"))
    assert server.got[0].document["message"].count("\n• ") == len(gathered.items)


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
async def test_refusal_is_tried_again_and_shows_no_secret(server: Provider, status: int) -> None:
    server.replies = [Reply({"error": TOKEN}, status)]
    with pytest.raises(TemporaryError, match="apprise-failed") as raised:
        await channel(server.port).send(note("duty"))
    assert TOKEN not in "".join(traceback.format_exception(raised.value))


async def test_nobody_there_is_tried_again() -> None:
    with pytest.raises(TemporaryError):
        await channel(free_port()).send(note("duty"))


async def test_silence_after_delivery_is_no_success_and_is_delivered_once(server: Provider) -> None:
    server.replies = [Reply(hang=True)]
    with pytest.raises((OutcomeUnknownError, TemporaryError)):
        await channel(server.port).send(note("duty"))
    assert len(server.got) == 1


@pytest.mark.parametrize(("name", "url"), [("nobody", "json://127.0.0.1"), ("duty", "nothing-known://x")])
async def test_address_that_leads_nowhere_is_final(name: str, url: str) -> None:
    with pytest.raises(PermanentError) as raised:
        await Apprise(AppriseConfig(targets={"duty": SecretStr(url)})).send(note(name))
    assert url not in str(raised.value)


async def test_url_is_read_from_its_file_at_every_use(server: Provider, tmp_path: Path) -> None:
    file = tmp_path / "duty"
    told = Apprise(AppriseConfig(target_files={"duty": file}))
    with pytest.raises(PermanentError, match="secret-file"):
        await told.send(note("duty"))
    file.write_text(f"json://127.0.0.1:{server.port}/hook\n", encoding="utf-8")
    await told.send(note("duty"))
    assert len(server.got) == 1


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_text_stays_text(server: Provider, name: str) -> None:
    message = note("duty")
    mean = replace(message, subject=HOSTILE[name], text=HOSTILE[name], slots=None)
    await channel(server.port).send(mean)
    text = server.got[0].document["message"]
    assert "49" not in text
    assert "\r" not in text
    assert "\u202e" not in text
    assert text == clean(HOSTILE[name])


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: str) -> None:
        raise ImportError

    monkeypatch.setattr(apprise.importlib, "import_module", nothing)
    with pytest.raises(ConfigError, match=r"requirements/apprise\.txt"):
        Apprise(AppriseConfig())
