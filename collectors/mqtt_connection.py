"""One connection to an MQTT 5 broker, on aiomqtt 2.5.

That version acknowledges what it has not handed over, and drops what does not fit its queue. So this module drives the
paho client inside it: acknowledgement by hand, messages straight to the receiver, and a socket that can be left unread.
"""

import asyncio
import math
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Self

import aiomqtt
from paho.mqtt import client as paho
from paho.mqtt.subscribeoptions import SubscribeOptions

from ioc.errors import TemporaryError

QOS = 1
RETAINED_TO_ALL_SUBSCRIPTIONS = 0
RETAINED_TO_NEW_SUBSCRIPTIONS = 1
READS_PER_WAKE = 64
ABANDON_AFTER = 1.0  # seconds; the thread that connects cannot be stopped


class Connection:
    """One connection of `client`, not opened yet; `receive` gets every message, in the event loop's thread."""

    def __init__(self, client: aiomqtt.Client, receive: Callable[[paho.MQTTMessage], None]) -> None:
        self.client = client
        self.session_present = False
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._paho = self.client._client  # noqa: SLF001 - 2.5.1 offers no acknowledgement by hand
        self._accept = self._paho.on_connect
        self._reading = True
        self._progress = False
        self._error: Exception | None = None
        self._paho.manual_ack_set(True)
        self._paho.on_connect = self._on_connect
        self._paho.on_message = self._on_message

    async def __aenter__(self) -> Self:
        """Connect; MqttError when that fails. A cancelled attempt leaves nothing open."""
        opening = asyncio.ensure_future(self.client.__aenter__())
        try:
            await asyncio.shield(opening)
        except BaseException:
            await asyncio.wait({opening}, timeout=ABANDON_AFTER)
            opening.cancel()
            self._abandon()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Disconnect; the broker keeps the session."""
        try:
            await self.client.__aexit__(None, None, None)
        finally:
            ended = self.client._disconnected  # noqa: SLF001 - nobody else asks how it ended, and asyncio would show a stack
            if ended.done() and not ended.cancelled():
                ended.exception()

    async def lost(self) -> None:
        """Wait for the end of the connection and raise MqttError then."""
        try:
            await anext(self.client.messages)
        except aiomqtt.MqttError as error:
            raise error from self._error or error.__cause__

    async def subscribe(self, topics: Sequence[str]) -> None:
        """Subscribe, for as long as it takes: with a full window some brokers answer only after our next acks."""
        options = SubscribeOptions(qos=QOS, retainHandling=RETAINED_TO_NEW_SUBSCRIPTIONS)
        granted = await self.client.subscribe([(topic, options) for topic in topics], timeout=math.inf)
        codes = [code if isinstance(code, int) else code.value for code in granted]
        refused = [topic for topic, code in zip(topics, codes, strict=True) if code != QOS]
        if refused:
            raise TemporaryError(f"subscription refused: {', '.join(refused)}")

    async def watch(self, topic: str) -> bool:
        """Subscribe at QoS 0 to a topic of the broker about itself, what it retains included; False if it will not."""
        options = SubscribeOptions(qos=0, retainHandling=RETAINED_TO_ALL_SUBSCRIPTIONS)
        granted = await self.client.subscribe([(topic, options)], timeout=math.inf)
        return all((code if isinstance(code, int) else code.value) == 0 for code in granted)

    def ack(self, mids: Sequence[int]) -> None:
        """Send PUBACKs in this order; 0 stands for a message that came without QoS and needs none."""
        for mid in mids:
            if mid:
                self._paho.ack(mid, QOS)

    def pause(self) -> None:
        """Leave the socket unread, so that TCP holds the broker back."""
        self._reading = False
        if sock := self._paho.socket():
            self._loop.remove_reader(sock)

    def resume(self) -> None:
        """Read again; at once, since TLS may hold bytes that the socket no longer shows."""
        self._reading = True
        if sock := self._paho.socket():
            self._loop.add_reader(sock, self._read)
            self._loop.call_soon(self._read)

    def excuse_silence(self) -> None:
        """Keep paho from taking a socket that we do not read for a dead broker."""
        self._paho._ping_t = 0  # noqa: SLF001 - there is no public way

    def _abandon(self) -> None:
        self._paho.on_socket_register_write = None  # so that the DISCONNECT, and with it the socket's end, comes now
        self._paho.disconnect()

    def _read(self) -> None:
        for _ in range(READS_PER_WAKE):
            if not self._read_packet():
                return
        self._loop.call_soon(self._read)

    def _read_packet(self) -> bool:
        sock = self._paho.socket()
        if not self._reading or sock is None:
            return False
        self._progress = False
        try:
            self._paho.loop_read()
        except Exception as error:  # noqa: BLE001 - whatever a packet provokes must end the connection, not spin
            self._error = error
            self.pause()
            self._paho.disconnect()
        return self._progress or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0)

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._progress = True
        self._receive(message)

    def _on_connect(self, *args: Any) -> None:
        flags: paho.ConnectFlags = args[2]
        self.session_present = flags.session_present
        if self._accept:
            self._accept(*args)
