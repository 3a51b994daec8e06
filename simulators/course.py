"""How a value moves: what a shape is asked, and the ways to build one."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from functools import cached_property, lru_cache
from itertools import accumulate

from indicators.spec import CADENCES, Period, Rollup, Series, local_time
from ioc.model import DAY, HOUR, MINUTE, SECOND, Micros
from simulators.band import Band
from simulators.noise import smooth, uniform
from simulators.timing import is_running, stretch

OfHour = Callable[[float], float]
OfDay = Callable[[date], float]
OfPart = Callable[[float], float]


class Scale(IntEnum):
    """The finest rhythm that a value can show."""

    HOUR = 0
    DAY = 1
    SEASON = 2


SCALES = {Period.INSTANT: Scale.HOUR, Period.HOUR: Scale.HOUR, Period.DAY: Scale.DAY}


@dataclass(frozen=True)
class Ask:
    """The question put to a shape: a series at a moment, under a seed."""

    seed: int
    series: Series
    at: Micros

    @cached_property
    def scale(self) -> Scale:
        """Hours for sensors, days for daily values, seasons for everything slower."""
        step = CADENCES[self.series.indicator.cadence]
        period = self.series.indicator.period
        if period is Period.INSTANT and step >= DAY:
            return Scale.DAY if step <= 7 * DAY else Scale.SEASON
        return SCALES.get(period, Scale.SEASON)

    @cached_property
    def moment(self) -> Micros:
        """The middle of the period a value speaks for; the moment itself for an instant."""
        indicator = self.series.indicator
        if indicator.period is Period.INSTANT:
            return self.at
        begin, end = stretch(indicator.period, self.at)
        return (begin + end) // 2

    @cached_property
    def hour(self) -> float:
        """Local hour of the day, 0 .. 24."""
        local = local_time(self.moment)
        return local.hour + local.minute / 60 + local.second / 3600

    @cached_property
    def day(self) -> date:
        """Local calendar day."""
        return local_time(self.moment).date()

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The days that a slow value averages over: eight of its period."""
        indicator = self.series.indicator
        if self.scale is not Scale.SEASON or indicator.period is Period.INSTANT:
            return (self.day,)
        begin, end = stretch(indicator.period, self.at)
        first, length = local_time(begin).date(), (end - begin) // DAY
        return tuple(first + timedelta(days=(2 * k + 1) * length // 16) for k in range(8))

    def wander(self, span: Micros, *, shared: bool = False) -> float:
        """Slow noise in 0 .. 1 that turns about once per `span`; `shared` by all sites of the indicator."""
        key = self.series.indicator.id if shared else self.series.id
        return smooth(self.moment / span, self.seed, key, span)

    def trait(self, name: str) -> float:
        """A lasting trait of the series in 0 .. 1, mostly its indicator's and a little its site's."""
        indicator = uniform(self.seed, name, self.series.indicator.id)
        return 0.7 * indicator + 0.3 * uniform(self.seed, name, self.series.id)

    def grain(self) -> float:
        """Noise from one value to the next, 0 .. 1."""
        return uniform(self.seed, self.series.id, "grain", self.moment)

    def jitter(self) -> float:
        """The mixture of noises that makes a line look measured, 0 .. 1 around one half."""
        if self.scale is Scale.SEASON:
            return 0.6 * self.wander(500 * DAY) + 0.4 * self.grain()
        span = max(8 * CADENCES[self.series.indicator.cadence], 20 * MINUTE)
        return 0.45 * self.wander(span) + 0.35 * self.wander(12 * span) + 0.2 * self.grain()


@dataclass(frozen=True, slots=True)
class Shape:
    """The course of one kind of indicator.

    `level` answers with a share of the ordinary band; `absolute`, if given, with the value itself. `hour` and `gather`
    say how a count of the day or the year fills up. `from_zero` runs from nothing up to the band's top and is cut by
    the limits rather than squeezed between them.
    """

    name: str
    level: Callable[[Ask], float]
    absolute: Callable[[Ask, Band], float] | None = None
    hour: OfHour | None = None
    gather: OfPart | None = None
    from_zero: bool = False


def rhythm(  # noqa: PLR0913 - the knobs of a wave are all named at the call
    name: str,
    *,
    hour: OfHour | None = None,
    day: OfDay | None = None,
    year: OfDay | None = None,
    swing: float = 0.8,
    jitter: float = 0.2,
    multiply: bool = False,
    from_zero: bool = False,
) -> Shape:
    """A shape of daily, weekly and yearly waves; `multiply` for counts, which vanish when any of the waves does."""

    def level(ask: Ask) -> float:
        waves = _waves(ask, hour, day, year)
        noise = ask.jitter()
        if multiply:
            share = 1.0 if waves else 0.35 + 0.4 * ask.trait("base") + 0.3 * (noise - 0.5)
            for wave in waves:
                share *= 1 - swing * (1 - wave)
            return share * (1 - jitter * noise) + 0.02 * noise
        mean = sum(waves) / len(waves) if waves else 0.35 + 0.3 * ask.trait("base")
        return 0.5 + swing * (mean - 0.5) + jitter * (noise - 0.5)

    return Shape(name, level, hour=hour, from_zero=from_zero)


def _waves(ask: Ask, hour: OfHour | None, day: OfDay | None, year: OfDay | None) -> list[float]:
    waves = []
    if hour is not None and ask.scale is Scale.HOUR:
        waves.append(hour(ask.hour))
    for curve in (day, year):
        if curve is not None:
            days = ask.days
            waves.append(sum(map(curve, days)) / len(days))
    return waves


def slow(name: str = "slow", *, year: OfDay | None = None, swing: float = 0.25) -> Shape:
    """A statistic: its own base, a trend towards the better over the years, a little noise, perhaps a season."""

    def level(ask: Ask) -> float:
        years = (ask.day.year - 2020) + ask.day.month / 12
        trend = 0.05 * (years - 5) * _towards(ask) * (0.4 + 0.6 * ask.trait("trend"))
        base = 0.35 + 0.3 * ask.trait("base")
        season = swing * (_waves(ask, None, None, year)[0] - 0.4) if year is not None else 0.0
        noise = 0.4 if ask.series.indicator.rollup_time is Rollup.SUM else 0.12
        return base + trend + season + noise * (ask.jitter() - 0.5)

    return Shape(name, level)


def _towards(ask: Ask) -> float:
    direction = ask.series.indicator.direction
    return {"higher-better": 1.0, "lower-better": -1.0}.get(direction.value, 0.3)


def steady(name: str, at: float, jitter: float = 0.3) -> Shape:
    """A reading that hardly moves, at `at` of its band."""
    return Shape(name, lambda ask: at + jitter * (ask.jitter() - 0.5))


def cumulative(name: str, curve: OfPart, reach: float = 1.0) -> Shape:
    """A plan fulfilled over the calendar year; `reach` is what it comes to at the year's end."""

    def level(ask: Ask) -> float:
        begin, end = stretch(Period.YEAR, ask.at)
        pace = 0.97 + 0.06 * ask.trait("pace")
        return reach * math.pow(curve((ask.at - begin) / (end - begin)), 1 / pace)

    return Shape(name, level, gather=curve, from_zero=True)


def filled(shape: Shape, ask: Ask) -> float:
    """What part of its period a running count has behind it, 0 .. 1."""
    indicator = ask.series.indicator
    if not is_running(indicator):
        return 1.0
    begin, end = stretch(indicator.period, ask.at)
    part = min(1.0, (ask.at - begin + SECOND) / (end - begin))
    if indicator.period is Period.YEAR and shape.gather is not None:
        return shape.gather(part)
    if indicator.period is Period.DAY and shape.hour is not None:
        return _day_filled(shape.hour, (ask.at - begin + SECOND) / HOUR)
    return part


@lru_cache(maxsize=64)
def _quarters(curve: OfHour) -> tuple[float, ...]:
    """A day's count as it stands after each quarter of an hour, from 0 to 1."""
    shares = [0.0, *accumulate(curve(q / 4) for q in range(96))]
    return tuple(share / shares[-1] for share in shares)


def _day_filled(curve: OfHour, hours: float) -> float:
    whole = min(int(hours * 4), 95)
    table = _quarters(curve)
    return table[whole] + (table[whole + 1] - table[whole]) * min(1.0, hours * 4 - whole)
