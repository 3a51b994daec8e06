"""The live view: follows the journal and the alerts, keeps the tiles, and tells every browser once per tick."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from indicators.spec import Series
from ioc.clock import played_speed
from ioc.errors import JournalError, TemporaryError
from ioc.model import HOUR, Entry, Micros, Transition
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


class News(NamedTuple):
    """What a tick has read. `start`: what is watched anew, with the newest value of every series ever seen.

    `notices` is None when no alert has moved.
    """

    now: Micros
    start: tuple[Sequence[Series], Document, Sequence[Entry]] | None
    entries: Sequence[Entry]
    cursor: int
    lag: int
    alerts: tuple[list[Transition], int | None]
    notices: list[Notice] | None


class LiveView:
    """What the wall shows now. One task calls `run`: it reads in a thread of its own, and shows on the event loop."""

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
        self._thread = ThreadPoolExecutor(1, "live-view")

    @property
    def is_current(self) -> bool:
        """Whether the last tick that succeeded is recent."""
        late = self.parts.clock.monotonic() - self._ticked_at
        return late <= LATE_TICKS * self.config.tick_seconds

    async def run(self) -> None:
        """Tick for ever, at one pace however long a tick takes; others get a breath even if it takes too long."""
        clock, every = self.parts.clock, self.config.tick_seconds
        due = clock.monotonic()
        try:
            while True:
                await self._try()
                now = clock.monotonic()
                due = max(due + every, now + every * BREATH)
                await clock.sleep(due - now)
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _try(self) -> None:
        try:
            await self.turn()
        except (JournalError, TemporaryError) as error:  # the next tick goes on where this one stopped
            self._link.down(str(error))
        else:
            self._link.up()

    async def turn(self) -> None:
        """One tick. Reading may have to wait for the disk, or for others who read; the event loop does not.

        It does for the first: nobody is to be shown a place in which nothing is watched.
        """
        if not self._tick:
            self.tick()
            return
        self.show(await asyncio.get_running_loop().run_in_executor(self._thread, self.look))

    def tick(self) -> None:
        """One tick at once, where nobody minds the wait."""
        self.show(self.look())

    def look(self) -> News:
        """Read what is new in journal and alerts. For any thread, but for one at a time, and not while `show` works."""
        now, log = self.parts.clock.now(), self.parts.log
        cursor, start = self._cursor, None
        if now // HOUR != self._hour and (anew := self._anew(now)):
            cursor, start = log.tail, (*anew, log.latest())
        entries: list[Entry] = []
        for _ in range(PAGES_PER_TICK):
            page = log.read(cursor, PAGE)
            entries += page
            cursor = page[-1].seq if page else cursor
            if len(page) < PAGE:
                break
        return News(now, start, entries, cursor, max(0, log.tail - cursor), *self._alerts_now(now))

    def show(self, news: News) -> None:
        """Take over what was read, and publish what changed."""
        self._tick += 1
        self._hour = news.now // HOUR
        if news.start is not None:
            self._start_over(*news.start, news.now)
        for entry in news.entries:
            self.tiles.show(entry.sample)
        self._cursor = news.cursor
        self.parts.counts.set("web_lag", news.lag)
        frame = b""
        if news.notices is not None:
            self._alerts, self.notices = news.alerts, news.notices
            self.tiles.judge(news.alerts[0])
            frame = event("alerts", self.notices)
        self._summary = self.tiles.age(news.now)
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

    def _anew(self, now: Micros) -> tuple[Sequence[Series], Document] | None:
        """What is watched now, if that has changed: it does with the day, and some limits hold for some hours only."""
        catalogue = self.parts.catalogue
        series = in_order(catalogue, catalogue.series(now))
        document = describe(catalogue, series, now, self.config)
        return None if document == self.document else (series, document)

    def _start_over(self, series: Sequence[Series], document: Document, newest: Sequence[Entry], now: Micros) -> None:
        self.document, self.tiles = document, Tiles(series)
        for entry in newest:
            self.tiles.show(entry.sample)
        self.tiles.judge(self._alerts[0])
        self.tiles.age(now)
        self.tiles.take_changes()
        self.hub.forget()

    def _alerts_now(self, now: Micros) -> tuple[tuple[list[Transition], int | None], list[Notice] | None]:
        alerts = self.parts.alerts
        newest = alerts.events(1, None)
        seen = (alerts.active(), newest[0][0] if newest else None)
        if seen == self._alerts:
            return seen, None
        known = {(old.key, old.status, old.at, old.revision): old for old in self.notices}
        return seen, [
            known.get((key(step), step.after, step.at, step.revision)) or notice(step, self.parts.sentence)
            for step in standing(seen[0], alerts.events(EVENTS_READ, None), now)
        ]

    def _clock(self) -> dict[str, object]:
        clock = self.parts.clock
        return {"now": clock.now(), "played": played_speed(clock), "counts": self._summary}
