"""The composition root: settings in, wired parts out, one TaskGroup."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Self

import aiohttp
import structlog

from collectors.answers import Answers
from collectors.mqtt import MqttCollector
from collectors.webhook import WebhookCollector
from ioc.alerting.evaluator import Evaluator
from ioc.alerting.gauges import Gauges
from ioc.alerting.ledger import Ledger
from ioc.alerting.outbox import enqueue
from ioc.alerting.outlet import standing
from ioc.alerting.reading import reading
from ioc.apart import Apart
from ioc.care.broker import visit
from ioc.clock import Clock, SteadyClock, SystemClock
from ioc.errors import IocError
from ioc.feeds import Feeds, Work
from ioc.files import read_catalogue, read_people, read_rules
from ioc.gate import Gate, afford
from ioc.handling import labels, load_policy, names, rules
from ioc.incidents.clerk import Clerk
from ioc.incidents.desk import Desk
from ioc.incidents.register import Register
from ioc.incidents.watch import Watch
from ioc.intake.judge import Verdict, judge
from ioc.journal.audit import Audit
from ioc.journal.cursors import Cursors
from ioc.journal.journal import FILES_A_DAY, Journal
from ioc.lock import held
from ioc.messaging import Means, Messaging
from ioc.model import DAY, Message, Micros, Notification, Transition
from ioc.notify import canary
from ioc.notify.route import notifications
from ioc.notify.sentence import sentence
from ioc.pump import Pump
from ioc.rollup.reader import Roller
from ioc.rollup.table import Table
from ioc.sequences import Numbered, Sequences
from ioc.settings import Settings
from ioc.store.writer import CURSORS
from ioc.telemetry import Counts
from ioc.timekeeper import Timekeeper
from ioc.web.api import create_app
from ioc.web.live import LiveView
from ioc.web.ports import Handling, Parts
from ioc.web.server import serve

HOUSEKEEPING_SECONDS = 3600.0
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
        self._catalogue = read_catalogue(settings)
        self._rules = read_rules(settings, self._catalogue)
        self._people = read_people(settings.notify)
        self._policy = load_policy(settings, self._catalogue, self._people)
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
        self._cursors = Cursors(settings.state.directory / "cursors.db")
        opened.callback(self._cursors.close)
        self._journal = await opened.enter_async_context(Journal(settings.journal, self._clock, self._counts))
        state = settings.state.directory / "state.db"
        clerk = Clerk(rules(self._policy, self._people, self._catalogue, self._tell, self._counts), self._clock.now)
        opened.enter_context(held(settings.state.directory))
        self._ledger = Ledger(state, clerk.take)
        opened.callback(self._ledger.close)
        self._register = Register(partial(reading, state))
        self._desk = Desk(clerk, partial(reading, state), self._ledger.writing, enqueue)
        self._desk.open(standing)
        self._messaging = Messaging(self._means())
        self._rollups = Table(settings.state.directory / "rollup.db")
        opened.callback(self._rollups.close)
        self._sequences = Sequences(settings.state.directory / "gaps.db", self._counts)
        opened.callback(self._sequences.close)
        self._intake = Numbered(self._journal, self._sequences)
        self._answers = Answers(settings.state.directory / "webhook.db")
        opened.callback(self._answers.close)
        self._apart = Apart(settings.state.directory / "clock.db", self._clock.now)
        opened.callback(self._apart.close)
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
        evaluator = Evaluator(
            self._journal, self._ledger, self._catalogue, self._clock, self._counts, self._tell, self._rules
        )
        roller = Roller(self._journal, self._rollups, self._catalogue, self._clock, self._counts)
        live = LiveView(self._parts(), self._settings.web)
        works: dict[str, Work] = {
            "collector": collector.run,
            "pump": pump.run,
            "timekeeper": Timekeeper(self._steady, self._counts, self._apart).run,
            "evaluator": evaluator.run,
            "incident clock": Watch(self._desk, self._register, self._clock, self._counts).run,
            "roller": roller.run,
            **self._messaging.works(evaluator, self._session),
            "live view": live.run,
            "console": lambda: self._serve(live),
            "alarm health": self._gauges().run,
            "audit": Audit(self._journal, self._clock, self._counts).run,
            "housekeeping": lambda: self._keep_house(roller),
        }
        if self._settings.webhook.enabled:
            works |= self._webhook()
        works |= self._feeds().works()
        return works

    def _means(self) -> Means:
        sing = partial(visit, self._settings.mqtt, [(canary.TOPIC, canary.PAYLOAD)], "canary")
        return Means(
            config=self._settings.notify,
            people=self._people,
            catalogue=self._catalogue,
            ledger=self._ledger,
            register=self._register,
            desk=self._desk,
            clock=self._clock,
            counts=self._counts,
            say=self._say,
            sing=sing,
        )

    def _gauges(self) -> Gauges:
        known = [*(limit.id for limit in self._catalogue.limits), *(extra.id for extra in self._rules.all)]
        return Gauges(self._ledger, known, self._clock, self._counts, self._shelved)

    def _shelved(self) -> int:
        now = self._clock.now()
        return sum(one.start <= now for one in self._register.silences(now))

    def _webhook(self) -> dict[str, Work]:
        is_accepting = partial(getattr, self._journal, "is_accepting")
        source = WebhookCollector(
            self._settings.webhook,
            self._steady,
            self._counts,
            self._answers,
            is_accepting=is_accepting,
            wall=SystemClock().now,
        )
        pump = Pump(source, self._judge, self._intake, self._clock, self._counts, source.judged)
        return {"webhook": source.run, "webhook pump": pump.run}

    def _judge(self, message: Message, now: Micros) -> Verdict:
        if message.topic == canary.TOPIC:
            self._messaging.heard()
            return Verdict([], [])
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
            messages=self._messaging.outbox,
            inlets=self._messaging.inlets(),
            flagged=self._apart.flagged,
            handling=Handling(
                self._register, self._desk, names(self._people, self._catalogue), labels(self._catalogue)
            ),
        )

    def _ready(self) -> dict[str, bool]:
        journal = self._is_open["journal"] and self._journal.is_accepting
        return {**self._is_open, "journal": journal, "mqtt": self._counts.value("link_up", link="mqtt") > 0}

    def _feeds(self) -> Feeds:
        return Feeds(
            config=self._settings.influx,
            state=self._settings.state.directory / "state.db",
            journal=self._journal,
            ledger=self._ledger,
            rollups=self._rollups,
            cursors=self._cursors,
            catalogue=self._catalogue,
            say=self._say,
            session=self._session,
            clock=self._clock,
            counts=self._counts,
        )

    async def _serve(self, live: LiveView) -> None:
        def on_ready(port: int) -> None:
            self._is_open["console"] = True
            log.info("console up", port=port)

        web = self._settings.web
        gate = Gate("console", web.gate, self._steady, self._counts)
        await serve(create_app(live), web.host, web.port, gate, on_ready)

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
        self._ledger.retire(self._clock.now() - self._settings.alerting.keep_days * DAY)
        roller.retire(self._settings.rollup.keep_days)


async def serve_centre(settings: Settings) -> None:
    """Run a centre until SIGINT or SIGTERM."""
    places = settings.web.gate.connections + settings.webhook.enabled * settings.webhook.gate.connections
    afford(places, FILES_A_DAY * settings.journal.keep_days)
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
