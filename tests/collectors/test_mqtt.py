"""Settings of the MQTT collector, and what it does when the other side is absent or talks nonsense."""

import asyncio
import ssl
from pathlib import Path

import aiomqtt
import pytest
from paho.mqtt.client import MQTTMessage
from pydantic import ValidationError

from collectors.kinds import KINDS
from collectors.mqtt import DROPPED, UNREADABLE_TOPIC, MqttCollector, MqttConfig, TlsConfig
from collectors.mqtt_connection import Connection
from ioc.clock import ManualClock, SystemClock
from ioc.errors import PermanentError, TemporaryError
from ioc.telemetry import Counts
from tests.support import servers
from tests.support.collecting import collecting, take, until

CONNACK = bytes([0x20, 3, 0, 0, 0])
SUBACK = bytes([0x90, 4, 0, 1, 0, 1])
PUBLISH_WITH_TOPIC_PAST_ITS_END = bytes([0x32, 2, 0xFF, 0xFF])
PUBLISH_WITH_UNKNOWN_PROPERTY = bytes([0x32, 8, 0, 1, 97, 0, 1, 2, 0x7F, 0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "ioc", "password": "a", "password_file": "b"},
        {"password": "a"},
        {"topics": []},
        {"topics": ["ioc/#/x"]},
        {"topics": ["ioc/v1+/x"]},
        {"host": "a host"},
        {"host": ""},
        {"receive_maximum": 0},
        {"tls": {"cert_file": "a.pem"}},
        {"hots": "example.com"},
    ],
)
def test_settings_wrong_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MqttConfig.model_validate(wrong)


def test_settings_shown_hide_the_password() -> None:
    config = MqttConfig.model_validate({"username": "ioc", "password": "hunter2"})
    assert config.secret() == "hunter2"
    assert "hunter2" not in f"{config!r} {config} {config.model_dump_json()}"


def test_password_file_is_read_anew_without_its_line_end(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    config = MqttConfig(username="ioc", password_file=file)
    file.write_text("first\n", encoding="utf-8")
    assert config.secret() == "first"
    file.write_text("mật khẩu \r\n", encoding="utf-8")
    assert config.secret() == "mật khẩu "


def test_password_file_missing_is_temporary_and_does_not_name_contents(tmp_path: Path) -> None:
    config = MqttConfig(username="ioc", password_file=tmp_path / "none")
    with pytest.raises(TemporaryError, match="FileNotFoundError"):
        config.secret()


async def test_broker_absent_is_tried_again_ever_more_slowly_up_to_the_cap(free_port: int) -> None:
    ceilings: list[float] = []
    enough = asyncio.Event()

    def uniform(low: float, high: float) -> float:
        assert low == 0
        ceilings.append(high)
        if len(ceilings) == 6:
            enough.set()
        return high

    counts = Counts()
    config = MqttConfig(port=free_port, reconnect_base=0.5, reconnect_cap=10)
    running = asyncio.create_task(MqttCollector(config, ManualClock(), counts, uniform=uniform).run())
    await asyncio.wait_for(enough.wait(), 5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert ceilings[:6] == [1, 2, 4, 8, 10, 10]
    assert counts.value("link_up", link="mqtt") == 0


@pytest.mark.parametrize("nonsense", [PUBLISH_WITH_TOPIC_PAST_ITS_END, PUBLISH_WITH_UNKNOWN_PROPERTY])
async def test_packet_malformed_ends_the_connection_and_a_new_one_is_made(nonsense: bytes) -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.read(1000)
        writer.write(CONNACK + nonsense)
        await reader.read()
        writer.close()

    counts = Counts()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        config = MqttConfig(port=port, reconnect_base=0.01, reconnect_cap=0.01, timeout=1)
        running = asyncio.create_task(MqttCollector(config, SystemClock(), counts).run())
        await until(lambda: connections >= 3)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert counts.value("received", source="mqtt") == 0


async def test_cancelled_at_the_moment_the_link_breaks_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(_: Connection) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise aiomqtt.MqttError("gone") from None

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(CONNACK)
        await reader.read()
        writer.close()

    monkeypatch.setattr(Connection, "lost", lost)
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        config = MqttConfig(port=server.sockets[0].getsockname()[1], timeout=0.3)
        collector = MqttCollector(config, SystemClock(), Counts())
        running = asyncio.create_task(collector.run())
        await until(lambda: collector._connection is not None and collector._known_to_broker)
        running.cancel()
        await asyncio.wait({running}, timeout=5)
        assert running.cancelled()


@pytest.mark.parametrize("buffer", [7, 1000])
async def test_messages_in_one_tls_record_all_come_though_the_socket_stays_silent(tmp_path: Path, buffer: int) -> None:
    cert, key = servers.certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(CONNACK)
        await reader.read(1000)
        writer.write(SUBACK + b"".join(bytes([0x32, 7, 0, 1, 97, 0, n, 0, n]) for n in range(1, 201)))
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        config = MqttConfig(port=port, tls=TlsConfig(ca_file=cert), buffer=buffer, batch=3)
        async with collecting(config) as collector:
            taken = await take(collector, 200, ack=False, seconds=3)
    assert [message.payload[0] for message in taken] == list(range(1, 201))


@pytest.mark.parametrize("cancelled", [True, False])
async def test_broker_that_never_answers_is_left_with_no_socket_open(*, cancelled: bool) -> None:
    heard: list[bytes] = []
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        await reader.read()
        ended.set()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        config = MqttConfig(port=port, timeout=30 if cancelled else 0.2, reconnect_base=5)
        running = asyncio.create_task(MqttCollector(config, SystemClock(), Counts(), uniform=max).run())
        await until(lambda: heard)
        if cancelled:
            running.cancel()
        await asyncio.wait_for(ended.wait(), 3)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_topic_not_utf8_is_handed_over_as_unreadable() -> None:
    collector = MqttCollector(MqttConfig(), ManualClock(), Counts())
    message = MQTTMessage(mid=7, topic=b"\xff\xfe")
    message.payload = b"1"
    collector._receive(message)
    [handed] = await anext(collector.batches())
    assert (handed.topic, handed.payload, handed.token) == (UNREADABLE_TOPIC, b"1", 7)


async def test_kind_mqtt_builds_its_collector_under_the_given_name() -> None:
    kind = KINDS["mqtt"]
    assert kind.build(kind.config(), ManualClock(), Counts(), name="province").name == "province"


class Kept:
    """Marks in memory, or in a file that is broken."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.seq = error, 0

    def get(self, reader: str) -> int:
        assert reader == "broker-dropped"
        return self.seq

    def set(self, reader: str, seq: int) -> None:
        assert reader == "broker-dropped"
        if self.error:
            raise self.error
        self.seq = seq


def told_of_drops(marks: Kept, *payloads: bytes) -> float:
    counts = Counts()
    collector = MqttCollector(MqttConfig(), ManualClock(), counts, marks=marks)
    for payload in payloads:
        message = MQTTMessage(topic=DROPPED.encode())
        message.payload = payload
        collector._receive(message)
    return counts.value("broker_dropped", source="mqtt")


def test_what_the_broker_drops_is_counted_over_its_lives() -> None:
    marks = Kept()
    assert told_of_drops(marks, b"5", b"5", b"9", b"2") == 11
    assert (marks.seq, told_of_drops(marks, b"2", b"3")) == (2, 1)


@pytest.mark.parametrize("payload", [b"", b"-1", b"x", b"9" * 19, b"9" * 5000])
def test_what_is_no_number_of_drops_is_passed_over(payload: bytes) -> None:
    assert told_of_drops(Kept(), payload) == 0


@pytest.mark.parametrize("error", [TemporaryError("full"), PermanentError("cursors-db", "damaged")])
def test_drops_are_counted_though_they_cannot_be_remembered(error: Exception) -> None:
    assert told_of_drops(Kept(error), b"7") == 7
