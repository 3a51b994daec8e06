"""A catalogue of a dozen indicators in memory, for tests that need to know every value's rules."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from indicators.spec import Confidence, Direction, Indicator, Level, Limit, Period, Rollup, Series, Site
from ioc.model import MINUTE, Kind, Micros, Severity, micros

START = micros(datetime.fromisoformat("2025-03-12T06:00:00+07:00"))

INDICATOR = Indicator(
    id="air-temperature",
    field="environment",
    name_vi="Nhiệt độ không khí",
    name_en="Air temperature",
    unit="°C",
    cadence="1h",
    period=Period.INSTANT,
    direction=Direction.RANGE,
    minimum=-10.0,
    maximum=60.0,
    typical_min=22.0,
    typical_max=36.0,
    decimals=1,
    rollup_time=Rollup.MEAN,
    rollup_space=Rollup.MEAN,
    weight=None,
    formula=None,
    tier=1,
    owner="so-tai-nguyen",
    source="quan-trac",
    references=(),
    provenance="test",
    confidence=Confidence.ASSUMPTION,
)

SITE = Site(
    id="vn63-83",
    level=Level.PROVINCE,
    kind="tỉnh",
    name_vi="Bến Tre",
    name_en="Ben Tre",
    parent=None,
    code="83",
    population=1_298_010.0,
    area_km2=2379.7,
    lat=10.1,
    lon=106.4,
    valid_from=None,
    valid_to=date(2025, 6, 30),
    predecessors=(),
    successors=(),
    tenant="ben-tre",
)

LIMIT = Limit(
    id="limit",
    indicator="salinity",
    site=None,
    level=None,
    kind=Kind.ABOVE,
    severity=Severity.WARNING,
    value=1.0,
    upper=None,
    hysteresis=0.2,
    for_=10 * MINUTE,
    keep_firing_for=30 * MINUTE,
    season=None,
    hours=None,
    valid_from=None,
    valid_to=None,
    basis="assumption",
    confidence=Confidence.ASSUMPTION,
)


def indicator(name: str, unit: str, low: float, high: float, **changes: object) -> Indicator:
    """An indicator like air temperature, but for what is given."""
    given = {"id": name, "unit": unit, "typical_min": low, "typical_max": high, "minimum": 0.0, "maximum": None}
    return replace(INDICATOR, **(given | changes))


def limit(of: str, kind: Kind, severity: Severity, value: float, **changes: object) -> Limit:
    """A limit like the one on salt, but for what is given."""
    given = {"id": f"{of}-{kind}-{severity.name.lower()}", "indicator": of, "kind": kind, "severity": severity}
    return replace(LIMIT, **(given | {"value": value} | changes))


MONTHLY = {"cadence": "1mo", "period": Period.MONTH, "decimals": 0}
HOURLY = {"cadence": "1h", "period": Period.HOUR, "decimals": 0, "rollup_time": Rollup.SUM, "rollup_space": Rollup.SUM}
SHARE = {"maximum": 100.0, "direction": Direction.HIGHER_BETTER, "decimals": 1}

INDICATORS = (
    INDICATOR,
    indicator("salinity", "g/L", 0.0, 18.0, decimals=2, maximum=50.0),
    indicator("water-level", "cm", -150.0, 170.0, decimals=0, minimum=-400.0, maximum=600.0),
    indicator("emergency-wait", "phút", 3.0, 25.0, field="health", cadence="1h", period=Period.HOUR, decimals=0),
    indicator("retail-sales", "tỷ đồng", 4600.0, 6200.0, field="economy", rollup_space=Rollup.SUM, **MONTHLY),
    indicator(
        "population", "người", 1_200_000.0, 1_300_000.0, field="social", cadence="1y", period=Period.YEAR, decimals=0
    ),
    indicator("gdp-quarter", "tỷ đồng", 10.0, 20.0, field="economy", cadence="1q", period=Period.QUARTER),
    indicator("plan-half", "%", 10.0, 90.0, field="economy", cadence="6mo", period=Period.HALF_YEAR),
    indicator(
        "outpatient-visits",
        "lượt",
        3500.0,
        11000.0,
        field="health",
        cadence="1d",
        period=Period.DAY,
        decimals=0,
        rollup_space=Rollup.SUM,
    ),
    indicator(
        "market-inspections",
        "vụ",
        5.0,
        20.0,
        field="economy",
        cadence="1w",
        period=Period.WEEK,
        rollup_time=Rollup.SUM,
        decimals=0,
    ),
    indicator("dossiers-settled", "hồ sơ", 50.0, 900.0, field="governance", **HOURLY),
    indicator("dossiers-on-time", "hồ sơ", 45.0, 850.0, field="governance", **HOURLY),
    replace(
        indicator("dossiers-on-time-share", "%", 85.0, 100.0, field="governance", cadence="1h", period=Period.HOUR),
        formula="100 * [dossiers-on-time] / [dossiers-settled]",
        **SHARE,
    ),
    replace(indicator("public-investment-disbursement-share", "%", 0.5, 98.0, field="finance", cadence="1w"), **SHARE),
    indicator("datacentre-cpu-load", "%", 5.0, 90.0, field="digital", cadence="1min", maximum=100.0),
    indicator(
        "e-invoices",
        "hóa đơn",
        1000.0,
        9000.0,
        field="finance",
        cadence="15min",
        period=Period.DAY,
        decimals=0,
        rollup_time=Rollup.SUM,
        rollup_space=Rollup.SUM,
    ),
    replace(indicator("attendance-rate", "%", 94.0, 99.5, field="education", cadence="1d", period=Period.DAY), **SHARE),
)

LIMITS = (
    LIMIT,
    limit("salinity", Kind.ABOVE, Severity.CRITICAL, 4.0),
    limit("emergency-wait", Kind.ABOVE, Severity.WARNING, 20.0, hysteresis=1.0),
    limit("emergency-wait", Kind.ABOVE, Severity.CRITICAL, 30.0, hysteresis=1.0),
    limit("dossiers-on-time-share", Kind.BELOW, Severity.WARNING, 95.0, hysteresis=0.0),
    limit("datacentre-cpu-load", Kind.ABOVE, Severity.WARNING, 80.0, hysteresis=5.0),
    limit("air-temperature", Kind.OUTSIDE, Severity.WARNING, 24.0, upper=35.0),
)

SITES = (
    SITE,
    replace(SITE, id="vn63-83-831", level=Level.DISTRICT, name_vi="Châu Thành", parent="vn63-83", population=175_893.0),
    replace(SITE, id="st-an-thuan", level=Level.STATION, name_vi="An Thuận", parent="vn63-83", population=None),
    replace(SITE, id="st-an-hiep", level=Level.STATION, name_vi="An Hiệp", parent="vn63-83-831", population=None),
)


@dataclass(frozen=True)
class SmallCatalogue:
    """What the simulators ask of a catalogue, over the rows above."""

    @property
    def sites(self) -> dict[str, Site]:
        return {site.id: site for site in SITES}

    @property
    def indicators(self) -> dict[str, Indicator]:
        return {one.id: one for one in INDICATORS}

    def limits_for(self, site_id: str, indicator_id: str, at: Micros) -> tuple[Limit, ...]:
        assert site_id in self.sites
        assert at > 0
        return tuple(one for one in LIMITS if one.indicator == indicator_id)

    def series(self, at: Micros) -> tuple[Series, ...]:
        assert at > 0
        return tuple(
            Series(site, one, one.field)
            for site in SITES
            for one in INDICATORS
            if (one.id in {"salinity", "water-level"}) == (site.level is Level.STATION)
        )

    def one(self, series_id: str) -> Series:
        return next(series for series in self.series(START) if series.id == series_id)
