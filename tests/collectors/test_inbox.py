"""The inbox bounds without dropping."""

import asyncio

from collectors.inbox import Inbox
from ioc.model import Message


class Gate:
    def __init__(self, limit: int = 4, limit_bytes: int = 1000) -> None:
        self.calls: list[str] = []
        self.inbox = Inbox(limit, limit_bytes, lambda: self.calls.append("pause"), lambda: self.calls.append("resume"))

    def fill(self, *payloads: bytes) -> None:
        for token, payload in enumerate(payloads, len(self.inbox)):
            self.inbox.put(Message("t", payload, token, "test"))


async def test_inbox_full_pauses_once_and_resumes_below_half() -> None:
    gate = Gate(limit=4)
    gate.fill(b"a", b"b", b"c")
    assert gate.calls == []
    gate.fill(b"d")
    assert gate.calls == ["pause"]
    await gate.inbox.take(2)
    assert gate.calls == ["pause"]
    await gate.inbox.take(1)
    assert gate.calls == ["pause", "resume"]


async def test_inbox_full_by_bytes_pauses_and_resumes() -> None:
    gate = Gate(limit=100, limit_bytes=10)
    gate.fill(b"123456", b"7890")
    assert gate.inbox.paused
    assert [m.payload for m in await gate.inbox.take(1)] == [b"123456"]
    assert not gate.inbox.paused


async def test_inbox_of_one_pauses_and_resumes() -> None:
    gate = Gate(limit=1)
    gate.fill(b"a")
    await gate.inbox.take(1)
    assert gate.calls == ["pause", "resume"]


async def test_inbox_put_while_paused_keeps_the_message() -> None:
    gate = Gate(limit=2)
    gate.fill(b"a", b"b", b"c")
    assert [m.payload for m in await gate.inbox.take(10)] == [b"a", b"b", b"c"]


async def test_taker_waits_for_the_first_message() -> None:
    gate = Gate()
    taking = asyncio.create_task(gate.inbox.take(10))
    for _ in range(3):
        await asyncio.wait({taking}, timeout=0)
    assert not taking.done()
    gate.fill(b"a")
    assert [m.payload for m in await taking] == [b"a"]


async def test_room_waits_until_resumed() -> None:
    gate = Gate(limit=1)
    gate.fill(b"a")
    waiting = asyncio.create_task(gate.inbox.room())
    await asyncio.wait({waiting}, timeout=0)
    assert not waiting.done()
    await gate.inbox.take(1)
    await asyncio.wait_for(waiting, 1)
