"""Which course an indicator takes: one explicit table, read from the top, first match wins.

A row looks at the entry's id, unit, field and period. What matches no row is a slow statistic if it speaks for a long
period, else a reading that follows people's day.
"""

import re
from dataclasses import dataclass
from datetime import date

from indicators.spec import CADENCES, Indicator, Period
from ioc.model import DAY, HOUR
from simulators import almanac as on
from simulators.band import Band
from simulators.course import Ask, OfHour, Scale, Shape, cumulative, rhythm, slow, steady
from simulators.river import SEA_SALT, Reach, mean_water, reach, salt, spring, water_level

SHORT = frozenset({Period.INSTANT, Period.HOUR, Period.DAY})


def _salt(ask: Ask, band: Band) -> float:
    where = reach(ask.series.site)
    cap = 0.92 * band.high
    mild = Reach(where.km, where.salt if band.high > SEA_SALT else cap * where.salt / (cap + where.salt))
    return salt(ask.at, mild) * (0.97 + 0.06 * ask.wander(4 * HOUR))


def _tide(ask: Ask) -> float:
    return water_level(ask.at, reach(ask.series.site).km) + 0.01 * (ask.jitter() - 0.5)


def _rain(ask: Ask) -> float:
    wet = 0.03 + 0.97 * sum(map(on.wet_season, ask.days)) / len(ask.days)
    if ask.scale is Scale.SEASON:
        return wet * (0.75 + 0.35 * ask.jitter())
    falls = ask.wander(9 * HOUR, shared=True)
    afternoon = 0.25 + 0.75 * on.bell(ask.hour, 15.5, 3.0) if ask.scale is Scale.HOUR else 1.0
    return max(0.0, falls - (1 - 0.55 * wet)) * 1.8 * afternoon * wet


def _temperature(ask: Ask) -> float:
    warm = sum(map(on.heat, ask.days)) / len(ask.days)
    daily = on.warmth_hour(ask.hour) if ask.scale is Scale.HOUR else 0.5
    return 0.08 + 0.34 * warm + 0.44 * daily + 0.14 * ask.wander(60 * HOUR, shared=True)


def _humidity(ask: Ask) -> float:
    wet = sum(map(on.wet_season, ask.days)) / len(ask.days)
    daily = 1 - on.warmth_hour(ask.hour) if ask.scale is Scale.HOUR else 0.5
    return 0.12 + 0.26 * wet + 0.42 * daily + 0.16 * ask.wander(60 * HOUR, shared=True)


def _attendance(ask: Ask) -> float:
    day = on.last_school_day(ask.day)
    return on.attendance_day(day) + 0.12 * (ask.trait(day.isoformat()) - 0.5)


def _lessons(ask: Ask) -> float:
    if not on.is_school_day(ask.day):
        return 0.0
    return 0.9 * on.attendance_day(ask.day) + 0.08 * ask.jitter()


def _springs(ask: Ask) -> float:
    return 0.12 + 0.7 * spring(ask.moment) + 0.12 * mean_water(ask.moment)


def _expected(ask: Ask) -> float:
    return 0.9 + 0.06 * ask.trait("pupils") if on.is_school_day(ask.day) else 0.0


def _inverse(curve: OfHour) -> OfHour:
    return lambda hour: 1 - curve(hour)


def _year_end(day: date) -> float:
    return max(0.2 + 0.25 * on.year_part(day), on.season_bell(day, 0.96, 0.05))


SALINITY = Shape("salinity", lambda _: 0.5, absolute=_salt)
SALT_LINE = rhythm("salt-line", year=on.dry_season, swing=0.85, jitter=0.2)
TIDE = Shape("tide", _tide)
SPRINGS = Shape("springs", _springs)
RAIN = Shape("rain", _rain, from_zero=True)
TEMPERATURE = Shape("temperature", _temperature)
HUMIDITY = Shape("humidity", _humidity)
SUNSHINE = rhythm("sunshine", hour=on.sun, swing=1.0, jitter=0.45, multiply=True, from_zero=True)
BREEZE = rhythm("breeze", hour=on.warmth_hour, year=on.dry_season, swing=0.55, jitter=0.5)
AIR = rhythm("air", hour=on.traffic_hour, year=on.dry_season, swing=0.5, jitter=0.35)
NOISE = rhythm("noise", hour=on.traffic_hour, swing=0.8, jitter=0.2)
POND = rhythm("pond", hour=on.warmth_hour, swing=0.55, jitter=0.3)

DISBURSEMENT = cumulative("disbursement", on.spent, 0.97)
REVENUE = cumulative("revenue", on.collected)
YEAR_END = slow("year-end", year=_year_end, swing=0.6)

ATTENDANCE = Shape("attendance", _attendance)
EXPECTED = Shape("expected", _expected, from_zero=True)
LESSONS = Shape("lessons", _lessons, from_zero=True)

RICE = rhythm("rice", year=on.rice_harvest, swing=0.95, jitter=0.12, multiply=True)
FRUIT = rhythm("fruit", year=on.fruit_harvest, swing=0.85, jitter=0.15, multiply=True)
SHRIMP = rhythm("shrimp", year=on.shrimp_harvest, swing=0.85, jitter=0.15, multiply=True)

FEVER = rhythm("fever", year=on.wet_season, swing=0.8, jitter=0.3, multiply=True)
EMERGENCY = rhythm("emergency", hour=on.waking_hour, day=on.emergency_day, swing=0.75, jitter=0.3, multiply=True)
WARD = rhythm("ward", day=on.clinic_day, swing=0.45, jitter=0.3)
CLINIC = rhythm("clinic", hour=on.office_hour, day=on.clinic_day, swing=0.95, jitter=0.15, multiply=True)

AVAILABLE = steady("available", 0.85, 0.25)
COMPUTERS = rhythm("computers", hour=on.office_hour, day=on.office_day, swing=0.55, jitter=0.4)
RARE = rhythm("rare", hour=on.waking_hour, swing=0.4, jitter=0.8, multiply=True)
OFFICE = rhythm("office", hour=on.office_hour, day=on.office_day, swing=1.0, jitter=0.2, multiply=True, from_zero=True)
BACKLOG = rhythm("backlog", day=on.office_day, swing=0.25, jitter=0.3)
OFFICE_MONTHS = slow("office-months", year=on.office_day, swing=0.6)

TRAFFIC = rhythm("traffic", hour=on.traffic_hour, day=on.traffic_day, swing=0.95, jitter=0.12, multiply=True)
SPEED = rhythm("speed", hour=_inverse(on.traffic_hour), swing=0.7, jitter=0.2)
PARKING = rhythm("parking", hour=_inverse(on.waking_hour), swing=0.8, jitter=0.15)
POWER = rhythm("power", hour=on.load_hour, day=on.load_day, year=on.heat, swing=0.7, jitter=0.12)
PEOPLE = rhythm("people", hour=on.waking_hour, swing=0.8, jitter=0.25, multiply=True)
VISITORS = rhythm("visitors", hour=on.waking_hour, day=on.visitor_day, swing=0.9, jitter=0.2, multiply=True)
VISITOR_MONTHS = slow("visitor-months", year=on.visitor_day, swing=0.9)
PRICE = rhythm("price", day=on.trade_day, swing=0.25, jitter=0.5)
TRADE = rhythm("trade", hour=on.waking_hour, day=on.trade_day, swing=0.7, jitter=0.2)
TET_MONTHS = slow("tet-months", year=on.trade_day, swing=1.8)
SENSOR = rhythm("sensor", swing=0.0, jitter=0.6)
SLOW = slow()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: every condition given must hold. `id` is searched for, `unit` must match wholly."""

    shape: Shape
    id: str = ""
    fields: str = ""
    unit: str = ""
    is_long: bool | None = None

    def fits(self, indicator: Indicator) -> bool:
        """Whether the row speaks for the indicator."""
        return (
            (not self.id or re.search(self.id, indicator.id) is not None)
            and (not self.fields or indicator.field in self.fields.split())
            and (not self.unit or re.fullmatch(self.unit, indicator.unit) is not None)
            and (self.is_long is None or self.is_long == is_long(indicator))
        )


QUICK, LONG = False, True

TABLE: tuple[Row, ...] = (
    # rivers and weather
    Row(POND, r"\bpond-", is_long=QUICK),
    Row(SALINITY, r"^salinity$|^river-salinity", unit="g/L"),
    Row(SALT_LINE, r"saline|salinity-(gates|line|risk)|crop-salt|water-short"),
    Row(TIDE, r"^water-level"),
    Row(SPRINGS, r"\btide-", is_long=QUICK),
    Row(RAIN, r"\brainfall"),
    Row(TEMPERATURE, r"^air-temperature"),
    Row(HUMIDITY, r"^air-humidity"),
    Row(SUNSHINE, r"\bsolar-power|\buv-", is_long=QUICK),
    Row(BREEZE, r"\bwind-|\bwave-", is_long=QUICK),
    Row(AIR, r"\baqi-", is_long=QUICK),
    Row(AIR, unit=r"µg/N?m³", is_long=QUICK),
    Row(NOISE, unit="dBA"),
    # the budget year
    Row(DISBURSEMENT, r"disbursement-share$|disbursed-share$|investment-disbursed$"),
    Row(REVENUE, r"-to-estimate-share$|(maintenance|project)-progress$"),
    Row(YEAR_END, r"expenditure|disbursed|capital-spending|works-accepted|central-transfers", is_long=LONG),
    # school
    Row(ATTENDANCE, r"attendance", "education", "%"),
    Row(EXPECTED, r"^pupils-expected", "education"),
    Row(LESSONS, r"absent|present|meals", "education"),
    # harvests
    Row(RICE, r"^rice-(output|harvested)"),
    Row(FRUIT, r"^(fruit|durian|rambutan|longan|pomelo|mango)-(output|harvested)"),
    Row(SHRIMP, r"^(shrimp|clam|aquaculture)-(output|harvested)"),
    # sickness
    Row(FEVER, r"dengue|hand-foot|malaria|diarrhoea|covid|measles", unit="ca|người|ổ dịch"),
    Row(EMERGENCY, r"emergenc|ambulance", "health", is_long=QUICK),
    Row(WARD, r"\bbeds?\b|inpatient", "health", is_long=QUICK),
    Row(CLINIC, r"visit|admission|discharge|examinations|tests|operations", "health", r"ca|lượt|người", QUICK),
    # networks and offices
    Row(
        AVAILABLE,
        r"availab|(camera|sensor|station)-online|transmitting|light-(on|working)|valid-station|success",
        unit="%",
    ),
    Row(COMPUTERS, r"cpu|memory-use|bandwidth|latency|portal-response|transactions|lookups|logins", is_long=QUICK),
    Row(
        RARE,
        r"\bdown\b|attack|incident|downtime|defaced|malware|flood|congestion|fires\b|accident|overdue|-late\b",
        is_long=QUICK,
    ),
    Row(
        RARE,
        r"deaths|injuries|high-alerts|without-power|lost-vessels|crossings|outage|leaks|culled|crowd",
        is_long=QUICK,
    ),
    Row(BACKLOG, r"pending|due-soon|(handling|settlement|waiting)-time$|satisfaction", "governance", is_long=QUICK),
    Row(SENSOR, fields="governance finance", unit=r"%|điểm|tỷ đồng", is_long=QUICK),
    Row(
        OFFICE,
        fields="governance finance",
        unit="hồ sơ|văn bản|phản ánh|cuộc gọi|trường hợp|bản sao|người|nhiệm vụ|hóa đơn",
        is_long=QUICK,
    ),
    Row(OFFICE_MONTHS, fields="governance", unit="hồ sơ|văn bản|lượt|phản ánh|cuộc gọi|đơn", is_long=LONG),
    # roads, power, visitors, markets
    Row(SPEED, r"traffic-speed"),
    Row(PARKING, r"parking-spaces-free"),
    Row(
        TRAFFIC,
        r"traffic-flow|-traffic$|passengers|travel-time|road-occup|(overloaded|violation)-vehicles",
        is_long=QUICK,
    ),
    Row(POWER, r"electricity", is_long=QUICK),
    Row(VISITORS, fields="tourism", is_long=QUICK),
    Row(VISITOR_MONTHS, r"visitors?\b|guests|tourism-revenue", "tourism", is_long=LONG),
    Row(PRICE, r"-price$"),
    Row(TRADE, r"e-commerce-orders|parcels|markets?-", is_long=QUICK),
    Row(TET_MONTHS, r"retail|passenger|freight|cpi-|price-index|transport-revenue", is_long=LONG),
    # everything else
    Row(SLOW, is_long=LONG),
    Row(PEOPLE, unit="người|lượt|ca|vụ|cuộc|cuộc gọi|cảnh báo|trường hợp|đơn hàng|bưu gửi|tin|thư|sự kiện|xe"),
    Row(SENSOR),
)


def shape_of(indicator: Indicator) -> Shape:
    """The first row that fits."""
    return next(row.shape for row in TABLE if row.fits(indicator))


def is_long(indicator: Indicator) -> bool:
    """Whether an entry is a statistic of a week or more, or a stock counted that seldom."""
    return indicator.period not in SHORT or CADENCES[indicator.cadence] > DAY
