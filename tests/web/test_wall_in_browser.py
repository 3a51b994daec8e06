"""What an operator sees first, and how the rest is found: folded fields, search, stations, alerts of one series."""

import pytest
from playwright.async_api import Browser, expect

from indicators.spec import Level
from ioc.model import Kind, Severity, Status
from tests.web.centre import FIELDS, SITES, Centre, Shelf, at_work, centre, indicator, site, wide
from tests.web.visit import FAINT, Visit, look

pytestmark = pytest.mark.asyncio(loop_scope="module")

WATCH_SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) window.shifted += shift.value;
    }).observe({type: "layout-shift", buffered: true});
"""
SALINITY = '[data-series="chau-thanh/salinity"]'


async def test_search_shows_the_nearest_first_with_its_place_and_is_worked_by_keyboard(visit: Visit) -> None:
    page = await visit.open()
    await page.keyboard.press("/")
    await page.keyboard.type("bao hiem")
    await expect(page.locator(".tile:visible")).to_have_count(3)
    await page.locator("#filter").fill("moi truong thien tai pm2,5")
    await expect(page.locator(".tile:visible")).to_have_count(3)
    await page.locator("#filter").fill("do")
    seen = "[...document.querySelectorAll('.tile:not([hidden])')].sort((a, b) => a.style.order - b.style.order)"
    ranked = await look(page, f"{seen}.map((tile) => tile.dataset.series.split('/')[1])")
    assert ranked[:3] == ["salinity"] * 3
    assert "pm25" in ranked[3:]
    await expect(page.locator(SALINITY).locator(".where")).to_have_text("Huyện Châu Thành")
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel")).to_be_visible()


async def test_fields_of_a_large_centre_are_folded_and_show_what_is_abnormal(browser: Browser) -> None:
    place = centre(shelf=wide(12))
    abnormal = "chau-thanh/salinity-3"
    place.sample(abnormal, 4.5)
    place.step(abnormal, Status.FIRING, Severity.CRITICAL)
    async with at_work(place) as address:
        visit = Visit(await browser.new_page(viewport={"width": 1920, "height": 1080}), address)
        await visit.page.add_init_script(WATCH_SHIFTS)
        page = await visit.open()
        await expect(page.locator(".tile:visible")).to_have_count(1)
        assert await look(page, "window.shifted") < 0.1
        await expect(page.locator(f'[data-series="{abnormal}"] .limit')).to_have_text("ngưỡng > 4")
        await expect(page.locator("#group-chau-thanh-environment .count")).to_have_text("24 chỉ tiêu")
        assert await look(page, "document.documentElement.scrollHeight") < 2160
        await page.locator('.cell[data-worst="critical"]').click()
        await expect(page.locator("#group-chau-thanh-environment .tile:visible")).to_have_count(24)
        await expect(page.locator("#group-chau-thanh-environment .fold")).to_have_attribute("aria-expanded", "true")
        await page.locator("#unfold").click()
        await expect(page.locator(".tile:visible")).to_have_count(216)
        await page.locator("#unfold").click()
        await expect(page.locator(".tile:visible")).to_have_count(1)
        assert visit.complaints == []
        await page.close()


async def test_stations_stand_together_and_units_stand_where_they_are_read(browser: Browser) -> None:
    stations = [site(f"st-{n}", f"Trạm {n}", f"Station {n}", Level.STATION) for n in (1, 2)]
    risk = indicator("risk", "environment", "Cấp độ rủi ro", "Risk level", "cấp", decimals=0)
    place = centre(shelf=Shelf([SITES[0], *stations], FIELDS, [risk], []))
    place.sample("st-2/risk", 3)
    async with at_work(place) as address:
        page = await Visit(await browser.new_page(), address).open()
        await expect(page.locator("#overview tbody th")).to_have_text(["Tỉnh Bến Tre", "2 trạm đo"])
        tile = page.locator('#group-stations-environment [data-series="st-2/risk"]')
        await expect(tile.locator(".where")).to_have_text("Trạm 2")
        unit, number = await tile.locator(".unit").bounding_box(), await tile.locator(".number").bounding_box()
        assert unit is not None
        assert number is not None
        assert unit["x"] < number["x"]
        await tile.click()
        await expect(page.locator(".panel-reading")).to_contain_text("cấp 3")
        await page.close()


async def test_address_of_a_series_opens_it(visit: Visit) -> None:
    visit.address += "/#series/mo-cay-bac/pm25"
    page = await visit.open()
    await expect(page.locator("#panel-name")).to_have_text("Nồng độ bụi PM2,5")
    await look(page, "location.hash = '#series/chau-thanh/salinity'")
    await expect(page.locator("#panel-name")).to_have_text("Độ mặn")


async def test_alerts_of_one_series_are_one_item_with_the_worst(visit: Visit, place: Centre) -> None:
    place.step("chau-thanh/salinity", Status.FIRING, Severity.WARNING, bound=1.0)
    page = await visit.open()
    await expect(page.locator(".alert-item .word")).to_have_text("Cảnh báo")
    place.step("chau-thanh/salinity", Status.FIRING, Severity.CRITICAL)
    item = page.locator(".alert-item")
    await expect(item).to_have_count(1)
    await expect(item.locator(".word")).to_have_text("Nguy cấp")
    await expect(item.locator(".alert-figure")).to_have_text("1.234,50 g/L")
    await expect(item.locator(".limit")).to_have_text("ngưỡng > 4 (và 1 ngưỡng khác)")
    place.sample("chau-thanh/salinity", 3.5)
    await expect(item.locator(".limit")).to_have_text("ngưỡng > 4 (và 1 ngưỡng khác) · đã về trong ngưỡng")
    await item.click()
    await expect(page.locator(".panel-alerts p")).to_have_count(2)
    await expect(page.locator(".panel-alerts a").first).to_have_attribute("href", "/incidents#i-1")


async def test_text_stands_out_from_its_ground(visit: Visit, place: Centre) -> None:
    for what, severity in (("salinity", Severity.CRITICAL), ("pm25", Severity.WARNING), ("rice-price", Severity.INFO)):
        place.sample(f"ben-tre/{what}", 5)
        place.step(f"ben-tre/{what}", Status.FIRING, severity)
    place.step("ben-tre/outpatients", Status.FIRING, Severity.WARNING, kind=Kind.NO_DATA)
    place.step("ben-tre/bed-occupancy", Status.PENDING, Severity.WARNING)
    place.step("mo-cay-bac/pm25", Status.RESOLVED, Severity.WARNING)
    page = await visit.open()
    await expect(page.locator(".alert-item")).to_have_count(6)
    assert await look(page, FAINT) == []
