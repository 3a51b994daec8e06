#!/usr/bin/env python3
r"""Draw a wall without Grafana: its panels on its grid, with what its queries really answer.

    make demo                                            # in one terminal; it says where its InfluxDB is
    scripts/preview_wall.py dashboards/generated/ben-tre/vn63-83/overview.json --influx http://127.0.0.1:PORT \
        --at 2025-03-12T12:00 --out overview.png         # in another
    … --width 360                                        # as a phone shows it
    … --set site=st-my-hoa --set indicator=salinity      # other values of its variables

Not Grafana: fonts, spacing and charts are only about the same. What it is good for is to see whether a wall reads well.
Needs `make setup` and Debian's chromium; `--out *.html` needs no browser. Panels on Prometheus stay empty.
"""

import argparse
import html
import json
import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv/bin/python"
sys.path.insert(0, str(ROOT))

from preview_look import STYLE, VIETNAM, Chart, Json, Look, aliased, ink, spark, spread  # noqa: E402 - beside this file

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
PHONE = 769


def main() -> None:
    """Ask, draw, save."""
    if Path(sys.prefix) != PYTHON.parent.parent and PYTHON.exists():
        os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 - the same script, where playwright is
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wall", type=Path)
    parser.add_argument("--influx", required=True, metavar="URL")
    parser.add_argument("--at", required=True, type=datetime.fromisoformat, help="the right edge, Vietnamese time")
    parser.add_argument("--out", required=True, type=Path, help="*.png or *.html")
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--height", type=int, default=0, help="0: as high as the wall is")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a variable")
    wanted = parser.parse_args()
    dashboard = json.loads(wanted.wall.read_text(encoding="utf-8"))
    chosen = dict(one.split("=", 1) for one in wanted.set)
    try:
        page = Preview(dashboard, wanted.influx, wanted.at.replace(tzinfo=VIETNAM), chosen).page(wanted.width)
    except OSError as error:
        sys.exit(f"{wanted.influx}: {error}")
    if wanted.out.suffix == ".html":
        wanted.out.write_text(page, encoding="utf-8")
    else:
        shoot(page, wanted)


def shoot(page: str, wanted: argparse.Namespace) -> None:
    """Save a picture of the page."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only `make setup` installs it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        tab = browser.new_page(viewport={"width": wanted.width, "height": wanted.height or 1080})
        tab.set_content(page)
        tab.screenshot(path=wanted.out, full_page=not wanted.height)


class Preview:
    """One dashboard with its answers."""

    def __init__(self, dashboard: Json, url: str, at: datetime, chosen: dict[str, str]) -> None:
        from tests.support import grafana  # noqa: PLC0415 - the project's environment may not be there yet

        self._grafana = grafana
        self._dashboard = dashboard
        self._url = url
        self._now = int(at.timestamp() * 1000)
        within = grafana.time_range(dashboard, {}, self._now)
        self._variables = grafana.opened(dashboard, url, within) | chosen
        self._marks = [mark for one in dashboard["annotations"]["list"] for mark in self._annotation(one)]

    def page(self, width: int) -> str:
        """The whole page, panels under each other below a tablet's width."""
        panels = "\n".join(self._panel(one, on_phone=width < PHONE) for one in self._dashboard["panels"])
        title = html.escape(self._dashboard["title"])
        return (
            f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><h1>{title}</h1><div class=grid>{panels}</div>"
        )

    def _annotation(self, one: Json) -> list[tuple[int, str]]:
        within = self._grafana.time_range(self._dashboard, {}, self._now)
        query = self._grafana.expanded(one["query"], within, self._variables)
        try:
            answer = self._grafana.influx(self._url, query)
        except AssertionError as error:  # Grafana shows the rest, too
            sys.stderr.write(f"{one['name']}: {error}\n")
            return []
        return [(row[0], one["iconColor"]) for series in answer for row in series["values"]]

    def _answers(self, panel: Json) -> dict[str, list[Json]]:
        asking = self._grafana.asked_by(self._dashboard, panel)
        within = self._grafana.time_range(self._dashboard, panel, self._now)
        return {
            target["refId"]: self._grafana.influx(
                self._url, self._grafana.expanded(target["query"], within, self._variables)
            )
            for target in asking.get("targets", ())
            if target["datasource"]["type"] == "influxdb"
        }

    def _panel(self, panel: Json, *, on_phone: bool) -> str:
        place = panel["gridPos"]
        where = f"grid-column: {place['x'] + 1} / span {place['w']}; grid-row: {place['y'] + 1} / span {place['h']}"
        if on_phone:
            where = f"grid-column: 1 / span 24; grid-row: span {place['h']}"
        draw = getattr(self, f"_{panel['type']}")
        title = html.escape(self._named(panel["title"]))
        kind = "panel clear" if panel.get("transparent") else "panel"
        heading = f"<div class=title>{title}</div>" if title else ""
        try:
            content = draw(panel, self._answers(panel))
        except AssertionError as error:  # the database's own words, as Grafana shows them
            content = f"<div>{html.escape(str(error)[:300])}</div>"
        return f'<div class="{kind}" style="{where}">{heading}{content}</div>'

    def _named(self, text: str) -> str:
        for variable in self._dashboard["templating"]["list"]:
            name = variable["name"]
            words = self._grafana.choices(variable) if variable["type"] == "custom" else {}
            value = self._variables[name]
            text = text.replace(f"${{{name}:text}}", words.get(value, value))
        return text

    def _text(self, panel: Json, _: dict[str, list[Json]]) -> str:
        content = html.escape(panel["options"]["content"]).replace("\n", "<br>")
        bold = re.sub(r"[*][*](.+?)[*][*]", r"<b>\1</b>", content)
        return f"<div>{bold}</div>"

    def _stat(self, panel: Json, answers: dict[str, list[Json]]) -> str:
        options = panel["options"]
        found = []
        for ref, series in answers.items():
            alias = next((t.get("alias", "") for t in panel["targets"] if t["refId"] == ref), "")
            for one in series:
                values = dict(zip(one["columns"][1:], one["values"][-1][1:], strict=True))
                if alias:
                    values = {aliased(alias, one, ""): next(iter(values.values()))}
                found += [self._tile(panel, options, name, value) for name, value in values.items()]
        if not found:
            found = [f"<div class=stat>{html.escape(panel['fieldConfig']['defaults'].get('noValue', ''))}</div>"]
        stacked = " stacked" if options["orientation"] == "horizontal" else ""
        return f'<div class="stats{stacked}">{"".join(found)}</div>'

    def _tile(self, panel: Json, options: Json, name: str, value: Any) -> str:
        look = Look(panel, name)
        text, colour = look.shown(value, self._now)
        colour = colour or look.threshold(value)
        size = options.get("text", {})
        label = f'<span style="font-size:{size.get("titleSize", 16)}px">{html.escape(look.name)}</span>'
        figure = f'<span style="font-size:{size.get("valueSize", 28)}px;font-weight:500">{html.escape(text)}</span>'
        return f'<div class=stat style="background:{colour};color:{ink(colour)}">{label}{figure}</div>'

    def _table(self, panel: Json, answers: dict[str, list[Json]]) -> str:
        rows = self._grafana.filtered(panel, "A", self._grafana.records(answers.get("A", [])))
        rows = [{("Time" if key == "time" else key): value for key, value in row.items()} for row in rows]
        curves = {one["tags"]["indicator"]: one["values"] for one in answers.get("B", []) if one.get("tags")}
        (step,) = (one for one in panel["transformations"] if one["id"] == "organize")
        order = sorted(step["options"]["indexByName"].items(), key=lambda pair: pair[1])
        columns = [Look(panel, name) for name, _ in order if name not in step["options"]["excludeByName"]]
        columns = [one for one in columns if not one.get("custom.hidden")]
        by_name = {one.name: one.column for one in columns}
        for rule in reversed(panel["options"]["sortBy"]):
            key = by_name.get(rule["displayName"], "")
            rows.sort(key=lambda row, key=key: (row.get(key) is not None, row.get(key)), reverse=rule["desc"])
        if not rows:
            return html.escape(panel["fieldConfig"]["defaults"].get("noValue", ""))
        head = "".join(f'<th style="{one.width}">{html.escape(one.name)}</th>' for one in columns)
        body = "".join(f"<tr>{''.join(self._cell(one, row, curves) for one in columns)}</tr>" for row in rows[:60])
        return f"<div class=scroll><table><tr>{head}</tr>{body}</table></div>"

    def _cell(self, look: "Look", row: Json, curves: dict[str, Any]) -> str:
        if look.column.startswith("Trend"):
            return f"<td>{spark(curves.get(row.get('key'), []))}</td>"
        text, colour = look.shown(row.get(look.column), self._now)
        ground = f"background:{colour};color:{ink(colour)};" if colour and look.get("custom.cellOptions") else ""
        align = look.get("custom.align") or "left"
        return f'<td style="{ground}text-align:{align};{look.width}">{html.escape(text)}</td>'

    def _geomap(self, panel: Json, answers: dict[str, list[Json]]) -> str:
        rows = self._grafana.records(answers["A"])
        south, north = spread([row["latitude"] for row in rows])
        west, east = spread([row["longitude"] for row in rows])
        found = []
        for row in rows:
            x, y = (
                60 + 280 * (row["longitude"] - west) / (east - west),
                340 - 300 * (row["latitude"] - south) / (north - south),
            )
            _, colour = Look(panel, "worst").shown(row["worst"], self._now)
            name, _ = Look(panel, "place").shown(row["place"], self._now)
            label = html.escape(name)
            found.append(f'<circle cx="{x}" cy="{y}" r="9" fill="{colour}" stroke="#4b565d"/>')
            found.append(f'<text x="{x}" y="{y + 22}" font-size="11" text-anchor="middle">{label}</text>')
        return f'<svg viewBox="0 0 400 370">{"".join(found)}</svg>'

    def _timeseries(self, panel: Json, answers: dict[str, list[Json]]) -> str:
        within = self._grafana.time_range(self._dashboard, panel, self._now)
        chart = Chart(panel, within.start, within.end)
        for target in panel["targets"]:
            for one in answers.get(target["refId"], []):
                for number, column in enumerate(one["columns"][1:], start=1):
                    points = [(row[0], row[number]) for row in one["values"]]
                    chart.add(aliased(target.get("alias", ""), one, column), points)
        return chart.draw(self._marks if "timeShift" not in panel else [], self._named)


if __name__ == "__main__":
    main()
