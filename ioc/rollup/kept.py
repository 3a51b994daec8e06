"""What computing a roll-up reads: reported values and other roll-ups."""

from typing import NamedTuple, Protocol

from indicators.spec import Period
from ioc.model import Micros, State
from ioc.rollup.row import Axis, Key, Rollup


class Cell(NamedTuple):
    """One value as reported: the place where it counts, the value, its maturity, and its own time."""

    cell: Micros
    value: float
    state: State
    at: Micros


class Kept(Protocol):
    """What has been kept so far."""

    def cells(self, site: str, indicator: str, start: Micros, end: Micros) -> list[Cell]:
        """The values that count in [start, end), by time."""
        ...

    def last_cell(self, site: str, indicator: str, before: Micros) -> Cell | None:
        """The last value that counts before a moment."""
        ...

    def row(self, key: Key) -> Rollup | None:
        """One roll-up."""
        ...

    def rows(self, site: str, indicator: str, axis: Axis, kind: Period, stretch: tuple[Micros, Micros]) -> list[Rollup]:
        """The roll-ups of one kind that start in [start, end), by time."""
        ...
