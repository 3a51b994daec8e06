"""A centre served on the loopback, and visits to its pages."""

import shutil
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from ioc.model import DAY, MINUTE, State
from tests.web.centre import Centre, at_work, centre
from tests.web.visit import CHROMIUM, FLAGS, Visit


@pytest.fixture
def place() -> Centre:
    return centre()


@pytest.fixture
async def web(place: Centre) -> AsyncIterator[aiohttp.ClientSession]:
    async with at_work(place) as address, aiohttp.ClientSession(address) as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    assert shutil.which(CHROMIUM), "the browser tests need Chromium: apt-get install chromium"
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="module")
async def address(place: Centre) -> AsyncIterator[str]:
    place.sample("chau-thanh/salinity", 1234.5, age=3 * MINUTE)
    place.sample("chau-thanh/insurance-cover", 91.2, age=5 * DAY, state=State.ESTIMATE)
    async with at_work(place) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser, address: str) -> AsyncIterator[Visit]:
    # Each visit has a context of its own: what one reader's browser remembers is no other's.
    page = await browser.new_page(viewport={"width": 1400, "height": 900})
    visit = Visit(page, address)
    yield visit
    assert visit.complaints == []
    assert [url for url in visit.asked if not url.startswith(address)] == []
    await visit.page.close()
