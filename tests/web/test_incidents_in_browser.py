"""The page of the incidents in a real browser."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from ioc.clock import PlayedClock, SystemClock
from ioc.model import MINUTE, Severity, Status
from tests.web.centre import NOW, at_work, centre
from tests.web.handled import Handled
from tests.web.visit import Visit, look

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def handled(tmp_path: Path) -> Iterator[Handled]:
    made = Handled(tmp_path, SystemClock())
    made.step("chau-thanh/salinity", "AAAA")
    made.step("ben-tre/pm25", "BBBB", severity=Severity.WARNING)
    yield made
    made.ledger.close()


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser, handled: Handled) -> AsyncIterator[Visit]:
    page = await browser.new_page(viewport={"width": 1400, "height": 900})
    async with at_work(centre(handling=handled.handling)) as address:
        visit = Visit(page, address)
        yield visit
        assert [url for url in visit.asked if not url.startswith(address)] == []
        await page.close()


async def test_an_incident_is_found_from_the_wall_and_taken_on_by_keyboard(visit: Visit, handled: Handled) -> None:
    page = await visit.open()
    await page.click("a[href='/incidents']")
    await page.wait_for_selector("body[data-ready]")
    await expect(page.locator(".case")).to_have_count(2)
    sheet = page.locator(".case", has_text="Huyện Châu Thành").or_(page.locator(".case", has_text="huyện Châu Thành"))
    await expect(sheet.locator(".word")).to_have_text("Nguy cấp")
    await expect(sheet.locator(".mark")).to_be_visible()
    await expect(sheet.locator(".case-stage")).to_have_text("chưa ai nhận")
    await expect(sheet.locator(".case-owner")).to_have_text("phụ trách: Sở Y tế")
    await expect(page.locator("#choose")).to_be_visible()
    await sheet.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#timeline li")).to_have_count(2)
    await expect(page.locator("#choose")).to_be_hidden()
    await expect(page.locator(".noted-at").first).to_contain_text("ghi nhận lúc")
    await page.locator("#by").fill("Trực ban <b>A</b>")
    await page.locator("#text").fill("đang đóng cống")
    await page.locator("#by").press("Enter")
    await expect(page.locator("#timeline li").first).to_contain_text("Nhận xử lý: đang đóng cống")
    await expect(sheet.locator(".case-held")).to_have_text("người nhận xử lý: Trực ban <b>A</b>")
    await expect(page.locator("[data-act=acknowledge]")).to_be_hidden()
    await page.locator("[data-act=unacknowledge]").press("Enter")
    await expect(page.locator("[data-act=unacknowledge]")).to_be_hidden()
    await expect(page.locator("#dossier")).to_be_focused()
    assert visit.complaints == []
    handled.step("chau-thanh/salinity", "AAAA", Status.RESOLVED)
    await expect(page.locator(".case")).to_have_count(1, timeout=15_000)
    await expect(page.locator("#dossier-facts")).to_contain_text("đã kết thúc")
    await page.locator("#all").check()
    await expect(page.locator(".case")).to_have_count(2)


async def test_header_tells_the_time_and_that_it_is_played_and_alerts_what_is_measured_now(
    browser: Browser, tmp_path: Path
) -> None:
    clock = PlayedClock(NOW, SystemClock().now(), 60)
    handled = Handled(tmp_path, clock)
    handled.step("chau-thanh/salinity", "AAAA")
    place = centre(clock, handling=handled.handling)
    place.sample("chau-thanh/salinity", 3.25, age=2 * MINUTE)
    page = await browser.new_page()
    async with at_work(place) as address:
        await page.goto(f"{address}/incidents")
        await expect(page.locator("#played")).to_have_text("giờ mô phỏng, nhanh ×60")
        await expect(page.locator("#time")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
        told = await page.locator("#time").text_content()
        await expect(page.locator("#time")).not_to_have_text(told or "")
        await expect(page.locator(".case .figure-now")).to_have_text(re.compile("hiện nay 3,25 g/L, đo .* trước"))
        await page.locator(".case").click()
        figure = page.locator("#dossier-alerts .figure-now")
        await expect(figure).to_have_text(re.compile("hiện nay 3,25 g/L"))
        place.sample("chau-thanh/salinity", 3.5)
        await expect(figure).to_have_text(re.compile("hiện nay 3,50 g/L"), timeout=15_000)
        await page.click("#languages [lang=en]")
        await expect(figure).to_have_text(re.compile(r"now 3\.50 g/L, measured .* ago"))
        await page.click("a[href='/books']")
        await expect(page.locator("#played")).to_have_text("simulated time, ×60")
        await page.close()
    handled.ledger.close()


async def test_what_is_refused_is_said_beside_the_form_in_the_readers_language(visit: Visit) -> None:
    page = visit.page
    await page.goto(f"{visit.address}/incidents")
    await page.locator(".case").first.click()
    await page.locator("#by").fill("A")
    await page.click("[data-act=resolve]")
    await expect(page.locator("#refusal")).to_have_text("Thiếu nội dung: comment.")
    await page.click("#languages [lang=en]")
    await page.click("[data-act=resolve]")
    await expect(page.locator("#refusal")).to_have_text("The text is missing: comment.")
    await expect(page.locator("h1")).to_have_text("Incidents")


async def test_a_place_is_silenced_for_a_while_and_the_silence_ended(visit: Visit, handled: Handled) -> None:
    page = visit.page
    await page.goto(f"{visit.address}/incidents")
    await page.locator(".case").first.click()
    await page.locator("#by").fill("A")
    await page.locator("#text").fill("hiệu chuẩn")
    await page.click(".more summary")
    await page.locator("#silence").select_option("4h")
    await page.click("[data-act=silence]")
    await expect(page.locator("#silences li")).to_contain_text("hiệu chuẩn")
    (silence,) = handled.handling.register.silences(handled.clock.now())
    assert silence.end - silence.start <= 4 * 3600 * 10**6
    await page.click("#silences button")
    await expect(page.locator("#silences li")).to_have_count(0)
    assert visit.complaints == []


@pytest.mark.parametrize("width", [360, 1920])
async def test_page_never_scrolls_sideways(visit: Visit, width: int) -> None:
    page = visit.page
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto(f"{visit.address}/incidents")
    await page.locator(".case").first.click()
    await page.click(".more summary")
    await expect(page.locator("#timeline li")).not_to_have_count(0)
    assert await look(page, "document.documentElement.scrollWidth") <= width


async def test_a_token_in_vietnamese_lets_its_owner_act(browser: Browser, handled: Handled) -> None:
    page = await browser.new_page()
    async with at_work(centre(handling=handled.handling, operator_token="bí mật của trực ban")) as address:
        await page.goto(f"{address}/incidents")
        await page.locator(".case").first.click()
        await page.locator("#by").fill("A")
        await page.locator("#token").fill("bí mật")
        await page.click("[data-act=acknowledge]")
        await expect(page.locator("#refusal")).to_have_text("Thiếu hoặc sai mã trực ban.")
        await page.locator("#token").fill("bí mật của trực ban")
        await page.click("[data-act=acknowledge]")
        await expect(page.locator("#timeline li").first).to_contain_text("Nhận xử lý")
        await page.close()
