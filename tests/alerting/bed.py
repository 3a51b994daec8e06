"""What the tests of alerting are laid on: short builders, a small catalogue, a journal in memory."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from indicators.spec import (
    Confidence,
    Direction,
    Indicator,
    Level,
    Limit,
    Period,
    Rollup,
    Series,
    Site,
    local_time,
)
from ioc.alerting.rules import Rule, rules_for
from ioc.alerting.turn import Memory, Turn
from ioc.model import SECOND, Entry, Kind, Micros, Notification, Sample, Severity, Transition

T0: Micros = 1_717_200_000 * SECOND  # 2024-06-01T00:00:00Z, 07:00 in Vietnam


def at(seconds: float) -> Micros:
    return T0 + int(seconds * SECOND)


def sample(
    seconds: float, value: float, *, received: float | None = None, site: str = "an-thoi", indicator: str = "salinity"
) -> Sample:
    """Measured `seconds` after T0, received one second later unless told."""
    arrival = seconds + 1 if received is None else received
    return Sample(
        site=site, field="environment", indicator=indicator, at=at(seconds), value=value, received_at=at(arrival)
    )


def entries(samples: Iterable[Sample]) -> list[Entry]:
    return [Entry(seq, one) for seq, one in enumerate(samples, start=1)]


def limit(**changes: object) -> Limit:
    plain = Limit(
        id="salinity-high",
        indicator="salinity",
        site=None,
        level=None,
        kind=Kind.ABOVE,
        severity=Severity.CRITICAL,
        value=10.0,
        upper=None,
        hysteresis=2.0,
        for_=60 * SECOND,
        keep_firing_for=30 * SECOND,
        season=None,
        hours=None,
        valid_from=None,
        valid_to=None,
        basis="QCVN 08:2023/BTNMT",
        confidence=Confidence.SOURCED,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def rule(**changes: object) -> Rule:
    return rules_for([limit(**changes)])[0]


def indicator(id_: str = "salinity", cadence: str = "1min") -> Indicator:
    return Indicator(
        id=id_,
        field="environment",
        name_vi="Độ mặn",
        name_en="Salinity",
        unit="g/L",
        cadence=cadence,
        period=Period.INSTANT,
        direction=Direction.LOWER_BETTER,
        minimum=0.0,
        maximum=40.0,
        typical_min=0.0,
        typical_max=8.0,
        decimals=1,
        rollup_time=Rollup.MAX,
        rollup_space=Rollup.MAX,
        weight=None,
        formula=None,
        tier=1,
        owner="so-tnmt",
        source="quan-trac",
        references=(),
        provenance="",
        confidence=Confidence.ASSUMPTION,
    )


def site(id_: str = "an-thoi") -> Site:
    return Site(
        id=id_,
        level=Level.STATION,
        kind="trạm",
        name_vi=id_,
        name_en=id_,
        parent=None,
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


class SmallCatalogue:
    """Sites that all watch the same indicators; a site may close at a moment. `asked` counts the look-ups."""

    def __init__(
        self,
        limits: Sequence[Limit] = (),
        sites: Sequence[str] = ("an-thoi",),
        indicators: Sequence[Indicator] = (),
        closes: dict[str, Micros] | None = None,
    ) -> None:
        self.limits = limits
        self.closes = closes or {}
        self.indicators = {one.id: one for one in indicators or (indicator(),)}
        self.all = {
            (place, one.id): Series(site(place), one, one.field) for place in sites for one in self.indicators.values()
        }
        self.asked = 0

    def limits_for(self, site: str, indicator: str, at: Micros) -> Sequence[Limit]:
        self.asked += 1
        hour = local_time(at).hour
        return [
            one
            for one in self.limits
            if one.indicator == indicator
            and one.site in (None, site)
            and (one.hours is None or one.hours[0] <= hour < one.hours[1])
        ]

    def watched(self, site: str, indicator: str, at: Micros) -> Series | None:
        closed = self.closes.get(site)
        return None if closed is not None and at >= closed else self.all.get((site, indicator))

    def watched_until(self, site: str, indicator: str, at: Micros) -> Micros | None:
        closed = self.closes.get(site)
        return closed if closed is not None and at < closed and (site, indicator) in self.all else None

    def series(self, at: Micros) -> Iterable[Series]:
        return (one for (place, what), one in self.all.items() if self.watched(place, what, at))


def stations(**critical: object) -> SmallCatalogue:
    """Five stations, one of them never heard of, under three limits; `critical` changes that above 10."""
    keep = 120 * SECOND
    limits = [
        limit(keep_firing_for=keep, **critical),
        limit(id="warn", value=8.0, severity=Severity.WARNING, keep_firing_for=keep),
        limit(id="low", kind=Kind.BELOW, value=1.0),
    ]
    return SmallCatalogue(limits, sites=["an-thoi", "cho-lach", "giong-trom", "thanh-phu", "unheard"])


class MemoryLog:
    """A journal in memory; `append` wakes who waits."""

    def __init__(self, kept: Iterable[Entry] = ()) -> None:
        self.kept = list(kept)
        self.visible = len(self.kept)
        self._grown = asyncio.Event()

    @property
    def tail(self) -> int:
        return self.visible

    def append(self, one: Sample) -> None:
        self.kept.append(Entry(len(self.kept) + 1, one))
        self.visible = len(self.kept)
        self._grown.set()
        self._grown = asyncio.Event()

    def read(self, after: int, limit: int) -> list[Entry]:
        return self.kept[after : min(after + limit, self.visible)]

    async def beyond(self, seq: int) -> None:
        while self.tail <= seq:
            await self._grown.wait()


def remember(memory: Memory, turn: Turn) -> Memory:
    """What the ledger would give back after this turn."""
    alerts = dict(memory.alerts) | turn.alerts
    return Memory(
        cursor=turn.cursor,
        horizon=turn.horizon,
        heard=list((dict(memory.heard) | turn.heard).items()),
        alerts=[(key, alert) for key, alert in alerts.items() if alert is not None],
        traces=list((dict(memory.traces) | turn.traces).items()),
        sources=list((dict(memory.sources) | turn.sources).items()),
    )


def tell_one(told: Transition) -> list[Notification]:
    """One message to one official."""
    return [
        Notification(
            receiver="duty-officer",
            channel="webhook",
            address="http://example.com/hook",
            incident=told.incident,
            revision=told.revision,
            transition=told,
            subject=f"{told.site} {told.kind}",
            text=f"{told.site} {told.after}",
        )
    ]
