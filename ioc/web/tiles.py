"""The table behind the wall: one tile for each series, its value, its worst alert, and whether it went silent. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from indicators.spec import Series
from ioc.model import Kind, Micros, Sample, Severity, Status, Transition

Row = tuple[int, float | None, Micros, int, int, bool, int]
"""Tile number, value, measured at (0: never), state, severity, stale, severity of the worst pending alert."""


@dataclass(slots=True)
class Tile:
    """One series on the wall. `severity` counts firing alerts only; `silent` is what a no-data alert says."""

    number: int
    series: Series
    value: float | None = None
    at: Micros = 0
    received_at: Micros = 0
    state: int = 0
    severity: int = 0
    pending: int = 0
    silent: bool = False
    stale: bool = False

    @property
    def row(self) -> Row:
        """The tile as browsers get it."""
        return (self.number, self.value, self.at, self.state, self.severity, self.stale, self.pending)

    @property
    def condition(self) -> str:
        """The one heading of the summary it is counted under: the worst thing first."""
        if self.severity:
            return Severity(self.severity).name.lower()
        if self.stale:
            return "stale"
        return "ok" if self.value is not None else "waiting"


class Tiles:
    """All tiles, and which of them changed since the last `take_changes`."""

    def __init__(self, series: Sequence[Series]) -> None:
        """Tiles are numbered in the order given."""
        self.all = [Tile(number, one) for number, one in enumerate(series)]
        self._by_series = {tile.series.id: tile for tile in self.all}
        self._changed: set[int] = set()
        self._marked: set[str] = set()

    def find(self, series_id: str) -> Tile | None:
        """The tile of a series, None when it is not watched."""
        return self._by_series.get(series_id)

    def show(self, sample: Sample) -> None:
        """Put a sample on its tile, unless the tile already shows a later one."""
        tile = self._by_series.get(sample.series)
        if tile is None or sample.at < tile.at:
            return
        tile.value, tile.at, tile.state = sample.value, sample.at, int(sample.state)
        tile.received_at = sample.received_at
        self._changed.add(tile.number)

    def judge(self, active: Iterable[Transition]) -> None:
        """Take over the alerts that are pending or firing now; whatever is not among them is over."""
        marks: dict[str, tuple[int, int, bool]] = {}
        for alert in active:
            series_id = f"{alert.site}/{alert.indicator}"
            marks[series_id] = _worse(marks.get(series_id, (0, 0, False)), alert)
        for series_id in self._marked | marks.keys():
            tile = self._by_series.get(series_id)
            mark = marks.get(series_id, (0, 0, False))
            if tile is not None and mark != (tile.severity, tile.pending, tile.silent):
                tile.severity, tile.pending, tile.silent = mark
                self._changed.add(tile.number)
        self._marked = set(marks)

    def age(self, now: Micros) -> dict[str, int]:
        """Mark the tiles that went silent or came back; count tiles by condition."""
        counts = dict.fromkeys(("ok", "info", "warning", "critical", "stale", "waiting"), 0)
        for tile in self.all:
            stale = tile.silent or (tile.value is not None and now - tile.at > tile.series.indicator.silent_after)
            if stale != tile.stale:
                tile.stale = stale
                self._changed.add(tile.number)
            counts[tile.condition] += 1
        return counts

    def take_changes(self) -> list[Row]:
        """The rows that changed since the last call, by number."""
        rows = [self.all[number].row for number in sorted(self._changed)]
        self._changed.clear()
        return rows


def _worse(mark: tuple[int, int, bool], alert: Transition) -> tuple[int, int, bool]:
    severity, pending, silent = mark
    if alert.kind is Kind.NO_DATA:
        return severity, pending, silent or alert.after is Status.FIRING
    if alert.after is Status.FIRING:
        severity = max(severity, int(alert.severity))
    elif alert.after is Status.PENDING:
        pending = max(pending, int(alert.severity))
    return severity, pending, silent


def latest(tile: Tile, apart: Sequence[tuple[Micros, Micros]]) -> dict[str, object]:
    """The newest value of a tile for readers; `apart` are stretches of receipt in which our clock was in doubt."""
    series = tile.series
    return {
        "series": series.id,
        "site": series.site.id,
        "field": series.shown_under,
        "indicator": series.indicator.id,
        "value": tile.value,
        "unit": series.indicator.unit,
        "at": tile.at if tile.value is not None else None,
        "state": tile.state,
        "severity": tile.severity,
        "pending": tile.pending,
        "stale": tile.stale,
        "clock_apart": any(start <= tile.received_at <= end for start, end in apart),
    }
