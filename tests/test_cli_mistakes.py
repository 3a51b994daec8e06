"""Mistakes at the command line are answered in words, and before anything is started."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


def ioc(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ioc", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_check_names_a_tenant_in_the_settings_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "ioc.toml"
    path.write_text('[centre]\ntenant = "nope"\n')
    shown = ioc("check", "--config", str(path))
    assert shown.returncode == 1
    assert "tenants/nope:1: không có thư mục này" in shown.stderr


def test_run_on_a_taken_port_says_so_without_a_stack(tmp_path: Path, taken: int) -> None:
    path = tmp_path / "ioc.toml"
    path.write_text(
        f'[mqtt]\nport = 1\n[journal]\ndirectory = "{tmp_path}/j"\n[state]\ndirectory = "{tmp_path}/s"\n'
        f"[web]\nport = {taken}\n"
    )
    shown = ioc("run", "--config", str(path))
    assert shown.returncode == 2
    assert f"cannot listen on 127.0.0.1:{taken}" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_demo_on_a_taken_port_starts_nothing(taken: int) -> None:
    shown = ioc("demo", "--no-browser", "--port", str(taken))
    assert (shown.returncode, shown.stdout) == (2, "")
    assert f"port {taken} is taken" in shown.stderr


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--port", "99999"], "--port"),
        (["--broker", "rabbit"], "'auto', 'mosquitto', 'iotcore'"),
        (["--scenario", "nope"], "man-xam-nhap, qua-tai-cap-cuu"),
        (["--keep", "/proc/nowhere"], "/proc/nowhere: không tạo được thư mục"),
    ],
)
def test_demo_refuses_a_mistake_before_it_starts(words: list[str], answer: str) -> None:
    shown = ioc("demo", "--no-browser", *words)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert answer in shown.stderr
    assert "Traceback" not in shown.stderr


def test_demo_does_not_play_into_a_folder_that_holds_another(tmp_path: Path) -> None:
    (tmp_path / "ioc.toml").touch()
    shown = ioc("demo", "--no-browser", "--keep", str(tmp_path))
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "name another folder" in shown.stderr


def test_demo_refuses_a_folder_that_cannot_be_written() -> None:
    shown = ioc("demo", "--no-browser", "--keep", "/proc/self")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "/proc/self: không ghi được" in shown.stderr
