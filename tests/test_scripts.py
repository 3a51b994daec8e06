"""The scripts answer mistakes in words."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_secrets_renewing_what_is_not_there_names_what_is(tmp_path: Path) -> None:
    assert run("scripts/secrets", "--into", str(tmp_path), "--keep-owner").returncode == 0
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    shown = run("scripts/secrets", "--into", str(tmp_path), "--keep-owner", "--renew", "mqtt-engin")
    assert shown.returncode == 1
    assert "mqtt-engine" in shown.stderr
    assert "Traceback" not in shown.stderr
    assert before == {path.name: path.read_text() for path in tmp_path.iterdir()}


def test_screenshot_without_a_console_says_so(tmp_path: Path, free_port: int) -> None:
    shown = run("scripts/screenshot", f"http://127.0.0.1:{free_port}/", str(tmp_path / "wall.png"))
    assert shown.returncode == 1
    assert "ERR_CONNECTION_REFUSED" in shown.stderr
    assert "Traceback" not in shown.stderr
