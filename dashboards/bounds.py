"""Limits and targets as a wall shows them: in words beside the number, and as steps behind a curve. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from dashboards.words import Words
from indicators.lookup import Catalogue
from indicators.spec import VIETNAM, Limit, Series, Site, Target, local_day
from ioc.model import Kind, Micros, Severity, micros

SIGNS = {Severity.INFO: "●", Severity.WARNING: "▲", Severity.CRITICAL: "■"}


class Step(NamedTuple):
    """From `start` upwards (None: from below everything) values have this severity."""

    start: float | None
    severity: Severity


class Bounds:
    """Everything that judges one catalogue's series at a moment, in one language."""

    def __init__(self, catalogue: Catalogue, at: Micros, words: Words) -> None:
        """`at` decides which limits and targets hold; every season and hour of that year is shown."""
        self._catalogue = catalogue
        self._at = at
        self._words = words
        self._varying = {limit.indicator for limit in catalogue.limits if limit.season or limit.hours}

    def limits(self, series: Series) -> tuple[Limit, ...]:
        """The limits of a series on that day, with those of other seasons and hours, worst last."""
        found = {
            limit.id: limit
            for at in self._moments(series.indicator.id)
            for limit in self._catalogue.limits_for(series.site.id, series.indicator.id, at)
        }
        return tuple(sorted(found.values(), key=lambda limit: (limit.severity, limit.kind, limit.value, limit.id)))

    def target(self, series: Series) -> Target | None:
        """The target whose deadline comes next, else the one that passed last."""
        targets = self._catalogue.targets_for(series.site.id, series.indicator.id, self._at)
        today = local_day(self._at)
        ahead = [one for one in targets if one.deadline >= today]
        return ahead[0] if ahead else targets[-1] if targets else None

    def in_words(self, series: Series) -> str:
        """`▲ > 1 ■ > 4 (KH ≥ 60)`; empty when nothing judges the series."""
        parts = [self._limit(limit) for limit in self.limits(series)]
        target = self.target(series)
        if target is not None:
            parts.append(f"({self._words('plan_word')} {self.aim(target)})")
        return "  ".join(dict.fromkeys(parts))

    def by_place(self, rows: Iterable[Series]) -> str:
        """The words for one indicator at several places: once if they agree, else place by place."""
        said: dict[str, list[Site]] = {}
        for one in rows:
            said.setdefault(self.in_words(one), []).append(one.site)
        if len(said) == 1:
            return next(iter(said))
        named = ((", ".join(self._words.name(site) for site in sites), text) for text, sites in said.items() if text)
        return "; ".join(f"{names}: {text}" for names, text in named)

    def aim(self, target: Target) -> str:
        """`≥ 60`."""
        return f"{'≥' if target.at_least else '≤'} {self._words.number(target.value)}"

    def basis(self, series: Series) -> str:
        """Every limit and the target with the document it comes from."""
        parts = [f"{self._limit(limit)}: {self._document(limit.basis)}" for limit in self.limits(series)]
        target = self.target(series)
        if target is not None:
            due = f"{self._words('by')} {target.deadline:%d/%m/%Y}"
            parts.append(f"{self._words('plan_word')} {self.aim(target)} {due}: {self._document(target.basis)}")
        return " · ".join(dict.fromkeys(parts))

    def _document(self, basis: str) -> str:
        return self._words("assumption") if basis == "assumption" else basis

    def _limit(self, limit: Limit) -> str:
        number = self._words.number
        if limit.kind is Kind.OUTSIDE and limit.upper is not None:
            said = f"{self._words('outside')} {number(limit.value)}–{number(limit.upper)}"
        else:
            said = f"{'>' if limit.kind is Kind.ABOVE else '<'} {number(limit.value)}"
        return f"{SIGNS.get(limit.severity, '')} {said}{self._when(limit)}"

    def _when(self, limit: Limit) -> str:
        said = ""
        if limit.season is not None:
            (from_month, from_day), (to_month, to_day) = limit.season
            span = f"{from_day:02}/{from_month:02}–{to_day:02}/{to_month:02}"
            said += f" ({self._words('season')} {span})"
        if limit.hours is not None:
            first, last = limit.hours
            said += f" ({first}–{last} {self._words('at_hours')})"
        return said

    def _moments(self, indicator: str) -> Sequence[Micros]:
        if indicator not in self._varying:
            return (self._at,)
        year = local_day(self._at).year
        days = (date(year, month, day) for month in range(1, 13) for day in (1, 15))
        hours = (0, 4, 8, 12, 16, 20, 22)
        return [micros(datetime.combine(day, time(hour), VIETNAM)) for day in days for hour in hours]


def steps(limits: Sequence[Limit]) -> tuple[Step, ...]:
    """What severity a value gets, from the lowest values to the highest; limits of one season and hour only."""
    plain = [limit for limit in limits if not limit.season and not limit.hours]
    edges = sorted({edge for limit in plain for edge in (limit.value, limit.upper) if edge is not None})
    found = [Step(None, _severity(plain, edges[0] - 1))] if edges else []
    for low, high in zip(edges, [*edges[1:], edges[-1] + 2 if edges else 0.0], strict=False):
        severity = _severity(plain, (low + high) / 2)
        if severity is not found[-1].severity:
            found.append(Step(low, severity))
    return tuple(found)


def _severity(limits: Iterable[Limit], value: float) -> Severity:
    return max((limit.severity for limit in limits if _is_beyond(limit, value)), default=Severity.OK)


def _is_beyond(limit: Limit, value: float) -> bool:
    if limit.kind is Kind.ABOVE:
        return value > limit.value
    if limit.kind is Kind.BELOW:
        return value < limit.value
    return value < limit.value or (limit.upper is not None and value > limit.upper)


def title(words: Words, series: Series) -> str:
    """`Độ mặn nước sông (g/L)`."""
    return f"{words.name(series.indicator)} ({series.indicator.unit})"
