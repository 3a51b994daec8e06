"""A page in a real browser, with everything it complained about or asked for."""

from typing import Any

from playwright.async_api import ConsoleMessage, Page, Request

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
FAINT = """
    (() => {
        const parse = (text) => text.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => {
            const bent = (c) => (c <= 0.04 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
            const [x, y, z] = [r, g, b].map((c) => bent(c / 255));
            return 0.2126 * x + 0.7152 * y + 0.0722 * z;
        };
        const ground = (node) => {
            for (let one = node; one; one = one.parentElement) {
                const colour = parse(getComputedStyle(one).backgroundColor);
                if (colour.length < 4 || colour[3] > 0) return colour;
            }
            return [255, 255, 255];
        };
        const faint = [];
        for (const node of document.querySelectorAll('body *')) {
            const said = [...node.childNodes].find((one) => one.nodeType === 3 && one.data.trim());
            const box = node.getBoundingClientRect();
            if (!said || box.width < 2 || !node.checkVisibility()) continue;
            const pair = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
            const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
            if (ratio < 4.5) faint.push([node.className, said.data.trim(), ratio.toFixed(2)]);
        }
        return faint;
    })()
"""


class Visit:
    """A page, with everything it complained about or asked for."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._saw)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _saw(self, request: Request) -> None:
        self.asked.append(request.url)

    async def open(self) -> Page:
        await self.page.goto(self.address)
        await self.page.wait_for_selector("body[data-ready]")
        return self.page


async def look(page: Page, script: str) -> Any:
    return await page.evaluate(script)
