"""Messages per CPU-second from MQTT QoS 1 to a committed row: our collector (aiomqtt), gmqtt, and mosquitto_sub.

Run as `python -m tests.bench.mqtt_clients`. Each client gets a process and a broker of its own and 30,000 messages of
150 bytes on 1,000 topics; it commits at most 500 at a time (WAL, FULL) and then acknowledges. mosquitto_sub only
receives. CPU is that of the client's process from its subscription on. Read the figures as ratios within one run.
"""

import asyncio
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any

import gmqtt

from collectors.mqtt import MqttCollector, MqttConfig
from ioc.clock import SystemClock
from ioc.demo.broker import broker
from ioc.demo.children import LOOPBACK
from ioc.telemetry import Counts, log_to_stderr
from tests.bench.table import say, show, table
from tests.support.publisher import publish

MESSAGES = 30_000
TOPICS = 1_000
BATCH = 500
ROUNDS = 3
TIMEOUT = 60.0
CLOCK = SystemClock()
TURNS = 10  # of the event loop, in which the last acknowledgements leave

Row = tuple[str, bytes]


class Rows:
    """Stands in for the journal."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE message (topic TEXT, payload BLOB)")

    def commit(self, rows: Iterable[Row]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO message VALUES (?, ?)", rows)
        self._database.execute("COMMIT")

    def count(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM message").fetchone()[0])


class Stopwatch:
    """CPU and wall time of this process between the subscription and the last acknowledgement."""

    def start(self) -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        self._cpu, self._wall = _cpu(), CLOCK.monotonic()

    async def stop(self, rows: Rows, batches: int) -> None:
        for _ in range(TURNS):
            await CLOCK.sleep(0)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        result = {
            "rows": rows.count(),
            "cpu": _cpu() - self._cpu,
            "wall": CLOCK.monotonic() - self._wall,
            "rss": usage.ru_maxrss / 1024,
            "batches": batches,
        }
        sys.stdout.write(json.dumps(result) + "\n")


async def with_aiomqtt(port: int, rows: Rows) -> None:
    counts, watch = Counts(), Stopwatch()
    collector = MqttCollector(MqttConfig(port=port, batch=BATCH), CLOCK, counts)
    running = asyncio.create_task(collector.run())
    while not counts.value("link_up", link="mqtt"):
        await CLOCK.sleep(0.01)
    watch.start()
    done = batches = 0
    async for batch in collector.batches():
        rows.commit((message.topic, message.payload) for message in batch)
        await collector.ack([message.token for message in batch])
        done, batches = done + len(batch), batches + 1
        if done >= MESSAGES:
            break
    await watch.stop(rows, batches)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class WithGmqtt:
    """Commits what has arrived and lets the call-backs that brought it return, which is when gmqtt acknowledges."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._arrived = asyncio.Event()
        self._subscribed = asyncio.Event()

    async def run(self, port: int) -> None:
        watch = Stopwatch()
        client = gmqtt.Client(
            "bench", clean_session=False, optimistic_acknowledgement=False,
            receive_maximum=1000, session_expiry_interval=3600,
        )  # fmt: skip
        client.on_message = self._on_message
        client.on_subscribe = lambda *_: self._subscribed.set()
        await client.connect(LOOPBACK, port)
        client.subscribe("ioc/v1/#", qos=1)
        await self._subscribed.wait()
        watch.start()
        done = batches = 0
        while done < MESSAGES:
            done, batches = done + await self._commit(), batches + 1
        await watch.stop(self._rows, batches)
        await client.disconnect()

    async def _commit(self) -> int:
        await self._arrived.wait()
        batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        if not self._waiting:
            self._arrived.clear()
        self._rows.commit(row for row, _ in batch)
        for _, committed in batch:
            committed.set_result(None)
        await CLOCK.sleep(0)
        return len(batch)

    async def _on_message(self, _client: object, topic: str, payload: bytes, *_: object) -> int:
        committed = asyncio.get_running_loop().create_future()
        self._waiting.append(((topic, payload), committed))
        self._arrived.set()
        await committed
        return 0


async def with_gmqtt(port: int, rows: Rows) -> None:
    await WithGmqtt(rows).run(port)


CLIENTS: dict[str, Callable[[int, Rows], Coroutine[Any, Any, None]]] = {"aiomqtt": with_aiomqtt, "gmqtt": with_gmqtt}


def measure(name: str, folder: Path) -> dict[str, float]:
    """One round: a broker, a client in its process, all messages published."""
    server = broker(folder, "mosquitto")
    server.start()
    try:
        return _receiver(server.port) if name == "mosquitto_sub" else _client(name, server.port, folder)
    finally:
        server.stop()


def _client(name: str, port: int, folder: Path) -> dict[str, float]:
    argv = [sys.executable, "-m", "tests.bench.mqtt_clients", name, str(port), str(folder / "rows.db")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n", f"{name} did not subscribe"
        publish(port, _messages(), window=500)
        output, _ = process.communicate(timeout=TIMEOUT)
    result: dict[str, float] = json.loads(output)
    assert result["rows"] == MESSAGES, f"{name} committed {result['rows']} of {MESSAGES}"
    return result


def _receiver(port: int) -> dict[str, float]:
    argv = [
        "mosquitto_sub",
        "-h",
        LOOPBACK,
        "-p",
        str(port),
        "-V",
        "5",
        "-q",
        "1",
        "-t",
        "ioc/v1/#",
        "-C",
        str(MESSAGES),
    ]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
        asyncio.run(CLOCK.sleep(0.3))
        began = CLOCK.monotonic()
        publish(port, _messages(), window=500)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    cpu = usage.ru_utime + usage.ru_stime
    return {"cpu": cpu, "wall": CLOCK.monotonic() - began, "rss": usage.ru_maxrss / 1024, "batches": 0}


def _messages() -> Iterable[Row]:
    payload = json.dumps({"value": 36.5, "at": "2024-06-01T08:00:00+07:00", "unit": "°C"}).encode().ljust(150)
    return ((f"ioc/v1/ben-tre/health/i{n % TOPICS}", payload) for n in range(MESSAGES))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run(names: Sequence[str] = ("aiomqtt", "gmqtt", "mosquitto_sub")) -> str:
    """One row per client: medians over the rounds."""
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for number in range(ROUNDS):
        say(f"round {number + 1} of {ROUNDS}")
        for name in names:
            with tempfile.TemporaryDirectory() as folder:
                rounds[name].append(measure(name, Path(folder) / f"{name}{number}"))
    base = statistics.median(result["cpu"] for result in rounds[names[0]])
    rows = []
    for name, results in rounds.items():
        cpu, wall, rss, batches = (
            statistics.median(r[key] for r in results) for key in ("cpu", "wall", "rss", "batches")
        )
        speed = f"{MESSAGES / cpu:,.0f}", f"{base / cpu:.2f}", f"{MESSAGES / wall:,.0f}"
        rows.append((name, *speed, f"{rss:.0f}", f"{batches:.0f}"))
    return table(("client", "messages/CPU-s", f"/ {names[0]}", "messages/s", "RSS MiB", "batches"), rows)


if __name__ == "__main__":
    log_to_stderr("ERROR")
    if len(sys.argv) > 1:
        asyncio.run(CLIENTS[sys.argv[1]](int(sys.argv[2]), Rows(Path(sys.argv[3]))))
    else:
        show(run())
