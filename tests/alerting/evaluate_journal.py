"""A process that evaluates a recorded journal: `python evaluate_journal.py JOURNAL STATE STOP`.

Goes on where STATE stands and shows only the first STOP entries. Prints the cursor after every commit, then `idle`
when a tick has followed the last one; lives until it is killed.
"""

import asyncio
import sys
from pathlib import Path

import msgspec
from bed import MemoryLog, stations, tell_one
from wide_bed import book, catalogue

from ioc.alerting.evaluator import Evaluator
from ioc.alerting.ledger import Ledger
from ioc.alerting.turn import Turn
from ioc.clock import SystemClock
from ioc.incidents.clerk import Clerk
from ioc.model import DAY, Entry, Micros
from ioc.telemetry import Counts
from tests.incidents.bed import RULES

BATCH = 3


class RecordedLog(MemoryLog):
    """Gives out a few entries at a time and remembers how far it was read."""

    position = 0

    def read(self, after: int, limit: int) -> list[Entry]:
        self.position = after
        return super().read(after, min(limit, BATCH))


class RecordedClock(SystemClock):
    """Shows the last moment before the next entry arrives; after the last entry, a day later."""

    def __init__(self, log: RecordedLog) -> None:
        self._log = log

    def now(self) -> Micros:
        position = self._log.position
        if position < len(self._log.kept):
            return self._log.kept[position].sample.received_at - 1
        return self._log.kept[-1].sample.received_at + DAY

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 50)


class SpokenLedger(Ledger):
    """Says what it has committed."""

    def commit(self, turn: Turn) -> None:
        super().commit(turn)
        say(turn.cursor)


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def evaluate(kept: list[Entry], state: Path, stop: int) -> None:
    log = RecordedLog(kept)
    log.visible = stop
    clock = RecordedClock(log)
    ledger = SpokenLedger(state, Clerk(RULES, clock.now).take)
    evaluator = Evaluator(log, ledger, stations(), clock, Counts(), tell_one, book(catalogue()))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(evaluator.run())
        await evaluator.judged_beyond(stop - 1)
        await clock.sleep(2)
        say("idle")


if __name__ == "__main__":
    recorded = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=list[Entry])
    asyncio.run(evaluate(recorded, Path(sys.argv[2]), int(sys.argv[3])))
