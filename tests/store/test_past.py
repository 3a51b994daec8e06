"""What the database has kept is judged again as if it had just come."""

import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from indicators.load import load
from ioc.cli import app
from ioc.errors import PermanentError
from ioc.model import HOUR, Entry, Sample, Severity, State, micros
from ioc.store.config import InfluxConfig
from ioc.store.influxql import Reader
from ioc.store.line import line, severity_line
from ioc.store.past import _sample, history
from tests.e2e.centre import wait_until
from tests.support.servers import Server

START = micros(datetime.fromisoformat("2025-03-12T05:00:00+07:00"))
INDICATORS = dict(load(tenant="ben-tre").indicators)
VALUES = [0.5, 0.5, 2.0, 4.6, 4.8, 4.9, 0.5, 0.5]


def sample(number: int, value: float, site: str = "st-an-thuan", indicator: str = "salinity") -> Sample:
    at = START + number * HOUR
    return Sample(site, "environment", indicator, at, value, State.PRELIMINARY, received_at=at)


KEPT = [sample(n, value, site) for n, value in enumerate(VALUES) for site in ("st-an-thuan", "st-son-doc")]


def post(url: str, path: str, body: bytes) -> None:
    with urllib.request.urlopen(urllib.request.Request(url + path, data=body, method="POST"), timeout=10):
        pass


@pytest.fixture
def filled(influxd: Server) -> str:
    """A database with eight hours of two stations, a strange indicator and a severity without a value."""
    lines = [line(one, Severity.OK) for one in [*KEPT, sample(1, 1.0, indicator="forgotten")]]
    lines.append(severity_line(sample(99, 1.0), Severity.WARNING))
    wait_until(lambda: takes(influxd.url, b"\n".join(lines)))
    return influxd.url


def takes(url: str, lines: bytes) -> bool:
    """Whether a database just made takes the lines; on a busy machine it may not be there at once."""
    post(url, "/query", b"q=create+database+ioc")
    try:
        post(url, "/write?db=ioc&precision=u", lines)
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return False
    return True


async def test_history_is_in_the_order_of_its_own_time(filled: str) -> None:
    async with aiohttp.ClientSession() as session:
        reader = Reader(InfluxConfig(url=filled), session)
        assert await history(reader, INDICATORS, START, START + 100 * HOUR) == [
            Entry(number, one) for number, one in enumerate(KEPT, 1)
        ]
        part = await history(reader, INDICATORS, START + HOUR, START + 2 * HOUR)
        assert [(entry.seq, entry.sample.at) for entry in part] == [(1, START + HOUR), (2, START + HOUR)]


def test_replay_judges_the_database_under_other_rules(filled: str, tmp_path: Path) -> None:
    (tmp_path / "ioc.toml").write_text(f'[influx]\nurl = "{filled}"\n', encoding="utf-8")
    rule = "{id: rise, kind: rising, indicators: salinity, severity: warning, by: 3, window: 3h, basis: assumption}"
    (tmp_path / "rise.yaml").write_text(f"rules:\n- {rule}\n", encoding="utf-8")
    words = ["replay", "--influx", "--config", str(tmp_path / "ioc.toml"), "--rules", str(tmp_path / "rise.yaml")]
    done = CliRunner().invoke(app, [*words, "--from", "2025-03-12T05:00", "--to", "2025-03-12T13:00"])
    assert done.exit_code == 0, done.output
    assert "16 giá trị / values" in done.output
    assert "lost: 0" in done.output
    assert "st-son-doc/salinity  rising-warning  ok>firing  4.1 / 3  rise" in done.output
    assert "st-son-doc/salinity  rising-warning  firing>resolved" in done.output


def test_replay_of_the_database_needs_a_stretch() -> None:
    done = CliRunner().invoke(app, ["replay", "--influx", "--from", "2025-03-12"])
    assert "--from, --to" in str(done.exception)


def test_a_point_that_is_not_ours_is_named() -> None:
    with pytest.raises(PermanentError, match="did not write"):
        list(_sample({"time": "2025", "value": 1.0}))
