"""The commands of docs/deploy-debian.md for programs that are not here: what they make is what those programs need."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.deploy.tools import ROOT, make_secrets, run

GUIDE = (ROOT / "docs/deploy-debian.md").read_text(encoding="utf-8")


def block(chapter: str) -> str:
    """The commands of a chapter, without those that need a running system."""
    text = GUIDE.partition(chapter)[2].partition("```sh\n")[2].partition("```")[0].replace("\\\n", " ")
    assert text, chapter
    return "\n".join(line for line in text.splitlines() if not re.match(r"systemctl|grafana|/opt/", line))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What the chapters about Prometheus and Grafana leave behind, below a folder instead of /."""
    make_secrets(tmp_path / "etc/ioc/secrets")
    for folder in ("prometheus", "default", *(f"grafana/provisioning/{one}" for one in ("dashboards", "datasources"))):
        (tmp_path / "etc" / folder).mkdir(parents=True)
    (tmp_path / "etc/grafana/provisioning/alerting").mkdir()
    commands = block("## 6. Watching") + "\n" + block("## 7. Grafana")
    commands = re.sub(r"-o (prometheus|grafana) ", "", commands)
    commands = re.sub(r"(?<=[ >])/(?=etc/|usr/)", f"{tmp_path}/", commands)
    (tmp_path / "usr/local/share").mkdir(parents=True)
    subprocess.run(["/bin/bash", "-euc", commands], cwd=ROOT, check=True, timeout=30)
    return tmp_path


def test_commands_leave_what_grafana_and_alertmanager_need(root: Path) -> None:
    grafana = root / "etc/grafana/provisioning"
    for provider in read(grafana / "dashboards/ioc.yaml")["providers"]:
        assert list((root / provider["options"]["path"].lstrip("/")).glob("*.json")), provider["name"]
    for source in read(grafana / "datasources/ioc.yaml")["datasources"]:
        assert source["url"].startswith("http://127.0.0.1:")
        for file in re.findall(r"\$__file\{(.+?)\}", str(source.get("secureJsonData", ""))):
            assert (root / file.lstrip("/")).stat().st_mode & 0o777 == 0o400
    assert read(grafana / "alerting/ioc.yaml")["groups"]
    (password,) = re.findall(r"admin_password = \$__file\{(.+)\}", (root / "etc/grafana/grafana.ini").read_text())
    assert (root / password.lstrip("/")).exists()
    alertmanager = root / "etc/prometheus/alertmanager.yml"
    assert run("amtool", "check-config", alertmanager).returncode == 0
    assert (root / read(alertmanager)["global"]["smtp_auth_password_file"].lstrip("/")).exists()
    assert run("promtool", "check", "config", "--syntax-only", root / "etc/prometheus/prometheus.yml").returncode == 0


def read(path: Path) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
