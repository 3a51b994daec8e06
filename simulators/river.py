"""Tide and salt in the three river mouths of Bến Tre.

The tide is the sum of four harmonics; salt follows it, the dry season and the distance from the sea.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from indicators.spec import Site, local_day
from ioc.model import DAY, HOUR, Micros, micros
from simulators.almanac import dry_season, season_bell

SPRING: Micros = micros(datetime(2025, 3, 1, 16, tzinfo=UTC))
"""A high water at spring tide, two days after the new moon of 28 February 2025: M2 and S2 in step."""

DECLINED: Micros = micros(datetime(2025, 3, 6, 15, tzinfo=UTC))
"""A high water with the moon at its greatest declination: K1 and O1 in step."""

M2, S2, K1, O1 = 12.4206012, 12.0, 23.9344697, 25.8193417
"""Periods in hours."""

HARMONICS = ((M2, 0.78, SPRING), (S2, 0.30, SPRING), (K1, 0.58, DECLINED), (O1, 0.44, DECLINED))
"""Period in hours, amplitude in metres off the mouths, and a moment of high water."""

KM_PER_HOUR = 24.0
SEA_SALT = 30.0
"""How fast high water travels upstream, and grams of salt in a litre of coastal water."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A gauge on a river: kilometres from the mouth, and the salt (g/L) of a mild year's highest tide there."""

    km: float
    salt: float


REACHES: dict[str, Reach] = {
    "an-thuan": Reach(9, 24.0),
    "binh-dai": Reach(6, 22.0),
    "ben-trai": Reach(8, 21.0),
    "son-doc": Reach(21, 12.0),
    "loc-thuan": Reach(22, 10.0),
    "huong-my": Reach(30, 6.0),
    "cam-son": Reach(36, 4.5),
    "phu-khanh": Reach(34, 6.0),
    "vam-cai-quao": Reach(36, 5.0),
    "cai-quao": Reach(36, 5.0),
    "vam-thu-cuu": Reach(38, 4.5),
    "thu-cuu": Reach(38, 4.5),
    "giao-hoa": Reach(39, 2.5),
    "my-hoa": Reach(48, 0.8),
    "thanh-thoi-b": Reach(46, 1.2),
    "quoi-son": Reach(50, 0.6),
    "an-hiep": Reach(57, 0.5),
    "phu-tuc": Reach(60, 0.4),
    "nhuan-phu-tan": Reach(58, 0.3),
    "vam-mon": Reach(66, 0.2),
    "cho-lach": Reach(70, 0.15),
    "my-thuan": Reach(105, 0.05),
}
"""By the slug of the gauge. Observed order along the rivers; heights set for a mild year."""

MOUTHS = frozenset({"an-thuan", "binh-dai", "ben-trai"})
"""Gauges so near the sea that salt stands above every limit all the dry season; nothing quiet can be played there."""

INLAND = Reach(45, 0.8)


def slug(site: Site) -> str:
    """The gauge's own name within a site id: `st-an-thuan` is `an-thuan`."""
    return site.id.removeprefix("st-")


def reach(site: Site) -> Reach:
    """Where on the river a site lies; an unknown one is taken to lie well inland."""
    return REACHES.get(slug(site), INLAND)


def wave(at: Micros, km: float) -> float:
    """The tide's phase in -1 .. 1 of its largest range; upstream it comes later."""
    seen = at - round(km / KM_PER_HOUR * HOUR)
    metres = sum(a * math.cos(2 * math.pi * (seen - origin) / (hours * HOUR)) for hours, a, origin in HARMONICS)
    return metres / sum(a for _, a, _ in HARMONICS)


def spring(at: Micros) -> float:
    """The fortnight of spring and neap tides, 1 at springs."""
    return (1 + math.cos(2 * math.pi * (at - SPRING) / (14.7653 * DAY))) / 2


def mean_water(at: Micros) -> float:
    """The sea's mean level through the year, 0 .. 1: highest in November, lowest in June."""
    return season_bell(local_day(at), 0.86, 0.17)


def water_level(at: Micros, km: float) -> float:
    """Water level in 0 .. 1 of the usual range at the mouths; upstream the tide is lower."""
    return 0.46 + 0.47 * wave(at, km) * math.exp(-km / 200) + 0.10 * (mean_water(at) - 0.4)


def salt(at: Micros, where: Reach) -> float:
    """Salt in g/L at a gauge: the year's height there, cut by the season and by low water and neap tides."""
    season = math.pow(dry_season(local_day(at)), 0.35 + where.km / 40)
    phase = wave(at - 2 * HOUR, where.km)
    moving = math.exp(0.55 * (phase - 1)) * (0.75 + 0.25 * spring(at))
    background = 0.04 if where.km > 12 else 1.5  # noqa: PLR2004 - beyond it the rains wash the river fresh
    return min(SEA_SALT, background * (0.8 + 0.2 * phase) + where.salt * season * moving)
