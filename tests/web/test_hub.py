"""Frames to browsers that keep up, fall behind, come back, and leave."""

import asyncio

import pytest

from ioc.clock import SystemClock
from ioc.telemetry import Counts
from ioc.web.hub import RETRY, Hub, event


@pytest.fixture
def hub() -> Hub:
    return Hub("g1", limit=2, backlog=3, counts=Counts())


def snapshot() -> bytes:
    return b"snapshot"


async def test_new_browser_gets_a_snapshot_and_then_every_frame(hub: Hub) -> None:
    frames = hub.frames(None, snapshot)
    assert await anext(frames) == RETRY
    assert await anext(frames) == b"snapshot"
    hub.publish(1, b"one")
    hub.publish(2, b"two")
    assert [await anext(frames), await anext(frames)] == [b"one", b"two"]


async def test_browser_that_falls_behind_loses_old_frames_and_starts_again_from_a_snapshot(hub: Hub) -> None:
    frames = hub.frames(None, snapshot)
    assert [await anext(frames), await anext(frames)] == [RETRY, b"snapshot"]
    for tick in range(1, 100):
        hub.publish(tick, b"%d" % tick)
    assert await anext(frames) == b"snapshot"
    hub.publish(100, b"100")
    assert await anext(frames) == b"100"


async def test_browser_that_comes_back_gets_only_what_it_missed(hub: Hub) -> None:
    for tick in range(1, 6):
        hub.publish(tick, b"%d" % tick)
    frames = hub.frames("g1-3", snapshot)
    assert [await anext(frames) for _ in range(3)] == [RETRY, b"4", b"5"]


@pytest.mark.parametrize("last", ["g1-1", "g0-4", "g1-x", "g1-9", "", "-", "g1-", "g1-²", "g1-" + "9" * 5000])
async def test_browser_whose_last_id_does_not_fit_gets_a_snapshot(hub: Hub, last: str) -> None:
    for tick in range(1, 6):
        hub.publish(tick, b"%d" % tick)
    frames = hub.frames(last, snapshot)
    assert [await anext(frames) for _ in range(2)] == [RETRY, b"snapshot"]


async def test_forgetting_makes_everybody_start_again(hub: Hub) -> None:
    frames = hub.frames(None, snapshot)
    assert [await anext(frames), await anext(frames)] == [RETRY, b"snapshot"]
    hub.publish(1, b"one")
    hub.forget()
    assert await anext(frames) == b"snapshot"


async def test_browser_that_leaves_makes_room(hub: Hub) -> None:
    first, second = hub.frames(None, snapshot), hub.frames(None, snapshot)
    await anext(first)
    await anext(second)
    assert hub.is_full
    await first.aclose()  # type: ignore[attr-defined]
    assert not hub.is_full


async def test_closing_ends_a_stream_that_waits(hub: Hub) -> None:
    frames = hub.frames(None, snapshot)
    assert [await anext(frames), await anext(frames)] == [RETRY, b"snapshot"]
    waiting = asyncio.ensure_future(anext(frames, None))
    await SystemClock().sleep(0)
    hub.close()
    assert await asyncio.wait_for(waiting, 1) is None
    assert hub.is_full


def test_event_is_one_block_with_its_id() -> None:
    assert event("delta", [1, "é\n"], "g1-7") == 'id: g1-7\nevent: delta\ndata: [1,"é\\n"]\n\n'.encode()
