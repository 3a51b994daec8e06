"""Commit first, acknowledge after; never the other way round."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from structlog.testing import capture_logs

from ioc.clock import ManualClock
from ioc.errors import JournalError
from ioc.intake.judge import Verdict
from ioc.journal.partition import Appended
from ioc.model import Message, Micros, Reason, Rejection, Sample
from ioc.pump import Pump
from ioc.telemetry import Counts


class Source:
    name = "probe"

    def __init__(self, steps: list[str]) -> None:
        self.steps = steps
        self.done = asyncio.Event()

    async def batches(self) -> AsyncIterator[list[Message]]:
        yield [Message("t", b"good", 1, "probe"), Message("t", b"bad", 2, "probe")]
        self.done.set()
        await asyncio.Event().wait()

    async def ack(self, tokens: Sequence[int]) -> None:
        self.steps.append(f"ack {list(tokens)}")


class Journal:
    def __init__(self, steps: list[str], failures: int = 0) -> None:
        self.steps = steps
        self.failures = failures

    async def append(
        self, samples: Sequence[Sample], rejections: Sequence[Rejection], received: Mapping[str, int]
    ) -> Appended:
        assert sum(received.values()) == len(samples) + len(rejections)
        if self.failures:
            self.failures -= 1
            self.steps.append("refused")
            raise JournalError("disk full")
        self.steps.append(f"commit {len(samples)} {len(rejections)}")
        return Appended(len(samples), 0, len(rejections))


def judge(message: Message, now: Micros) -> Verdict:
    if message.payload == b"bad":
        return Verdict([], [Rejection(Reason.NOT_JSON, message.source, message.topic, message.payload, "")])
    return Verdict([Sample("s", "f", "i", now, 1.0, source=message.source)], [])


async def pumped(journal_failures: int = 0) -> tuple[list[str], Counts]:
    steps: list[str] = []
    source, counts = Source(steps), Counts()
    pump = Pump(source, judge, Journal(steps, journal_failures), ManualClock(), counts)
    task = asyncio.create_task(pump.run())
    async with asyncio.timeout(5):
        await source.done.wait()
    task.cancel()
    await asyncio.wait({task})
    return steps, counts


async def test_acknowledges_after_the_commit() -> None:
    steps, counts = await pumped()
    assert steps == ["commit 1 1", "ack [1, 2]"]
    assert counts.value("samples_stored", source="probe") == 1
    assert counts.value("dead_letters", source="probe", reason="not-json") == 1


async def test_holds_back_while_the_journal_refuses() -> None:
    steps, _ = await pumped(journal_failures=3)
    assert steps == ["refused", "refused", "refused", "commit 1 1", "ack [1, 2]"]


async def test_somebody_who_speaks_for_another_place_is_a_security_event() -> None:
    def spoofed(message: Message, now: Micros) -> Verdict:  # noqa: ARG001 - the pump's judge
        return Verdict([], [Rejection(Reason.SPOOF, message.source, message.topic, message.payload, "not yours")])

    source = Source([])
    pump = Pump(source, spoofed, Journal([]), ManualClock(), Counts())
    with capture_logs() as lines:
        task = asyncio.create_task(pump.run())
        async with asyncio.timeout(5):
            await source.done.wait()
        task.cancel()
    [event] = [line for line in lines if line["event"] == "security event"]
    assert (event["kind"], event["times"], event["topic"], event["detail"]) == ("spoof", 2, "t", "not yours")


async def test_source_is_told_what_became_of_each_message() -> None:
    told: dict[int, int] = {}
    source = Source([])
    pump = Pump(
        source, judge, Journal([]), ManualClock(), Counts(), lambda token, v: told.update({token: len(v.samples)})
    )
    task = asyncio.create_task(pump.run())
    async with asyncio.timeout(5):
        await source.done.wait()
    task.cancel()
    assert told == {1: 1, 2: 0}
