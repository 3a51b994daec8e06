"""A small operations centre in memory, behind the same ports as the real one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date

import msgspec
from fastapi import FastAPI

from indicators.spec import (
    Confidence,
    Direction,
    Field,
    Indicator,
    Level,
    Limit,
    Period,
    Rollup,
    Series,
    Site,
    Target,
    Unit,
)
from ioc.clock import Clock, SystemClock
from ioc.gate import Gate
from ioc.model import HOUR, MINUTE, Entry, Kind, Micros, Placing, Reason, Sample, Severity, State, Status, Transition
from ioc.telemetry import Counts
from ioc.web.api import create_app
from ioc.web.config import WebConfig
from ioc.web.live import LiveView
from ioc.web.ports import Flagged, Handling, Parts
from ioc.web.server import serve
from tests.support.gates import gate

NOW: Micros = 1_717_200_000_000_000  # 2024-06-01 07:00 in Vietnam

UNITS = [
    Unit("%", "phần trăm", "percent", "share", 1, 0, Placing.JOINED),
    Unit("g/L", "gam trên lít", "grams per litre", "salinity", 1, 0),
    Unit("cấp", "cấp", "level", "grade", 1, 0, Placing.BEFORE),
    Unit("người", "người", "people", "people", 1, 0),
    Unit("µg/m³", "microgam trên mét khối", "micrograms per cubic metre", "density", 1, 0),
]
FIELDS = [
    Field("health", "Y tế", "Health", 50),
    Field("agriculture", "Nông nghiệp và nông thôn mới", "Agriculture and new rural development", 70),
    Field("environment", "Tài nguyên, môi trường và thiên tai", "Resources, environment and disasters", 90),
]


def site(id_: str, name_vi: str, name_en: str, level: Level = Level.DISTRICT, parent: str | None = "ben-tre") -> Site:
    return Site(
        id=id_,
        level=level,
        kind="huyện" if level is Level.DISTRICT else "tỉnh",
        name_vi=name_vi,
        name_en=name_en,
        parent=parent,
        code="",
        population=None,
        area_km2=None,
        lat=None,
        lon=None,
        valid_from=None,
        valid_to=None,
        predecessors=(),
        successors=(),
        tenant="ben-tre",
    )


SITES = [
    site("ben-tre", "Tỉnh Bến Tre", "Ben Tre Province", Level.PROVINCE, None),
    site("chau-thanh", "Huyện Châu Thành", "Chau Thanh District"),
    site("mo-cay-bac", "Huyện Mỏ Cày Bắc", "Mo Cay Bac District"),
]


def indicator(id_: str, field: str, name_vi: str, name_en: str, unit: str = "%", **more: object) -> Indicator:
    row: dict[str, object] = {
        "cadence": "5min",
        "period": Period.INSTANT,
        "direction": Direction.NEUTRAL,
        "minimum": 0,
        "maximum": None,
        "typical_min": 0,
        "typical_max": 100,
        "decimals": 1,
        "rollup_time": Rollup.MEAN,
        "rollup_space": Rollup.MEAN,
        "weight": None,
        "formula": None,
        "tier": 1,
        "owner": "so-y-te",
        "source": "his",
        "references": (),
        "provenance": "",
        "confidence": Confidence.ASSUMPTION,
    }
    fixed = {"id": id_, "field": field, "name_vi": name_vi, "name_en": name_en, "unit": unit}
    return Indicator(**(row | fixed | more))  # type: ignore[arg-type]


INDICATORS = [
    indicator("bed-occupancy", "health", "Công suất sử dụng giường bệnh", "Bed occupancy"),
    indicator("outpatients", "health", "Số lượt khám ngoại trú", "Outpatient visits", "người", decimals=0, cadence="1d",
              period=Period.DAY),
    indicator("insurance-cover", "health", "Tỷ lệ bao phủ bảo hiểm y tế", "Health insurance coverage", cadence="1mo",
              period=Period.MONTH),
    indicator("salinity", "environment", "Độ mặn", "Salinity", "g/L", decimals=2),
    indicator("pm25", "environment", "Nồng độ bụi PM2,5", "PM2.5", "µg/m³"),
    indicator("rice-price", "agriculture", "Tỷ lệ diện tích lúa đã thu hoạch", "Rice area harvested", cadence="1d"),
]  # fmt: skip


def limit(id_: str, of: str, value: float, severity: Severity, kind: Kind = Kind.ABOVE) -> Limit:
    return Limit(
        id=id_,
        indicator=of,
        site=None,
        level=None,
        kind=kind,
        severity=severity,
        value=value,
        upper=None,
        hysteresis=0,
        for_=0,
        keep_firing_for=0,
        season=None,
        hours=None,
        valid_from=None,
        valid_to=None,
        basis="QCVN 08:2023/BTNMT, bảng 1",
        confidence=Confidence.ASSUMPTION,
    )


LIMITS = [
    limit("salinity-warning", "salinity", 2, Severity.WARNING),
    limit("salinity-critical", "salinity", 4, Severity.CRITICAL),
    limit("beds-warning", "bed-occupancy", 95, Severity.WARNING),
]


TARGETS = [
    Target(
        id=f"cover-{year}",
        indicator="insurance-cover",
        site=None,
        level=None,
        value=value,
        at_least=True,
        deadline=date(year, 12, 31),
        valid_from=None,
        valid_to=None,
        basis="Kế hoạch phát triển kinh tế - xã hội",
        confidence=Confidence.ASSUMPTION,
    )
    for year, value in ((2023, 92), (2024, 93.5), (2025, 95))
]


class Shelf:
    """A catalogue."""

    def __init__(
        self, sites: list[Site], fields: list[Field], indicators: list[Indicator], limits: list[Limit]
    ) -> None:
        self.sites = {one.id: one for one in sites}
        self.fields = {one.id: one for one in fields}
        self.units = {one.id: one for one in UNITS}
        self.indicators = {one.id: one for one in indicators}
        self.series_watched = [Series(where, what, what.field) for where in sites for what in indicators]
        self._limits: dict[str, list[Limit]] = {}
        for one in limits:
            self._limits.setdefault(one.indicator, []).append(one)

    def series(self, at: Micros) -> list[Series]:
        assert at > 0
        return self.series_watched

    def watched(self, site_id: str, indicator_id: str, at: Micros) -> Series | None:
        name = f"{site_id}/{indicator_id}"
        return next((one for one in self.series(at) if one.id == name), None)

    def limits_for(self, site_id: str, indicator_id: str, at: Micros) -> list[Limit]:
        assert site_id in self.sites
        assert at > 0
        return self._limits.get(indicator_id, [])

    def targets_for(self, site_id: str, indicator_id: str, at: Micros) -> list[Target]:
        assert site_id in self.sites
        assert at > 0
        return [one for one in TARGETS if one.indicator == indicator_id]

    def forget_limits(self, *indicators: str) -> None:
        for one in indicators:
            self._limits.pop(one, None)

    def place(self, site_id: str, lang: str) -> str:
        one = self.sites[site_id]
        name = one.name_vi if lang == "vi" else one.name_en
        name = name[:1].lower() + name[1:] if lang == "vi" else name
        if one.parent is None:
            return name
        return f"{name}, tỉnh Bến Tre" if lang == "vi" else f"{name}, Ben Tre Province"


class Letter(msgspec.Struct):
    id: str
    received_at: Micros
    reason: str
    source: str
    topic: str
    payload: bytes
    size: int
    detail: str
    position: int | None


class Sum(msgspec.Struct):
    source: str
    hour: Micros
    received: int
    stored: int
    duplicate: int
    dead: int
    difference: int


class Tape:
    """A journal."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.letters: list[Letter] = []
        self.sums: list[Sum] = []

    @property
    def tail(self) -> int:
        return len(self.entries)

    def add(self, sample: Sample) -> None:
        self.entries.append(Entry(len(self.entries) + 1, sample))

    def read(self, after: int, limit: int) -> list[Entry]:
        return self.entries[after : after + limit]

    def latest(self) -> list[Entry]:
        newest: dict[str, Entry] = {}
        for entry in self.entries:
            known = newest.get(entry.sample.series)
            if known is None or known.sample.at <= entry.sample.at:
                newest[entry.sample.series] = entry
        return list(newest.values())

    def history(self, site: str, indicator: str, start: Micros, end: Micros, limit: int) -> list[Sample]:
        found = {
            one.sample.at: one.sample
            for one in self.entries
            if (one.sample.site, one.sample.indicator) == (site, indicator) and start <= one.sample.at <= end
        }
        return [found[at] for at in sorted(found)][-limit:]

    def dead_letters(self, limit: int) -> list[Letter]:
        return list(reversed(self.letters))[:limit]

    def counts(self) -> dict[tuple[str, str], int]:
        refused = {("sensor", letter.reason): 1 for letter in self.letters}
        return {("sensor", "stored"): len(self.entries), **refused}

    def ledger(self, since: Micros) -> list[Sum]:
        return [one for one in self.sums if one.hour >= since - since % HOUR]


class Bell:
    """The alerts."""

    def __init__(self) -> None:
        self.steps: list[Transition] = []

    def active(self) -> list[Transition]:
        last = {(step.rule, step.site, step.indicator): step for step in self.steps}
        return [step for step in last.values() if step.after in (Status.PENDING, Status.FIRING)]

    def events(self, limit: int, before_id: int | None) -> list[tuple[int, Transition]]:
        numbered = [(number, step) for number, step in enumerate(self.steps, 1)]
        return [pair for pair in reversed(numbered) if before_id is None or pair[0] < before_id][:limit]


@dataclass(frozen=True)
class Figure:
    """A roll-up."""

    start: Micros
    value: float | None
    n: int
    m: int
    gap: int = 0
    numerator: float | None = None
    denominator: float | None = None
    low: float | None = None
    high: float | None = None
    state: State = State.PROVISIONAL
    complete: bool = False
    revision: int = 1


class Ledger:
    """The roll-ups."""

    def __init__(self) -> None:
        self.figures: dict[tuple[str, str, str, Period], list[Figure]] = {}
        self.asked: list[tuple[Micros, Micros]] = []

    def lookup(
        self, site: str, indicator: str, axis: str, kind: Period, within: tuple[Micros, Micros], limit: int
    ) -> list[Figure]:
        self.asked.append(within)
        return self.figures.get((site, indicator, axis, kind), [])[:limit]


@dataclass
class Centre:
    """All parts, and short ways to make things happen."""

    shelf: Shelf
    tape: Tape
    bell: Bell
    ledger: Ledger
    clock: Clock
    counts: Counts
    ready: dict[str, bool]
    config: WebConfig
    live: LiveView

    def sample(self, series: str, value: float, age: Micros = 0, state: State = State.PROVISIONAL) -> Sample:
        where, what = series.split("/")
        field = self.shelf.indicators[what].field
        at = self.clock.now() - age
        one = Sample(where, field, what, at, value, state=state, source="sensor", received_at=at)
        self.tape.add(one)
        return one

    def refuse(self, reason: Reason, payload: bytes) -> None:
        letter = Letter(
            "1-1", self.clock.now(), reason.value, "sensor", "ioc/v1/x", payload, len(payload), "wrong", None
        )
        self.tape.letters.append(letter)

    def step(self, series: str, after: Status, severity: Severity = Severity.WARNING, **more: object) -> Transition:
        where, what = series.split("/")
        before = self.bell.steps[-1].after if self.bell.steps else Status.OK
        step = Transition(
            rule=f"{what}-{severity.name.lower()}",
            site=where,
            field=self.shelf.indicators[what].field,
            indicator=what,
            kind=Kind.ABOVE,
            severity=severity,
            before=before,
            after=after,
            at=self.clock.now(),
            since=self.clock.now() - MINUTE,
            value=4.5,
            bound=4.0,
            upper=None,
            state=State.PROVISIONAL,
            basis="QCVN 08:2023/BTNMT, bảng 1",
            incident="i-1",
            revision=len(self.bell.steps) + 1,
        )
        step = msgspec.structs.replace(step, **more)
        self.bell.steps.append(step)
        return step


def sentence(shelf: Shelf) -> Callable[[Transition, str], str]:
    def say(step: Transition, lang: str) -> str:
        what, place = shelf.indicators[step.indicator], shelf.place(step.site, lang)
        value = f"{step.value or 0:.1f}".replace(".", ",") if lang == "vi" else f"{step.value or 0:.1f}"
        if lang == "vi":
            return (
                f"{what.name_vi} tại {place} là {value} {what.unit}, vượt ngưỡng 4 {what.unit}. Căn cứ: {step.basis}."
            )
        return (
            f"{what.name_en} at {place} is {value} {what.unit}, above the limit of 4 {what.unit}. Basis: {step.basis}."
        )

    return say


def centre(
    clock: Clock | None = None,
    *,
    shelf: Shelf | None = None,
    handling: Handling | None = None,
    flagged: Flagged = lambda _: (),
    **settings: object,
) -> Centre:
    shelf = shelf or Shelf(SITES, FIELDS, INDICATORS, LIMITS)
    clock = clock or SystemClock()
    tape, bell, ledger, counts, ready = Tape(), Bell(), Ledger(), Counts(), {"journal": True, "evaluator": True}
    config = WebConfig(**{"tick_seconds": 0.05, "port": 0, **settings})
    parts = Parts(
        log=tape,
        alerts=bell,
        rollups=ledger,
        catalogue=shelf,
        sentence=sentence(shelf),
        clock=clock,
        counts=counts,
        ready=lambda: ready,
        handling=handling,
        flagged=flagged,
    )
    return Centre(shelf, tape, bell, ledger, clock, counts, ready, config, LiveView(parts, config))


def wide(copies: int) -> Shelf:
    """A catalogue with many indicators: each of the few, `copies` times."""
    many = [
        replace(one, id=f"{one.id}-{n}", name_vi=f"{one.name_vi} {n}", name_en=f"{one.name_en} {n}")
        for n in range(copies)
        for one in INDICATORS
    ]
    limits = [
        replace(one, id=f"{one.id}-{n}", indicator=f"{one.indicator}-{n}") for n in range(copies) for one in LIMITS
    ]
    return Shelf(SITES, FIELDS, many, limits)


@contextlib.asynccontextmanager
async def serving(app: FastAPI, port: int = 0, at: Gate | None = None) -> AsyncIterator[str]:
    """The application on a free port of the loopback; gives its address."""
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(app, "127.0.0.1", port, at or gate(), ready.set_result))
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    try:
        yield f"http://127.0.0.1:{ready.result()}"
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def at_work(place: Centre, port: int = 0) -> AsyncIterator[str]:
    """The centre served, with its live view running."""
    running = asyncio.create_task(place.live.run())
    try:
        async with serving(create_app(place.live), port) as address:
            yield address
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
