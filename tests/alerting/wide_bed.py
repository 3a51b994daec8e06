"""A province of four stations that watch salinity and water level every minute, and rules of every wider kind."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from indicators.holidays import shipped
from indicators.lookup import Catalogue
from indicators.spec import Confidence, Level, Rollup, Target, Unit, Watch
from ioc.alerting.book import Rulebook
from ioc.alerting.rulefile import parse
from tests.alerting.bed import limit
from tests.support.catalogue import indicator, site

STATIONS = ["an-thoi", "cho-lach", "giong-trom", "thanh-phu"]
RULES = """
rules:
  - {id: rise, kind: rising, indicators: salinity, severity: warning, by: 5, window: 2min, for: 30s, basis: assumption}
  - {id: fall, kind: falling, indicators: salinity, severity: info, by: 5, window: 2min, basis: assumption}
  - {id: stuck, kind: stuck, indicators: salinity, severity: warning, cadences: 1.5, besides: [9], basis: assumption}
  - {id: front, kind: count, indicators: salinity, sites: p, levels: station, severity: critical, at_least: 2,
     least: critical, for: 20s, keep_firing_for: 40s, basis: assumption}
  - id: both
    kind: combination
    severity: warning
    name_vi: Vừa mặn vừa cao
    name_en: Saline and high
    all: [{indicator: salinity, above: 10, hysteresis: 3}, {indicator: water-level, below: 5, not: true}]
    basis: assumption
"""


def catalogue(
    closes: date | None = None, watched: Sequence[str] = ("salinity", "water-level"), **changes: object
) -> Catalogue:
    """What is watched by every station; `closes` is the last day of the second one."""
    sites = [site("p", Level.PROVINCE, "tỉnh", "Tỉnh P", "P Province")]
    sites += [site(name, Level.STATION, "trạm", f"Trạm {name}", f"{name} Station", "p") for name in STATIONS]
    if closes is not None:
        sites[2] = replace(sites[2], valid_to=closes)
    every_minute = {"cadence": "1min", "unit": "g/L"}
    return Catalogue(
        units=[Unit("g/L", "gam trên lít", "grams per litre", "concentration", 1.0, 0.0)],
        sites=sites,
        indicators=[
            indicator("salinity", "environment", "Độ mặn", "Salinity", **{**every_minute, **changes}),
            indicator("water-level", "environment", "Mực nước", "Water level", **every_minute),
            indicator(
                "revenue", "finance", "Thu", "Revenue", **{**every_minute, "cadence": "1d"}, rollup_time=Rollup.SUM
            ),
        ],
        limits=[limit(keep_firing_for=0, for_=0)],
        targets=[
            Target(
                id="t",
                indicator="revenue",
                site=None,
                level=None,
                value=1000.0,
                at_least=True,
                deadline=date(2024, 12, 31),
                valid_from=None,
                valid_to=None,
                basis="Kế hoạch 2024",
                confidence=Confidence.ASSUMPTION,
            )
        ],
        watches=[
            Watch(
                site=name,
                field="environment",
                tier=None,
                indicator=what,
                shown_under="environment",
                application="",
                valid_from=None,
                valid_to=None,
            )
            for name in STATIONS
            for what in watched
        ],
    )


def book(of: Catalogue, text: str = RULES) -> Rulebook:
    """The rules of a text, which has no faults."""
    written, faults = parse(text, "rules.yaml", of)
    assert faults == []
    return Rulebook((one.rule for one in written), of, shipped())
