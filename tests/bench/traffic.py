"""What the latency bench sends: a steady load over the province's series, some of it crossing limits."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import NamedTuple

from indicators.load import load
from indicators.spec import Indicator, Series
from ioc.alerting.rules import Rule, breached, cleared, terms_at
from ioc.clock import Clock, SystemClock
from ioc.model import SECOND, Micros, Severity, moment
from tests.e2e.centre import PLAYED
from tests.support.publisher import Publisher

CLOCK = SystemClock()
ALARMED = 100
"""Series whose limits are crossed, in turn."""
PULSE = 0.01

Key = tuple[str, str, Micros]
"""Site, indicator and measured time: no two samples of a run share them."""


class Run(NamedTuple):
    """Per second, all samples and those of them that cross a limit, there or back; whether InfluxDB is written to."""

    rate: int
    crossings: int
    with_influx: bool = False
    seconds: int = 30

    @property
    def name(self) -> str:
        more = " + InfluxDB" if self.with_influx else ""
        return f"{self.rate:,} samples/s, {self.crossings} of them crossing{more}"


@dataclass(frozen=True)
class Course:
    """A series with a value that breaks no limit and, if it may be alarmed, one that breaks a critical limit."""

    series: Series
    calm: float
    alarming: float | None

    def message(self, at: Micros, *, alarming: bool = False) -> tuple[str, bytes]:
        value = self.alarming if alarming else self.calm
        indicator = self.series.indicator
        topic = f"ioc/v1/{self.series.site.id}/{indicator.field}/{indicator.id}"
        return topic, json.dumps({"value": value, "at": moment(at).isoformat()}).encode()

    def key(self, at: Micros) -> Key:
        return self.series.site.id, self.series.indicator.id, at


class Step(NamedTuple):
    """One sample of a load."""

    course: Course
    crosses: bool = False
    is_alarming: bool = False


def courses() -> list[Course]:
    """All series of the province that have a calm value; those that may be alarmed first."""
    catalogue = load()
    found = []
    for series in catalogue.series(PLAYED):
        indicator = series.indicator
        rules = terms_at(catalogue, series.site.id, indicator.id, PLAYED).rules
        calm = (indicator.typical_min + indicator.typical_max) / 2
        if all(cleared(rule, calm) for rule in rules):
            found.append(Course(series, calm, _alarming(indicator, rules)))
    return sorted(found, key=lambda course: course.alarming is None)


def _alarming(indicator: Indicator, rules: tuple[Rule, ...]) -> float | None:
    """A possible value that breaks a limit at once and is over at once; None when there is none."""
    for rule in rules:
        if (
            rule.severity is Severity.CRITICAL
            and rule.for_ == 0
            and rule.keep_firing_for == 0
            and rule.bound is not None
        ):
            beyond = 1 + abs(rule.bound) * 0.1
            value = rule.bound + beyond if rule.high is not None else rule.bound - beyond
            least, most = indicator.minimum, indicator.maximum
            if breached(rule, value) and (least is None or value >= least) and (most is None or value <= most):
                return value
    return None


@dataclass
class Load:
    """The publisher: a fixed pace, in pulses. `due` has when each crossing was due to be sent, `behind` its delays."""

    port: int
    run: Run
    clock: Clock
    due: dict[Key, float] = field(default_factory=dict)
    behind: list[float] = field(default_factory=list)

    def warm_up(self, known: list[Course]) -> None:
        """One calm value of every series."""
        now = self.clock.now()
        with Publisher(self.port, "warm-up") as publisher:
            publisher.publish(course.message(now) for course in known)

    def send(self, known: list[Course]) -> None:
        """The measured load. Blocks as long as the run lasts."""
        pause = threading.Event()
        stream = self._stream(known)
        with Publisher(self.port, window=1000) as publisher:
            began, played = CLOCK.monotonic(), self.clock.now()
            for pulse in range(1, round(self.run.seconds / PULSE) + 1):
                due = began + pulse * PULSE
                at = played + round(pulse * PULSE * SECOND)
                count = round(self.run.rate * PULSE * pulse) - round(self.run.rate * PULSE * (pulse - 1))
                portion = [self._prepared(next(stream), at + number, due) for number in range(count)]
                pause.wait(max(0.0, due - CLOCK.monotonic()))
                self.behind.append(CLOCK.monotonic() - due)
                publisher.publish(portion)

    def _prepared(self, step: Step, at: Micros, due: float) -> tuple[str, bytes]:
        if step.crosses:
            self.due[step.course.key(at)] = due
        return step.course.message(at, alarming=step.is_alarming)

    def _stream(self, known: list[Course]) -> Iterator[Step]:
        """Calm series in turn; every so often one that crosses its limit, in the next turn back again."""
        alarmed, calm = known[:ALARMED], cycle(known[ALARMED:])
        every = self.run.rate // self.run.crossings
        crossings = cycle(
            [Step(course, crosses=True, is_alarming=beyond) for beyond in (True, False) for course in alarmed]
        )
        for number in cycle(range(every)):
            yield Step(next(calm)) if number else next(crossings)
