"""The unit for plain Debian: accepted by systemd, tightly closed, and in line with the settings."""

import re
from pathlib import Path

import pytest

from ioc.settings import load
from tests.deploy.tools import CONFIG, ROOT, make_secrets, run

UNIT = CONFIG / "systemd/ioc.service"
EXPOSURE = 1.5
"""What `systemd-analyze security` may say at most, of 10."""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there."""
    stub = tmp_path / "ioc"
    stub.write_text("#!/bin/sh\n", encoding="utf-8")
    stub.chmod(0o755)
    path = tmp_path / "ioc.service"
    path.write_text(text().replace("/opt/ioc/bin/ioc", str(stub)), encoding="utf-8")
    return path


def text() -> str:
    return UNIT.read_text(encoding="utf-8")


def lines(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", text(), re.MULTILINE)


def test_systemd_accepts_the_unit(unit: Path) -> None:
    done = run("systemd-analyze", "verify", "--man=no", unit)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_notices_a_misspelt_key(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("ProtectSystem", "ProtectSistem"), encoding="utf-8")
    assert "ProtectSistem" in run("systemd-analyze", "verify", "--man=no", unit).stderr


def test_unit_is_tightly_closed(unit: Path) -> None:
    done = run("systemd-analyze", "security", "--offline=true", f"--threshold={int(EXPOSURE * 10)}", unit)
    assert done.returncode == 0, done.stdout


def test_only_the_state_directory_can_be_written() -> None:
    assert lines("ProtectSystem") == ["strict"]
    assert lines("StateDirectory") == ["ioc"]
    assert not lines("ReadWritePaths")
    assert lines("DynamicUser") == ["yes"]
    assert lines("CapabilityBoundingSet") == [""]
    assert lines("Restart") == ["always"]


def test_settings_of_the_unit_are_known_and_inside_its_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in lines("Environment"):
        key, value = row.split("=", 1)
        monkeypatch.setenv(key, value.replace("%d", "/run/credentials/ioc.service"))
    settings = load(CONFIG / "systemd/ioc.toml")
    assert settings.mqtt.port == 8883
    assert settings.mqtt.tls is not None
    for path in (settings.journal.directory, settings.state.directory):
        assert path.is_relative_to("/var/lib/ioc")
    loaded = {row.split(":")[0] for row in lines("LoadCredential")}
    for path in (settings.mqtt.password_file, settings.mqtt.tls.ca_file, settings.influx.password_file):
        assert path is not None
        assert path.name in loaded


def test_credentials_are_made_by_the_script(tmp_path: Path) -> None:
    made = {path.name for path in make_secrets(tmp_path / "s").iterdir()}
    assert {Path(row.split(":")[1]).name for row in lines("LoadCredential")} <= made


def test_guide_installs_files_that_exist() -> None:
    guide = (ROOT / "docs/deploy-debian.md").read_text(encoding="utf-8")
    for path in re.findall(r"\b(?:config|scripts|requirements)/[\w./-]*\w", guide):
        assert (ROOT / path).exists() or path.startswith("config/secrets"), path
