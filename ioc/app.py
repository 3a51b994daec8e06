"""The composition root: settings in, wired parts out, one TaskGroup."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Self

import aiohttp
import structlog

from collectors.answers import Answers
from collectors.mqtt import MqttCollector
from collectors.webhook import WebhookCollector
from indicators import load as catalogue_files
from indicators.lookup import Catalogue
from ioc.alerting.evaluator import Evaluator
from ioc.alerting.ledger import Ledger
from ioc.clock import Clock, SteadyClock
from ioc.errors import ConfigError, IocError
from ioc.intake.judge import Verdict, judge
from ioc.journal.audit import Audit
from ioc.journal.cursors import Cursors
from ioc.journal.journal import Journal
from ioc.lock import held
from ioc.model import Message, Micros, Notification, Rejection, Transition
from ioc.notify import directory as people
from ioc.notify.alertmanager import AlertmanagerFeed
from ioc.notify.channels import build as build_channels
from ioc.notify.config import NotifyConfig
from ioc.notify.dispatch import Dispatcher
from ioc.notify.route import notifications
from ioc.notify.sentence import sentence
from ioc.notify.watchdog import Watchdog
from ioc.notify.zalo_token import ZaloTokens
from ioc.pump import Pump
from ioc.rollup.outlet import Outlet
from ioc.rollup.reader import Roller
from ioc.rollup.table import Table
from ioc.sequences import Numbered, Sequences
from ioc.settings import Settings
from ioc.store.feed import Feed
from ioc.store.feed import Parts as FeedParts
from ioc.store.sink import Sink
from ioc.store.writer import CURSORS, Writer
from ioc.store.writer import Parts as StoreParts
from ioc.telemetry import Counts, Link
from ioc.timekeeper import Timekeeper
from ioc.web.api import create_app
from ioc.web.live import LiveView
from ioc.web.ports import Parts
from ioc.web.server import serve

HOUSEKEEPING_SECONDS = 3600.0
Work = Callable[[], Awaitable[None]]
log = structlog.get_logger("ioc.app")


class Centre:
    """All parts of a running centre. Build it inside `async with`, then `run`."""

    def __init__(self, settings: Settings) -> None:
        """Reads catalogue, officials and routes; opens nothing."""
        self._settings = settings
        self._steady = SteadyClock()
        self._clock: Clock = settings.clock.clock(self._steady)
        self._wall: Clock = settings.clock.clock()
        self._counts = Counts()
        self._catalogue = load_catalogue(settings)
        self._people = load_people(settings.notify)
        self._resources = AsyncExitStack()
        self._is_open = {"journal": False, "console": False}

    async def __aenter__(self) -> Self:
        """Open journal, alert states, cursors and the HTTP session."""
        async with AsyncExitStack() as opened:
            await self._open(opened)
            self._resources = opened.pop_all()
        self._is_open["journal"] = True
        return self

    async def _open(self, opened: AsyncExitStack) -> None:
        settings = self._settings
        opened.enter_context(held(settings.state.directory))
        self._cursors = Cursors(settings.state.directory / "cursors.db")
        opened.callback(self._cursors.close)
        self._journal = await opened.enter_async_context(Journal(settings.journal, self._clock, self._counts))
        self._ledger = Ledger(settings.state.directory / "state.db")
        opened.callback(self._ledger.close)
        self._rollups = Table(settings.state.directory / "rollup.db")
        opened.callback(self._rollups.close)
        self._sequences = Sequences(settings.state.directory / "gaps.db", self._counts)
        opened.callback(self._sequences.close)
        self._intake = Numbered(self._journal, self._sequences)
        self._answers = Answers(settings.state.directory / "webhook.db")
        opened.callback(self._answers.close)
        self._session = await opened.enter_async_context(aiohttp.ClientSession())
        self._journal.skip(max([self._ledger.cursor(), self._rollups.cursor(), *map(self._cursors.get, CURSORS)]))

    async def __aexit__(self, *_: object) -> None:
        """Close everything in reverse order."""
        await self._resources.aclose()

    async def run(self) -> None:
        """Run every part until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, work in self._works().items():
                group.create_task(_eternal(name, work), name=name)

    def _works(self) -> dict[str, Work]:
        collector = MqttCollector(self._settings.mqtt, self._clock, self._counts, marks=self._cursors)
        pump = Pump(collector, self._judge, self._intake, self._clock, self._counts)
        evaluator = Evaluator(self._journal, self._ledger, self._catalogue, self._clock, self._counts, self._tell)
        roller = Roller(self._journal, self._rollups, self._catalogue, self._clock, self._counts)
        live = LiveView(self._parts(), self._settings.web)
        works: dict[str, Work] = {
            "collector": collector.run,
            "pump": pump.run,
            "timekeeper": Timekeeper(self._steady, self._counts).run,
            "evaluator": evaluator.run,
            "roller": roller.run,
            **self._messaging(evaluator),
            "live view": live.run,
            "console": lambda: self._serve(live),
            "audit": Audit(self._journal, self._clock, self._counts).run,
            "housekeeping": lambda: self._keep_house(roller),
        }
        if self._settings.webhook.enabled:
            works |= self._webhook()
        if self._settings.influx.enabled:
            works["influx writer"] = self._writer().run
            works["influx roll-ups"] = self._feed().run
        return works

    def _webhook(self) -> dict[str, Work]:
        is_accepting = partial(getattr, self._journal, "is_accepting")
        source = WebhookCollector(
            self._settings.webhook, self._steady, self._counts, self._answers, is_accepting=is_accepting
        )
        pump = Pump(source, self._judge, self._intake, self._clock, self._counts, source.judged)
        return {"webhook": source.run, "webhook pump": pump.run}

    def _judge(self, message: Message, now: Micros) -> Verdict:
        # Ours follows a step of the clock late; if the step was right, honest samples are ahead of us till then.
        verdict = judge(message, self._catalogue, max(now, self._wall.now()))
        self._sequences.note(verdict.numbers)
        return verdict

    def _tell(self, transition: Transition) -> Sequence[Notification]:
        # One that cannot be put into words would be met again after every restart, and nothing would be judged.
        try:
            return notifications(transition, self._people, self._catalogue)
        except Exception:
            self._counts.add("transitions_untold")
            log.exception("nobody told", site=transition.site, indicator=transition.indicator, rule=transition.rule)
            return ()

    def _messaging(self, evaluator: Evaluator) -> dict[str, Work]:
        config = self._settings.notify
        tokens = ZaloTokens(config.zalo, self._session, self._clock) if config.zalo else None
        channels = build_channels(config, self._session, self._clock, tokens)
        works: dict[str, Work] = {}
        moved: Callable[[], None] = _nothing
        if config.watchdog is not None:
            dog = Watchdog(config.watchdog, ("evaluator", "dispatcher"), self._session, self._clock, self._counts)
            works["watchdog"] = dog.run
            works["watched evaluator"] = lambda: _report(evaluator, dog)
            moved = partial(dog.moved, "dispatcher")
        if config.alertmanager is not None:
            feed = AlertmanagerFeed(config.alertmanager, self._session, self._ledger.active, self._say, self._counts)
            works["alertmanager feed"] = feed.run
        if tokens is not None:
            works["zalo tokens"] = partial(tokens.keep, Link("zalo-token", self._counts))
        dispatcher = Dispatcher(self._ledger, channels, self._clock, self._counts, moved)
        return {**works, "dispatcher": dispatcher.run, "waker": lambda: _wake(evaluator, dispatcher)}

    def _say(self, transition: Transition, lang: str) -> str:
        try:
            return sentence(transition, self._catalogue, lang)
        except (LookupError, ArithmeticError):  # a site or an indicator of another catalogue, a figure without end
            return f"{transition.site}/{transition.indicator}: {transition.kind}, {transition.after}"

    def _parts(self) -> Parts:
        return Parts(
            log=self._journal,
            alerts=self._ledger,
            rollups=self._rollups,
            catalogue=self._catalogue,
            sentence=self._say,
            clock=self._clock,
            counts=self._counts,
            ready=self._ready,
        )

    def _ready(self) -> dict[str, bool]:
        journal = self._is_open["journal"] and self._journal.is_accepting
        return {**self._is_open, "journal": journal, "mqtt": self._counts.value("link_up", link="mqtt") > 0}

    def _writer(self) -> Writer:
        config = self._settings.influx
        parts = StoreParts(self._journal, self._ledger, self._cursors, self._refuse)
        return Writer(parts, Sink(config, self._session), config, self._clock, self._counts)

    def _feed(self) -> Feed:
        parts = FeedParts(Outlet(self._rollups, self._catalogue.indicators), self._cursors, self._refuse)
        return Feed(parts, self._settings.influx, self._session, self._clock, self._counts)

    async def _refuse(self, rejections: Sequence[Rejection]) -> None:
        await self._journal.append([], rejections)

    async def _serve(self, live: LiveView) -> None:
        def on_ready(port: int) -> None:
            self._is_open["console"] = True
            log.info("console up", port=port)

        await serve(create_app(live), self._settings.web.host, self._settings.web.port, on_ready)

    async def _keep_house(self, roller: Roller) -> None:
        while True:
            try:
                await asyncio.to_thread(self._tidy, roller)
            except (IocError, OSError) as error:
                log.warning("housekeeping failed, tried again in an hour", error=str(error))
            await self._clock.sleep(HOUSEKEEPING_SECONDS)

    def _tidy(self, roller: Roller) -> None:
        positions = [self._ledger.cursor(), self._rollups.cursor()]
        if self._settings.influx.enabled:
            positions += [self._cursors.get(name) for name in CURSORS]
        self._journal.retire(min(positions))
        roller.retire(self._settings.rollup.keep_days)


async def serve_centre(settings: Settings) -> None:
    """Run a centre until SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with Centre(settings) as centre:
        running = asyncio.create_task(centre.run(), name="centre")
        stopping = asyncio.create_task(stopped.wait(), name="stop signal")
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if stopped.is_set():
            running.cancel()
            await asyncio.wait({running})
        if not running.cancelled():
            running.result()


async def _eternal(name: str, work: Work) -> None:
    """A part that ends on its own is a fault: say so, and let the group take the others down."""
    try:
        await work()
    except Exception as error:
        log.critical("part failed", part=name, error=f"{type(error).__name__}: {error}")
        raise
    raise RuntimeError(f"{name} ended, though it never should")


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


def load_catalogue(settings: Settings) -> Catalogue:
    """The catalogue that the settings name."""
    centre = settings.centre
    if centre.catalogue is None:
        return catalogue_files.load(tenant=centre.tenant)
    return catalogue_files.load(centre.catalogue, centre.tenant)


def load_people(config: NotifyConfig) -> people.Directory:
    """The officials and routes that the settings name; nobody where they name none."""
    if (config.officials is None) != (config.routes is None):
        raise ConfigError("notify.officials and notify.routes belong together: without both, nobody is told")
    if config.officials is None or config.routes is None:
        return people.Directory()
    return people.load(config.officials, config.routes)
