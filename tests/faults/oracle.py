"""The method: every sample is unique, the producer notes what was acknowledged, a judge compares after recovery.

A sample is acknowledged once the broker's PUBACK is in, or `append` has returned. What was offered without an answer
may have arrived or not; offered again it must be there once.
"""

import secrets
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import TypeVar

import msgspec

from ioc.clock import SystemClock
from ioc.journal.reader import JournalReader
from ioc.model import Entry, moment
from tests.e2e.test_path import Point, messages, stored
from tests.support.publisher import Publisher
from tests.support.servers import Server

CLOCK = SystemClock()
PAGE = 20_000
T = TypeVar("T")


@dataclass(frozen=True)
class Verdict:
    """`lost`: acknowledged and not there. `doubled`: there more than once. `strange`: there and never offered.

    `astray`: inputs that the ledger cannot account for, summed over sources and hours.
    """

    accepted: int
    kept: int
    lost: int
    doubled: int
    strange: int
    astray: int = 0

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing twice, nothing from nowhere, and the books balance."""
        return self.accepted > 0 and not (self.lost or self.doubled or self.strange or self.astray)

    def __str__(self) -> str:
        return f"{self.lost} lost, {self.doubled} doubled, {self.astray} unaccounted of {self.accepted:,}"


class Tidy(Publisher):
    """Leaves no socket open when the broker goes away while it says hello."""

    def __init__(self, port: int, window: int) -> None:
        """As a publisher."""
        try:
            super().__init__(port, f"producer-{secrets.token_hex(4)}", window)
        except BaseException:
            for part in ("_stream", "_socket"):
                if part in self.__dict__:
                    getattr(self, part).close()
            raise


class Oracle:
    """What a producer has offered, and what of it was acknowledged."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.offered: set[Point] = set()
        self.accepted: set[Point] = set()

    def note(self, points: Iterable[Point]) -> None:
        """These were acknowledged."""
        self.accepted.update(points)

    def publish(self, port: int, points: Sequence[Point], each: int = 1, window: int = 100) -> None:
        """Publish `each` readings a message; what a window holds is noted when all its PUBACKs are in."""
        with Tidy(port, window) as publisher:
            for chunk in chunks(points, window * each):
                self.offered.update(chunk)
                publisher.publish(packed(chunk, each))
                self.note(chunk)

    def insist(self, port: int, points: Sequence[Point], each: int = 1, window: int = 100) -> int:
        """Publish all, whatever happens to the broker meanwhile; returns how often a connection was lost."""
        breaks = 0
        while missing := [point for point in points if point not in self.accepted]:
            try:
                self.publish(port, missing, each, window)
            except (OSError, AssertionError, IndexError):
                breaks += 1
                pause(0.05)
        return breaks

    def judge(self, kept: Iterable[Point]) -> Verdict:
        """Compare with what is there."""
        there = Counter(kept)
        doubled = sum(n - 1 for n in there.values())
        lost = len(self.accepted - there.keys())
        strange = len(there.keys() - self.offered)
        return Verdict(len(self.accepted), len(there), lost, doubled, strange)

    def judge_journal(self, directory: Path) -> Verdict:
        """Compare with the journal, and its ledger with itself."""
        reader = JournalReader(directory)
        try:
            verdict = self.judge(map(point, entries(reader)))
            astray = sum(abs(balance.difference) for balance in reader.ledger(0))
        finally:
            reader.close()
        return Verdict(verdict.accepted, verdict.kept, verdict.lost, verdict.doubled, verdict.strange, astray)

    def judge_database(self, influxd: Server) -> Verdict:
        """Compare with InfluxDB."""
        return self.judge(stored(influxd))


def entries(reader: JournalReader) -> Iterator[Entry]:
    """Everything in a journal."""
    after = 0
    while found := reader.read(after, PAGE):
        yield from found
        after = found[-1].seq


def point(entry: Entry) -> Point:
    """The identity of an entry."""
    sample = entry.sample
    return sample.site, sample.field, sample.indicator, sample.at, sample.value


def packed(points: Sequence[Point], each: int) -> Iterator[tuple[str, bytes]]:
    """Messages with up to `each` readings of one site."""
    if each == 1:
        yield from messages(list(points))
        return
    for site, of_site in groupby(points, key=lambda one: one[0]):
        for chunk in chunks(list(of_site), each):
            readings = [
                {"field": field, "indicator": indicator, "value": value, "at": moment(at).isoformat()}
                for _, field, indicator, at, value in chunk
            ]
            yield f"ioc/v1/{site}", msgspec.json.encode(readings)


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to `size` items."""
    waiting = iter(items)
    while chunk := list(islice(waiting, size)):
        yield chunk


def pause(seconds: float) -> None:
    """Let other processes work."""
    time.sleep(seconds)  # noqa: TID251 - other processes are watched
