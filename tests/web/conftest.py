"""A centre served on the loopback."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.web.centre import Centre, at_work, centre


@pytest.fixture
def place() -> Centre:
    return centre()


@pytest.fixture
async def web(place: Centre) -> AsyncIterator[aiohttp.ClientSession]:
    async with at_work(place) as address, aiohttp.ClientSession(address) as session:
        yield session
