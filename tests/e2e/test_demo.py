"""`ioc demo` as a presenter runs it, on both brokers."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indicators.load import load
from ioc.demo.children import free_port
from tests.e2e.centre import CLOCK, PLAYED, wait_until

SPEED = 120


class Demo:
    def __init__(self, broker: str, directory: Path) -> None:
        self.port = free_port()
        options = ["--no-browser", "--broker", broker, "--speed", str(SPEED), "--port", str(self.port)]
        command = [sys.executable, "-m", "ioc", "demo", *options, "--keep", str(directory)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.directory = directory

    def get(self, path: str) -> Any:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.URLError:
            return {}

    def post(self, path: str, **body: str) -> Any:
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def live(self) -> int:
        return len([s for s in self.get("/v1/latest").get("samples", []) if s["value"] is not None])

    def statuses(self) -> set[str]:
        """What has happened so far to the alert that the story must cause."""
        events = self.get("/v1/events?limit=500").get("events", [])
        return {e["status"] for e in events if e["indicator"] == "salinity" and e["site"] == "st-an-hiep"}

    def incidents(self) -> list[dict[str, Any]]:
        return list(self.get("/v1/incidents?stage=all").get("incidents", []))

    def children(self) -> list[str]:
        """Command lines of all processes that work in the demo's directory."""
        found = []
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and int(process.name) != os.getpid():
                try:
                    command = (process / "cmdline").read_text(encoding="utf-8", errors="replace")
                except OSError:
                    continue
                if str(self.directory) in command and int(process.name) != self.process.pid:
                    found.append(command)
        return found

    def stop(self) -> float:
        """Ctrl-C; the seconds it took to end."""
        began = CLOCK.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=15)
        return CLOCK.monotonic() - began


@pytest.fixture(params=["mosquitto", "iotcore"])
def demo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(request.param, tmp_path)
    yield demo
    demo.process.kill()
    demo.process.communicate()


def test_demo_shows_every_series_and_leaves_nothing_behind(demo: Demo) -> None:
    expected = len(load().series(PLAYED))
    wait_until(lambda: demo.live() == expected, seconds=30)
    assert len(demo.children()) >= 3
    took = demo.stop()
    assert demo.process.returncode == 0
    assert took < 5
    assert demo.children() == []


def test_demo_story_goes_from_pending_to_resolved(demo: Demo) -> None:
    expected = len(load().series(PLAYED))
    wait_until(lambda: demo.live() == expected)
    wait_until(lambda: demo.statuses() == {"pending", "firing", "resolved"}, seconds=110)
    # At this speed a gauge is missed after a second and a half, also while the simulators and the engine start.
    events = demo.get("/v1/events?limit=500")["events"]
    assert [e for e in events if e["kind"] == "no-data" and e["status"] == "firing"] == []
    wait_until(lambda: any(one["stage"] == "open" for one in demo.incidents()), seconds=20)
    (story,) = [one for one in demo.incidents() if one["site"] == "st-an-hiep"]
    assert story["peak"] == 3
    standing = next(one for one in demo.incidents() if one["stage"] == "open")
    taken = demo.post(f"/v1/incidents/{standing['id']}/acknowledge", by="truc-ban-ubnd")["incident"]
    assert (taken["stage"], taken["acknowledgement"]["by"]) == ("acknowledged", "truc-ban-ubnd")
