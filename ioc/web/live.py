"""The live view: follows the journal and the alerts, keeps the tiles, and tells every browser once per tick."""

from collections.abc import Sequence

from indicators.spec import Series
from ioc.clock import played_speed
from ioc.errors import JournalError, TemporaryError
from ioc.model import HOUR, Micros, Transition
from ioc.telemetry import Link
from ioc.web.bulletin import Notice, key, notice, standing
from ioc.web.config import WebConfig
from ioc.web.document import Document, describe, in_order
from ioc.web.hub import Hub, event
from ioc.web.ports import Parts
from ioc.web.tiles import Row, Tile, Tiles

PAGE = 1_000
PAGES_PER_TICK = 20
EVENTS_READ = 100
LATE_TICKS = 10
BREATH = 0.1


class LiveView:
    """What the wall shows now. One task calls `run`; everything happens on the event loop, in `tick`."""

    def __init__(self, parts: Parts, config: WebConfig) -> None:
        """Reads nothing yet."""
        self.parts = parts
        self.hub = Hub(f"{parts.clock.now():x}", config.streams, config.backlog, parts.counts)
        self.tiles = Tiles(())
        self.notices: list[Notice] = []
        self.document: Document = describe(parts.catalogue, (), 0, config)
        self.config = config
        self._link = Link("live-view", parts.counts)
        self._hour = 0
        self._cursor = 0
        self._tick = 0
        self._ticked_at = float("-inf")
        self._summary: dict[str, int] = {}
        self._alerts: tuple[list[Transition], int | None] = ([], None)
        self._snapshot: bytes | None = None

    @property
    def is_current(self) -> bool:
        """Whether the last tick that succeeded is recent."""
        late = self.parts.clock.monotonic() - self._ticked_at
        return late <= LATE_TICKS * self.config.tick_seconds

    async def run(self) -> None:
        """Tick for ever, at one pace however long a tick takes; others get a breath even if it takes too long."""
        clock, every = self.parts.clock, self.config.tick_seconds
        due = clock.monotonic()
        while True:
            try:
                self.tick()
            except (JournalError, TemporaryError) as error:  # the next tick goes on where this one stopped
                self._link.down(str(error))
            else:
                self._link.up()
            now = clock.monotonic()
            due = max(due + every, now + every * BREATH)
            await clock.sleep(due - now)

    def tick(self) -> None:
        """Catch up with the journal and the alerts, and publish what changed."""
        self._tick += 1
        now = self.parts.clock.now()
        if now // HOUR != self._hour:
            self._start_hour(now)
        self._follow()
        frame = self._judge()
        self._summary = self.tiles.age(now)
        if changes := self.tiles.take_changes():
            frame = event("delta", changes) + frame
        self._snapshot = None
        self.hub.publish(self._tick, frame + event("clock", self._clock(), self.hub.id_of(self._tick)))
        self._ticked_at = self.parts.clock.monotonic()

    def snapshot(self) -> bytes:
        """The whole view as of the last tick, as one event; encoded once per tick at most."""
        if self._snapshot is None:
            whole = {"catalogue": self.document.etag, "tiles": self.rows(), "alerts": self.notices}
            self._snapshot = event("snapshot", whole | {"clock": self._clock()}, self.hub.id_of(self._tick))
        return self._snapshot

    def rows(self) -> list[Row]:
        """Every tile."""
        return [tile.row for tile in self.tiles.all]

    def tile(self, series_id: str) -> Tile | None:
        """The tile of one series."""
        return self.tiles.find(series_id)

    def _start_hour(self, now: Micros) -> None:
        # What is watched changes with the day, and some limits hold for some hours only.
        catalogue = self.parts.catalogue
        series = in_order(catalogue, catalogue.series(now))
        document = describe(catalogue, series, now, self.config)
        if document != self.document:
            self._start_over(series, now)
            self.document = document
        self._hour = now // HOUR

    def _start_over(self, series: Sequence[Series], now: Micros) -> None:
        cursor, newest = self.parts.log.tail, self.parts.log.latest()
        self.tiles, self._cursor = Tiles(series), cursor
        for entry in newest:
            self.tiles.show(entry.sample)
        self.tiles.judge(self._alerts[0])
        self.tiles.age(now)
        self.tiles.take_changes()
        self.hub.forget()

    def _follow(self) -> None:
        for _ in range(PAGES_PER_TICK):
            entries = self.parts.log.read(self._cursor, PAGE)
            for entry in entries:
                self.tiles.show(entry.sample)
            if entries:
                self._cursor = entries[-1].seq
            if len(entries) < PAGE:
                break
        self.parts.counts.set("web_lag", max(0, self.parts.log.tail - self._cursor))

    def _judge(self) -> bytes:
        alerts = self.parts.alerts
        newest = alerts.events(1, None)
        seen = (alerts.active(), newest[0][0] if newest else None)
        if seen == self._alerts:
            return b""
        self._alerts = seen
        self.tiles.judge(seen[0])
        known = {(old.key, old.status, old.at, old.revision): old for old in self.notices}
        self.notices = [
            known.get((key(step), step.after, step.at, step.revision)) or notice(step, self.parts.sentence)
            for step in standing(seen[0], alerts.events(EVENTS_READ, None), self.parts.clock.now())
        ]
        return event("alerts", self.notices)

    def _clock(self) -> dict[str, object]:
        clock = self.parts.clock
        return {"now": clock.now(), "played": played_speed(clock), "counts": self._summary}
