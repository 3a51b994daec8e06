"""The generated pages of the catalogue: complete, self-contained, the same every time, and usable in a browser."""

import csv
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from indicators import page, words
from indicators.files import read_files
from indicators.load import PACKAGE, load
from indicators.tabs import CLOSED

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MOST_BYTES = 1_500_000
GOOD = Path(__file__).parent / "good"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return page.render(PACKAGE, page.REVIEWED)


@pytest.fixture(scope="module")
def opened(pages: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    assert shutil.which(CHROMIUM), "the browser tests need Chromium: apt-get install chromium"
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(pages["index.html"], encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        shown = browser.new_page(viewport={"width": 1280, "height": 900}, locale="vi-VN")
        shown.address = path.as_uri()  # type: ignore[attr-defined]
        yield shown
        browser.close()


@pytest.fixture
def visit(opened: Page) -> Iterator[Page]:
    complaints: list[str] = []
    hear = lambda error: complaints.append(str(error))  # noqa: E731 - to be taken off again
    opened.on("pageerror", hear)
    opened.goto("about:blank")
    opened.goto(opened.address)  # type: ignore[attr-defined]
    yield opened
    opened.remove_listener("pageerror", hear)
    assert complaints == []


def data(pages: dict[str, str]) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', pages["index.html"], re.DOTALL)
    assert found
    held: dict[str, Any] = json.loads(found[1])
    return held


def test_pages_in_the_repository_are_those_of_the_catalogue(pages: dict[str, str]) -> None:
    differ = [name for name, text in pages.items() if (page.DOCS / name).read_bytes() != text.encode()]
    assert differ == [], f"run: {page.AGAIN}"


def test_check_names_the_page_that_differs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(page, "DOCS", tmp_path)
    assert page.main([]) == 0
    assert page.main(["--check"]) == 0
    (tmp_path / "README.md").write_text("something else")
    assert page.main(["--check"]) == 1
    assert "README.md" in capsys.readouterr().err
    assert (tmp_path / "README.md").read_text() == "something else"


def test_same_catalogue_gives_the_same_bytes(pages: dict[str, str]) -> None:
    assert page.render(PACKAGE, page.REVIEWED) == pages


def test_page_is_small_and_asks_for_nothing_else(pages: dict[str, str]) -> None:
    text = pages["index.html"]
    assert len(text.encode()) < MOST_BYTES
    shell = text.replace(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1], "")  # type: ignore[index]
    assert re.findall(r"(?:src|href)=|@import|url\(|https?:", shell) == []


def test_page_holds_every_indicator_limit_and_target(pages: dict[str, str]) -> None:
    held = data(pages)
    for table, folder in (("indicators", "catalogue"), ("limits", "limits"), ("targets", "targets")):
        wanted = {
            row["id"]
            for name, file in read_files(PACKAGE).items()
            if f"{folder}/" in name or name.endswith(f"/{folder}.csv")
            for row in file.named()
        }
        column = held[table]["columns"].index("id")
        assert {row[column] for row in held[table]["rows"]} == wanted


def test_script_in_a_name_does_not_end_the_data(tmp_path: Path) -> None:
    root = Path(shutil.copytree(GOOD, tmp_path / "root"))
    path = root / "offices.csv"
    path.write_text(path.read_text() + "zz,</script><script>alert(1)</script>,Other\n")
    text = page.render(root, page.REVIEWED)["index.html"]
    assert "</script><script>alert(1)" not in text
    assert ["</script><script>alert(1)</script>", "Other"] in data({"index.html": text})["offices"].values()


def test_closed_words_are_all_said_in_both_languages() -> None:
    for (_, column), closed in CLOSED.items():
        assert set(words.WORDS[column]) >= set(closed)


def test_most_visible_names_are_reviewed_as_they_stand() -> None:
    now = load().indicators
    with page.REVIEWED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(now[row["id"]].tier == 1 for row in rows) >= 100
    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows})
    for row in rows:
        one = now[row["id"]]
        read = f"{row['id']} was renamed: read its names again and update indicators/reviewed.csv"
        assert (one.name_vi, one.name_en) == (row["name_vi"], row["name_en"]), read


def test_renamed_indicator_is_marked_for_review(tmp_path: Path) -> None:
    reviewed = tmp_path / "reviewed.csv"
    reviewed.write_text(
        "id,name_vi,name_en,reviewed\nsalinity,Tên cũ,Old name,2020-01-01\n"
        "water-level,Mực nước sông,River water level,2020-01-02\n"
    )
    text = page.render(GOOD, reviewed)["most-visible.md"]
    assert "renamed, read again" in next(line for line in text.splitlines() if "| salinity |" in line)
    assert "2020-01-02" in next(line for line in text.splitlines() if "| water-level |" in line)


def test_unaccented_search_finds_accented_names(visit: Page) -> None:
    visit.fill("#find", "DO MAN nuoc song")
    visit.wait_for_function("document.querySelectorAll('.row').length < 5")
    assert visit.locator(".row").first.get_attribute("id") == "i-salinity"


def test_filters_count_what_the_centre_watches(visit: Page) -> None:
    visit.click('[data-choice="centre=vn63-83-838"]')
    count = sum(one.tier == 1 for one in load().indicators.values())
    assert visit.inner_text("#count") == f"{count} chỉ tiêu"
    assert visit.locator(".row").count() == count
    visit.click("#clear")
    assert visit.locator(".row").count() == len(load().indicators)


def test_address_leads_to_one_indicator_with_its_limits(visit: Page) -> None:
    visit.goto("about:blank")
    visit.goto(f"{visit.address}#i-salinity")  # type: ignore[attr-defined]
    text = visit.inner_text("#i-salinity .body")
    assert "Nguy cấp" in text
    assert "> 4 g/L" in text
    assert "Quyết định 18/2021/QĐ-TTg" in text


def test_every_indicator_opens_in_both_languages(visit: Page) -> None:
    for lang in ("en", "vi"):
        visit.click(f"[data-lang={lang}]")
        bodies = visit.evaluate("ALL.map((one) => body(one).textContent)")
        assert len(bodies) == len(load().indicators)
        assert [text for text in bodies if re.search(r"undefined|NaN|\bnull\b", text)] == []


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_page_never_scrolls_sideways(visit: Page, width: int) -> None:
    visit.set_viewport_size({"width": width, "height": 800})
    visit.reload()
    visit.click("#i-salinity > summary")
    assert visit.evaluate("document.documentElement.scrollWidth") == width
    visit.set_viewport_size({"width": 1280, "height": 900})
