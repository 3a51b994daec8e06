"""Everything that follows what the engine has decided and brings it to the time-series database."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

from indicators.lookup import Catalogue
from ioc.alerting.ledger import Ledger
from ioc.alerting.outlet import Outlet as AlertOutlet
from ioc.alerting.reading import reading
from ioc.clock import Clock
from ioc.incidents.model import Incident
from ioc.incidents.outlet import Outlet as IncidentOutlet
from ioc.journal.cursors import Cursors
from ioc.journal.journal import Journal
from ioc.model import Rejection, Transition
from ioc.rollup.outlet import Outlet as RollupOutlet
from ioc.rollup.table import Table
from ioc.store.alert import alert_line
from ioc.store.bound_feed import BoundFeed
from ioc.store.config import InfluxConfig
from ioc.store.courier import Draft, topic
from ioc.store.feed import Feed
from ioc.store.feed import Parts as FeedParts
from ioc.store.incident import incident_line
from ioc.store.log_feed import Log, LogFeed, Row
from ioc.store.log_feed import Parts as LogParts
from ioc.store.sink import Sink
from ioc.store.writer import Parts as WriterParts
from ioc.store.writer import Writer
from ioc.telemetry import Counts

Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Feeds:
    """The parts of a centre that the database is fed from; `say` puts a transition into the words of a language."""

    config: InfluxConfig
    state: Path
    journal: Journal
    ledger: Ledger
    rollups: Table
    cursors: Cursors
    catalogue: Catalogue
    say: Callable[[Transition, str], str]
    session: aiohttp.ClientSession
    clock: Clock
    counts: Counts

    def works(self) -> dict[str, Work]:
        """What runs side by side; nothing where no database is used."""
        if not self.config.enabled:
            return {}
        return {
            "influx writer": self._writer().run,
            "influx roll-ups": self._rollup_feed().run,
            "influx alerts": self._follower("alerts", AlertOutlet(self.state), self._alert).run,
            "influx incidents": self._follower(
                "incidents", IncidentOutlet(partial(reading, self.state)), self._incident
            ).run,
            "influx bounds": BoundFeed(
                self.catalogue, self._refuse, self._sink(), self.config, self.clock, self.counts
            ).run,
        }

    def _writer(self) -> Writer:
        parts = WriterParts(self.journal, self.ledger, self.cursors, self._refuse)
        return Writer(parts, self._sink(), self.config, self.clock, self.counts)

    def _rollup_feed(self) -> Feed:
        parts = FeedParts(RollupOutlet(self.rollups, self.catalogue.indicators), self.cursors, self._refuse)
        return Feed(parts, self.config, self.session, self.clock, self.counts)

    def _follower(self, name: str, log: Log[Row], draft: Callable[[int, Row], Draft]) -> LogFeed[Row]:
        parts = LogParts(log, draft, self.cursors, self._refuse)
        return LogFeed(name, parts, self._sink(), self.config, self.clock, self.counts)

    def _alert(self, number: int, told: Transition) -> Draft:
        where = topic(told.site, told.field, told.indicator)
        return Draft(where, lambda: alert_line(number, told, self.say(told, "vi")))

    def _incident(self, _: int, one: Incident) -> Draft:
        return Draft(topic(one.site, one.field, "incident"), partial(incident_line, one))

    def _sink(self) -> Sink:
        return Sink(self.config, self.session)

    async def _refuse(self, rejections: Sequence[Rejection]) -> None:
        await self.journal.append([], rejections)
