"""The doctor against real servers: well, ill, and what to do about it."""

import asyncio
from pathlib import Path

import pytest

from ioc.care.doctor import examine, look_at_requests
from ioc.care.finding import Finding, Mark
from ioc.clock import Clock, ManualClock, SystemClock
from ioc.journal.journal import Journal, JournalConfig
from ioc.journal.reader import partitions
from ioc.model import Sample
from ioc.settings import Settings
from ioc.telemetry import Counts
from tests.support.servers import Mosquitto, Server


def settings(home: Path, mqtt: int, influx: str | None = None, **more: object) -> Settings:
    sections: dict[str, object] = {
        "mqtt": {"port": mqtt, "timeout": 2},
        "journal": {"directory": home / "journal", "reserve": 0},
        "state": {"directory": home / "state"},
        "influx": {"enabled": influx is not None, "url": influx or "http://127.0.0.1:1", "timeout": 3},
    }
    return Settings(**{**sections, **more})  # type: ignore[arg-type]


async def findings(given: Settings, clock: Clock | None = None) -> list[Finding]:
    return [finding async for finding in examine(given, clock or SystemClock())]


def about(found: list[Finding], word: str) -> Finding:
    (one,) = [finding for finding in found if word in finding.vi]
    return one


async def fill(home: Path) -> None:
    async with Journal(JournalConfig(directory=home / "journal"), SystemClock(), Counts()) as journal:
        await journal.append([Sample("s", "f", f"i{at % 9}", at, 1.0) for at in range(3000)])


async def test_centre_that_is_well_has_no_bad_finding(tmp_path: Path, mosquitto: Mosquitto, influxd: Server) -> None:
    await fill(tmp_path)
    found = await findings(settings(tmp_path, mosquitto.port, influxd.url))
    assert [finding for finding in found if finding.mark is Mark.BAD] == []
    assert about(found, "Broker").mark is Mark.GOOD
    assert about(found, "Đồng hồ").mark is Mark.GOOD
    assert "3000 giá trị" in about(found, "Nhật ký").vi
    missing = about(found, "chưa có “ioc”")
    assert missing.mark is Mark.NOTICE
    assert missing.step
    assert all("\n" not in str(finding) for finding in found)


async def test_everything_down_is_named_each_with_a_step(tmp_path: Path, free_port: int) -> None:
    officials = tmp_path / "officials.toml"
    given = settings(
        tmp_path,
        free_port,
        f"http://127.0.0.1:{free_port}",
        notify={
            "officials": officials,
            "routes": officials,
            "email": {"port": free_port, "timeout": 2},
            "webhook": {"secret_file": tmp_path / "none"},
        },
        centre={"tenant": "nowhere"},
    )
    found = await findings(given)
    bad = [finding for finding in found if finding.mark is Mark.BAD]
    assert {"broker", "InfluxDB", "Danh", "khóa", "thư"} <= {word for finding in bad for word in finding.vi.split()}
    assert all(finding.step for finding in found if finding.mark is not Mark.GOOD)


async def test_clock_that_is_off_is_told_by_the_seconds(tmp_path: Path, mosquitto: Mosquitto, influxd: Server) -> None:
    wrong = ManualClock(SystemClock().now() + 3_600_000_000)
    finding = about(await findings(settings(tmp_path, mosquitto.port, influxd.url), wrong), "Đồng hồ")
    assert finding.mark is Mark.BAD
    assert "+36" in finding.vi or "+35" in finding.vi


async def test_damaged_journal_is_named(tmp_path: Path, mosquitto: Mosquitto) -> None:
    await fill(tmp_path)
    (path,) = partitions(tmp_path / "journal")
    data = bytearray(await asyncio.to_thread(path.read_bytes))
    data[4096 * 20 : 4096 * 21] = bytes(4096)
    path.write_bytes(data)
    finding = about(await findings(settings(tmp_path, mosquitto.port)), "Nhật ký")
    assert finding.mark is Mark.BAD
    assert path.name in finding.vi


@pytest.mark.parametrize(("reserve", "mark"), [(0, Mark.GOOD), (2**60, Mark.BAD)])
async def test_disk_below_its_reserve_is_bad(tmp_path: Path, mosquitto: Mosquitto, reserve: int, mark: Mark) -> None:
    given = settings(tmp_path, mosquitto.port, journal={"directory": tmp_path / "journal", "reserve": reserve})
    assert about(await findings(given), "Đĩa").mark is mark


@pytest.mark.parametrize(
    ("sender", "mark"),
    [
        ({"id": "a", "sites": ["st-my-hoa"], "secret": "s"}, Mark.GOOD),
        ({"id": "a", "sites": ["st-my-hoa", "nowhere"], "secret": "s"}, Mark.BAD),
        ({"id": "a", "sites": ["st-my-hoa"], "secret_file": "/nowhere/at/all"}, Mark.BAD),
        (None, Mark.NOTICE),
    ],
)
def test_senders_by_http_are_looked_at(tmp_path: Path, sender: dict[str, object] | None, mark: Mark) -> None:
    webhook = {"enabled": True, "senders": [sender] if sender else []}
    [finding] = look_at_requests(settings(tmp_path, 1, webhook=webhook))
    assert finding.mark is mark
    assert bool(finding.step) is (mark is not Mark.GOOD)
