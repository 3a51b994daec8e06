"""How fast the demonstration comes to life and what it uses: `python -m tests.bench.demo [minutes]`.

Counted from the start of `ioc demo --no-browser`, after the install; a tile lives when the console has a value for it.
"""

import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from indicators.load import load
from ioc.clock import SystemClock
from ioc.demo.children import LOOPBACK, free_port
from tests.bench.table import say, show, table
from tests.bench.usage import Usage, children, usage
from tests.e2e.centre import PLAYED

CLOCK = SystemClock()
MINUTES = 2.0
POLL = 0.1
PATIENCE = 120.0
SETTLING = 15.0
"""Seconds from all tiles live to the first look at what is used."""
PARTS = {"ioc run": "engine and console", "simulators": "simulators", "mosquitto": "broker", "influxd": "InfluxDB"}


class Start(NamedTuple):
    """Seconds from the command to the first answer of the console, the first tile with a value, and all of them."""

    console: float
    first: float
    all: float


class Demo:
    """A demonstration on a port of its own."""

    def __init__(self, directory: Path) -> None:
        self._port = free_port()
        options = ["--no-browser", "--port", str(self._port), "--keep", str(directory)]
        command = [sys.executable, "-m", "ioc", "demo", *options]
        self.began = CLOCK.monotonic()
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def live(self) -> int:
        """How many tiles have a value; -1 while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self._port}/v1/latest", timeout=5) as answer:
                rows = json.load(answer)["samples"]
        except urllib.error.URLError:
            return -1
        return sum(row["value"] is not None for row in rows)

    def until(self, condition: Callable[[int], bool]) -> float:
        """Seconds from the start until the number of live tiles is as wished."""
        while not condition(self.live()):
            assert self.process.poll() is None, "the demonstration has ended"
            assert CLOCK.monotonic() - self.began < PATIENCE, f"not so within {PATIENCE} s: {self.live()} tiles live"
            wait(POLL)
        return CLOCK.monotonic() - self.began

    def used(self) -> dict[str, Usage]:
        """By part, what its process has used so far."""
        pids = children(self.process.pid, PARTS)
        return {PARTS[name]: usage(pid) for name, pid in pids.items()}


def wait(seconds: float) -> None:
    """Let time pass."""
    asyncio.run(CLOCK.sleep(seconds))


@contextmanager
def demonstration() -> Iterator[Demo]:
    """One that is stopped as a presenter would."""
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(Path(folder))
        try:
            yield demo
        finally:
            demo.process.send_signal(signal.SIGINT)
            demo.process.wait(timeout=20)


def start(demo: Demo) -> Start:
    """Watch it come to life."""
    expected = len(load().series(PLAYED))
    found = Start(demo.until(lambda n: n >= 0), demo.until(lambda n: n > 0), demo.until(lambda n: n == expected))
    say(f"{expected} tiles live after {found.all:.1f} s")
    return found


def run(minutes: float = MINUTES) -> str:
    """Both tables."""
    with demonstration() as demo:
        started = start(demo)
        wait(SETTLING)
        before, began = demo.used(), CLOCK.monotonic()
        say(f"resident memory after {minutes:g} min")
        wait(max(1.0, minutes * 60 - (began - demo.began)))
        after, passed = demo.used(), CLOCK.monotonic() - began
    start_table = table(
        ("seconds from `ioc demo` to", ""),
        [
            ("the console answers", f"{started.console:.1f}"),
            ("first living tile", f"{started.first:.1f}"),
            ("all tiles live", f"{started.all:.1f}"),
        ],
    )
    early = f"MiB after {began - demo.began:.0f} s"
    rows = [
        (
            part,
            f"{before[part].rss:.0f}",
            f"{used.rss:.0f}",
            f"{used.peak:.0f}",
            f"{100 * (used.cpu - before[part].cpu) / passed:.0f} %",
        )
        for part, used in after.items()
    ]
    return (
        f"{start_table}\n\n{table(('process', early, f'MiB after {minutes:g} min', 'MiB at most', 'of a core'), rows)}"
    )


if __name__ == "__main__":
    show(run(*map(float, sys.argv[1:])))
