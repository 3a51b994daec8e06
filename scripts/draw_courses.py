"""Draws twelve courses of the simulated world on one SVG page, for people to judge whether they look right.

python -m scripts.draw_courses courses.svg [--seed 1] [--tenant ben-tre]
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

from indicators.load import load
from indicators.lookup import Catalogue
from indicators.spec import CADENCES, VIETNAM, Series, local_time
from ioc.model import Kind, Micros, Severity, micros
from simulators.timing import due
from simulators.world import World

COLUMNS, WIDTH, HEIGHT = 3, 460, 240
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 46, 28
MOST_POINTS = 900
INK, QUIET, GRID = "#1f2933", "#61707d", "#e3e7eb"
LINES = ("#1f6f8b", "#b4552d", "#5b7f2b")
LIMIT_COLOURS = {Severity.INFO: "#8a97a3", Severity.WARNING: "#c98a00", Severity.CRITICAL: "#b3261e"}


@dataclass(frozen=True)
class Chart:
    """One small chart: indicator, sites (a line each), first day and length in days."""

    title: str
    indicator: str
    sites: tuple[str, ...]
    first: str
    days: int


PROVINCE = ("vn63-83",)
CHARTS = (
    Chart("Triều: một tuần / Tide, a week", "water-level", ("st-an-thuan", "st-cho-lach"), "2025-03-10", 8),
    Chart("Triều: kỳ nước cường, nước kém / Springs and neaps", "water-level", ("st-an-thuan",), "2025-02-20", 40),
    Chart(
        "Độ mặn: mùa khô / Salt, the dry season",
        "salinity",
        ("st-an-thuan", "st-son-doc", "st-my-hoa"),
        "2024-11-01",
        300,
    ),
    Chart(
        "Độ mặn vùng ngọt theo con nước / Salt upriver",
        "salinity",
        ("st-son-doc", "st-my-hoa", "st-an-hiep"),
        "2025-03-10",
        12,
    ),
    Chart("Nhiệt độ: một tuần / Air temperature, a week", "air-temperature", PROVINCE, "2025-04-14", 8),
    Chart("Chuyên cần học sinh / School attendance", "attendance-rate", PROVINCE, "2024-09-02", 300),
    Chart("Thu hoạch lúa theo tháng / Rice harvested", "rice-harvested-area", PROVINCE, "2022-01-01", 1200),
    Chart("Giải ngân đầu tư công / Disbursement", "public-investment-disbursement-share", PROVINCE, "2023-01-01", 900),
    Chart("Lưu lượng cầu Rạch Miễu, Tết / Traffic about Tết", "rach-mieu-traffic", PROVINCE, "2025-01-05", 55),
    Chart(
        "Khám ngoại trú, Tết / Out-patients about Tết",
        "outpatient-visits",
        ("vn63-83", "vn63-83-831"),
        "2025-01-05",
        55,
    ),
    Chart(
        "Hồ sơ tiếp nhận, một tuần / Dossiers received",
        "dossiers-received",
        ("vn63-83", "vn63-83-831"),
        "2025-03-10",
        7,
    ),
    Chart("Bán lẻ theo tháng / Retail sales", "retail-sales", PROVINCE, "2021-01-01", 1600),
)


def page(catalogue: Catalogue, world: World, charts: Sequence[Chart] = CHARTS) -> str:
    """The whole page as SVG."""
    rows = -(-len(charts) // COLUMNS)
    size = f'width="{COLUMNS * WIDTH}" height="{rows * HEIGHT}"'
    body = "".join(
        f'<g transform="translate({k % COLUMNS * WIDTH},{k // COLUMNS * HEIGHT})">{drawn(chart, catalogue, world)}</g>'
        for k, chart in enumerate(charts)
    )
    style = 'font-family="Be Vietnam Pro, Noto Sans, sans-serif" font-size="11"'
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{ground}{body}</svg>\n'


def drawn(chart: Chart, catalogue: Catalogue, world: World) -> str:
    """One chart: title, grid, limits, a line per site."""
    begin = micros(datetime.fromisoformat(chart.first).replace(tzinfo=VIETNAM))
    end = begin + chart.days * 86_400_000_000
    series = [_series(catalogue, site, chart.indicator) for site in chart.sites]
    lines = [_points(world, one, begin, end) for one in series]
    values = [value for line in lines for _, value in line]
    low, high = min(values), max(values)
    frame = Frame(begin, end, min(low, 0.0) if low < high / 2 else low, high if high > low else low + 1)
    parts = [_text(LEFT, 18, chart.title, INK, 13), _text(LEFT, 34, _legend(series), QUIET), frame.grid()]
    parts += [
        frame.limit(limit.value, LIMIT_COLOURS[limit.severity])
        for limit in catalogue.limits_for(chart.sites[0], chart.indicator, begin)
        if limit.kind is not Kind.OUTSIDE
    ]
    parts += [frame.line(line, LINES[k]) for k, line in enumerate(lines)]
    return "".join(parts)


@dataclass(frozen=True)
class Frame:
    """The scales of one chart."""

    begin: Micros
    end: Micros
    low: float
    high: float

    def x(self, at: Micros) -> float:
        """Pixels from the left."""
        return LEFT + (at - self.begin) / (self.end - self.begin) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return HEIGHT - BOTTOM - (value - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)

    def grid(self) -> str:
        """Five marks on either axis."""
        parts = []
        for k in range(5):
            value = self.low + (self.high - self.low) * k / 4
            at = self.begin + (self.end - self.begin) * k // 4
            y, x = self.y(value), self.x(at)
            anchor = "end" if k == 4 else "middle" if k else "start"  # noqa: PLR2004 - the fifth mark
            parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{GRID}"/>')
            parts.append(_text(LEFT - 6, y + 4, _number(value), QUIET, anchor="end"))
            parts.append(_text(x, HEIGHT - 10, f"{local_time(at):%d/%m/%y}", QUIET, anchor=anchor))
        return "".join(parts)

    def limit(self, value: float, colour: str) -> str:
        """A dashed line, if it lies within the frame."""
        if not self.low <= value <= self.high:
            return ""
        return f'<path d="M{LEFT} {self.y(value):.1f}H{WIDTH - RIGHT}" stroke="{colour}" stroke-dasharray="5 4"/>'

    def line(self, points: Sequence[tuple[Micros, float]], colour: str) -> str:
        """The course itself."""
        path = "L".join(f"{self.x(at):.1f} {self.y(value):.1f}" for at, value in points)
        return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.4" stroke-linejoin="round"/>'


def _points(world: World, series: Series, begin: Micros, end: Micros) -> list[tuple[Micros, float]]:
    times = due(series, begin - CADENCES[series.indicator.cadence], end)
    inside = [at for at in times if begin <= at <= end]
    step = max(1, len(inside) // MOST_POINTS)
    return [(at, world.value(series, at)) for at in inside[::step]]


def _series(catalogue: Catalogue, site: str, indicator: str) -> Series:
    entry = catalogue.indicators[indicator]
    return Series(catalogue.sites[site], entry, entry.field)


def _legend(series: Sequence[Series]) -> str:
    names = ", ".join(one.site.name_vi for one in series)
    return f"{series[0].indicator.name_vi} ({series[0].indicator.unit}): {names}"[:66]


def _number(value: float) -> str:
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three figures are enough
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def _text(x: float, y: float, text: str, colour: str, size: int = 10, *, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("svg", type=Path, nargs="?", default=Path("courses.svg"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tenant", default="ben-tre")
    options = parser.parse_args()
    catalogue = load(tenant=options.tenant)
    options.svg.write_text(page(catalogue, World(catalogue, options.seed)), encoding="utf-8")
    print(f"{options.svg}: {len(CHARTS)} courses, seed {options.seed}")


if __name__ == "__main__":
    main()
