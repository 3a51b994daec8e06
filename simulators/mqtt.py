"""Plays a world over MQTT 5 at QoS 1, as the gauges and offices of a province would."""

import asyncio
import heapq
import logging
import ssl
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog
from aiomqtt import Client, MqttError, ProtocolVersion, TLSParameters
from pydantic import BaseModel, ConfigDict, Field

from indicators.load import load
from indicators.spec import Series, local_time
from ioc.clock import Clock, PlayedClock, SystemClock
from ioc.errors import ConfigError
from ioc.model import Micros, micros
from ioc.retry import Backoff
from ioc.telemetry import Counts, Link
from simulators.faults import Faults, strike
from simulators.reading import Letter, Parcel, Reading, letters
from simulators.scenarios import SCENARIOS, Played, Story, tie
from simulators.schedule import Schedule
from simulators.world import Catalogue, World

START: Micros = micros(datetime.fromisoformat("2025-03-12T06:00:00+07:00"))
"""Dry season: salt in the rivers, school in session, the year's budget just begun."""

IN_FLIGHT = 20
"""Messages not yet acknowledged; mosquitto's own default."""

HELD = "loaded and held"
HOLD_SECONDS = 0.02
"""How often it is looked whether the play may begin."""

REPORT_EVERY = 120
"""Ticks between two lines of progress."""

log = structlog.get_logger("simulators")


class PlaySettings(BaseModel):
    """What is played, where to, and how fast. `start` and `began` are microseconds; `began` None means now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    tenant: str = "ben-tre"
    seed: int = 1
    start: Micros = START
    began: Micros | None = None
    speed: float = Field(default=60.0, gt=0, le=3600)
    scenario: str | None = None
    faults: Faults = Faults()
    sites: tuple[str, ...] = ()
    tick: float = Field(default=0.25, gt=0)
    hold: Path | None = Field(default=None, description="a file; nothing is sent before it is there")


class PlayedCatalogue(Catalogue, Protocol):
    """What a player needs of a catalogue."""

    def series(self, at: Micros) -> tuple[Series, ...]:
        """The series that are watched at that moment."""
        ...


class Player:
    """A story on its way to a broker; what is not acknowledged is sent again after a reconnection."""

    def __init__(self, settings: PlaySettings, catalogue: PlayedCatalogue, clock: Clock, counts: Counts) -> None:
        """`clock` shows the played time."""
        self._settings = settings
        self._clock = clock
        self._counts = counts
        self._world = World(catalogue, settings.seed)
        self._series = chosen(catalogue, settings, clock.now())
        self._by_id = {one.id: one for one in self._series}
        played: tuple[Played, ...] = ()
        if settings.scenario is not None:
            played = tie(SCENARIOS[settings.scenario], catalogue, self._series, settings.start)
        self.story = Story(self._world, played)
        self._schedule: Schedule | None = None
        self._late: list[tuple[Micros, int, Parcel]] = []
        self._outstanding: deque[Letter] = deque()
        self._link = Link("simulators", counts)

    def now(self) -> Micros:
        """The played time."""
        return self._clock.now()

    async def play(self) -> None:
        """Send the latest value of every series, then each as it falls due, until cancelled."""
        backoff, attempt = Backoff(), 0
        while True:
            try:
                async with self._client() as client:
                    self._link.up()
                    attempt = 0
                    await self._play_on(client)
            except MqttError as error:
                attempt += 1
                self._link.down(str(error))
                await self._clock.sleep(backoff.delay(attempt))

    async def _play_on(self, client: Client) -> None:
        tick = 0
        while True:
            if not self._outstanding:
                self._outstanding.extend(letters(self._parcels(self._clock.now())))
            await self._send(client)
            if tick % REPORT_EVERY == 0:
                self._report()
            tick += 1
            await self._clock.sleep(self._settings.tick)

    def _parcels(self, now: Micros) -> Sequence[Parcel]:
        if self._schedule is None:
            self._schedule = Schedule(self.story, self._series, now)
            latest = sorted(self._schedule.latest(), key=lambda one: self._by_id[one.series].indicator.due_every)
            return [Parcel(reading, now) for reading in latest]  # first what is first missed
        fresh = (Parcel(reading, now) for reading in self._schedule.due(now))
        ready = []
        for parcel in strike(fresh, self._settings.faults, self._settings.seed, self._value_at):
            if parcel.send_at > now:
                heapq.heappush(self._late, (parcel.send_at, self._count(), parcel))
            else:
                ready.append(parcel)
        while self._late and self._late[0][0] <= now:
            ready.append(heapq.heappop(self._late)[2])
        return ready

    async def _send(self, client: Client) -> None:
        """Publish what is outstanding, oldest first, a bounded number at a time; a letter leaves when acknowledged."""
        while self._outstanding:
            some = [self._outstanding[k] for k in range(min(IN_FLIGHT, len(self._outstanding)))]
            await publish_all(client, some)
            for letter in some:
                self._outstanding.popleft()
                self._counts.add("simulated_readings", letter.count)

    def _report(self) -> None:
        sent = int(self._counts.total("simulated_readings"))
        given_up = self._schedule.given_up if self._schedule else 0
        log.info("playing", series=len(self._series), sent=sent, given_up=given_up, played=_shown(self._clock.now()))

    def _value_at(self, reading: Reading, at: Micros) -> float:
        return self.story.value(self._by_id[reading.series], at)

    def _count(self) -> int:
        self._counts.add("simulated_late")
        return int(self._counts.total("simulated_late"))

    def _client(self) -> Client:
        settings = self._settings
        return connection(
            settings.host, settings.port, settings.username, settings.password_file, ca_file=settings.ca_file
        )


def chosen(catalogue: PlayedCatalogue, settings: PlaySettings, at: Micros) -> tuple[Series, ...]:
    """The series to play: all that are watched, or those of the sites named.

    Raises:
        ConfigError: a site is named that watches nothing.
    """
    series = catalogue.series(at)
    missing = set(settings.sites) - {one.site.id for one in series}
    if missing:
        known = ", ".join(sorted({one.site.id for one in series}))
        raise ConfigError(
            f"không theo dõi gì ở / nothing is watched at {', '.join(sorted(missing))}; "
            f"sites that watch something: {known}"
        )
    return tuple(one for one in series if not settings.sites or one.site.id in settings.sites)


def connection(
    host: str,
    port: int,
    username: str | None = None,
    password_file: Path | None = None,
    *,
    ca_file: Path | None = None,
) -> Client:
    """An MQTT 5 client that waits for acknowledgements; with `ca_file` over TLS."""
    password = password_file.read_text(encoding="utf-8").strip() if password_file else None
    quiet = logging.getLogger("simulators.mqtt")
    quiet.setLevel(logging.CRITICAL)
    client = Client(
        host,
        port,
        username=username,
        password=password,
        tls_params=TLSParameters(ca_certs=str(ca_file), cert_reqs=ssl.CERT_REQUIRED) if ca_file else None,
        protocol=ProtocolVersion.V5,
        max_inflight_messages=IN_FLIGHT,
        logger=quiet,
    )
    client.pending_calls_threshold = 10 * IN_FLIGHT
    return client


async def publish_all(client: Client, some: Iterable[Letter]) -> None:
    """Publish and wait for every acknowledgement.

    Raises:
        MqttError: the connection broke; some of them may have arrived.
    """
    results = await asyncio.gather(
        *(client.publish(letter.topic, letter.payload, qos=1) for letter in some), return_exceptions=True
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _held(file: Path) -> None:
    log.info(HELD, until=str(file))
    while not await asyncio.to_thread(file.exists):
        await SystemClock().sleep(HOLD_SECONDS)


async def play(settings: PlaySettings) -> None:
    """Play the tenant's world until cancelled."""
    catalogue = load(tenant=settings.tenant)
    if settings.hold is not None:
        await _held(settings.hold)
    began = SystemClock().now() if settings.began is None else settings.began
    clock = PlayedClock(settings.start, began, settings.speed)
    await Player(settings, catalogue, clock, Counts()).play()


def _shown(at: Micros) -> str:
    return local_time(at).strftime("%Y-%m-%d %H:%M")
