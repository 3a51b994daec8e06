"""One roll-up from what it is made of. Reads what is kept, changes nothing, knows no clock."""

from collections.abc import Sequence

from indicators.spec import Indicator, Period
from indicators.spec import Rollup as Operator
from ioc.model import State
from ioc.rollup import calendar
from ioc.rollup.calendar import Span
from ioc.rollup.derive import derive
from ioc.rollup.fold import Outcome, Part, Tally, merged, outcome, tally
from ioc.rollup.kept import Cell, Kept
from ioc.rollup.plan import Plan
from ioc.rollup.row import Axis, Gap, Key, Rollup
from ioc.rollup.standing import Standing, Standings

UNBOUNDED = float("inf")


class Reckoner:
    """Computes roll-ups from reported values and from other roll-ups."""

    def __init__(self, plan: Plan, kept: Kept) -> None:
        self._plan = plan
        self._kept = kept
        self._standings = Standings(plan, kept)

    def reckon(self, key: Key) -> Rollup | None:
        """The roll-up as it must stand now; None when nothing of it has been reported."""
        stretch = calendar.span(key.kind, key.start)
        if key.axis is Axis.SPACE:
            return self._over_space(key, stretch)
        if key.axis is Axis.FORMULA:
            return self._by_formula(key, stretch)
        if key.kind is self._plan.leaf[key.indicator]:
            return self._from_cells(key, stretch)
        return self._from_shorter(key, stretch)

    def _from_cells(self, key: Key, stretch: Span) -> Rollup | None:
        indicator = self._plan.indicators[key.indicator]
        cells = self._kept.cells(key.site, key.indicator, stretch.start, stretch.end)
        if not cells:
            return None
        weights = self._weights(key.site, indicator, stretch, cells)
        parts = [Part(c.value, c.at, c.at, c.state, w) for c, w in zip(cells, weights, strict=True)]
        due = calendar.expected(indicator, stretch, self._plan.lifetime[key.site])
        return _row(key, indicator.rollup_time, tally(indicator.rollup_time, parts), due)

    def _from_shorter(self, key: Key, stretch: Span) -> Rollup | None:
        indicator = self._plan.indicators[key.indicator]
        operator = indicator.rollup_time
        shorter = calendar.shorter(key.kind)
        rows = self._kept.rows(key.site, key.indicator, Axis.TIME, shorter, (stretch.start, stretch.end))
        if not rows:
            return None
        due = calendar.expected(indicator, stretch, self._plan.lifetime[key.site])
        is_whole = all(row.complete for row in rows) and sum(row.m for row in rows) >= due
        return _row(key, operator, merged([_tally(operator, row) for row in rows if row.n]), due, is_whole=is_whole)

    def _weights(self, site: str, indicator: Indicator, stretch: Span, cells: Sequence[Cell]) -> Sequence[float | None]:
        """Statistics shorter than the stretch weigh each other one by one; any other weight holds for all of it."""
        by = indicator.weight
        if indicator.rollup_time is not Operator.WEIGHTED_MEAN or by is None:
            return [None] * len(cells)
        thing = self._plan.indicators.get(by)
        is_alike = thing is not None and thing.period is indicator.period
        if is_alike and indicator.period not in {Period.INSTANT, stretch.kind}:
            known = {one.cell: one.value for one in self._kept.cells(site, by, stretch.start, stretch.end)}
            return [known.get(one.cell) for one in cells]
        return [self._standings.weight(site, by, stretch)] * len(cells)

    def _over_space(self, key: Key, stretch: Span) -> Rollup | None:
        indicator = self._plan.indicators[key.indicator]
        sites = self._plan.parts(key.site, key.indicator, stretch)
        if not any(self._standings.exists(site, key.indicator, stretch) for site in sites):
            return None
        found = {site: self._standings.own(site, key.indicator, stretch) for site in sites}
        heard = {site: one for site, one in found.items() if one is not None}
        parts = [self._part(site, indicator, stretch, one) for site, one in heard.items()]
        is_whole = all(one.complete for one in heard.values())
        missing = Gap.NO_WEIGHT if parts else Gap.MISSING
        counted = tally(indicator.rollup_space, parts)
        return _row(key, indicator.rollup_space, counted, len(sites), is_whole=is_whole, missing=missing)

    def _part(self, site: str, indicator: Indicator, stretch: Span, one: Standing) -> Part:
        weight = None
        if indicator.rollup_space is Operator.WEIGHTED_MEAN and indicator.weight is not None:
            weight = self._standings.weight(site, indicator.weight, stretch)
        return Part(one.value, one.first_at, one.last_at, one.state, weight)

    def _by_formula(self, key: Key, stretch: Span) -> Rollup | None:
        formula = self._plan.formulas[key.indicator]
        if not any(self._standings.exists(key.site, part, stretch) for part in formula.parts):
            return None
        found = {part: self._standings.stock(key.site, part, stretch) for part in formula.parts}
        heard = {part: one for part, one in found.items() if one is not None}
        result = derive(formula, {part: one.value for part, one in heard.items()})
        inputs = tally(Operator.NONE, [Part(one.value, *one[1:4]) for one in heard.values()])
        is_whole = all(one.complete for one in heard.values())
        return _filled(key, result, inputs, len(found), is_whole=is_whole)


def _row(
    key: Key,
    operator: Operator,
    counted: Tally | None,
    due: int,
    *,
    is_whole: bool = True,
    missing: Gap = Gap.NO_WEIGHT,
) -> Rollup:
    result = Outcome(None, gap=missing) if counted is None else outcome(operator, counted)
    return _filled(key, result, counted, due, is_whole=is_whole)


def _filled(key: Key, result: Outcome, counted: Tally | None, due: int, *, is_whole: bool) -> Rollup:
    numbers = counted is not None and key.axis is not Axis.FORMULA
    return Rollup(
        *key,
        value=result.value,
        n=counted.n if counted else 0,
        m=due,
        numerator=result.numerator,
        denominator=result.denominator,
        total=counted.total if counted and numbers else 0.0,
        low=counted.low if counted and numbers else None,
        high=counted.high if counted and numbers else None,
        last=counted.last if counted and numbers else None,
        first_at=counted.first_at if counted else 0,
        last_at=counted.last_at if counted else 0,
        state=counted.state if counted else State.PROVISIONAL,
        complete=is_whole and counted is not None and counted.n >= due,
        gap=result.gap,
    )


def _tally(operator: Operator, row: Rollup) -> Tally:
    """What was kept of the parts of a roll-up over time that has some."""
    is_weighted = operator is Operator.WEIGHTED_MEAN
    return Tally(
        n=row.n,
        total=row.total,
        weighted=_known(row.numerator) if is_weighted else 0.0,
        weight=_known(row.denominator) if is_weighted else 0.0,
        low=_known(row.low),
        high=_known(row.high),
        last=_known(row.last),
        first_at=row.first_at,
        last_at=row.last_at,
        state=row.state,
    )


def _known(number: float | None) -> float:
    """A number that grew out of bounds was not kept."""
    return UNBOUNDED if number is None else number
