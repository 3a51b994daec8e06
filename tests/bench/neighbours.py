"""How long from a change to a webhook, beside two others: `python -m tests.bench.neighbours`.

One signal, three ways, in one run: a whole centre behind mosquitto; Prometheus with Alertmanager; VictoriaMetrics with
vmalert and the same Alertmanager. The others scrape and evaluate every second, and Alertmanager waits for nothing
(group_wait 0). Every change is published and exposed at the same moment, at odd intervals, so that no way's timer is
met more often than another's. Each is raised and, well later, taken back; the raising is timed.
"""

import asyncio
import json
import random
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

from aiohttp import web

from ioc.clock import SystemClock
from ioc.demo.children import LOOPBACK, Child, free_port, program
from ioc.settings import load as load_settings
from tests.bench.latency import NOTIFY, percentile, started, write_people
from tests.bench.table import say, show, table
from tests.bench.traffic import ALARMED, Course, courses
from tests.e2e.centre import Centre, running, wait_until
from tests.support.publisher import Publisher
from tests.support.servers import Server, mosquitto

CLOCK = SystemClock()
CHANGES = 90
PATIENCE = 15.0
OURS, PROMETHEUS, VMALERT = "this centre", "Prometheus + Alertmanager", "VictoriaMetrics + vmalert + Alertmanager"
WAYS = (OURS, PROMETHEUS, VMALERT)

SCRAPE = """
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
scrape_configs:
  - job_name: bench
    static_configs: [{targets: ["$target"]}]
"""
PROM = Template(
    SCRAPE.replace("evaluation_interval: 1s}", 'evaluation_interval: 1s, external_labels: {way: "prometheus"}}')
    + """
rule_files: [$rules]
alerting:
  alertmanagers:
    - static_configs: [{targets: ["$alertmanager"]}]
"""
)
VM = Template(SCRAPE.replace(", evaluation_interval: 1s", ""))
RULES = """
groups:
  - name: bench
    rules:
      - alert: Beyond
        expr: signal > 10
"""
ALERTMANAGER = Template("""
route:
  receiver: bench
  group_by: ['...']
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: bench
    webhook_configs:
      - url: $url
        send_resolved: false
""")


@dataclass
class Bench:
    """The exporter and the receiver of all ways. `arrived` has, by way and change, when its first webhook came."""

    known: list[Course]
    values: list[float] = field(default_factory=lambda: [0.0] * ALARMED)
    changed: dict[int, float] = field(default_factory=dict)
    arrived: dict[str, dict[int, float]] = field(default_factory=lambda: {way: {} for way in WAYS})

    async def expose(self, _: web.Request) -> web.Response:
        lines = [f'signal{{series="{number}"}} {value}' for number, value in enumerate(self.values)]
        return web.Response(text="\n".join([*lines, ""]))

    async def take_ours(self, request: web.Request) -> web.Response:
        now = CLOCK.monotonic()
        told = json.loads(await request.read())
        if told["status"] == "firing":
            self._note(OURS, (told["site"], told["indicator"]), now)
        return web.Response()

    async def take_theirs(self, request: web.Request) -> web.Response:
        now = CLOCK.monotonic()
        for alert in json.loads(await request.read())["alerts"]:
            way = PROMETHEUS if alert["labels"].get("way") == "prometheus" else VMALERT
            self.arrived[way].setdefault(int(alert["labels"]["series"]), now)
        return web.Response()

    def _note(self, way: str, key: tuple[str, str], now: float) -> None:
        for number, course in enumerate(self.known[:ALARMED]):
            if course.key(0)[:2] == key:
                self.arrived[way].setdefault(number, now)

    def change(self, number: int, publisher: Publisher, at: int) -> None:
        """Raise one series on all three ways at once."""
        self.changed[number] = CLOCK.monotonic()
        self.values[number] = 11.0
        publisher.publish([self.known[number].message(at, alarming=True)])


def server(name: str, directory: Path, health: str, port: int, *flags: str) -> Server:
    return Server(port, Child(name, [program(name), *flags], directory / f"{name}.log"), health)


def neighbours(directory: Path, target: str, hook: str) -> list[Server]:
    """The others, not started yet."""
    am, prom, vm, alert = (free_port() for _ in range(4))
    files: dict[str, str] = {
        "alertmanager.yml": ALERTMANAGER.substitute(url=hook),
        "rules.yml": RULES,
        "prometheus.yml": PROM.substitute(target=target, rules="rules.yml", alertmanager=f"{LOOPBACK}:{am}"),
        "vm.yml": VM.substitute(target=target),
    }
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
    return [
        server(
            *("prometheus-alertmanager", directory, "/-/ready", am),
            f"--config.file={directory}/alertmanager.yml",
            f"--storage.path={directory}/am",
            f"--web.listen-address={LOOPBACK}:{am}",
            "--cluster.listen-address=",
        ),
        server(
            *("prometheus", directory, "/-/ready", prom),
            f"--config.file={directory}/prometheus.yml",
            f"--storage.tsdb.path={directory}/prom",
            f"--web.listen-address={LOOPBACK}:{prom}",
        ),
        server(
            *("victoria-metrics", directory, "/health", vm),
            f"-promscrape.config={directory}/vm.yml",
            f"-storageDataPath={directory}/vm",
            f"-httpListenAddr={LOOPBACK}:{vm}",
            "-search.latencyOffset=0s",
        ),
        server(
            *("vmalert", directory, "/health", alert),
            f"-rule={directory}/rules.yml",
            f"-datasource.url=http://{LOOPBACK}:{vm}",
            f"-notifier.url=http://{LOOPBACK}:{am}",
            "-evaluationInterval=1s",
            f"-httpListenAddr={LOOPBACK}:{alert}",
        ),
    ]


async def press(bench: Bench, centre: Centre, port: int, clock: Any) -> None:
    """Change one series after the other, at odd intervals, and wait for the last webhook."""
    pauses = random.Random(7)
    with Publisher(port, "changes") as publisher:
        for number in range(min(CHANGES, ALARMED)):
            await CLOCK.sleep(pauses.uniform(0.7, 1.6))
            await asyncio.to_thread(bench.change, number, publisher, clock.now())
    deadline = CLOCK.monotonic() + PATIENCE
    while any(len(found) < len(bench.changed) for found in bench.arrived.values()) and CLOCK.monotonic() < deadline:
        await CLOCK.sleep(0.1)
    assert centre.child.running


async def measure(directory: Path, stack: ExitStack) -> Bench:
    """All three ways under one signal."""
    bench, exporter, hook = Bench(courses()), free_port(), free_port()
    application = web.Application()
    application.router.add_get("/metrics", bench.expose)
    application.router.add_post("/", bench.take_ours)
    application.router.add_post("/theirs", bench.take_theirs)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    for port in (exporter, hook):
        await web.TCPSite(runner, LOOPBACK, port).start()
    broker = stack.enter_context(started(mosquitto(directory / "broker")))
    for one in neighbours(directory, f"{LOOPBACK}:{exporter}", f"http://{LOOPBACK}:{hook}/theirs"):
        stack.enter_context(started(one))
    write_people(directory, hook)
    centre = Centre(directory, broker.port, more=NOTIFY.format(directory=directory))
    stack.enter_context(running(centre))
    clock = load_settings(directory / "ioc.toml").clock.clock()
    with Publisher(broker.port, "warm-up") as publisher:
        publisher.publish(course.message(clock.now()) for course in bench.known)
    await asyncio.to_thread(wait_until, lambda: centre.count("ioc_samples_judged_total") >= len(bench.known), 60)
    await CLOCK.sleep(5.0)
    await press(bench, centre, broker.port, clock)
    await runner.cleanup()
    return bench


def run() -> str:
    """The table."""
    say(f"{CHANGES} changes")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        bench = asyncio.run(measure(Path(folder), stack))
    rows = []
    for way, arrived in bench.arrived.items():
        times = [1000 * (arrived[number] - at) for number, at in bench.changed.items() if number in arrived]
        spread = (percentile(times, 0.5), percentile(times, 0.99), max(times)) if times else ()
        rows.append((way, len(times), len(bench.changed) - len(times), *(f"{one:.0f}" for one in spread)))
    return table(("way", "webhooks", "missing", "p50 ms", "p99 ms", "max ms"), rows)


if __name__ == "__main__":
    show(run())
