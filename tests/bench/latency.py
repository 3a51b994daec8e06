"""How long from a sample's publication to its alert at a channel: `python -m tests.bench.latency`.

A whole centre as a process, mosquitto, QoS 1, the shipped catalogue, a webhook receiver on loopback. The load comes at
a fixed pace whatever the centre does, and a message's time counts from the moment it was due to be sent: waiting
cannot hide. Every so often a sample breaks a critical limit, or brings such a value back: one webhook message each,
since the official's allowance is lifted.
"""

import asyncio
import json
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from aiohttp import web

from ioc.clock import SystemClock
from ioc.demo.children import LOOPBACK, free_port
from ioc.journal.reader import JournalReader
from ioc.model import SECOND, micros
from ioc.settings import load as load_settings
from tests.bench.table import say, show, table
from tests.bench.traffic import Course, Key, Load, Run, courses
from tests.bench.usage import disk_pressure, usage, waited
from tests.e2e.centre import Centre, running, wait_until
from tests.support.servers import Mosquitto, Server, influxd, mosquitto

CLOCK = SystemClock()
PATIENCE = 15.0
PAGE = 5_000

NOTIFY = """
[notify]
officials = "{directory}/officials.toml"
routes = "{directory}/routes.toml"
[notify.webhook]
secret = "bench"
[notify.budget]
messages = 1000000
per_day = 1000000
calm = 0
"""
OFFICIALS = """
[[official]]
id = "duty-officer"
title_vi = "Trực ban"
title_en = "Duty officer"
channels = {{ webhook = "http://{host}:{port}/" }}
"""
ROUTES = """
[[route]]
severity = "critical"
officials = ["duty-officer"]
channels = ["webhook"]
"""


RUNS = (Run(500, 20), Run(2_000, 20), Run(500, 20, with_influx=True), Run(500, 250))


@dataclass
class Receiver:
    """Takes the webhook messages and notes when the first of each arrived."""

    arrived: dict[Key, float] = field(default_factory=dict)
    repeats: int = 0

    async def take(self, request: web.Request) -> web.Response:
        now = CLOCK.monotonic()
        body = json.loads(await request.read())
        key = body["site"], body["indicator"], micros(datetime.fromisoformat(body["at"]))
        self.repeats += key in self.arrived
        self.arrived.setdefault(key, now)
        return web.Response()


class Strain(NamedTuple):
    """Shares of the time: the engine on a core, its main thread waiting for one, the machine waiting for the disk."""

    engine: float
    waited: float
    disk: float


@dataclass(frozen=True)
class Result:
    """Seconds: to the journal's commit, to the channel, of the publisher behind its pace; and what the load cost."""

    committed: list[float]
    handed: list[float]
    missing: int
    repeats: int
    behind: list[float]
    strain: Strain


async def press(centre: Centre, receiver: Receiver, load_: Load, known: list[Course], port: int) -> Strain:
    """Run the load, wait for the last message."""
    application = web.Application()
    application.router.add_post("/", receiver.take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    assert centre.child.pid
    before, began = _strained(centre.child.pid), CLOCK.monotonic()
    await asyncio.to_thread(load_.send, known)
    passed = CLOCK.monotonic() - began
    after = _strained(centre.child.pid)
    deadline = CLOCK.monotonic() + PATIENCE
    while load_.due.keys() - receiver.arrived.keys() and CLOCK.monotonic() < deadline:
        await CLOCK.sleep(0.1)
    await runner.cleanup()
    return Strain(*((late - early) / passed for early, late in zip(before, after, strict=True)))


def _strained(pid: int) -> Strain:
    return Strain(usage(pid).cpu, waited(pid), disk_pressure())


def measure(asked: Run) -> Result:
    """One centre under one load."""
    known, receiver, port = courses(), Receiver(), free_port()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        directory = Path(folder)
        broker = stack.enter_context(started(mosquitto(directory / "broker")))
        url = stack.enter_context(started(influxd(directory))).url if asked.with_influx else ""
        write_people(directory, port)
        centre = Centre(directory, broker.port, url, more=NOTIFY.format(directory=directory))
        load_ = Load(broker.port, asked, load_settings(directory / "ioc.toml").clock.clock())
        with running(centre):
            load_.warm_up(known)
            wait_until(lambda: centre.count("ioc_samples_judged_total") >= len(known), seconds=60)
            strain = asyncio.run(press(centre, receiver, load_, known, port))
        committed = _commits(directory / "journal", load_.due.keys())
    arrived = receiver.arrived
    handed = [arrived[key] - due for key, due in load_.due.items() if key in arrived]
    return Result(committed, handed, len(load_.due) - len(handed), receiver.repeats, load_.behind, strain)


Started = TypeVar("Started", Server, Mosquitto)


@contextmanager
def started(server: Started) -> Iterator[Started]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def write_people(directory: Path, port: int) -> None:
    (directory / "officials.toml").write_text(OFFICIALS.format(host=LOOPBACK, port=port), encoding="utf-8")
    (directory / "routes.toml").write_text(ROUTES, encoding="utf-8")


def _commits(directory: Path, keys: Collection[Key]) -> list[float]:
    """Seconds from when each was due to be sent to the stamp of its commit."""
    reader, cursor = JournalReader(directory), 0
    found: list[float] = []
    while entries := reader.read(cursor, PAGE):
        cursor = entries[-1].seq
        samples = (entry.sample for entry in entries)
        found += [(one.received_at - one.at) / SECOND for one in samples if (one.site, one.indicator, one.at) in keys]
    reader.close()
    return found


def percentile(values: list[float], share: float) -> float:
    """The smallest value that this share of all does not exceed."""
    return sorted(values)[max(0, -(-round(len(values) * share * 1000) // 1000) - 1)]


def _milliseconds(values: list[float]) -> str:
    return " / ".join(
        f"{1000 * value:.0f}" for value in (percentile(values, 0.5), percentile(values, 0.99), max(values))
    )


def run() -> str:
    """The table."""
    rows = []
    for asked in RUNS:
        say(f"{asked.name}, {asked.seconds} s")
        result = measure(asked)
        rows.append(
            (
                asked.name,
                len(result.handed),
                result.missing,
                result.repeats,
                _milliseconds(result.committed),
                _milliseconds(result.handed),
                " / ".join(f"{100 * share:.0f}" for share in result.strain),
                f"{1000 * percentile(result.behind, 0.99):.0f}",
            )
        )
    head = (
        "load",
        "messages",
        "missing",
        "repeated",
        "ms to commit: p50 / p99 / max",
        "ms to channel: p50 / p99 / max",
        "% of the time: engine on a core / waiting for one / disk busy",
        "publisher late, ms p99",
    )
    return table(head, rows)


if __name__ == "__main__":
    show(run())
