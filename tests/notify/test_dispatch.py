"""The outbox is emptied at least once, and every outcome is written down."""

import asyncio
import time

import msgspec

from ioc.clock import ManualClock
from ioc.errors import IocError, OutcomeUnknownError, PermanentError, TemporaryError
from ioc.model import HOUR, Micros, Notification
from ioc.notify.dispatch import AT_A_TIME, GIVE_UP, Dispatcher, Outcome
from ioc.telemetry import Counts
from tests.notify.test_sentence import T0, transition


class Table:
    """An outbox with one message."""

    def __init__(self, channel: str = "probe") -> None:
        told = transition()
        self.message = Notification("duty", channel, "x", told.incident, told.revision, told, "", "")
        self.next_try: Micros | None = T0
        self.attempts = 0
        self.outcomes: list[tuple[Outcome, str]] = []

    def due(self, now: Micros, limit: int) -> list[tuple[int, Notification, int]]:
        assert limit > 0
        return [(1, self.message, self.attempts)] if self.next_try is not None and self.next_try <= now else []

    def settle(self, number: int, outcome: Outcome, next_try: Micros | None, detail: str) -> None:
        assert number == 1
        self.attempts += 1
        self.next_try = next_try
        self.outcomes.append((outcome, detail))


class Probe:
    name = "probe"

    def __init__(self, *answers: IocError | None) -> None:
        self.answers = list(answers)
        self.sent: list[Notification] = []

    async def send(self, notification: Notification) -> None:
        self.sent.append(notification)
        if answer := self.answers.pop(0):
            raise answer


async def dispatch(table: Table, probe: Probe, seconds: float = 0.0, rounds: int = 1) -> None:
    clock = ManualClock(T0)
    dispatcher = Dispatcher(table, {"probe": probe}, clock, Counts())
    task = asyncio.create_task(dispatcher.run())
    for _ in range(rounds):
        seen = len(table.outcomes)
        dispatcher.wake()
        async with asyncio.timeout(5):
            while len(table.outcomes) == seen:  # noqa: ASYNC110 - another thread settles
                await asyncio.sleep(0.005)  # noqa: TID251
        clock.move(seconds)
    task.cancel()
    await asyncio.wait({task})


async def test_sent_is_settled_once() -> None:
    table, probe = Table(), Probe(None)
    await dispatch(table, probe)
    assert table.outcomes == [("sent", "")]
    assert len(probe.sent) == 1


async def test_temporary_failure_is_tried_again() -> None:
    table = Table()
    await dispatch(table, Probe(TemporaryError("http-503", 30.0), None), seconds=31, rounds=2)
    assert table.outcomes == [("retry", "http-503"), ("sent", "")]


async def test_retry_after_is_honoured() -> None:
    table = Table()
    await dispatch(table, Probe(TemporaryError("http-429", 30.0)))
    assert table.next_try == T0 + 30_000_000


async def test_permanent_failure_is_final() -> None:
    table = Table()
    await dispatch(table, Probe(PermanentError("http-400", "no")))
    assert table.outcomes == [("failed", "http-400: no")]
    assert table.next_try is None


async def test_unknown_outcome_is_said_again_under_the_same_name_and_then_left() -> None:
    table = Table()
    probe = Probe(*[OutcomeUnknownError("cut")] * 3)
    await dispatch(table, probe, seconds=301, rounds=3)
    assert [outcome for outcome, _ in table.outcomes] == ["unknown"] * 3
    assert table.next_try is None
    assert len({(n.incident, n.revision) for n in probe.sent}) == 1


async def test_unreachable_for_ever_is_given_up() -> None:
    table = Table()
    table.attempts = GIVE_UP - 2
    await dispatch(table, Probe(*[TemporaryError("unreachable", 60.0)] * 2), seconds=61, rounds=2)
    assert [outcome for outcome, _ in table.outcomes] == ["retry", "failed"]


async def test_late_statistic_is_not_given_up_for_its_age() -> None:
    table = Table()
    told = msgspec.structs.replace(table.message.transition, at=T0 - 240 * HOUR)
    table.message = msgspec.structs.replace(table.message, transition=told)
    await dispatch(table, Probe(TemporaryError("unreachable", 60.0)))
    assert [outcome for outcome, _ in table.outcomes] == ["retry"]


async def test_fault_in_a_channel_fails_its_message_and_no_other() -> None:
    table = Table()
    probe = Probe(ValueError("a line break in an address"))  # type: ignore[arg-type]
    await dispatch(table, probe)
    assert table.outcomes == [("failed", "ValueError")]


async def test_unconfigured_channel_fails_with_that_reason() -> None:
    table = Table(channel="pigeon")
    await dispatch(table, Probe())
    assert table.outcomes == [("failed", "no channel 'pigeon' is configured")]


async def test_providers_number_is_written_down() -> None:
    class Numbering(Probe):
        async def send(self, notification: Notification) -> str:  # type: ignore[override]
            await super().send(notification)
            return "m-1"

    table = Table()
    await dispatch(table, Numbering(None))
    assert table.outcomes == [("sent", "m-1")]


async def test_outbox_that_cannot_be_used_is_waited_for_and_nothing_is_said_twice() -> None:
    class Locked(Table):
        refusals = 3

        def settle(self, number: int, outcome: Outcome, next_try: Micros | None, detail: str) -> None:
            if self.refusals:
                self.refusals -= 1
                raise TemporaryError("state-db")
            super().settle(number, outcome, next_try, detail)

    table, probe = Locked(), Probe(None)
    await dispatch(table, probe)
    assert table.outcomes == [("sent", "")]
    assert len(probe.sent) == 1


async def test_channel_down_for_an_hour_loses_nothing() -> None:
    table = Table()
    down = [TemporaryError("unreachable") for _ in range(40)]
    probe = Probe(*down, None)
    clock = ManualClock(T0)
    dispatcher = Dispatcher(table, {"probe": probe}, clock, Counts())
    task = asyncio.create_task(dispatcher.run())
    async with asyncio.timeout(10):
        while table.next_try is not None:
            clock.move(100.0)
            dispatcher.wake()
            await asyncio.sleep(0.002)  # noqa: TID251
    task.cancel()
    await asyncio.wait({task})
    assert [outcome for outcome, _ in table.outcomes] == ["retry"] * 40 + ["sent"]
    assert clock.now() - T0 > HOUR


class Shelf:
    """An outbox with many messages, read slowly: a settled row may still be in an answer that was begun before."""

    def __init__(self, *channels: str) -> None:
        told = transition()
        self.rows = {
            number: Notification("duty", channel, "x", told.incident, number, told, "", "")
            for number, channel in enumerate(channels, 1)
        }
        self.sent: list[int] = []

    def due(self, now: Micros, limit: int) -> list[tuple[int, Notification, int]]:
        assert now
        rows = [(number, message, 0) for number, message in sorted(self.rows.items())][:limit]
        time.sleep(0.003)  # noqa: TID251
        return rows

    def settle(self, number: int, outcome: Outcome, next_try: Micros | None, detail: str) -> None:
        assert (outcome, next_try, detail) == ("sent", None, "")
        del self.rows[number]


class Timed:
    def __init__(self, name: str, seconds: float) -> None:
        self.name = name
        self.seconds = seconds
        self.sent: list[int] = []

    async def send(self, notification: Notification) -> None:
        self.sent.append(notification.revision)
        await asyncio.sleep(self.seconds)  # noqa: TID251


async def test_channel_that_hangs_delays_no_other() -> None:
    shelf = Shelf(*["hangs"] * 200, *["quick"] * 30)
    hangs, quick = Timed("hangs", 60.0), Timed("quick", 0.0)
    dispatcher = Dispatcher(shelf, {"hangs": hangs, "quick": quick}, ManualClock(T0), Counts())
    task = asyncio.create_task(dispatcher.run())
    async with asyncio.timeout(2):
        while len(quick.sent) < 30:  # noqa: ASYNC110 - another thread reads the outbox
            await asyncio.sleep(0.005)  # noqa: TID251
    task.cancel()
    await asyncio.wait({task})
    assert len(hangs.sent) == AT_A_TIME


async def test_nothing_is_said_twice_while_the_outbox_is_read() -> None:
    shelf = Shelf(*["quick"] * 300)
    quick = Timed("quick", 0.001)
    task = asyncio.create_task(Dispatcher(shelf, {"quick": quick}, ManualClock(T0), Counts()).run())
    async with asyncio.timeout(10):
        while shelf.rows:  # noqa: ASYNC110 - another thread settles
            await asyncio.sleep(0.005)  # noqa: TID251
    task.cancel()
    await asyncio.wait({task})
    assert sorted(quick.sent) == list(range(1, 301))
