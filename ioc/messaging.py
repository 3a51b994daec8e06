"""Everything between a message in the outbox and the people it is for, put together."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

import aiohttp

from indicators.lookup import Catalogue
from ioc.alerting.evaluator import Evaluator
from ioc.alerting.external import External
from ioc.alerting.ledger import Ledger
from ioc.alerting.outbox import Outbox
from ioc.clock import Clock
from ioc.incidents.desk import Desk
from ioc.incidents.register import Register
from ioc.model import Micros, Transition
from ioc.notify.alertmanager import AlertmanagerFeed
from ioc.notify.alertmanager_inlet import AlertmanagerInlet
from ioc.notify.canary import Canary, Sing
from ioc.notify.channels import build as build_channels
from ioc.notify.channels import providers
from ioc.notify.config import NotifyConfig
from ioc.notify.directory import Directory
from ioc.notify.dispatch import Dispatcher
from ioc.notify.receipts import Receipts
from ioc.notify.tray import Tray
from ioc.notify.watchdog import Watchdog
from ioc.notify.zalo_receipt import ZaloReceipts
from ioc.notify.zalo_token import ZaloTokens
from ioc.telemetry import Counts, Link
from ioc.web.ports import Inlet

Work = Callable[[], Awaitable[None]]


class Means(NamedTuple):
    """What it is put together from."""

    config: NotifyConfig
    people: Directory
    catalogue: Catalogue
    ledger: Ledger
    register: Register
    desk: Desk
    clock: Clock
    counts: Counts
    say: Callable[[Transition, str], str]
    sing: Sing


class Messaging:
    """The outbox with its tray, and the parts that empty it."""

    def __init__(self, means: Means) -> None:
        """Opens nothing."""
        self._means = means
        self.heard: Callable[[], None] = _nothing
        """To be called when the canary has come back."""
        self.outbox = Outbox(means.ledger)
        self._tray = Tray(
            self.outbox,
            means.people,
            means.catalogue,
            means.config.budget,
            means.counts,
            self._unheard,
        )

    def _unheard(self, name: str) -> Micros | None:
        return None if self._means.register.is_acknowledged(name) else self._means.desk.silenced_till(name)

    def inlets(self) -> dict[str, Inlet]:
        """What other systems may post, by address."""
        means, config = self._means, self._means.config
        found: dict[str, Inlet] = {}
        if config.zalo is not None:
            found["/v1/receipts/zalo"] = ZaloReceipts(config.zalo, self._proven).take
        if config.alertmanager_inlet is not None:
            enter = External(means.ledger, means.clock.now).enter
            inlet = AlertmanagerInlet(config.alertmanager_inlet, means.people, means.catalogue, enter, means.counts)
            found["/v1/alertmanager"] = inlet.take
        return found

    def _proven(self, channel: str, name: str) -> None:
        self._tray.proven(channel, name, self._means.clock.now())

    def works(self, evaluator: Evaluator, session: aiohttp.ClientSession) -> dict[str, Work]:
        """The parts to be run, by name."""
        means = self._means
        config, clock, counts = means.config, means.clock, means.counts
        tokens = ZaloTokens(config.zalo, session, clock) if config.zalo else None
        channels = build_channels(config, session, clock, tokens)
        works: dict[str, Work] = {}
        moved: Callable[[], None] = _nothing
        if config.watchdog is not None:
            dog = Watchdog(config.watchdog, ("intake", "evaluator", "dispatcher"), session, clock, counts)
            self.heard = partial(dog.moved, "intake")
            works["watchdog"] = dog.run
            works["canary"] = Canary(self._means.sing, config.watchdog.interval, clock, counts).run
            works["watched evaluator"] = lambda: _report(evaluator, dog)
            moved = partial(dog.moved, "dispatcher")
        if config.alertmanager is not None:
            works["alertmanager feed"] = AlertmanagerFeed(
                config.alertmanager, session, means.ledger.active, means.say, counts
            ).run
        if tokens is not None:
            works["zalo tokens"] = partial(tokens.keep, Link("zalo-token", counts))
        if asked := providers(config, session, tokens):
            works["receipts"] = Receipts(self._tray, asked, clock, counts).run
        dispatcher = Dispatcher(self._tray, channels, clock, counts, moved)
        return {**works, "dispatcher": dispatcher.run, "waker": lambda: _wake(evaluator, dispatcher)}


def _nothing() -> None:
    """What is done where nobody watches."""


async def _report(evaluator: Evaluator, dog: Watchdog) -> None:
    while True:
        await evaluator.moved()
        dog.moved("evaluator")


async def _wake(evaluator: Evaluator, dispatcher: Dispatcher) -> None:
    while True:
        await evaluator.told()
        dispatcher.wake()
