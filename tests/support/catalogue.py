"""A small real-looking catalogue in memory."""

from datetime import date

from indicators.lookup import Catalogue
from indicators.spec import (
    Confidence,
    Direction,
    Field,
    Indicator,
    Level,
    Limit,
    Period,
    Rollup,
    Site,
    Unit,
    Watch,
)
from ioc.model import MINUTE, Kind, Placing, Severity

PROVINCE, CHAU_THANH, OTHER_CHAU_THANH, STATION = "vn63-83", "vn63-83-831", "vn63-84-847", "st-my-hoa"


CLOSES = date(2025, 6, 30)


def site(name: str, level: Level, kind: str, name_vi: str, name_en: str, parent: str | None = None) -> Site:
    return Site(
        id=name,
        level=level,
        kind=kind,
        name_vi=name_vi,
        name_en=name_en,
        parent=parent,
        code="",
        population=None,
        area_km2=None,
        lat=None,
        lon=None,
        valid_from=None,
        valid_to=CLOSES,
        predecessors=(),
        successors=(),
        tenant="test",
    )


def indicator(name: str, field: str, name_vi: str, name_en: str, unit: str, **changes: object) -> Indicator:
    values: dict[str, object] = {
        "id": name,
        "field": field,
        "name_vi": name_vi,
        "name_en": name_en,
        "unit": unit,
        "cadence": "1h",
        "period": Period.INSTANT,
        "direction": Direction.LOWER_BETTER,
        "minimum": 0.0,
        "maximum": 50.0,
        "typical_min": 0.0,
        "typical_max": 5.0,
        "decimals": 1,
        "rollup_time": Rollup.MEAN,
        "rollup_space": Rollup.MAX,
        "weight": None,
        "formula": None,
        "tier": 1,
        "owner": "so-y-te",
        "source": "quan-trac",
        "references": (),
        "provenance": "test",
        "confidence": Confidence.ASSUMPTION,
    }
    return Indicator(**{**values, **changes})  # type: ignore[arg-type]


def limit(name: str, of: str, severity: Severity, value: float, **changes: object) -> Limit:
    values: dict[str, object] = {
        "id": name,
        "indicator": of,
        "site": None,
        "level": None,
        "kind": Kind.ABOVE,
        "severity": severity,
        "value": value,
        "upper": None,
        "hysteresis": 0.2,
        "for_": 10 * MINUTE,
        "keep_firing_for": 0,
        "season": None,
        "hours": None,
        "valid_from": None,
        "valid_to": None,
        "basis": "assumption",
        "confidence": Confidence.ASSUMPTION,
    }
    return Limit(**{**values, **changes})  # type: ignore[arg-type]


def watch(where: str, field: str, tier: int | None = 1, one: str | None = None) -> Watch:
    return Watch(
        site=where,
        field=field,
        tier=tier if one is None else None,
        indicator=one,
        shown_under=field,
        application="",
        valid_from=None,
        valid_to=None,
    )


def small() -> Catalogue:
    return Catalogue(
        units=[
            Unit("g/L", "gam trên lít", "grams per litre", "salinity", 1.0, 0.0),
            Unit("mg/L", "miligam trên lít", "milligrams per litre", "salinity", 0.001, 0.0),
            Unit("%", "phần trăm", "percent", "share", 1.0, 0.0, Placing.JOINED),
            Unit("cấp", "cấp", "level", "grade", 1.0, 0.0, Placing.BEFORE),
            Unit("pH", "độ pH", "pH", "ph", 1.0, 0.0, Placing.ALONE),
            Unit("có/không", "có hoặc không", "yes or no", "yes-no", 1.0, 0.0, Placing.YES_NO),
            Unit("°C", "độ C", "degrees Celsius", "temperature", 1.0, 0.0),
            Unit("°F", "độ F", "degrees Fahrenheit", "temperature", 5 / 9, -160 / 9),
            Unit("hồ sơ", "hồ sơ", "files", "files", 1.0, 0.0),
        ],
        fields=[
            Field("health", "Y tế", "Health", 50),
            Field("environment", "Tài nguyên, môi trường và thiên tai", "Environment and disasters", 90),
            Field("governance", "Hành chính công", "Public administration", 30),
        ],
        offices=[],
        sites=[
            site(PROVINCE, Level.PROVINCE, "tỉnh", "Bến Tre", "Ben Tre Province"),
            site("vn63-84", Level.PROVINCE, "tỉnh", "Trà Vinh", "Tra Vinh Province"),
            site(CHAU_THANH, Level.DISTRICT, "huyện", "Huyện Châu Thành", "Chau Thanh District", PROVINCE),
            site(OTHER_CHAU_THANH, Level.DISTRICT, "huyện", "Huyện Châu Thành", "Chau Thanh District", "vn63-84"),
            site(STATION, Level.STATION, "trạm", "Trạm Mỹ Hóa", "My Hoa Station", PROVINCE),
        ],
        indicators=[
            indicator("salinity", "environment", "Độ mặn nước sông", "River salinity", "g/L"),
            indicator("ph", "environment", "Độ pH nước mặt", "Surface water pH", "pH", decimals=2, maximum=14.0),
            indicator("salinity-risk", "environment", "Cấp độ rủi ro xâm nhập mặn", "Salinity risk", "cấp", decimals=0),
            indicator("plan-issued", "health", "Đã ban hành kế hoạch", "Plan issued", "có/không", decimals=0),
            indicator("bed-occupancy", "health", "Công suất sử dụng giường bệnh", "Bed occupancy", "%", maximum=None),
            indicator("temperature", "environment", "Nhiệt độ không khí", "Air temperature", "°C", minimum=-10.0),
            indicator(
                "files-open",
                "governance",
                "Hồ sơ đang giải quyết",
                "Files in progress",
                "hồ sơ",
                decimals=0,
                maximum=None,
            ),
        ],
        limits=[
            limit("salt-1", "salinity", Severity.WARNING, 1.0),
            limit("salt-4", "salinity", Severity.CRITICAL, 4.0, basis="QCVN 08:2023/BTNMT, bảng 1"),
        ],
        watches=[
            watch(STATION, "environment", one="salinity"),
            *(
                watch(where, field)
                for where in (PROVINCE, CHAU_THANH, OTHER_CHAU_THANH)
                for field in ("health", "environment", "governance")
            ),
        ],
        tenant="test",
    )
