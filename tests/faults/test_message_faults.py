"""F28: a provider that delivers and then says nothing gets each message at most once more, under the same name."""

import asyncio
from collections import Counter

import aiohttp
import pytest
from pydantic import SecretStr

from ioc.clock import ManualClock
from ioc.model import Severity
from ioc.notify import http
from ioc.notify.allowance import Allowance
from ioc.notify.dispatch import Dispatcher
from ioc.notify.webhook import Webhook, WebhookConfig
from ioc.telemetry import Counts
from tests.faults.case import Case
from tests.notify.provider import Provider, Reply, provider
from tests.notify.tray_bed import Office, firing, official


@pytest.mark.row("F28", "delivers, then hangs: at most 1 repeat a hang, same incident id; nothing lost")
async def test_provider_that_hangs_after_delivery_gets_at_most_one_repeat_a_hang(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", aiohttp.ClientTimeout(total=0.2))
    hangs, messages = (40, 200) if case.full else (8, 40)
    async with provider(Silent(hangs)) as scripted, aiohttp.ClientSession() as session:
        channels = {"webhook": f"{scripted.url}/hook"}
        office = Office(case.directory, [official(channels=channels)], ("webhook",), Allowance(messages=10_000))
        office.tell_all(firing(number, Severity.WARNING) for number in range(messages))
        webhook = Webhook(WebhookConfig(secret=SecretStr("key")), session, office.clock)
        await empty(office, webhook, scripted, messages)
    got = Counter((one.document["incident"], one.document["revision"]) for one in scripted.got)
    assert set(got) == {(note.incident, note.revision) for note in office.told}
    assert sum(got.values()) - len(got) <= hangs
    assert max(got.values()) <= 2
    case.tell(messages=messages, hangs=hangs, repeats=sum(got.values()) - len(got))


class Silent(Provider):
    """Takes every message; to the first ones it does not answer."""

    def __init__(self, hangs: int) -> None:
        super().__init__()
        self.replies = [*([Reply(hang=True)] * hangs), Reply()]


async def empty(office: Office, webhook: Webhook, scripted: Provider, messages: int) -> None:
    """Let the dispatcher work until every outcome is known."""
    clock = office.clock
    assert isinstance(clock, ManualClock)
    dispatcher = Dispatcher(office.tray, {"webhook": webhook}, clock, Counts())
    task = asyncio.create_task(dispatcher.run())
    async with asyncio.timeout(60):
        while office.outbox.counts()["sent"] < messages:
            clock.move(10.0)
            dispatcher.wake()
            await asyncio.sleep(0.05)  # noqa: TID251 - a provider in the same process takes its time
    task.cancel()
    await asyncio.wait({task})
    assert scripted.got
