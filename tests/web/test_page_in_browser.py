"""The page in a real browser."""

import re

import pytest
from playwright.async_api import Browser, expect

from ioc.clock import PlayedClock, SystemClock
from ioc.model import HOUR, MINUTE, Kind, Reason, Severity, Status
from tests.web.centre import NOW, Centre, Sum, at_work, centre, wide
from tests.web.visit import Visit, look

pytestmark = pytest.mark.asyncio(loop_scope="module")

WATCH_LONG_TASKS = """
    window.longest = 0;
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
    }).observe({type: "longtask"});
"""
SALINITY = '[data-series="chau-thanh/salinity"]'


async def test_tiles_show_value_unit_limit_age_and_maturity_in_vietnamese(visit: Visit) -> None:
    page = await visit.open()
    await expect(page.locator(".tile")).to_have_count(18)
    tile = page.locator(SALINITY)
    await expect(tile.locator(".name")).to_have_text("Độ mặn")
    await expect(tile.locator(".number")).to_have_text("1.234,50")
    await expect(tile.locator(".unit")).to_have_text("g/L")
    await expect(tile.locator(".limit")).to_have_text("ngưỡng > 4")
    await expect(tile.locator(".when")).to_have_text("3 phút trước")
    cover = page.locator('[data-series="chau-thanh/insurance-cover"]')
    await expect(cover.locator(".maturity")).to_have_text("ước tính")
    await expect(cover.locator(".plan")).to_have_text("kế hoạch 2025 ≥ 95")
    await expect(page.locator('[data-series="ben-tre/pm25"] .when')).to_have_text("chưa có số liệu")
    await expect(page.locator("#title")).to_have_text("Trung tâm điều hành thông minh · Tỉnh Bến Tre")
    await expect(page.locator(".site-title").nth(1)).to_have_text("Huyện Châu Thành, tỉnh Bến Tre")
    await expect(page.locator("#link-word")).to_have_text("Trực tiếp")


async def test_new_value_changes_the_tile_in_place(visit: Visit, place: Centre) -> None:
    page = await visit.open()
    await look(page, f"window.kept = document.querySelector('{SALINITY}'); window.made = 0")
    await look(
        page,
        "new MutationObserver((all) => { for (const one of all) window.made += one.removedNodes.length ? 1 : 0 })"
        ".observe(document.querySelector('#sites'), {childList: true})",
    )
    place.sample("chau-thanh/salinity", 1.75)
    await expect(page.locator(f"{SALINITY} .number")).to_have_text("1,75")
    await expect(page.locator(f"{SALINITY} .limit")).to_have_text("ngưỡng > 2")
    assert await look(page, f"window.kept === document.querySelector('{SALINITY}') && window.made === 0")


async def test_alert_appears_with_sentence_shape_and_word_and_resolves(visit: Visit, place: Centre) -> None:
    page = await visit.open()
    await expect(page.locator("#alerts-none")).to_be_visible()
    place.step("chau-thanh/salinity", Status.PENDING, Severity.CRITICAL)
    item = page.locator(".alert-item")
    await expect(item.locator(".status")).to_have_text("đang chờ xác nhận")
    await expect(page.locator(SALINITY)).to_have_attribute("data-condition", "pending")
    await look(page, "window.item = document.querySelector('.alert-item')")
    place.step("chau-thanh/salinity", Status.FIRING, Severity.CRITICAL)
    await expect(item.locator(".status")).to_have_text("đang cảnh báo")
    await expect(item.locator(".word")).to_have_text("Nguy cấp")
    await expect(item.locator(".sentence")).to_contain_text(
        "Độ mặn tại huyện Châu Thành, tỉnh Bến Tre là 4,5 g/L, vượt ngưỡng"
    )
    await expect(page.locator(f"{SALINITY} .word")).to_have_text("Nguy cấp")
    await expect(page.locator("#announce")).to_contain_text("Độ mặn")
    await expect(page.locator('.sum[data-condition="critical"] .total')).to_have_text("1")
    cell = page.locator('.cell[data-worst="critical"]')
    await expect(cell.locator(".tally:visible")).to_have_text("1")
    await expect(cell).to_have_attribute("aria-label", re.compile("môi trường và thiên tai: 2 chỉ tiêu, 1 nguy cấp"))
    assert await look(page, "window.item === document.querySelector('.alert-item')")
    place.step("chau-thanh/salinity", Status.RESOLVED, Severity.CRITICAL)
    await expect(item.locator(".status")).to_have_text("đã hết")
    await expect(page.locator(SALINITY)).to_have_attribute("data-condition", "ok")
    await expect(page.locator("#alerts-count .tally:visible")).to_have_count(0)


async def test_each_severity_has_its_own_shape(visit: Visit, place: Centre) -> None:
    page = await visit.open()
    place.step("ben-tre/salinity", Status.FIRING, Severity.CRITICAL)
    place.step("ben-tre/pm25", Status.FIRING, Severity.WARNING)
    place.step("ben-tre/rice-price", Status.FIRING, Severity.INFO)
    place.step("ben-tre/outpatients", Status.FIRING, Severity.WARNING, kind=Kind.NO_DATA)
    place.step("ben-tre/bed-occupancy", Status.PENDING, Severity.WARNING)
    await expect(page.locator(".alert-item")).to_have_count(5)
    for marks in (
        ".alert-item .mark",
        ".tile[data-condition]:not([data-condition=ok], [data-condition=waiting]) .mark",
    ):
        shapes = await look(
            page,
            f"[...document.querySelectorAll('{marks}')].map((mark) => {{ const s = getComputedStyle(mark);"
            " return [s.display, s.clipPath, s.borderRadius, s.borderStyle].join() })",
        )
        assert len(set(shapes)) == 5, shapes
        assert not any(shape.startswith("none") for shape in shapes)


async def test_abnormal_tile_comes_first_in_its_group(visit: Visit, place: Centre) -> None:
    page = await visit.open()
    place.step("ben-tre/salinity", Status.FIRING, Severity.CRITICAL)
    tile = page.locator('[data-series="ben-tre/salinity"]')
    await expect(tile).to_have_attribute("data-condition", "critical")
    box = await tile.bounding_box()
    other = await page.locator('[data-series="ben-tre/pm25"]').bounding_box()
    assert box is not None
    assert other is not None
    assert box["x"] < other["x"]


async def test_series_that_fell_silent_is_marked(visit: Visit, place: Centre) -> None:
    place.sample("ben-tre/salinity", 1, age=HOUR)
    page = await visit.open()
    await expect(page.locator('[data-series="ben-tre/salinity"] .word')).to_have_text("Mất dữ liệu")
    await page.locator('.sum[data-condition="stale"]').click()
    await expect(page.locator(".tile:visible")).to_have_count(1)
    await page.locator("#clear").click()
    await expect(page.locator(".tile:visible")).to_have_count(18)


async def test_language_is_switched_everywhere_and_remembered(visit: Visit, place: Centre) -> None:
    place.step("chau-thanh/salinity", Status.FIRING)
    page = await visit.open()
    await page.get_by_title("English").click()
    for _ in range(2):
        await expect(page.locator("#title")).to_have_text("Intelligent operations centre · Ben Tre Province")
        await expect(page.locator(f"{SALINITY} .name")).to_have_text("Salinity")
        await expect(page.locator(f"{SALINITY} .number")).to_have_text("1,234.50")
        await expect(page.locator(".alert-item .sentence")).to_contain_text("Salinity at Chau Thanh District")
        await expect(page.locator('.sum[data-condition="ok"] .total-word')).to_have_text("Normal")
        assert await look(page, "document.documentElement.lang") == "en"
        await page.reload()
        await page.wait_for_selector("body[data-ready]")
    await page.get_by_title("Tiếng Việt").click()
    await expect(page.locator(f"{SALINITY} .name")).to_have_text("Độ mặn")


async def test_indicator_is_found_without_accents(visit: Visit) -> None:
    page = await visit.open()
    await page.locator("#filter").fill("man chau do thanh")
    await expect(page.locator(".tile:visible")).to_have_count(1)
    await expect(page.locator(SALINITY)).to_be_visible()
    await page.locator("#filter").fill("không có gì")
    await expect(page.locator("#nothing")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".tile:visible")).to_have_count(18)


async def test_limits_that_change_with_the_hour_change_the_tiles_in_place(browser: Browser) -> None:
    place = centre(PlayedClock(NOW, SystemClock().now(), 1200))
    place.sample("chau-thanh/salinity", 3.9)
    async with at_work(place) as address:
        visit = Visit(await browser.new_page(), address)
        page = await visit.open()
        await expect(page.locator(f"{SALINITY} .limit")).to_have_text("ngưỡng > 4")
        await expect(page.locator("#played")).to_have_text("giờ mô phỏng, nhanh ×1.200")
        await look(page, f"window.kept = document.querySelector('{SALINITY}')")
        place.shelf.forget_limits("salinity")
        await expect(page.locator(f"{SALINITY} .limit")).to_have_text("")
        assert await look(page, f"window.kept === document.querySelector('{SALINITY}')")
        assert visit.complaints == []
        await page.close()


async def test_panel_says_when_times_of_receipt_are_in_doubt(browser: Browser) -> None:
    place = centre(flagged=lambda _: [(NOW - 20 * MINUTE, NOW - 10 * MINUTE)])
    place.sample("chau-thanh/salinity", 1.5, age=15 * MINUTE)
    async with at_work(place) as address:
        page = await browser.new_page()
        await page.goto(f"{address}/#series/chau-thanh/salinity")
        await expect(page.locator("#panel .panel-told")).to_contain_text("chưa chắc: đồng hồ máy bị lệch")
        await page.close()


async def test_panel_shows_course_limits_and_basis_and_gives_the_focus_back(visit: Visit, place: Centre) -> None:
    for n in range(20):
        place.sample("ben-tre/salinity", 1 + n / 10, age=(20 - n) * 10 * MINUTE)
    page = await visit.open()
    await page.locator('[data-series="ben-tre/salinity"]').click()
    panel = page.locator("#panel")
    await expect(panel.locator("svg .course")).to_be_visible()
    await expect(panel.locator("svg .bound.warning")).to_have_count(1)
    await expect(panel.locator(".panel-told")).to_have_text("thấp nhất 1,00 · cao nhất 2,90 · 20 điểm")
    await expect(panel.locator(".basis").first).to_have_text("QCVN 08:2023/BTNMT, bảng 1")
    place.sample("ben-tre/salinity", 3.5)
    await expect(panel.locator(".panel-told")).to_contain_text("cao nhất 3,50 · 21 điểm")
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    assert await look(page, "document.activeElement.dataset.series") == "ben-tre/salinity"


async def test_address_that_was_cut_short_shows_the_wall(visit: Visit) -> None:
    visit.address += "#series%2"
    page = await visit.open()
    await page.wait_for_timeout(200)
    assert visit.complaints == []


async def test_tiles_are_walked_with_the_arrow_keys(visit: Visit) -> None:
    page = await visit.open()
    await page.locator("#group-ben-tre-health .tile").first.focus()
    await page.keyboard.press("ArrowRight")
    second = await page.locator("#group-ben-tre-health .tile").nth(1).get_attribute("data-series")
    assert await look(page, "document.activeElement.dataset.series") == second
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel")).to_be_visible()


@pytest.mark.parametrize("width", [320, 360, 768, 1920])
async def test_page_never_scrolls_sideways(visit: Visit, place: Centre, width: int) -> None:
    place.step("chau-thanh/salinity", Status.FIRING, Severity.WARNING, bound=1.0)
    place.step("chau-thanh/salinity", Status.FIRING, Severity.CRITICAL)
    place.sample("chau-thanh/salinity", 3.5)
    await visit.page.set_viewport_size({"width": width, "height": 800})
    page = await visit.open()
    await expect(page.locator(".alert-item .limit")).to_contain_text("đã về trong ngưỡng")
    ends = "[...document.querySelectorAll('.alert, .alert *')].map((one) => one.getBoundingClientRect().right)"
    assert await look(page, f"Math.max(...{ends})") <= width
    assert await look(page, "document.documentElement.scrollWidth") <= width
    await page.locator(".alert").click()
    await expect(page.locator("#panel")).to_be_visible()
    assert await look(page, "document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("placing", "shown"), [("after", " ≥ 1"), ("yes-no", ": Có")])
async def test_plan_of_an_answer_is_the_answer(visit: Visit, placing: str, shown: str) -> None:
    page = await visit.open()
    told = f"""Promise.all([import('/static/tile.js'), import('/static/words.js')]).then(([tile, words]) =>
        tile.aim({{value: 1, at_least: true}}, {{placing: '{placing}'}}, new words.Words()))"""
    assert await look(page, told) == shown


async def test_phone_shows_every_figure_of_the_ledger(visit: Visit, place: Centre) -> None:
    hour = place.clock.now() // HOUR * HOUR
    place.tape.sums = [Sum("mqtt", hour - 20 * HOUR, 112_345, 112_340, 3, 2, 0)]
    await visit.page.set_viewport_size({"width": 360, "height": 800})
    await visit.page.goto(f"{visit.address}/books")
    cut = "[...document.querySelectorAll('#ledger :is(th, td)')].filter((one) => one.scrollWidth > one.clientWidth)"
    for lang, verdict in (("vi", "Khớp"), ("en", "It balances")):
        await visit.page.click(f"#languages [lang={lang}]")
        await expect(visit.page.locator("#verdict")).to_contain_text(verdict)
        assert await look(visit.page, "document.querySelector('#ledger').getBoundingClientRect().right <= innerWidth")
        assert await look(visit.page, f"{cut}.map((one) => one.textContent)") == []


async def test_phone_shows_every_sentence_whole_and_how_long_what_is_over_lasted(visit: Visit, place: Centre) -> None:
    place.step("ben-tre/salinity", Status.FIRING, Severity.CRITICAL)
    place.step("chau-thanh/salinity", Status.FIRING)
    place.step("chau-thanh/salinity", Status.RESOLVED)
    await visit.page.set_viewport_size({"width": 360, "height": 800})
    page = await visit.open()
    await expect(page.locator(".alert-item[data-status='resolved'] .when")).to_contain_text("kéo dài")
    await expect(page.locator(".alert-item[data-status='firing'] .when")).not_to_contain_text("kéo dài")
    cut = "[...document.querySelectorAll('.sentence')].filter((one) => one.scrollHeight > one.clientHeight + 1).length"
    assert await look(page, cut) == 0


async def test_lost_connection_is_said_and_mended_without_a_reload(browser: Browser, place: Centre) -> None:
    page = await browser.new_page()
    async with at_work(place) as address:
        visit = Visit(page, address)
        await visit.open()
        port = int(address.rpartition(":")[2])
    await expect(page.locator("#banner")).to_contain_text("Mất kết nối máy chủ", timeout=15_000)
    await expect(page.locator("#link-word")).to_have_text("Mất kết nối")
    twin = centre()
    twin.sample("ben-tre/salinity", 2.25)
    async with at_work(twin, port):
        await expect(page.locator("#link-word")).to_have_text("Trực tiếp", timeout=20_000)
        await expect(page.locator('[data-series="ben-tre/salinity"] .number')).to_have_text("2,25")
        await expect(page.locator("#banner")).to_be_hidden()
    await page.close()


async def test_two_thousand_tiles_appear_and_update_quickly(browser: Browser) -> None:
    place = centre(shelf=wide(106))
    clock = SystemClock()
    async with at_work(place) as address:
        visit = Visit(await browser.new_page(viewport={"width": 1920, "height": 1080}), address)
        began = clock.monotonic()
        page = await visit.open()
        assert clock.monotonic() - began < 10
        await expect(page.locator(".tile")).to_have_count(1908)
        await page.locator("#unfold").click()
        await look(page, WATCH_LONG_TASKS)
        for value in range(5):
            for one in place.shelf.series_watched[::10]:
                place.sample(one.id, value)
            await clock.sleep(0.2)
        last = page.locator(f'[data-series="{place.shelf.series_watched[0].id}"] .number')
        await expect(last).to_have_text("4,0")
        assert await look(page, "window.longest") < 500
        place.step(place.shelf.series_watched[-1].id, Status.FIRING)
        await page.locator(".alert").click()
        await expect(page.locator(".tile[data-chosen]")).to_be_in_viewport()
        assert visit.complaints == []
        await page.close()


async def test_books_show_ledger_and_refusals_and_shout_when_they_do_not_balance(visit: Visit, place: Centre) -> None:
    hour = place.clock.now() // HOUR * HOUR
    place.tape.sums = [Sum("mqtt", hour, 12_345, 12_340, 3, 2, 0)]
    place.refuse(Reason.UNIT, "<b>đơn vị lạ</b>".encode())
    page = await visit.open()
    await page.click("a[href='/books']")
    await page.wait_for_selector("body[data-ready]")
    await expect(page.locator("#ledger tbody tr")).to_have_count(1)
    await expect(page.locator("#ledger tbody td").nth(2)).to_have_text("12.345")
    await expect(page.locator("#verdict")).to_contain_text("Khớp")
    await expect(page.locator("#reasons tbody")).to_contain_text("unit")
    await expect(page.locator("#letters code")).to_have_text("<b>đơn vị lạ</b>")
    await page.click("#languages [lang=en]")
    await expect(page.locator("#verdict")).to_contain_text("It balances")
    place.tape.sums = [Sum("mqtt", hour, 12_345, 12_340, 3, 1, 1)]
    await expect(page.locator("#verdict")).to_contain_text("DOES NOT BALANCE", timeout=10_000)
    assert await look(page, "document.documentElement.scrollWidth <= innerWidth")
