"""What every collector offers to the engine."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from ioc.model import Message


class Collector(Protocol):
    """Fetches messages from one source and lets go of each only when told that it is safe.

    It counts with the label `source=<name>`: `received`, `acked`, `stale_acks`, `reconnects`; and keeps a Link.
    """

    @property
    def name(self) -> str:
        """The source, as it stands in every message, label and log line."""
        ...

    async def run(self) -> None:
        """Connect, receive and reconnect for ever; ends only by cancellation."""
        ...

    def batches(self) -> AsyncIterator[list[Message]]:
        """Messages in arrival order, in non-empty batches, as soon as there are any. For one consumer."""
        ...

    async def ack(self, tokens: Sequence[int]) -> None:
        """The messages of these tokens are committed; call it in arrival order.

        Tokens of an earlier connection are counted and ignored: the source sends those messages again.
        """
        ...
