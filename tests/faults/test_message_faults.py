"""F27, F28 and F36: channels that are down or silent, and more alerts than anybody can read."""

import asyncio
from collections import Counter

import aiohttp
import pytest
from pydantic import SecretStr

from ioc.clock import ManualClock
from ioc.model import MINUTE, SECOND, Severity
from ioc.notify import http
from ioc.notify.allowance import Allowance
from ioc.notify.dispatch import UNKNOWN_TRIES, Dispatcher
from ioc.notify.webhook import Webhook, WebhookConfig
from ioc.telemetry import Counts
from tests.faults.case import Case
from tests.notify.provider import Provider, Reply, provider
from tests.notify.test_sentence import T0
from tests.notify.test_tray import storm
from tests.notify.tray_bed import Office, firing, named, official


@pytest.mark.row("F28", "delivers, then hangs: at most 1 repeat a hang, same incident id; nothing lost")
async def test_provider_that_hangs_after_delivery_gets_at_most_one_repeat_a_hang(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", aiohttp.ClientTimeout(total=0.2))
    hangs, messages = (40, 200) if case.full else (8, 40)
    async with provider(Silent(hangs)) as scripted, aiohttp.ClientSession() as session:
        channels = {"webhook": f"{scripted.url}/hook"}
        office = Office(
            case.directory, [official(channels=channels)], ("webhook",), Allowance(messages=10_000, per_day=10_000)
        )
        office.tell_all(firing(number, Severity.WARNING) for number in range(messages))
        webhook = Webhook(WebhookConfig(secret=SecretStr("key")), session, office.clock)
        await empty(office, webhook, scripted)
    got = Counter((one.document["incident"], one.document["revision"]) for one in scripted.got)
    assert set(got) == {(note.incident, note.revision) for note in office.told}
    assert sum(got.values()) - len(got) <= hangs
    assert max(got.values()) <= UNKNOWN_TRIES
    case.tell(messages=messages, hangs=hangs, repeats=sum(got.values()) - len(got))


class Silent(Provider):
    """Takes every message; to the first ones it does not answer."""

    def __init__(self, hangs: int) -> None:
        super().__init__()
        self.replies = [*([Reply(hang=True)] * hangs), Reply()]


async def empty(office: Office, webhook: Webhook, scripted: Provider) -> None:
    """Let the dispatcher work until every outcome is known."""
    clock = office.clock
    assert isinstance(clock, ManualClock)
    dispatcher = Dispatcher(office.tray, {"webhook": webhook}, clock, Counts())
    task = asyncio.create_task(dispatcher.run())
    async with asyncio.timeout(60):
        while office.outbox.counts()["waiting"]:
            clock.move(10.0)
            dispatcher.wake()
            await asyncio.sleep(0.05)  # noqa: TID251 - a provider in the same process takes its time
    task.cancel()
    await asyncio.wait({task})
    assert scripted.got


@pytest.mark.row("F27", "channel down for 1 h: 100 of 100 arrive; criticals by the second channel within 2 min 15 s")
def test_channel_down_for_an_hour_loses_nothing_and_criticals_come_by_the_second_in_time(case: Case) -> None:
    officials = [official(f"duty-{number}", order=("sms",)) for number in range(100)]
    office = Office(case.directory, officials)
    office.down = {"email": "retry"}
    office.tell(**firing(1, Severity.CRITICAL))
    for _ in range(60):
        office.work(5)
    everybody = sorted(one.id for one in officials)
    assert sorted(message.receiver for _, message in office.sent) == everybody
    assert {message.channel for _, message in office.sent} == {"sms"}
    latest = max(at for at, _ in office.sent) - T0
    assert latest <= 2 * MINUTE + 15 * SECOND
    for _ in range(11):
        office.work(300)
    office.down = {}
    office.work(31)
    assert sorted(message.receiver for _, message in office.sent if message.channel == "email") == everybody
    case.tell(officials=100, seconds_to_the_second_channel=latest // SECOND)


@pytest.mark.row(
    "F36", "1,000 alerts a minute: at most 20 messages an official, first critical within 10 s, all in a digest"
)
def test_thousand_alerts_in_a_minute_are_a_few_messages_and_all_in_a_digest(case: Case) -> None:
    alerts, channels = (10_000 if case.full else 1_000), ("email", "sms")
    office = Office(case.directory, [official("duty"), official("other")], channels)
    storm(office, alerts)
    for _ in range(60):
        office.work(10)
    for name in ("duty", "other"):
        mine = [(at, message) for at, message in office.sent if message.receiver == name]
        assert len(mine) <= 20
        first_critical = min(at for at, one in mine if one.transition.severity is Severity.CRITICAL)
        assert first_critical - T0 <= 10 * SECOND
        for channel in channels:
            here = [message for _, message in mine if message.channel == channel]
            assert len(here) <= 10
            assert len({item.incident for message in here for item in message.items}) == alerts
            assert sorted(Counter(named(here)).values()) == [1] * alerts
        case.tell(alerts=alerts, messages=len(mine), first_critical_seconds=(first_critical - T0) / SECOND)
