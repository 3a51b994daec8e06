"""What most tests of channels need: a scripted provider, and a session to call it with."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.notify.provider import Provider, provider


@pytest.fixture
async def server() -> AsyncIterator[Provider]:
    async with provider() as scripted:
        yield scripted


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened
