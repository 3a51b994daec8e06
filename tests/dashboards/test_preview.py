"""The picture of a wall without Grafana holds what the wall holds."""

import html
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ioc.model import moment

if TYPE_CHECKING:
    from tests.dashboards.conftest import Bed

ROOT = Path(__file__).parents[2]
WALLS = ROOT / "dashboards/generated/ben-tre/vn63-83"


def draw(wall: str, url: str, at: str, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    argv = ["scripts/preview_wall.py", f"{WALLS / wall}.json", "--influx", url, "--at", at, "--out", str(out), *more]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_preview_shows_panels_with_their_answers(ben_tre: "Bed", tmp_path: Path):
    at = moment(ben_tre.now + 7 * 3600 * 1_000_000).strftime("%Y-%m-%dT%H:%M")
    for wall in ("overview", "environment", "alerts", "phone"):
        ran = draw(wall, ben_tre.url, at, tmp_path / f"{wall}.html", "--width", "360" if wall == "phone" else "1920")
        assert (ran.returncode, ran.stderr) == (0, ""), wall
        page = html.unescape((tmp_path / f"{wall}.html").read_text(encoding="utf-8"))
        assert "NGUY CẤP" in page
        assert "retention policy not found" not in page
        assert "error parsing" not in page
        titles = [panel["title"] for panel in ben_tre.dashboard(f"vn63-83-{wall}")["panels"] if panel["title"]]
        assert all(title in page for title in titles if "$" not in title)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1"])
def test_preview_without_a_database_says_so(url: str, tmp_path: Path):
    ran = draw("overview", url, "2025-03-12T12:00", tmp_path / "x.html")
    assert ran.returncode == 1
    assert ran.stderr.startswith(url)
    assert "Traceback" not in ran.stderr
