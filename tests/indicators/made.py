"""Small catalogues in memory: each maker takes what a test cares about and fills in the rest."""

from datetime import date, datetime
from typing import Any

from indicators.lookup import Catalogue
from indicators.spec import (
    VIETNAM,
    Confidence,
    Direction,
    Field,
    Indicator,
    Level,
    Limit,
    Period,
    Rollup,
    Site,
    Target,
    Unit,
    Watch,
)
from ioc.model import MINUTE, Kind, Micros, Severity, micros

LAST_DAY = date(2025, 6, 30)


def at(day: str, hour: int = 12) -> Micros:
    """A local moment of an ISO day."""
    return micros(datetime.fromisoformat(day).replace(hour=hour, tzinfo=VIETNAM))


def site(id_: str, level: Level = Level.DISTRICT, **more: Any) -> Site:
    values: dict[str, Any] = {
        "kind": "huyện",
        "name_vi": f"Huyện {id_}",
        "name_en": f"{id_} District",
        "parent": None,
        "code": "",
        "population": None,
        "area_km2": None,
        "lat": None,
        "lon": None,
        "valid_from": None,
        "valid_to": None,
        "predecessors": (),
        "successors": (),
        "tenant": "test",
    }
    return Site(id=id_, level=level, **(values | more))


def indicator(id_: str = "salinity", **more: Any) -> Indicator:
    values: dict[str, Any] = {
        "field": "environment",
        "name_vi": f"Chỉ tiêu {id_}",
        "name_en": f"Indicator {id_}",
        "unit": "g/L",
        "cadence": "1h",
        "period": Period.INSTANT,
        "direction": Direction.NEUTRAL,
        "minimum": None,
        "maximum": None,
        "typical_min": 0.0,
        "typical_max": 1.0,
        "decimals": 1,
        "rollup_time": Rollup.MEAN,
        "rollup_space": Rollup.MEAN,
        "weight": None,
        "formula": None,
        "tier": 1,
        "owner": "so-y-te",
        "source": "thu-cong",
        "references": (),
        "provenance": "",
        "confidence": Confidence.ASSUMPTION,
    }
    return Indicator(id=id_, **(values | more))


def limit(id_: str, value: float = 4.0, **more: Any) -> Limit:
    values: dict[str, Any] = {
        "indicator": "salinity",
        "site": None,
        "level": None,
        "kind": Kind.ABOVE,
        "severity": Severity.CRITICAL,
        "upper": None,
        "hysteresis": 0.0,
        "for_": 10 * MINUTE,
        "keep_firing_for": 0,
        "season": None,
        "hours": None,
        "valid_from": None,
        "valid_to": None,
        "basis": "assumption",
        "confidence": Confidence.ASSUMPTION,
    }
    return Limit(id=id_, value=value, **(values | more))


def target(id_: str, value: float = 90.0, **more: Any) -> Target:
    values: dict[str, Any] = {
        "indicator": "salinity",
        "site": None,
        "level": None,
        "at_least": True,
        "deadline": date(2025, 12, 31),
        "valid_from": None,
        "valid_to": None,
        "basis": "assumption",
        "confidence": Confidence.ASSUMPTION,
    }
    return Target(id=id_, value=value, **(values | more))


def watch(site_id: str, **more: Any) -> Watch:
    values: dict[str, Any] = {
        "field": "environment",
        "tier": None,
        "indicator": None,
        "application": "",
        "valid_from": None,
        "valid_to": None,
    }
    values |= more
    values.setdefault("shown_under", values["field"])
    return Watch(site=site_id, **values)


UNITS = (
    Unit("%", "phần trăm", "percent", "share", 1, 0),
    Unit("mg/L", "miligam trên lít", "milligrams per litre", "concentration", 1, 0),
    Unit("g/L", "gam trên lít", "grams per litre", "concentration", 1000, 0),
    Unit("µg/m³", "microgam trên mét khối", "micrograms per cubic metre", "air", 1, 0),
    Unit("tỷ đồng", "tỷ đồng", "billion dong", "money", 1e9, 0),
    Unit("triệu đồng", "triệu đồng", "million dong", "money", 1e6, 0),
    Unit("°C", "độ C", "degrees Celsius", "temperature", 1, 0),
    Unit("°F", "độ F", "degrees Fahrenheit", "temperature", 0.5555555555555556, -17.77777777777778),
)
FIELDS = (Field("environment", "Môi trường", "Environment", 20), Field("health", "Y tế", "Health", 10))


def province() -> tuple[Site, ...]:
    """Bến Tre with two districts, a town and a station, closed after 30 June 2025; and what followed."""
    closed: dict[str, Any] = {"valid_to": LAST_DAY}
    return (
        site("bt", Level.PROVINCE, kind="tỉnh", name_vi="Tỉnh Bến Tre", name_en="Ben Tre Province", **closed),
        site("bt-ct", name_vi="Huyện Châu Thành", name_en="Chau Thanh District", parent="bt", **closed),
        site("bt-mcb", name_vi="Huyện Mỏ Cày Bắc", name_en="Mo Cay Bac District", parent="bt", **closed),
        site(
            "bt-ct-town",
            Level.COMMUNE,
            kind="thị trấn",
            name_vi="Thị trấn Châu Thành",
            name_en="Chau Thanh Township",
            parent="bt-ct",
            **closed,
        ),
        site(
            "st-an-hiep",
            Level.STATION,
            kind="trạm",
            name_vi="Trạm An Hiệp",
            name_en="An Hiep Station",
            parent="bt-ct-town",
            **closed,
        ),
        site(
            "vl",
            Level.PROVINCE,
            kind="tỉnh",
            name_vi="Tỉnh Vĩnh Long",
            name_en="Vinh Long Province",
            valid_from=date(2025, 7, 1),
        ),
    )


def catalogue(**more: Any) -> Catalogue:
    """The province with three indicators; pass `watches`, `limits` and so on to replace what is there."""
    values: dict[str, Any] = {
        "units": UNITS,
        "fields": FIELDS,
        "sites": province(),
        "indicators": (
            indicator("salinity", tier=1),
            indicator("water-level", tier=3),
            indicator("visits", field="health", tier=2),
        ),
        "watches": (watch("bt", tier=3), watch("bt", field="health", tier=3), watch("bt-ct", tier=2)),
        "tenant": "test",
    }
    return Catalogue(**(values | more))
