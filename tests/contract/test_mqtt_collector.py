"""What the engine relies on from its MQTT client, on real brokers: a message is let go only after its commit."""

import asyncio
import gc
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from collectors.mqtt import MqttCollector, MqttConfig, TlsConfig
from ioc.demo.broker import KINDS, Broker, broker
from ioc.demo.children import LOOPBACK, Child, free_port
from ioc.telemetry import Counts
from tests.support import consumer, servers
from tests.support.collecting import CLOCK, collecting, numbered, numbers, quiet, take, until
from tests.support.publisher import publish

LOCKED = """\
listener $port $host
allow_anonymous false
password_file $directory/passwords
user $user
"""

ENCRYPTED = """\
listener $port $host
allow_anonymous true
cafile $directory/cert.pem
certfile $directory/cert.pem
keyfile $directory/key.pem
user $user
max_queued_messages 100000
max_inflight_messages 0
listener $plain $host
"""


@pytest.fixture(params=KINDS)
def any_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    servers.need("mosquitto")
    started = broker(tmp_path / "broker", request.param)
    started.start()
    yield started
    started.child.kill()


def config(port: int, **more: object) -> MqttConfig:
    fixed = {"port": port, "client_id": f"t-{secrets.token_hex(4)}", "watch_drops": False}
    return MqttConfig.model_validate(fixed | {"reconnect_base": 0.05, "reconnect_cap": 0.1} | more)


async def publish_in_thread(port: int, count: int, start: int = 0) -> int:
    return await asyncio.to_thread(publish, port, numbered(count, start))


async def test_messages_published_arrive_in_order_with_topic_and_source(any_broker: Broker) -> None:
    async with collecting(config(any_broker.port)) as collector:
        await publish_in_thread(any_broker.port, 1000)
        taken = await take(collector, 1000)
    assert [message.topic for message in taken] == [topic for topic, _ in numbered(1000)]
    by_topic = sorted(taken, key=lambda message: message.topic)
    for number in range(100):
        own = [int(m.payload) for m in by_topic if m.topic.endswith(f"/i{number}")]
        assert own == sorted(own)
    assert {message.source for message in taken} == {"mqtt"}


async def test_messages_acknowledged_do_not_come_again(any_broker: Broker) -> None:
    settings = config(any_broker.port)
    async with collecting(settings) as collector:
        await publish_in_thread(any_broker.port, 100)
        await take(collector, 100)
        await CLOCK.sleep(0.1)
    async with collecting(settings) as collector:
        assert await quiet(collector)


async def test_messages_not_acknowledged_come_again_in_the_next_session(any_broker: Broker) -> None:
    settings = config(any_broker.port)
    async with collecting(settings) as collector:
        await publish_in_thread(any_broker.port, 90)
        taken = await take(collector, 90, ack=False)
        await collector.ack([message.token for message in taken[:40]])
        await CLOCK.sleep(0.1)
    async with collecting(settings) as collector:
        again = await take(collector, 50)
        assert await quiet(collector)
    assert numbers(again) == numbers(taken[40:])


async def test_consumer_killed_repeatedly_commits_every_message(any_broker: Broker, tmp_path: Path) -> None:
    database, settings = tmp_path / "committed.db", config(any_broker.port)
    async with collecting(settings):
        pass
    argv = [sys.executable, consumer.__file__, str(any_broker.port), settings.client_id, str(database)]
    child = Child("consumer", argv, tmp_path / "consumer.log")
    publishing = asyncio.create_task(publish_in_thread(any_broker.port, 6000))
    with child:
        for kill in range(1, 5):
            child.spawn()
            await until(lambda goal=kill * 700: committed(database) >= goal, 30)
            child.kill()
        child.spawn()
        await publishing
        await until(lambda: len(distinct(database)) == 6000, 30)
        child.kill()
    assert distinct(database) == set(range(6000))


async def test_consumer_slow_holds_the_bound_and_loses_nothing(any_broker: Broker) -> None:
    counts = Counts()
    settings = config(any_broker.port, buffer=100, batch=100, receive_maximum=65_535)
    async with collecting(settings, counts) as collector:
        publishing = asyncio.create_task(publish_in_thread(any_broker.port, 5000))
        taken, fullest = [], 0
        while len(taken) < 5000:
            await CLOCK.sleep(0.01)
            fullest = max(fullest, collector.buffered)
            taken += await take(collector, 1)
        await publishing
    assert sorted(numbers(taken)) == list(range(5000))
    assert fullest <= 100
    assert counts.value("reconnects", source="mqtt") == 0
    if any_broker.kind == "mosquitto":
        assert counts.value("pauses", source="mqtt") > 10


async def test_session_resumed_with_a_backlog_beyond_every_bound_gets_all(any_broker: Broker) -> None:
    counts = Counts()
    settings = config(any_broker.port, buffer=60, batch=20, receive_maximum=30)
    async with collecting(settings):
        pass
    await publish_in_thread(any_broker.port, 5000)
    async with collecting(settings, counts) as collector:
        taken, fullest = [], 0
        while len(taken) < 5000:
            fullest = max(fullest, collector.buffered)
            taken += await take(collector, 1)
        assert await quiet(collector)
    assert sorted(numbers(taken)) == list(range(5000))
    assert fullest <= 60
    assert counts.value("sessions_lost", source="mqtt") == 0


async def test_broker_that_hangs_up_when_asked_what_it_drops_is_not_asked_again(any_broker: Broker) -> None:
    counts = Counts()
    async with collecting(config(any_broker.port, watch_drops=True), counts) as collector:
        await publish_in_thread(any_broker.port, 2000)
        taken = await take(collector, 2000)
    assert set(numbers(taken)) == set(range(2000))
    assert counts.value("reconnects", source="mqtt") <= 1


async def test_session_resumed_with_a_full_window_stays_up_until_acknowledged(any_broker: Broker) -> None:
    counts = Counts()
    settings = config(any_broker.port, timeout=0.3, receive_maximum=20)
    async with collecting(settings):
        pass
    await publish_in_thread(any_broker.port, 500)
    async with collecting(settings, counts) as collector:
        await CLOCK.sleep(1)
        taken = await take(collector, 500)
    assert sorted(numbers(taken)) == list(range(500))
    assert counts.value("reconnects", source="mqtt") == 0


async def test_inbox_full_for_longer_than_the_keepalive_keeps_the_connection(mosquitto: servers.Mosquitto) -> None:
    counts = Counts()
    settings = config(mosquitto.port, buffer=10, receive_maximum=65_535, keepalive=1)
    async with collecting(settings, counts) as collector:
        await publish_in_thread(mosquitto.port, 2000)
        await CLOCK.sleep(4)
        assert collector.buffered == 10
        taken = await take(collector, 2000)
    assert numbers(taken) == list(range(2000))
    assert counts.value("reconnects", source="mqtt") == 0


async def test_broker_restarted_is_found_again_with_nothing_lost(mosquitto: servers.Mosquitto) -> None:
    counts = Counts()
    async with collecting(config(mosquitto.port), counts) as collector:
        await publish_in_thread(mosquitto.port, 300)
        before = await take(collector, 300, ack=False)
        await asyncio.to_thread(mosquitto.restart)
        await until(lambda: counts.value("reconnects", source="mqtt") > 0 and link_up(counts))
        await collector.ack([message.token for message in before])
        await publish_in_thread(mosquitto.port, 300, start=300)
        after = await take(collector, 600)
    assert set(numbers(after)) == set(range(600))
    assert counts.value("stale_acks", source="mqtt") == 300
    assert counts.value("sessions_lost", source="mqtt") == 0


async def test_broker_that_forgot_the_session_is_subscribed_again_with_a_warning(any_broker: Broker) -> None:
    counts = Counts()
    with capture_logs() as logs:
        async with collecting(config(any_broker.port), counts) as collector:
            await asyncio.to_thread(any_broker.child.kill)
            await until(lambda: not link_up(counts))
            await asyncio.to_thread(any_broker.start)
            await until(lambda: link_up(counts))
            await publish_in_thread(any_broker.port, 10)
            assert numbers(await take(collector, 10)) == list(range(10))
    assert counts.value("sessions_lost", source="mqtt") == 1
    assert "session lost" in [line["event"] for line in logs]


async def test_connection_down_keeps_what_was_received_until_it_is_taken(any_broker: Broker) -> None:
    counts = Counts()
    async with collecting(config(any_broker.port), counts) as collector:
        await publish_in_thread(any_broker.port, 50)
        await until(lambda: collector.buffered == 50)
        await asyncio.to_thread(any_broker.child.kill)
        await until(lambda: not link_up(counts))
        assert numbers(await take(collector, 50)) == list(range(50))
    assert counts.value("stale_acks", source="mqtt") == 50


async def test_password_wrong_is_logged_once_without_it(mosquitto: servers.Mosquitto) -> None:
    lock(mosquitto)
    counts, secret = Counts(), "not-the-right-one"
    settings = config(mosquitto.port, username="ioc", password=secret)
    with capture_logs() as logs:
        collector = MqttCollector(settings, CLOCK, counts)
        running = asyncio.create_task(collector.run())
        await until(lambda: counts.value("link_failures", link="mqtt") >= 3)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    downs = [line for line in logs if line["event"] == "link down"]
    assert len(downs) == 1
    assert "authorized" in downs[0]["why"]
    assert secret not in f"{logs} {settings!r} {settings} {collector!r}"


async def test_password_from_file_opens_the_broker(mosquitto: servers.Mosquitto, tmp_path: Path) -> None:
    lock(mosquitto)
    (tmp_path / "secret").write_text("right\n", encoding="utf-8")
    counts = Counts()
    async with collecting(config(mosquitto.port, username="ioc", password_file=tmp_path / "secret"), counts):
        assert link_up(counts)


async def test_subscription_granted_without_qos_1_is_a_link_down_that_names_the_topic(
    mosquitto: servers.Mosquitto,
) -> None:
    reconfigure(mosquitto, "listener $port $host\nallow_anonymous true\nuser $user\nmax_qos 0\n")
    counts = Counts()
    with capture_logs() as logs:
        running = asyncio.create_task(MqttCollector(config(mosquitto.port), CLOCK, counts).run())
        await until(lambda: counts.value("link_failures", link="mqtt") >= 2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    whys = {line["why"] for line in logs if line["event"] == "link down"}
    assert whys == {"subscription refused: ioc/v1/#"}


async def test_connection_encrypted_resumes_after_a_full_inbox(mosquitto: servers.Mosquitto) -> None:
    plain = encrypt(mosquitto)
    settings = config(
        mosquitto.port, tls=TlsConfig(ca_file=mosquitto.directory / "cert.pem"), buffer=7, batch=3, receive_maximum=5000
    )
    async with collecting(settings) as collector:
        await publish_in_thread(plain, 3000)
        taken = await take(collector, 3000)
    assert numbers(taken) == list(range(3000))


async def test_receiver_that_fails_ends_the_connection_instead_of_spinning(
    mosquitto: servers.Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_message: object) -> None:
        raise LookupError("broken receiver")

    counts = Counts()
    with capture_logs() as logs:
        async with collecting(config(mosquitto.port), counts) as collector:
            connection = collector._connection
            assert connection is not None
            monkeypatch.setattr(connection, "_receive", fail)
            await publish_in_thread(mosquitto.port, 3)
            assert numbers(await take(collector, 3)) == [0, 1, 2]
    assert counts.value("link_failures", link="mqtt") == 1
    assert "broken receiver" in next(line["why"] for line in logs if line["event"] == "link down")


@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")  # paho leaves it to the collector
async def test_certificate_unknown_is_refused(mosquitto: servers.Mosquitto) -> None:
    encrypt(mosquitto)
    counts = Counts()
    with capture_logs() as logs:
        running = asyncio.create_task(MqttCollector(config(mosquitto.port, tls=TlsConfig()), CLOCK, counts).run())
        await until(lambda: counts.value("link_failures", link="mqtt") >= 1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    gc.collect()
    assert "certificate verify failed" in next(line["why"] for line in logs if line["event"] == "link down")


async def test_message_retained_and_without_qos_is_delivered(mosquitto: servers.Mosquitto) -> None:
    argv = [servers.need("mosquitto_pub"), "-h", LOOPBACK, "-p", str(mosquitto.port), "-t", "ioc/v1/a/b/c"]
    await asyncio.to_thread(subprocess.run, [*argv, "-r", "-q", "1", "-m", "1"], check=True)
    async with collecting(config(mosquitto.port)) as collector:
        await asyncio.to_thread(subprocess.run, [*argv, "-q", "0", "-m", "2"], check=True)
        assert numbers(await take(collector, 2)) == [1, 2]


def link_up(counts: Counts) -> bool:
    return counts.value("link_up", link="mqtt") == 1


def committed(database: Path) -> int:
    return len(_rows(database))


def distinct(database: Path) -> set[int]:
    return set(_rows(database))


def _rows(database: Path) -> list[int]:
    if not database.exists():
        return []
    connection = sqlite3.connect(database)
    try:
        return [int(payload) for (payload,) in connection.execute("SELECT payload FROM message")]
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


def lock(server: servers.Mosquitto) -> None:
    passwords = server.directory / "passwords"
    passwords.touch(0o600)
    subprocess.run([servers.need("mosquitto_passwd"), "-b", passwords, "ioc", "right"], check=True)
    reconfigure(server, LOCKED)


def encrypt(server: servers.Mosquitto) -> int:
    plain = free_port()
    servers.certificate(server.directory)
    reconfigure(server, ENCRYPTED.replace("$plain", str(plain)))
    return plain


def reconfigure(server: servers.Mosquitto, text: str) -> None:
    server.stop()
    server.configure(text)
    server.start()
