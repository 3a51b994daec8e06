"""A whole centre as a process of its own, and ways to look at it from outside."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from ioc.clock import SystemClock
from ioc.demo.children import Child, answers, free_port
from ioc.model import Micros, micros

CLOCK = SystemClock()
PLAYED: Micros = micros(datetime.fromisoformat("2025-03-12T06:00:00+07:00"))

SETTINGS = """
[mqtt]
port = {mqtt_port}
reconnect_cap = 0.5
[journal]
directory = "{directory}/journal"
[state]
directory = "{directory}/state"
[web]
port = {port}
[clock]
start = {start}
began = {began}
[influx]
enabled = {enabled}
url = "{url}"
linger = 0.1
"""


class Centre:
    """`ioc run` with its own data; may be killed and started again."""

    def __init__(
        self, directory: Path, mqtt_port: int, influx_url: str = "", start: Micros = PLAYED, more: str = ""
    ) -> None:
        """`more` is appended to the settings."""
        self.port = free_port()
        config = directory / "ioc.toml"
        values = {"mqtt_port": mqtt_port, "directory": directory, "port": self.port, "start": start}
        influx = {"enabled": "true" if influx_url else "false", "url": influx_url or "http://127.0.0.1:1"}
        written = SETTINGS.format(**values, **influx, began=CLOCK.now())
        config.write_text(written + more, encoding="utf-8")
        command = [sys.executable, "-m", "ioc", "run", "--config", str(config)]
        self.child = Child("centre", command, directory / "ioc.log")

    def start(self) -> None:
        self.child.start(lambda: answers(self.port, "/readyz"), timeout=30)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)

    def count(self, name: str) -> float:
        """A metric summed over its labels; 0 before it is first counted."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.partition("{")[0].split(" ")[0] == name)


@contextmanager
def running(centre: Centre) -> Iterator[Centre]:
    centre.start()
    try:
        yield centre
    finally:
        centre.child.stop()


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Poll until `condition()` is true; fails after `seconds`."""
    deadline = CLOCK.monotonic() + seconds
    while not condition():
        assert CLOCK.monotonic() < deadline, f"not true within {seconds} s"
        time.sleep(0.05)  # noqa: TID251 - another process is watched
