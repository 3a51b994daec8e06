"""A seeded province: what every series of a catalogue shows at any moment.

`World.value` is a pure function of (seed, series, at): nothing is remembered from one question to the next, so any
moment can be asked for first, and two processes with one seed tell the same story.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from indicators.spec import Direction, Indicator, Limit, Rollup, Series, Site
from ioc.model import HOUR, Micros
from simulators.band import Band, share_of_province, typical, within
from simulators.course import Ask, Shape, filled
from simulators.formula import Split, evaluate, splits
from simulators.noise import uniform
from simulators.river import MOUTHS, slug
from simulators.shapes import SALINITY, shape_of
from simulators.timing import is_running

FEW = 8.0
"""Counts below it fall on either neighbour by chance; above it they are rounded."""


class Catalogue(Protocol):
    """What the world needs of a catalogue."""

    @property
    def sites(self) -> Mapping[str, Site]:
        """Sites by id."""
        ...

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        """Indicators by id."""
        ...

    def limits_for(self, site_id: str, indicator_id: str, at: Micros) -> tuple[Limit, ...]:
        """The limits in force for one series at that moment, season and hour included."""
        ...


class World:
    """Every course of one catalogue under one seed."""

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        """`seed` is any whole number; the same seed gives the same values everywhere."""
        self.seed = seed
        self._catalogue = catalogue
        self._shapes = {i.id: shape_of(i) for i in catalogue.indicators.values()}
        self._shares = {s.id: share_of_province(s, catalogue.sites) for s in catalogue.sites.values()}
        self._splits = splits(catalogue.indicators)
        self._limits: dict[str, tuple[int, tuple[Limit, ...]]] = {}

    def value(self, series: Series, at: Micros) -> float:
        """What the series shows at `at`, in its own unit, rounded to its decimals."""
        indicator = series.indicator
        if (split := self._splits.get(indicator.id)) is not None:
            return self._part(series, split, at)
        if indicator.formula is not None:
            derived = evaluate(indicator.formula, lambda part: self.value(self._sibling(series, part), at))
            return self._own(series, at) if derived is None else round(derived, indicator.decimals)
        return self._own(series, at)

    def shape(self, indicator_id: str) -> Shape:
        """The row of the table that an indicator follows."""
        return self._shapes[indicator_id]

    def band(self, series: Series, at: Micros) -> Band:
        """Where the ordinary values of the series lie at `at`."""
        return within(self._typical(series), series.indicator, self._active(series, at))

    def _own(self, series: Series, at: Micros) -> float:
        shape = self._shapes[series.indicator.id]
        ask = Ask(self.seed, series, at)
        band = self.band(series, at)
        if shape.absolute is not None:
            band = self._open_band(series, band)
            value = shape.absolute(ask, band)
        elif shape.from_zero:
            value = band.cut(self._typical(series).at(shape.level(ask)))
        else:
            value = band.at(shape.level(ask))
        if _adds_up(series.indicator):
            value *= filled(shape, ask)
        return self._rounded(series, value, band, ask)

    def _typical(self, series: Series) -> Band:
        band = typical(series.indicator, self._shares[series.site.id])
        if not self._shapes[series.indicator.id].from_zero:
            return band
        return replace(band, low=min(band.low, max(0.0, series.indicator.minimum or 0.0)))

    def _open_band(self, series: Series, band: Band) -> Band:
        """For values that know their own height: down to what is possible, and up to it where no limit is heeded."""
        low = series.indicator.minimum or 0.0
        if not _is_at_sea(series) or series.indicator.maximum is None:
            return replace(band, low=low)
        return Band(low, series.indicator.maximum)

    def _active(self, series: Series, at: Micros) -> tuple[Limit, ...]:
        if self._shapes[series.indicator.id] is SALINITY and _is_at_sea(series):
            return ()
        hour = at // HOUR
        known = self._limits.get(series.id)
        if known is None or known[0] != hour:
            known = (hour, self._catalogue.limits_for(series.site.id, series.indicator.id, at))
            self._limits[series.id] = known
        return known[1]

    def _rounded(self, series: Series, value: float, band: Band, ask: Ask) -> float:
        scale = 10.0**series.indicator.decimals
        steps = value * scale
        if scale == 1 and abs(steps) < FEW and not _adds_up(series.indicator):
            whole = math.floor(steps + uniform(self.seed, series.id, "whole", ask.moment))
        else:
            whole = math.floor(steps + 0.5)
        if _adds_up(series.indicator):
            return whole / scale
        if whole > band.high * scale + 1e-6:
            whole = math.floor(band.high * scale + 1e-6)
        elif whole < band.low * scale - 1e-6:
            whole = math.ceil(band.low * scale - 1e-6)
        return whole / scale

    def _sibling(self, series: Series, indicator_id: str) -> Series:
        return replace(series, indicator=self._catalogue.indicators[indicator_id])

    def _part(self, series: Series, split: Split, at: Micros) -> float:
        """A part of a whole: as much as its share says, rounded to the share's good side."""
        whole = self.value(self._sibling(series, split.whole), at)
        share = self._own(replace(series, indicator=split.share), at) / 100
        scale = 10.0**series.indicator.decimals
        steps = round(whole * scale * (1 - share if split.is_rest else share), 6)
        is_up = (split.share.direction is Direction.HIGHER_BETTER) != split.is_rest
        return (math.ceil(steps) if is_up else math.floor(steps)) / scale


def _is_at_sea(series: Series) -> bool:
    return slug(series.site) in MOUTHS


def _adds_up(indicator: Indicator) -> bool:
    """Whether values before the period's end are what has come in so far."""
    return indicator.rollup_time is Rollup.SUM and is_running(indicator)
