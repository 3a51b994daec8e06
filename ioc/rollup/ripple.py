"""From new samples to every roll-up that they touch, each computed once, parts before wholes."""

import heapq
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from indicators.spec import Period
from indicators.spec import Rollup as Operator
from ioc.model import DAY, Entry, Micros
from ioc.rollup import calendar
from ioc.rollup.calendar import ROLLED, Span
from ioc.rollup.kept import Kept
from ioc.rollup.plan import Plan
from ioc.rollup.reckon import Reckoner
from ioc.rollup.row import AXES, Axis, Key, Rollup

ORDER = {Axis.TIME: 0, Axis.SPACE: 1, Axis.FORMULA: 2}
LENGTH = {kind: place for place, kind in enumerate(ROLLED)}
Rank = tuple[int, int, int, int]


class Page(Kept, Protocol):
    """What is kept, open for writing."""

    def starts(
        self, site: str, indicator: str, axis: Axis, kind: Period, stretch: tuple[Micros, Micros]
    ) -> list[Micros]:
        """Where the kept roll-ups of one kind start in [start, end), by time."""
        ...

    def put_cell(self, entry: Entry, cell: Micros) -> bool:
        """Keep a reported value unless a better one of the same cell is kept; whether it was."""
        ...

    def put(self, row: Rollup) -> None:
        """Keep a roll-up in place of its predecessor."""
        ...


class Passed(NamedTuple):
    """Samples that were not rolled up: of series that the catalogue does not know, too late for their period."""

    strange: int
    late: int


class Ripple:
    """One batch on its way through the roll-ups. `add` what is new, then `settle`."""

    def __init__(self, plan: Plan, page: Page) -> None:
        self._plan = plan
        self._page = page
        self._reckoner = Reckoner(plan, page)
        self._waiting: list[tuple[Rank, Key]] = []
        self._known: set[Key] = set()
        self._fixed: dict[Key, bool] = {}

    def add(self, entries: Iterable[Entry]) -> Passed:
        """Keep the samples that can be rolled up; how many cannot."""
        strange = late = 0
        for entry in entries:
            sample = entry.sample
            if not self._plan.knows(sample.site, sample.indicator):
                strange += 1
                continue
            cell = self._cell(sample.indicator, sample.at)
            if self._is_fixed(self._leaf(sample.site, sample.indicator, cell)):
                late += 1
            elif self._page.put_cell(entry, cell):
                self._touch(sample.site, sample.indicator, cell)
        return Passed(strange, late)

    def settle(self) -> int:
        """Recompute whatever depends on what was added; how many roll-ups changed."""
        changed = 0
        while self._waiting:
            _, key = heapq.heappop(self._waiting)
            self._known.discard(key)
            row = self._reckoner.reckon(key)
            if row is not None and _differs(row, self._page.row(key)):
                self._page.put(row)
                self._spread(row)
                changed += 1
        return changed

    def _leaf(self, site: str, indicator: str, cell: Micros) -> Key:
        kind = self._plan.leaf[indicator]
        return Key(site, indicator, Axis.TIME, kind, calendar.span(kind, cell).start)

    def _is_fixed(self, key: Key) -> bool:
        """Whether the reported values of the period were let go, so that with one more it would lose the others."""
        if key not in self._fixed:
            row = self._page.row(key)
            stretch = calendar.span(key.kind, key.start)
            last = None if row is None else self._page.last_cell(key.site, key.indicator, stretch.end)
            self._fixed[key] = row is not None and (last is None or last.cell < stretch.start)
        return self._fixed[key]

    def _cell(self, indicator: str, at: Micros) -> Micros:
        return calendar.cell(self._plan.indicators[indicator], at)

    def _touch(self, site: str, indicator: str, cell: Micros) -> None:
        """A value changed: its shortest period, and those of the values that it weighs one by one."""
        for one in (indicator, *self._plan.paced.get(indicator, ())):
            self._push(site, one, Axis.TIME, calendar.span(self._plan.leaf[one], cell))
        self._carry(site, indicator, calendar.span(self._plan.leaf[indicator], cell))

    def _spread(self, row: Rollup) -> None:
        """A roll-up changed: the longer period, the place above, and what it weighs or is an input of."""
        stretch = calendar.span(row.kind, row.start)
        if row.axis is Axis.TIME and (longer := calendar.longer(row.kind)) is not None:
            self._push(row.site, row.indicator, Axis.TIME, calendar.span(longer, row.start))
        self._push_above(row.site, row.indicator, stretch)
        for one in self._plan.weighed.get(row.indicator, ()):
            self._push_above(row.site, one, stretch)
        for one in self._plan.users.get(row.indicator, ()):
            self._push(row.site, one, Axis.FORMULA, stretch)
        for one in self._plan.paced.get(row.indicator, ()):
            if row.kind is self._plan.leaf[one]:
                self._push(row.site, one, Axis.TIME, stretch)
        if row.kind is self._plan.leaf[row.indicator]:
            self._carry(row.site, row.indicator, stretch)

    def _carry(self, site: str, indicator: str, stretch: Span) -> None:
        """A value that stands in for later or shorter periods touches those of them that exist."""
        thing = self._plan.indicators[indicator]
        if thing.due_every < DAY and stretch.kind is Period.DAY:
            return
        until = stretch.end + calendar.allowance(thing)
        for kind in ROLLED[: LENGTH[stretch.kind] + 1]:
            self._carry_to(site, indicator, kind, (stretch.start, until))

    def _carry_to(self, site: str, indicator: str, kind: Period, within: tuple[Micros, Micros]) -> None:
        for one in self._plan.users.get(indicator, ()):
            self._push_again(site, one, Axis.FORMULA, kind, within)
        for one in self._plan.paced.get(indicator, ()):
            if kind is self._plan.leaf[one]:
                self._push_again(site, one, Axis.TIME, kind, within)
        for one in self._plan.weighed.get(indicator, ()):
            for axis in AXES:
                for start in self._page.starts(site, one, axis, kind, within):
                    self._push_above(site, one, calendar.span(kind, start))

    def _push_again(self, site: str, one: str, axis: Axis, kind: Period, within: tuple[Micros, Micros]) -> None:
        for start in self._page.starts(site, one, axis, kind, within):
            self._push(site, one, axis, calendar.span(kind, start))

    def _push_above(self, site: str, indicator: str, stretch: Span) -> None:
        parent = self._plan.parent(site)
        if parent is not None and self._plan.indicators[indicator].rollup_space is not Operator.NONE:
            self._push(parent, indicator, Axis.SPACE, stretch)

    def _push(self, site: str, indicator: str, axis: Axis, stretch: Span) -> None:
        if stretch.kind not in self._plan.kinds[indicator]:
            return
        key = Key(site, indicator, axis, stretch.kind, stretch.start)
        if key not in self._known:
            self._known.add(key)
            rank = -self._plan.depth[site], self._plan.rank[indicator], ORDER[axis], LENGTH[stretch.kind]
            heapq.heappush(self._waiting, (rank, key))


def _differs(row: Rollup, kept: Rollup | None) -> bool:
    return kept is None or row.content() != kept.content()
