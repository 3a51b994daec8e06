"""The feed of limits and targets: what walls draw is what judged at that time."""

import asyncio
from pathlib import Path

import aiohttp

from indicators.course import Courses, edition, stretch
from ioc.clock import SystemClock
from ioc.model import DAY, Micros, Severity
from ioc.store.bound_feed import BoundFeed
from ioc.store.config import InfluxConfig
from ioc.store.influxql import Reader
from ioc.store.sink import Sink
from tests.store.storing import bench, until
from tests.support.catalogue import STATION, small
from tests.support.servers import Server

MARCH: Micros = 1_741_748_400_000_000


class Spring(SystemClock):
    """A day in March 2025."""

    def now(self) -> Micros:
        return MARCH


async def test_feed_writes_the_corners_and_their_edition(influxd: Server, tmp_path: Path) -> None:
    catalogue, config = small(), InfluxConfig(url=influxd.url, batch=7)
    async with bench(tmp_path) as at, aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        feed = BoundFeed(catalogue, at.refuse, Sink(config, session), config, Spring(), at.counts)
        task = group.create_task(feed.run())
        await until(lambda: at.counts.value("bound_points_written") > 0)
        task.cancel()
        assert at.counts.value("bound_points_refused") == 0
        reader = Reader(config, session)
        (told,) = await reader.select('SELECT last("edition") AS "edition" FROM "bound_edition"')
        found = await reader.select(
            'SELECT "value", "held", "edition" FROM "bound" WHERE "site" = {site} GROUP BY "line"', site=STATION
        )
    assert told["edition"] == edition(catalogue)
    assert {row["edition"] for row in found} == {told["edition"]}
    corners = Courses(catalogue, stretch(MARCH)).corners(STATION, "salinity")
    assert {(row["time"], row["line"], row["held"]) for row in found} == {
        (one.at, one.line, int(one.value is not None)) for one in corners
    }
    assert {row["value"] for row in found if row["held"]} == {1, 4}
    ends = [row["time"] for row in found if not row["held"]]
    assert min(ends) - DAY < MARCH + 111 * DAY < max(ends), "the place closes on 30 June"
    assert {one.severity for one in catalogue.limits} == {Severity.WARNING, Severity.CRITICAL}
