"""Writes the courses of all limits and targets to the database: at the start and once a day.

They follow from the catalogue alone, so there is no cursor: everything is written again, and the same corners come out.
The edition goes last, so that no wall sees half of a new one.
"""

import asyncio
from collections.abc import Iterator
from functools import partial
from itertools import islice

import structlog

from indicators.course import Corner, Courses, edition, stretch
from indicators.lookup import Catalogue
from ioc.clock import Clock
from ioc.model import Micros
from ioc.store.bound import bound_line, edition_line
from ioc.store.config import InfluxConfig
from ioc.store.courier import Courier, Draft, Links, Refuse, topic
from ioc.store.sink import Sink
from ioc.telemetry import Counts, Link

EVERY_SECONDS = 86_400.0
log = structlog.get_logger("ioc.store")


class BoundFeed:
    """The writer of limits and targets."""

    def __init__(
        self, catalogue: Catalogue, refuse: Refuse, sink: Sink, config: InfluxConfig, clock: Clock, counts: Counts
    ) -> None:
        """`refuse` keeps lines that the database will never take as dead letters."""
        self._catalogue = catalogue
        self._config = config
        self._clock = clock
        self._counts = counts
        links = Links(Link("influxdb-bounds", counts), Link("influx-bound-feed", counts))
        self._courier = Courier(sink, refuse, links, clock, _nothing)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._write(self._clock.now())
            await self._clock.sleep(EVERY_SECONDS)

    async def _write(self, now: Micros) -> None:
        drafts, written, refused = drafts_of(self._catalogue, now), 0, 0
        while batch := await asyncio.to_thread(lambda: list(islice(drafts, self._config.batch))):
            refused += await self._courier.deliver(batch)
            written += len(batch)
        number = edition(self._catalogue)
        await self._courier.deliver([Draft("", partial(edition_line, number, now))])
        self._counts.add("bound_points_written", written - refused)
        self._counts.add("bound_points_refused", refused)
        log.info("limits and targets written", points=written - refused, edition=number)


def drafts_of(catalogue: Catalogue, now: Micros) -> Iterator[Draft]:
    """A line for every corner in the years around `now`."""
    courses, number = Courses(catalogue, stretch(now)), edition(catalogue)
    for site, indicator in courses.series():
        field = catalogue.indicators[indicator].field
        for corner in courses.corners(site, indicator):
            yield _draft(site, field, indicator, corner, number)


def _draft(site: str, field: str, indicator: str, corner: Corner, number: int) -> Draft:
    return Draft(topic(site, field, indicator), partial(bound_line, site, field, indicator, corner, number))


def _nothing() -> None:
    """There is no lag to measure."""
