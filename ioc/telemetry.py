"""Logs and counters of the engine itself.

Log transitions, count occurrences. Counters live in one `Counts` object that `ioc.app` builds and hands down; a label
set past the cap is folded into `other`, so that hostile input cannot make the process grow.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

LABEL_SETS_PER_NAME = 200
OVERFLOW = "other"

Labels = tuple[tuple[str, str], ...]


class Counts(Collector):
    """Named counters and gauges with a bounded number of label sets; a collector for prometheus-client."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._counters: dict[str, dict[Labels, float]] = {}
        self._gauges: dict[str, dict[Labels, float]] = {}

    def add(self, name: str, n: float = 1, /, **labels: str) -> None:
        """Add `n` to the counter `name`."""
        rows = self._counters.setdefault(name, {})
        key = _bounded(rows, labels)
        rows[key] = rows.get(key, 0) + n

    def set(self, name: str, value: float, /, **labels: str) -> None:
        """Set the gauge `name`."""
        rows = self._gauges.setdefault(name, {})
        rows[_bounded(rows, labels)] = value

    def replace(self, name: str, label: str, values: Mapping[str, float], /) -> None:
        """Set the gauge `name` for these values of its one label and for no others, the first ones up to the cap."""
        rows: dict[Labels, float] = {}
        for value, reading in list(values.items())[:LABEL_SETS_PER_NAME]:
            rows[((label, value),)] = reading
        self._gauges[name] = rows

    def value(self, name: str, /, **labels: str) -> float:
        """What a counter or gauge shows now; 0 when nothing was counted."""
        key = tuple(sorted(labels.items()))
        return self._counters.get(name, {}).get(key, self._gauges.get(name, {}).get(key, 0))

    def total(self, name: str) -> float:
        """A counter summed over its label sets."""
        return sum(self._counters.get(name, {}).values())

    def collect(self) -> Iterator[Metric]:
        """The metric families, named `ioc_<name>` (prometheus-client adds `_total` to counters)."""
        for name, rows in list(self._counters.items()):
            counter = CounterMetricFamily(f"ioc_{name}", name.replace("_", " "), labels=_names(rows))
            for key, value in list(rows.items()):
                counter.add_metric([v for _, v in key], value)
            yield counter
        for name, rows in [(name, rows) for name, rows in self._gauges.items() if rows]:
            gauge = GaugeMetricFamily(f"ioc_{name}", name.replace("_", " "), labels=_names(rows))
            for key, value in list(rows.items()):
                gauge.add_metric([v for _, v in key], value)
            yield gauge


def _bounded(rows: dict[Labels, float], labels: dict[str, str]) -> Labels:
    key = tuple(sorted(labels.items()))
    if key in rows or len(rows) < LABEL_SETS_PER_NAME:
        return key
    return tuple((name, OVERFLOW) for name, _ in key)


def _names(rows: dict[Labels, float]) -> list[str]:
    return [name for name, _ in next(iter(rows), ())]


class Link:
    """Something that is up or down; says so in the log when that changes, and only then."""

    def __init__(self, name: str, counts: Counts) -> None:
        """`name` is the other side, e.g. `mqtt` or `influxdb`."""
        self._name = name
        self._counts = counts
        self._up: bool | None = None
        self._log = structlog.get_logger("ioc.link").bind(link=name)

    @property
    def is_up(self) -> bool:
        """True once it has come up and has not gone down since."""
        return self._up is True

    def up(self) -> None:
        """The other side answers."""
        if self._up is not True:
            self._log.info("link up")
        self._up = True
        self._counts.set("link_up", 1, link=self._name)

    def down(self, why: str) -> None:
        """The other side does not answer; `why` in a few words, without secrets."""
        if self._up is not False:
            self._log.warning("link down", why=why)
        self._up = False
        self._counts.set("link_up", 0, link=self._name)
        self._counts.add("link_failures", link=self._name)


def briefly(*kinds: type[BaseException]) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """A handler for what no task of the loop takes: errors of these kinds are said in one line, others as ever.

    A library that is cut off in the middle leaves such errors in futures and callbacks that nobody asks any more.
    """
    log = structlog.get_logger("ioc.loop")

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, kinds):
            log.warning("left behind", error=f"{type(error).__name__}: {error}", where=context["message"])
        else:
            loop.default_exception_handler(context)

    return handle


def log_to_stderr(level: str = "INFO", *, json: bool = True) -> None:
    """Send the logs of the process to standard error, one JSON object (or one coloured line) per event."""
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False) if json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
