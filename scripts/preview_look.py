"""How values, curves and colours of a wall look, about as Grafana shows them; for `preview_wall.py`."""

import html
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

VIETNAM = timezone(timedelta(hours=7))
Json = dict[str, Any]

STYLE = """
* { box-sizing: border-box; }
body { margin: 0; padding: 8px; background: #f4f5f5; color: #24292e;
       font: 14px Inter, 'Noto Sans', 'DejaVu Sans Condensed', sans-serif; }
h1 { font-size: 18px; margin: 4px 4px 10px; font-weight: 500; }
.grid { display: grid; grid-template-columns: repeat(24, 1fr); grid-auto-rows: 30px; gap: 8px; }
.panel { background: #fff; border: 1px solid #dcdee0; border-radius: 2px; overflow: hidden; display: flex;
         flex-direction: column; padding: 0 8px 8px; min-width: 0; }
.panel.clear { background: none; border: 0; }
.title { height: 32px; line-height: 32px; font-weight: 500; white-space: nowrap; overflow: hidden;
         text-overflow: ellipsis; flex: none; }
.stats { display: flex; flex: 1; gap: 4px; min-height: 0; }
.stats.stacked { flex-direction: column; }
.stat { flex: 1; display: flex; align-items: center; justify-content: center; gap: 12px; border-radius: 2px;
        min-height: 0; min-width: 0; overflow: hidden; padding: 0 8px; text-align: center; }
.stacked .stat { justify-content: space-between; }
.stats:not(.stacked) .stat { flex-direction: column; gap: 0; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; font-weight: 500; border-bottom: 1px solid #dcdee0; padding: 4px 6px; white-space: nowrap; }
td { border-bottom: 1px solid #eceded; padding: 6px; height: 24px; overflow: hidden; text-overflow: ellipsis; }
.scroll { overflow: auto; flex: 1; }
svg { flex: 1; min-height: 0; width: 100%; }
.legend { flex: none; font-size: 12px; line-height: 18px; }
.legend i { display: inline-block; width: 18px; border-top: 3px solid; margin: 0 4px 4px 10px; }
"""


class Look:
    """What the overrides of a panel say about one column or curve."""

    def __init__(self, panel: Json, column: str) -> None:
        config = panel["fieldConfig"]
        self.column = column
        self._defaults = config["defaults"]
        self._said: Json = {}
        for rule in config["overrides"]:
            if rule["matcher"]["options"] == column:
                self._said |= {one["id"]: one["value"] for one in rule["properties"]}

    def get(self, name: str) -> Any:
        """A property, from the override or the panel's defaults."""
        return self._said.get(name, self._defaults.get(name))

    @property
    def name(self) -> str:
        """What people read."""
        return str(self._said.get("displayName") or self.column)

    @property
    def width(self) -> str:
        """As CSS."""
        return "width:{0}px;min-width:{0}px;".format(self.get("custom.width")) if self.get("custom.width") else ""

    def shown(self, value: Any, now: int) -> tuple[str, str]:
        """The text of a value and the colour that a mapping gives it, if any."""
        for mapping in self.get("mappings") or ():
            if (result := _mapped(mapping, value)) is not None:
                colour = result.get("color", "")
                return str(result.get("text", value)), "" if colour == "transparent" else colour
        return self._plain(value, now), ""

    def _plain(self, value: Any, now: int) -> str:
        unit = str(self.get("unit") or "")
        if value is None:
            return str(self.get("noValue") or "–")
        if self.column == "Time" and unit != "dateTimeFromNow":
            return f"{datetime.fromtimestamp(value / 1000, VIETNAM):%Y-%m-%d %H:%M}"
        if unit == "dateTimeFromNow":
            return _ago(now - value)
        if unit.startswith("time:"):
            return f"{datetime.fromtimestamp(value / 1000, VIETNAM):%d/%m/%Y}"
        if isinstance(value, str):
            return value
        decimals = self.get("decimals")
        text = f"{value:,.{decimals}f}" if decimals is not None else f"{value:,.2f}".rstrip("0").rstrip(".")
        tail = unit.removeprefix("suffix:") if unit.startswith("suffix:") else "%" if unit == "percent" else ""
        return text.translate(str.maketrans(",.", ".,")) + tail

    def threshold(self, value: Any) -> str:
        """The colour that the thresholds give."""
        steps = (self.get("thresholds") or {"steps": [{"value": None, "color": "#fff"}]})["steps"]
        passed = [one["color"] for one in steps if one["value"] is None or (value or 0) >= one["value"]]
        return str(passed[-1])


class Chart:
    """Curves as SVG."""

    WIDTH, HEIGHT, LEFT, BOTTOM = 900, 300, 60, 24
    PALETTE = ("#4b565d", "#1d5fa6", "#8a6d3b", "#5a3d8a", "#3b7a57", "#9c5a7a", "#6b7280", "#0f766e")

    def __init__(self, panel: Json, start: int, end: int) -> None:
        self._panel, self._start, self._end = panel, start, end
        self._curves: list[tuple[str, Sequence[tuple[int, float | None]]]] = []

    def add(self, name: str, points: Sequence[tuple[int, float | None]]) -> None:
        """One more, also with points to either side of the range."""
        self._curves.append((name, points))

    def draw(self, marks: Sequence[tuple[int, str]], named: Any) -> str:
        """The chart and its legend."""
        values = [v for _, points in self._curves for t, v in points if v is not None and t <= self._end]
        if not values:
            return "–"
        self._low, self._high = spread(values)
        drawn, legend = [], []
        for number, (name, points) in enumerate(self._curves):
            look = Look(self._panel, name)
            fixed = look.get("color") or {}
            colour = fixed.get("fixedColor", self.PALETTE[number % len(self.PALETTE)])
            dash = " ".join(map(str, (look.get("custom.lineStyle") or {}).get("dash", [])))
            stepped = look.get("custom.lineInterpolation") == "stepAfter"
            is_bars = self._panel["fieldConfig"]["defaults"]["custom"]["drawStyle"] == "bars"
            path = self._bars(points) if is_bars else self._path(points, stepped=stepped)
            drawn.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
            legend.append(f'<i style="border-color:{colour}"></i>{html.escape(named(look.name))}')
        for at, colour in marks:
            if self._start <= at <= self._end:
                drawn.append(f'<path d="M{self._x(at)},0V{self.HEIGHT}" stroke="{colour}" stroke-dasharray="2 3"/>')
        box = f"0 0 {self.WIDTH + self.LEFT} {self.HEIGHT + self.BOTTOM}"
        clip = f'<clipPath id=c><rect x="{self.LEFT}" y="0" width="{self.WIDTH}" height="{self.HEIGHT}"/></clipPath>'
        inner = f'{clip}<g clip-path="url(#c)">{"".join(drawn)}</g>{self._axes()}'
        return f'<svg viewBox="{box}" preserveAspectRatio="none">{inner}</svg><div class=legend>{"".join(legend)}</div>'

    def _axes(self) -> str:
        found = []
        for part in range(5):
            value = self._low + (self._high - self._low) * part / 4
            y = self._y(value)
            found.append(f'<path d="M{self.LEFT},{y}h{self.WIDTH}" stroke="#e4e7e7"/>')
            found.append(
                f'<text x="{self.LEFT - 6}" y="{max(12, y + 4)}" font-size="13" text-anchor="end">{_said(value)}</text>'
            )
            at = self._start + (self._end - self._start) * part / 4
            when = f"{datetime.fromtimestamp(at / 1000, VIETNAM):%d/%m %H:%M}"
            anchor = "end" if part == 4 else "start"  # noqa: PLR2004 - the last of five
            found.append(
                f'<text x="{self._x(at)}" y="{self.HEIGHT + 18}" font-size="13" text-anchor="{anchor}">{when}</text>'
            )
        return "".join(found)

    def _bars(self, points: Sequence[tuple[int, float | None]]) -> str:
        return "".join(
            f"M{self._x(at)},{self.HEIGHT}V{self._y(value)}h9V{self.HEIGHT}" for at, value in points if value
        )

    def _path(self, points: Sequence[tuple[int, float | None]], *, stepped: bool) -> str:
        path, last = "", None
        for at, value in points:
            if value is None:
                path += f"H{self._x(at)}" if stepped and last is not None else ""
            elif last is None:
                path += f"M{self._x(at)},{self._y(value)}h1"
            else:
                path += f"H{self._x(at)}V{self._y(value)}" if stepped else f"L{self._x(at)},{self._y(value)}"
            last = value
        return path

    def _x(self, at: float) -> float:
        return round(self.LEFT + self.WIDTH * (at - self._start) / (self._end - self._start), 1)

    def _y(self, value: float) -> float:
        return round(self.HEIGHT - self.HEIGHT * (value - self._low) / (self._high - self._low), 1)


def _said(value: float) -> str:
    return f"{value:,.4g}".translate(str.maketrans(",.", ".,"))


def _mapped(mapping: Json, value: Any) -> Json | None:
    options = mapping["options"]
    if mapping["type"] == "value" and value is not None:
        plain = f"{value:g}" if isinstance(value, int | float) else value
        return options.get(plain)
    if mapping["type"] == "special" and value is None:
        return dict(options["result"])
    if mapping["type"] == "range" and isinstance(value, int | float):
        low, high = options["from"], options["to"]
        return dict(options["result"]) if (low is None or value >= low) and (high is None or value <= high) else None
    if mapping["type"] == "regex" and isinstance(value, str) and re.search(options["pattern"].strip("/"), value):
        return dict(options["result"])
    return None


def aliased(alias: str, one: Json, column: str) -> str:
    """What Grafana calls a curve."""
    for tag, value in one.get("tags", {}).items():
        alias = alias.replace(f"$tag_{tag}", value)
    return alias.replace("$col", column).replace("$m", one["name"]) or column


def spark(points: Sequence[tuple[int, float | None]]) -> str:
    """A small curve."""
    known = [(at, value) for at, value in points if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    low, high = spread([value for _, value in known])
    first, last = known[0][0], known[-1][0]
    dots = " ".join(
        f"{240 * (t - first) / (last - first):.1f},{22 - 20 * (v - low) / (high - low):.1f}" for t, v in known
    )
    return f'<svg width=240 height=24><polyline points="{dots}" fill=none stroke="#4b565d" stroke-width=2 /></svg>'


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest value, with some room."""
    low, high = min(values), max(values)
    edge = (high - low or abs(high) or 1.0) * 0.05
    return low - edge, high + edge


def _ago(milliseconds: int) -> str:
    minutes = milliseconds // 60_000
    for size, word in ((1440, "ngày"), (60, "giờ"), (1, "phút")):
        if abs(minutes) >= size:
            return f"{minutes // size} {word} trước"
    return "vừa xong"


def ink(colour: str) -> str:
    """Black or white, whichever is read better on a colour."""
    if not colour.startswith("#"):
        return "#24292e"
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#000" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#fff"  # noqa: PLR2004
