"""What the rows stand on: a centre with its data, its vital signs, and load at a given rate."""

import sqlite3
import subprocess
import threading
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from indicators.spec import Indicator, Limit
from ioc.clock import PlayedClock, SystemClock
from ioc.model import HOUR, SECOND, Micros
from tests.e2e.centre import PLAYED, Centre
from tests.e2e.test_path import CATALOGUE, Point
from tests.faults.oracle import Oracle, pause
from tests.support.servers import need

CLOCK = SystemClock()
MIB = 1024 * 1024


def played(directory: Path) -> PlayedClock:
    """The clock of the centre whose data lie there."""
    clock = tomllib.loads((directory / "ioc.toml").read_text(encoding="utf-8"))["clock"]
    return PlayedClock(clock["start"], clock["began"])


def live(n: int, first: int = 0, until: Micros = PLAYED) -> list[Point]:
    """Different samples of the last hours, all normal: every series in turn, microseconds apart."""
    series = CATALOGUE.series(PLAYED)
    found = []
    for number in range(first, first + n):
        one = series[number % len(series)]
        low, high = one.indicator.typical_min, one.indicator.typical_max
        value = low + (high - low) * (((number * 7919) % 1000) / 1000)
        found.append((one.site.id, one.indicator.field, one.indicator.id, until - HOUR + number, value))
    return found


@dataclass
class Vitals:
    """Samples of a process's memory (bytes), open files and threads."""

    pid: int
    memory: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def look(self) -> None:
        """Read them once."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        facts = dict(line.split(":", 1) for line in status.splitlines())
        self.memory.append(int(facts["VmRSS"].split()[0]) * 1024)
        self.threads.append(int(facts["Threads"]))
        self.files.append(len(list(Path(f"/proc/{self.pid}/fd").iterdir())))

    @property
    def growth(self) -> float:
        """MiB from the first third's median to the last third's."""
        third = max(1, len(self.memory) // 3)
        return (median(self.memory[-third:]) - median(self.memory[:third])) / MIB


def vitals(centre: Centre) -> Vitals:
    """Those of a running centre."""
    assert centre.child.pid is not None
    return Vitals(centre.child.pid)


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return sorted(values)[len(values) // 2]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@contextmanager
def meanwhile(work: Callable[[threading.Event], None]) -> Iterator[threading.Event]:
    """Run `work(stop)` in a thread during the block; its error is the block's error."""
    stop = threading.Event()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work(stop)
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()
    if errors:
        raise errors[0]


def at_rate(
    oracle: Oracle, port: int, rate: int, points: Iterator[Point], stop: threading.Event, each: int = 1
) -> None:
    """Publish at `rate` samples a second until told to stop."""
    share = max(1, rate // 5)
    due = CLOCK.monotonic()
    while not stop.is_set():
        oracle.publish(port, [next(points) for _ in range(share)], each)
        due += share / rate
        pause(max(0.0, due - CLOCK.monotonic()))


@dataclass
class Probe:
    """Asks at once and again how long the way from a breach's PUBACK to its alert in `state.db` takes."""

    directory: Path
    port: int
    oracle: Oracle
    delays: list[float] = field(default_factory=list)

    def once(self, number: int) -> None:
        """Break one limit that fires at once, of a series without an alert; waits up to 30 s for its alert."""
        site, field_, indicator, value = self.unbroken(number)
        at = played(self.directory).now() - SECOND
        last = self.last_event()
        self.oracle.publish(self.port, [(site, field_, indicator, at, value)])
        began = CLOCK.monotonic()
        while not self.has_fired(last, site, indicator):
            assert CLOCK.monotonic() < began + 30, f"no alert for {site}/{indicator} {value}"
            pause(0.01)
        self.delays.append(CLOCK.monotonic() - began)

    def unbroken(self, number: int) -> tuple[str, str, str, float]:
        """The next breach, counted from `number`, of a series without an alert: some go on for hours."""
        standing = set(self._ask("select distinct site, indicator from alerts where body is not null"))
        found = [one for one in breaches() if (one[0], one[2]) not in standing]
        return found[number % len(found)]

    def run(self, stop: threading.Event, every: float = 0.5) -> None:
        """Until told to stop."""
        while not stop.is_set():
            self.once(len(self.delays))
            stop.wait(every)

    def last_event(self) -> int:
        """The number of the newest event of any alert."""
        return int(self._ask("select coalesce(max(id), 0) from events")[0][0])

    def has_fired(self, after: int, site: str, indicator: str) -> bool:
        """Whether a limit of the series has fired since event number `after`."""
        query = (
            "select count(*) from events where id > ? and after = 'firing'"
            " and json_extract(body, '$.kind') != 'no-data'"
            " and json_extract(body, '$.site') = ? and json_extract(body, '$.indicator') = ?"
        )
        return bool(self._ask(query, after, site, indicator)[0][0])

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        path = (self.directory / "state" / "state.db").absolute().as_uri()
        with closing(sqlite3.connect(f"{path}?mode=ro", uri=True)) as db:
            return db.execute(query, values).fetchall()


@cache
def breaches(wait: Micros = 0) -> list[tuple[str, str, str, float]]:
    """Series with a limit that fires after `wait` and that no typical value breaks, each with a value beyond it."""
    found = []
    for one in CATALOGUE.series(PLAYED):
        for limit in CATALOGUE.limits_for(one.site.id, one.indicator.id, PLAYED):
            value = _beyond(limit, one.indicator)
            if limit.for_ == wait and value is not None:
                found.append((one.site.id, one.indicator.field, one.indicator.id, value))
                break
    return found


def _beyond(limit: Limit, chosen: Indicator) -> float | None:
    """A possible value beyond the limit, if it has one side and typical values keep off it."""
    if limit.kind == "above" and chosen.typical_max <= limit.value - limit.hysteresis:
        value = limit.value + 1
        return value if chosen.maximum is None or value <= chosen.maximum else None
    if limit.kind == "below" and chosen.typical_min >= limit.value + limit.hysteresis:
        value = limit.value - 1
        return value if chosen.minimum is None or chosen.minimum <= value else None
    return None


@contextmanager
def volume(directory: Path, mib: int) -> Iterator[Path]:
    """A disk of that size, mounted there."""
    directory.mkdir(parents=True)
    made = subprocess.run(
        [need_mount(), "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", directory],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, f"this row needs the right to mount a tmpfs (root): {made.stderr}"
    try:
        yield directory
    finally:
        subprocess.run(["/bin/umount", "--lazy", directory], check=True)


def need_mount() -> str:
    """The path of mount."""
    assert Path("/bin/mount").exists(), "mount is missing: apt-get install mount"
    return "/bin/mount"


def traced(call: str, what: str, when: str, argv: Sequence[str], log: Path) -> list[str]:
    """The command line that runs `argv` with a fault injected; the tracer is a grandchild and ends with it."""
    strace = [need("strace"), "-D", "-f", "-qq", "-o", str(log), "-e", f"trace={call}"]
    return [*strace, "-e", f"inject={call}:{what}:when={when}", *argv]
