"""Readings from an MQTT 5 broker, each acknowledged only after its commit.

The receive maximum bounds what a broker sends ahead of our acknowledgements; brokers are known to ignore it when a
session resumes. So the inbox has a bound of its own: when it is full the socket is left unread and TCP holds them back.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

import aiomqtt
import structlog
from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collectors.inbox import Inbox
from collectors.mqtt_config import MqttConfig, TlsConfig
from collectors.mqtt_connection import Connection
from ioc.clock import Clock
from ioc.errors import PermanentError, TemporaryError
from ioc.model import Message
from ioc.retry import Backoff
from ioc.telemetry import Counts, Link

__all__ = ["MqttCollector", "MqttConfig", "TlsConfig"]

MID_BITS = 16
DROPPED = "$SYS/broker/publish/messages/dropped"
DROPPED_BEFORE = "broker-dropped"
LONGEST_NUMBER = 18
UNREADABLE_TOPIC = "\N{REPLACEMENT CHARACTER}"

# Link says what happened; the library's own lines would only repeat it, unstructured.
_LIBRARY_LOG = logging.getLogger("collectors.mqtt.library")
_LIBRARY_LOG.setLevel(logging.CRITICAL)


class Marks(Protocol):
    """Numbers kept over restarts."""

    def get(self, reader: str) -> int:
        """The number of that name, 0 at first."""
        ...

    def set(self, reader: str, seq: int) -> None:
        """Change it."""
        ...


class MqttCollector:
    """Subscribes at QoS 1 in a persistent session and hands over raw messages; see `collectors.base.Collector`.

    Also counts `pauses` (times the socket was left unread because the inbox was full) and `sessions_lost` (the broker
    forgot us: what was published while we were away is gone), and `broker_dropped` (messages that the broker threw away
    because a queue was full, for whomever they were).
    """

    def __init__(
        self,
        config: MqttConfig,
        clock: Clock,
        counts: Counts,
        *,
        name: str = "mqtt",
        uniform: Callable[[float, float], float] = random.uniform,
        marks: Marks | None = None,
    ) -> None:
        """Needs a running event loop from `run` on; `uniform` draws the waits between connections.

        `marks` remembers over restarts what the broker has said that it dropped.
        """
        self.name = name
        self._config = config
        self._clock = clock
        self._counts = counts
        self._uniform = uniform
        self._marks = marks
        self._asks_for_drops = config.watch_drops
        self._dropped = marks.get(DROPPED_BEFORE) if marks else 0
        self._backoff = Backoff(config.reconnect_base, config.reconnect_cap)
        self._link = Link(name, counts)
        self._inbox = Inbox(config.buffer, config.buffer_bytes, self._pause, self._resume)
        self._generation = 0
        self._connection: Connection | None = None
        self._known_to_broker = False
        self._log = structlog.get_logger("collectors.mqtt").bind(source=name)

    @property
    def buffered(self) -> int:
        """Messages received and not yet handed over."""
        return len(self._inbox)

    async def run(self) -> None:
        """Connect, receive and reconnect for ever; ends only by cancellation."""
        failures = 0
        while True:
            await self._inbox.room()
            began = self._clock.monotonic()
            await self._connect_once()
            _obey()
            lasted = self._clock.monotonic() - began
            failures = 1 if lasted > self._backoff.cap else failures + 1
            await self._clock.sleep(self._backoff.delay(failures, self._uniform))
            self._counts.add("reconnects", source=self.name)

    async def batches(self) -> AsyncIterator[list[Message]]:
        """Messages in arrival order, up to `batch` at a time, as soon as there are any. For one consumer."""
        while True:
            yield await self._inbox.take(self._config.batch)

    async def ack(self, tokens: Sequence[int]) -> None:
        """Tell the broker that these are committed; tokens of an earlier connection are counted and ignored."""
        generation = self._generation if self._connection else 0
        mids = [token & (1 << MID_BITS) - 1 for token in tokens if token >> MID_BITS == generation]
        if self._connection:
            self._connection.ack(mids)
        self._counts.add("acked", len(mids), source=self.name)
        self._counts.add("stale_acks", len(tokens) - len(mids), source=self.name)

    async def _connect_once(self) -> None:
        self._generation += 1
        try:
            connection = Connection(_client(self._config), self._receive)
            self._connection = connection
            async with connection, asyncio.TaskGroup() as tasks:
                self._opened(connection)
                tasks.create_task(self._subscribe(connection))
                tasks.create_task(self._stay_alive(connection))
                await connection.lost()
        except* (aiomqtt.MqttError, TemporaryError) as errors:
            self._link.down(_words(errors))
        finally:
            self._connection = None

    def _opened(self, connection: Connection) -> None:
        if connection.session_present:
            self._link.up()
        elif self._known_to_broker:
            self._counts.add("sessions_lost", source=self.name)
            self._log.warning("session lost", why="the broker forgot it; what was published while away is gone")
        self._known_to_broker = True
        if self._inbox.paused:
            connection.pause()
        else:
            connection.resume()

    async def _subscribe(self, connection: Connection) -> None:
        await connection.subscribe(self._config.topics)
        self._link.up()
        await self._watch(connection)

    async def _watch(self, connection: Connection) -> None:
        if not self._asks_for_drops:
            return
        self._asks_for_drops = False  # some brokers hang up when asked: once is enough
        self._asks_for_drops = await connection.watch(DROPPED)
        if not self._asks_for_drops:
            self._log.info("the broker does not tell what it drops", topic=DROPPED)

    async def _stay_alive(self, connection: Connection) -> None:
        while True:
            await self._clock.sleep(self._config.keepalive / 2)
            if self._inbox.paused:
                connection.excuse_silence()

    def _receive(self, message: paho.MQTTMessage) -> None:
        if (topic := _topic(message)) == DROPPED:
            self._note_dropped(bytes(message.payload))
            return
        self._counts.add("received", source=self.name)
        token = self._generation << MID_BITS | message.mid
        self._inbox.put(Message(topic, bytes(message.payload), token, self.name))

    def _note_dropped(self, payload: bytes) -> None:
        """The broker counts from its start on: a number below the last one is that of another life."""
        if len(payload) > LONGEST_NUMBER or not payload.isdigit() or (total := int(payload)) == self._dropped:
            return
        lost = total - self._dropped if total > self._dropped else total
        self._dropped = total
        self._counts.add("broker_dropped", lost, source=self.name)
        if lost:
            self._log.error("the broker dropped messages from a full queue", messages=lost)
        if self._marks is not None:
            self._remember(self._marks, total)

    def _remember(self, marks: Marks, total: int) -> None:
        try:
            marks.set(DROPPED_BEFORE, total)
        except (TemporaryError, PermanentError) as error:  # a count is no reason to leave the broker
            self._log.warning("what the broker dropped may be told again after a restart", error=str(error))

    def _pause(self) -> None:
        self._counts.add("pauses", source=self.name)
        if self._connection:
            self._connection.pause()

    def _resume(self) -> None:
        if self._connection:
            self._connection.resume()


def _obey() -> None:
    """End if that was asked: a task group whose child fails at the same moment forgets that it was cancelled."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _client(config: MqttConfig) -> aiomqtt.Client:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = config.session_expiry
    properties.ReceiveMaximum = config.receive_maximum
    return aiomqtt.Client(
        config.host,
        config.port,
        username=config.username,
        password=config.secret(),
        identifier=config.client_id,
        protocol=aiomqtt.ProtocolVersion.V5,
        clean_start=False,
        properties=properties,
        keepalive=config.keepalive,
        timeout=config.timeout,
        tls_params=_tls(config.tls) if config.tls else None,
        logger=_LIBRARY_LOG,
    )


def _tls(config: TlsConfig) -> aiomqtt.TLSParameters:
    return aiomqtt.TLSParameters(
        ca_certs=str(config.ca_file) if config.ca_file else None,
        certfile=str(config.cert_file) if config.cert_file else None,
        keyfile=str(config.key_file) if config.key_file else None,
        cert_reqs=ssl.CERT_REQUIRED,
    )


def _topic(message: paho.MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return UNREADABLE_TOPIC


def _words(errors: BaseExceptionGroup[BaseException]) -> str:
    first = errors.exceptions[0]
    return str(first.__cause__ or first)
