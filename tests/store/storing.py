"""What tests of the writer join to it: an evaluator's findings, a clock that notes waits, a running writer."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp

from ioc.clock import Clock, ManualClock, SystemClock
from ioc.journal.cursors import Cursors
from ioc.journal.journal import Journal, JournalConfig
from ioc.model import SECOND, Rejection, Sample, Severity, State
from ioc.store.config import InfluxConfig
from ioc.store.database import authorization
from ioc.store.feed import Changes, Feed
from ioc.store.feed import Parts as FeedParts
from ioc.store.position import SEVERITIES, VALUES
from ioc.store.sink import Sink
from ioc.store.writer import Parts, Writer
from ioc.telemetry import Counts
from tests.support.servers import Server

T0 = 1_717_200_000 * SECOND + 123_457
PATIENCE = 20.0


class Findings:
    """What an evaluator would have found: entries up to `seq` judged, those in `found` not OK."""

    def __init__(self, seq: int = 1_000_000_000, found: Mapping[int, Severity] | None = None) -> None:
        self.seq = seq
        self.found = dict(found or {})
        self.lost = 0

    def cursor(self) -> int:
        return self.seq

    def severities(self, first_seq: int, last_seq: int) -> Mapping[int, Severity]:
        assert last_seq <= self.seq, "asked about what is not judged yet"
        return {seq: severity for seq, severity in self.found.items() if first_seq <= seq <= last_seq}

    def forgotten(self) -> int:
        return self.lost


class NotingClock(ManualClock):
    """Waits take no time and are noted."""

    def __init__(self) -> None:
        super().__init__(T0)
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await super().sleep(seconds)


def samples(n: int, start: int = 0, site: str = "") -> list[Sample]:
    """`n` samples of seven series, each with a time and a value of its own."""
    return [
        Sample(site or f"st-{i % 7}", "environment", "salinity", T0 + i * SECOND, i / 8, State(i % 4), "mqtt")
        for i in range(start, start + n)
    ]


class Bench:
    """A journal, findings and cursors with a writer between them and a database."""

    def __init__(self, journal: Journal, cursors: Cursors) -> None:
        self.journal = journal
        self.cursors = cursors
        self.findings = Findings()
        self.counts = Counts()
        self.refused: list[Rejection] = []

    async def refuse(self, rejections: object) -> None:
        await self.journal.append([], rejections)
        self.refused.extend(rejections)

    @asynccontextmanager
    async def writing(self, config: InfluxConfig, clock: Clock | None = None) -> AsyncIterator[None]:
        """A writer that runs meanwhile; what makes it end ends the test."""
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            parts = Parts(self.journal, self.findings, self.cursors, self.refuse)
            writer = Writer(parts, Sink(config, session), config, clock or SystemClock(), self.counts)
            task = group.create_task(writer.run())
            yield
            task.cancel()

    @asynccontextmanager
    async def feeding(self, changes: Changes, config: InfluxConfig, clock: Clock | None = None) -> AsyncIterator[None]:
        """A feed of roll-ups that runs meanwhile; what makes it end ends the test."""
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            parts = FeedParts(changes, self.cursors, self.refuse)
            task = group.create_task(Feed(parts, config, session, clock or SystemClock(), self.counts).run())
            yield
            task.cancel()

    def position(self) -> tuple[int, int]:
        return self.cursors.get(VALUES), self.cursors.get(SEVERITIES)

    async def written(self, seq: int | None = None) -> None:
        """Wait until everything (or up to `seq`) is written and complete."""
        await until(lambda: min(self.position()) >= (self.journal.tail if seq is None else seq))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something; fail after a while."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await SystemClock().sleep(0.01)


async def ask(server: Server, statement: str) -> None:
    """Run a statement and wait for its end, which comes after the headers."""
    headers = authorization(InfluxConfig(username="root", password="r"))
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(server.url + "/query", data={"q": statement}) as answer,
    ):
        text = await answer.text()
        assert answer.status == 200, text
        assert "error" not in text, text


@asynccontextmanager
async def bench(directory: Path) -> AsyncIterator[Bench]:
    with _cursors(directory / "cursors.db") as cursors:
        async with Journal(JournalConfig(directory=directory / "journal"), SystemClock(), Counts()) as journal:
            yield Bench(journal, cursors)


@contextmanager
def _cursors(path: Path) -> Iterator[Cursors]:
    cursors = Cursors(path)
    yield cursors
    cursors.close()
