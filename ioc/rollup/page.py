"""The roll-ups while they are being written: reads and writes within one transaction of `Table`."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from indicators.spec import Period
from ioc.model import Entry, Micros, State
from ioc.rollup.kept import Cell
from ioc.rollup.row import Axis, Gap, Key, Rollup

ROWS_REMEMBERED = 200_000

COLUMNS = """
s.site, s.indicator, r.axis, r.kind, r.start, r.value, r.n, r.m, r.numerator, r.denominator, r.total, r.low, r.high,
r.last, r.first_at, r.last_at, r.state, r.complete, r.gap, r.revision, r.changed"""

PUT = "insert or replace into rollups values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

BETTER = """
insert into cells values (?, ?, ?, ?, ?, ?) on conflict do update set
    value = excluded.value, state = excluded.state, at = excluded.at, seq = excluded.seq
where (excluded.state, excluded.at, excluded.seq) > (state, at, seq)
"""
"""The more mature value wins, among equals the one measured later, among those the one accepted later."""

ONE = f"select {COLUMNS} from rollups r, (select ? site, ? indicator) s "  # noqa: S608 - constant names
WITHIN = "where r.series = ? and r.axis = ? and r.kind = ? and r.start >= ? and r.start < ? order by r.start"
STARTS = f"select r.start from rollups r {WITHIN}"  # noqa: S608 - constant names


class Page:
    """What is kept, within a transaction. Used by one thread at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """`db` stays with the table, which begins and ends transactions on it."""
        self._db = db
        self._remembered: dict[Key, Rollup | None] = {}
        self._series: dict[tuple[str, str], int] = {}
        self.changes = 0
        self.forget()

    def forget(self) -> None:
        """Start again from what is on disk."""
        self._remembered.clear()
        self._series = {
            (site, indicator): number
            for number, site, indicator in self._db.execute("select id, site, indicator from series")
        }
        row = self._db.execute("select value from meta where name = 'changes'").fetchone()
        self.changes = row[0] if row else 0

    def put_cell(self, entry: Entry, cell: Micros) -> bool:
        """Keep a reported value unless a better one of the same cell is kept; whether it was."""
        sample = entry.sample
        number = self._number(sample.site, sample.indicator)
        row = (number, cell, sample.value, int(sample.state), sample.at, entry.seq)
        return self._db.execute(BETTER, row).rowcount > 0

    def cells(self, site: str, indicator: str, start: Micros, end: Micros) -> list[Cell]:
        """The values that count in [start, end), by time."""
        query = "select cell, value, state, at from cells where series = ? and cell >= ? and cell < ? order by cell"
        rows = self._db.execute(query, (self._series.get((site, indicator)), start, end))
        return [Cell(cell, value, State(state), at) for cell, value, state, at in rows]

    def last_cell(self, site: str, indicator: str, before: Micros) -> Cell | None:
        """The last value that counts before a moment."""
        query = "select cell, value, state, at from cells where series = ? and cell < ? order by cell desc limit 1"
        row = self._db.execute(query, (self._series.get((site, indicator)), before)).fetchone()
        return None if row is None else Cell(row[0], row[1], State(row[2]), row[3])

    def row(self, key: Key) -> Rollup | None:
        """One roll-up."""
        if key in self._remembered:
            return self._remembered[key]
        query = ONE + "where r.series = ? and r.axis = ? and r.kind = ? and r.start = ?"
        found = self._db.execute(query, (key.site, key.indicator, *self._place(key))).fetchone()
        return self._remember(key, None if found is None else rollup(found))

    def rows(self, site: str, indicator: str, axis: Axis, kind: Period, stretch: tuple[Micros, Micros]) -> list[Rollup]:
        """The roll-ups of one kind that start in [start, end), by time."""
        query = ONE + WITHIN
        number = self._series.get((site, indicator))
        found = self._db.execute(query, (site, indicator, number, axis.value, kind.value, *stretch))
        return [rollup(row) for row in found]

    def starts(
        self, site: str, indicator: str, axis: Axis, kind: Period, stretch: tuple[Micros, Micros]
    ) -> list[Micros]:
        """Where those start."""
        number = self._series.get((site, indicator))
        found = self._db.execute(STARTS, (number, axis.value, kind.value, *stretch))
        return [start for (start,) in found]

    def put(self, row: Rollup) -> None:
        """Keep a roll-up in place of its predecessor, as the next change."""
        self.changes += 1
        kept = msgspec.structs.replace(row, revision=row.revised(self.row(row.key)), changed=self.changes)
        self._number(row.site, row.indicator)
        values = msgspec.structs.astuple(kept)[5:]
        self._db.execute(PUT, (*self._place(row.key), *values))
        self._remember(row.key, kept)

    def _place(self, key: Key) -> tuple[int | None, str, str, Micros]:
        return self._series.get((key.site, key.indicator)), key.axis.value, key.kind.value, key.start

    def _number(self, site: str, indicator: str) -> int:
        number = self._series.get((site, indicator))
        if number is None:
            number = len(self._series) + 1
            self._db.execute("insert into series values (?, ?, ?)", (number, site, indicator))
            self._series[site, indicator] = number
        return number

    def _remember(self, key: Key, row: Rollup | None) -> Rollup | None:
        if len(self._remembered) >= ROWS_REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = row
        return row


def rollup(row: Sequence[Any]) -> Rollup:
    """The roll-up in a row of `COLUMNS`."""
    fields = list(row)
    fields[2:4] = Axis(row[2]), Period(row[3])
    fields[16:19] = State(row[16]), bool(row[17]), Gap(row[18])
    return Rollup(*fields)
