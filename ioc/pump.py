"""From a collector to the journal: take a batch, judge it, commit it, acknowledge it. In that order, always."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

import msgspec
import structlog

from ioc.clock import Clock
from ioc.errors import JournalError
from ioc.model import Message, Micros, Reason, Rejection, Sample
from ioc.retry import Backoff
from ioc.telemetry import Counts

log = structlog.get_logger("ioc.pump")


class Source(Protocol):
    """Where messages come from; it bounds what is under way by waiting for `ack`."""

    name: str

    def batches(self) -> AsyncIterator[list[Message]]:
        """Non-empty batches, in order of arrival."""
        ...

    async def ack(self, tokens: Sequence[int]) -> None:
        """The messages with these tokens are committed."""
        ...


class Verdict(Protocol):
    """What became of one message."""

    @property
    def samples(self) -> list[Sample]:
        """Accepted."""
        ...

    @property
    def rejections(self) -> list[Rejection]:
        """Refused, each with its reason."""
        ...


class Appended(Protocol):
    """What became of a batch."""

    @property
    def stored(self) -> int:
        """New rows."""
        ...

    @property
    def duplicates(self) -> int:
        """Recognised again."""
        ...


class Journal(Protocol):
    """Where samples become accepted."""

    async def append(
        self, samples: Sequence[Sample], rejections: Sequence[Rejection], received: Mapping[str, int]
    ) -> Appended:
        """Durable on return, or JournalError and nothing kept. `received`: inputs by source, for the ledger."""
        ...


Judge = Callable[[Message, Micros], Verdict]
Told = Callable[[int, Verdict], None]
_list = msgspec.json.Decoder(list[msgspec.Raw])


def inputs(message: Message, verdict: Verdict) -> int:
    """How many inputs a message is, counted from its bytes and not from what was made of them.

    One, unless it is a list: then one for each item, except when the message was refused as a whole.
    """
    if message.payload.lstrip()[:1] == b"{":
        return 1
    if not verdict.samples and [rejection.position for rejection in verdict.rejections] == [None]:
        return 1
    try:
        return len(_list.decode(message.payload))
    except msgspec.MsgspecError:
        return _items(message.payload)


def _items(payload: bytes) -> int:
    """Intake looks at items that only the lenient decoder takes (NaN, other encodings), so they count here too."""
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        return 1
    return len(document) if isinstance(document, list) else 1


def _nobody(_token: int, _verdict: Verdict) -> None:
    """For sources whose senders are not told."""


class Pump:
    """One collector's way into the journal."""

    def __init__(
        self,
        source: Source,
        judge: Judge,
        journal: Journal,
        clock: Clock,
        counts: Counts,
        told: Told = _nobody,
    ) -> None:
        """`judge` turns a message and the time into samples and rejections; `told` hears so by the message's token."""
        self._source = source
        self._judge = judge
        self._journal = journal
        self._clock = clock
        self._counts = counts
        self._told = told
        self._backoff = Backoff(base=0.2, cap=5.0)

    async def run(self) -> None:
        """Until cancelled. While the journal cannot commit, nothing is acknowledged and the source is held back."""
        async for messages in self._source.batches():
            samples: list[Sample] = []
            rejections: list[Rejection] = []
            received: Counter[str] = Counter()
            now = self._clock.now()
            for message in messages:
                verdict = self._judge(message, now)
                self._told(message.token, verdict)
                samples.extend(verdict.samples)
                rejections.extend(verdict.rejections)
                received[message.source] += inputs(message, verdict)
            self._warn(rejections)
            self._take(received)
            appended = await self._commit(samples, rejections, received)
            await self._source.ack([message.token for message in messages])
            self._count(appended, rejections, received)

    def _warn(self, rejections: list[Rejection]) -> None:
        """Say that somebody speaks for another place: the first of a batch, since a flood must not fill the log."""
        spoofs = [rejection for rejection in rejections if rejection.reason is Reason.SPOOF]
        if spoofs:
            first = spoofs[0]
            where = {"source": first.source, "topic": first.topic, "detail": first.detail}
            log.warning("security event", kind="spoof", times=len(spoofs), **where)

    def _take(self, received: Mapping[str, int]) -> None:
        for source, n in received.items():
            self._counts.set("ledger_pipeline", n, source=source)
            self._counts.add("inputs_taken", n, source=source)

    async def _commit(
        self, samples: list[Sample], rejections: list[Rejection], received: Mapping[str, int]
    ) -> Appended:
        attempt = 0
        while True:
            try:
                return await self._journal.append(samples, rejections, received)
            except JournalError as error:
                attempt += 1
                if attempt == 1:
                    log.warning("journal refuses, source held back", source=self._source.name, error=str(error))
                await self._clock.sleep(self._backoff.delay(attempt))

    def _count(self, appended: Appended, rejections: list[Rejection], received: Mapping[str, int]) -> None:
        source = self._source.name
        for taken in received:
            self._counts.set("ledger_pipeline", 0, source=taken)
        self._counts.add("samples_stored", appended.stored, source=source)
        self._counts.add("samples_duplicate", appended.duplicates, source=source)
        for reason, n in Counter(rejection.reason for rejection in rejections).items():
            self._counts.add("dead_letters", n, source=source, reason=reason)
