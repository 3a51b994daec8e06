"""Where roll-ups leave for a time-series database, in the order in which they last changed."""

from collections.abc import Mapping, Sequence

from indicators.spec import Indicator
from ioc.rollup.point import Point, point
from ioc.rollup.table import Table


class Outlet:
    """The changes of a table as points."""

    def __init__(self, table: Table, indicators: Mapping[str, Indicator]) -> None:
        """`indicators` by id tell the field."""
        self._table = table
        self._indicators = indicators

    def changed(self) -> int:
        """The number of the last change."""
        return self._table.changed()

    def points(self, after: int, limit: int) -> tuple[Sequence[Point], int]:
        """Up to `limit` changes numbered above `after`, and the number up to which these are all.

        Roll-ups of indicators that are no longer in the catalogue are passed over.
        """
        rows = self._table.changes(after, limit)
        known = [row for row in rows if row.indicator in self._indicators]
        upto = rows[-1].changed if rows else after
        return [point(row, self._indicators[row.indicator].field) for row in known], upto
