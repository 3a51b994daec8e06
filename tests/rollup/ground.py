"""What the tests of roll-ups stand on: a small province, and the engine without its shell."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from indicators.lookup import Catalogue
from indicators.spec import VIETNAM, Indicator, Level, Period, Rollup, Site, Watch
from ioc.model import Entry, Micros, Sample, State, micros
from ioc.rollup.plan import Plan
from ioc.rollup.ripple import Ripple
from ioc.rollup.row import Axis
from ioc.rollup.row import Rollup as Row
from ioc.rollup.table import Table
from tests.support import catalogue as small

PROVINCE, NORTH, SOUTH, CLOSED, GAUGE = "bt", "bt-north", "bt-south", "bt-closed", "st-gauge"
POPULATION = {NORTH: 100.0, SOUTH: 300.0, CLOSED: 50.0}


def when(text: str) -> Micros:
    """A Vietnamese wall time."""
    return micros(datetime.fromisoformat(text).replace(tzinfo=VIETNAM))


def indicator(name: str, period: Period, cadence: str, time: str, space: str, **changes: object) -> Indicator:
    shape = {"period": period, "cadence": cadence, "rollup_time": Rollup(time), "rollup_space": Rollup(space)}
    return small.indicator(name, "health", name, name, "người", **{**shape, **changes})


INDICATORS = [
    indicator("cases", Period.DAY, "1d", "sum", "sum"),
    indicator("wait", Period.DAY, "1d", "weighted-mean", "weighted-mean", weight="cases"),
    indicator("mood", Period.DAY, "1d", "mean", "weighted-mean", weight="cases"),
    indicator("settled", Period.HOUR, "1h", "sum", "sum"),
    indicator("on-time", Period.HOUR, "1h", "sum", "sum"),
    indicator(
        "on-time-share",
        Period.HOUR,
        "1h",
        "weighted-mean",
        "weighted-mean",
        weight="settled",
        formula="100 * [on-time] / [settled]",
    ),
    indicator("salt", Period.INSTANT, "1h", "mean", "max"),
    indicator("flow", Period.INSTANT, "15min", "max", "mean"),
    indicator("depth", Period.INSTANT, "6h", "min", "min"),
    indicator("beds", Period.INSTANT, "1mo", "last", "sum"),
    indicator("patients", Period.INSTANT, "1d", "mean", "sum"),
    indicator("occupancy", Period.INSTANT, "1d", "mean", "weighted-mean", weight="beds", formula="[patients] / [beds]"),
    indicator("revenue", Period.MONTH, "1w", "sum", "sum"),
    indicator("visits", Period.WEEK, "1w", "sum", "sum"),
    indicator("income", Period.YEAR, "1y", "last", "weighted-mean", weight="@population"),
    indicator("trust", Period.QUARTER, "1q", "mean", "weighted-mean", weight="pupils"),
    indicator("pupils", Period.INSTANT, "1y", "last", "sum"),
    indicator("rank", Period.MONTH, "1mo", "none", "none"),
]


def site(name: str, level: Level, parent: str | None = None, closes: date | None = None) -> Site:
    plain = small.site(name, level, "huyện", name, name, parent)
    return replace(plain, population=POPULATION.get(name), valid_to=closes)


def watch(where: str, one: str | None = None) -> Watch:
    return small.watch(where, "health", 3, one)


def catalogue(indicators: Sequence[Indicator] = INDICATORS) -> Catalogue:
    return Catalogue(
        sites=[
            site(PROVINCE, Level.PROVINCE),
            site(NORTH, Level.DISTRICT, PROVINCE),
            site(SOUTH, Level.DISTRICT, PROVINCE),
            site(CLOSED, Level.DISTRICT, PROVINCE, date(2024, 2, 15)),
            site(GAUGE, Level.STATION, SOUTH),
        ],
        indicators=indicators,
        watches=[*map(watch, (PROVINCE, NORTH, CLOSED)), watch(SOUTH), watch(GAUGE, "salt")],
    )


PLAN = Plan(catalogue())


def sample(where: str, what: str, at: str | Micros, value: float, state: State = State.PROVISIONAL) -> Sample:
    moment = when(at) if isinstance(at, str) else at
    return Sample(where, "health", what, moment, value, state)


def entries(samples: Iterable[Sample], first: int = 1) -> list[Entry]:
    return [Entry(seq, one) for seq, one in enumerate(samples, first)]


def roll(table: Table, batch: Sequence[Entry], plan: Plan = PLAN) -> int:
    """Take one batch; how many roll-ups changed."""
    with table.writing(batch[-1].seq) as page:
        ripple = Ripple(plan, page)
        ripple.add(batch)
        return ripple.settle()


def contents(table: Table) -> list[tuple[object, ...]]:
    """Every roll-up without revision and number of change, in order of identity."""
    return sorted(row.content() for row in table.changes(0, 1_000_000))


class Book:
    """A table with short questions."""

    def __init__(self, path: Path) -> None:
        self.table = Table(path / "rollup.db")
        self.taken = 0

    def take(self, *samples: Sample) -> None:
        batch = entries(samples, self.taken + 1)
        self.taken = batch[-1].seq
        roll(self.table, batch)

    def find(self, where: str, what: str, kind: Period, at: str, axis: Axis = Axis.TIME) -> Row | None:
        found = self.table.lookup(where, what, axis, kind, (when(at), when(at) + 1))
        return found[0] if found else None

    def one(self, where: str, what: str, kind: Period, at: str, axis: Axis = Axis.TIME) -> Row:
        found = self.find(where, what, kind, at, axis)
        assert found is not None, f"no roll-up of {where}/{what} over {axis}, {kind} {at}"
        return found
