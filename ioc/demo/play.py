"""The demonstration: broker, simulators, engine and console as processes of their own, on loopback and free ports."""

import shutil
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ioc.clock import Clock, SystemClock
from ioc.demo.broker import Broker, broker, choose
from ioc.demo.children import LOOPBACK, Child, answers, free_port, stop_all
from ioc.demo.influx import influxd, is_installed, lay_out
from ioc.errors import PermanentError
from ioc.model import Micros, micros
from simulators.mqtt import HELD

START = datetime.fromisoformat("2025-03-12T06:00:00+07:00")
"""Dry season, salt water in the rivers, and the districts still exist."""

SIMULATORS_WATCH = 0.3


@dataclass(frozen=True)
class DemoOptions:
    """What a presenter may choose. `speed`: played seconds per second; `port` 0 takes a free one."""

    seed: int = 1
    speed: float = 60.0
    port: int = 0
    open_browser: bool = True
    broker: str = "auto"
    scenario: str = "man-xam-nhap"
    keep: Path | None = None


Say = Callable[[str], None]


class Demo:
    """All processes of the demonstration; `run` returns when it is asked to stop or one of them ends."""

    def __init__(self, options: DemoOptions, say: Say, clock: Clock | None = None) -> None:
        """`say` shows one line of progress."""
        self._options = options
        self._say = say
        self._clock = clock or SystemClock()
        self._children: list[Child] = []
        self._asked_to_stop = threading.Event()

    def run(self) -> int:
        """Start everything, show it until Ctrl-C, stop everything; the exit code."""
        with _workplace(self._options.keep) as directory, self._signals():
            try:
                url = self._start(directory)
                self._say(f"\n   {url}\n\nCtrl-C để dừng. / Ctrl-C stops it.")
                if self._options.open_browser:
                    _show(url)
                return self._watch()
            except PermanentError as error:
                if self._asked_to_stop.is_set():
                    return 0
                self._say(f"\nKhông khởi động được / could not start: {error}")
                return 1
            finally:
                self._say("Đang dừng … / stopping …")
                stop_all(list(reversed(self._children)))

    def _start(self, directory: Path) -> str:
        began = self._clock.now()
        port = self._options.port or free_port()
        mqtt = self._start_broker(directory)
        influx_port = self._start_influx(directory)
        config = directory / "ioc.toml"
        config.write_text(settings(directory, mqtt, influx_port, port, self._played(began)), encoding="utf-8")
        go = self._hold_simulators(directory, mqtt.port, began)
        self._say("4/4 trung tâm và màn hình / engine and console")
        self._run("engine", ["-m", "ioc", "run", "--config", str(config)], directory, lambda: answers(port, "/readyz"))
        go.touch()
        return f"http://{LOOPBACK}:{port}/"

    def _hold_simulators(self, directory: Path, mqtt_port: int, began: Micros) -> Path:
        """Load them first: once the engine is up, at full speed a gauge is missed after a second and a half.

        They begin when the file is there whose path is given back.
        """
        self._say("3/4 trình mô phỏng / simulators")
        go, log = directory / "simulators.go", directory / "simulators.log"
        arguments = self._simulators(mqtt_port, began, go)
        self._run("simulators", arguments, directory, lambda: HELD in log.read_text(encoding="utf-8"))
        return go

    def _start_broker(self, directory: Path) -> Broker:
        kind = choose(self._options.broker)
        self._say(f"1/4 broker MQTT: {kind}")
        started = broker(directory / "broker", kind)
        self._children.append(started.child)
        started.start()
        return started

    def _start_influx(self, directory: Path) -> int | None:
        if not is_installed():
            self._say("2/4 không có influxd: chỉ nhật ký giữ dữ liệu / no influxd: the journal alone keeps the data")
            return None
        child, port = influxd(directory / "influxdb")
        self._say(f"2/4 InfluxDB: http://{LOOPBACK}:{port}")
        self._children.append(child)
        child.start(self._unless_stopped(lambda: answers(port, "/ping")), timeout=30.0)
        lay_out(port)
        return port

    def _run(self, name: str, arguments: list[str], directory: Path, ready: Callable[[], bool]) -> None:
        child = Child(name, [sys.executable, *arguments], directory / f"{name}.log")
        self._children.append(child)
        child.start(self._unless_stopped(ready), timeout=60.0)

    def _unless_stopped(self, ready: Callable[[], bool]) -> Callable[[], bool]:
        """Ctrl-C also ends the waiting for a child that takes long to get ready."""

        def checked() -> bool:
            if self._asked_to_stop.is_set():
                raise PermanentError("stopped", "while starting")
            return ready()

        return checked

    def _simulators(self, mqtt_port: int, began: Micros, hold: Path) -> list[str]:
        options = self._options
        return [
            *("-m", "simulators", "--host", LOOPBACK, "--port", str(mqtt_port), "--seed", str(options.seed)),
            *("--speed", str(options.speed), "--start", START.isoformat(), "--began", str(began)),
            *("--scenario", options.scenario, "--hold", str(hold)),
        ]

    def _played(self, began: Micros) -> str:
        return f"[clock]\nstart = {micros(START)}\nbegan = {began}\nspeed = {self._options.speed}\n"

    def _watch(self) -> int:
        while not self._asked_to_stop.wait(SIMULATORS_WATCH):
            for child in self._children:
                if not child.running:
                    self._say(f"\n{child.name} đã dừng / ended ({child.returncode}):\n{child.last_words()}")
                    return 1
        return 0

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(*_: object) -> None:
            self._asked_to_stop.set()

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _show(url: str) -> None:
    """In a browser with a window, if there is one; a browser for terminals would take ours over."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(url)


def settings(directory: Path, mqtt: Broker, influx_port: int | None, web_port: int, clock: str) -> str:
    """The engine's settings for a demonstration, as TOML."""
    shipped = Path(__file__).parent
    policies = 'daily = "daily"\ncalendar = "calendar"\n'
    influx = f'[influx]\nenabled = true\nurl = "http://{LOOPBACK}:{influx_port}"\n{policies}' if influx_port else ""
    return f"""\
[mqtt]
port = {mqtt.port}
client_id = "ioc-demo"
watch_drops = {str(mqtt.kind == "mosquitto").lower()}
[journal]
directory = "{directory}/journal"
[state]
directory = "{directory}/state"
[alerting]
rules = "{shipped}/rules.yaml"
[notify]
officials = "{shipped}/officials.toml"
routes = "{shipped}/routes.toml"
[incidents]
offices = "{shipped}/offices.toml"
[web]
port = {web_port}
{clock}{influx}"""


@contextmanager
def _workplace(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    directory = Path(tempfile.mkdtemp(prefix="ioc-demo-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
