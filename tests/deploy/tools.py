"""What the deployment tests share: programs, the repository's files, secrets made by our own script."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

from ioc.demo.children import LOOPBACK, Child, answers, free_port, program
from ioc.errors import PermanentError

PAUSE = Event()
ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
PACKAGES = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
    "mosquitto": "mosquitto",
    "influxd": "influxdb",
    "openssl": "openssl",
    "systemd-analyze": "systemd",
}


def need(name: str) -> str:
    """The path of a program; fails with the command that installs it."""
    try:
        return program(name)
    except PermanentError as error:
        raise AssertionError(f"{name} is missing: apt-get install {PACKAGES[name]}") from error


def run(*argv: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run to the end, at most half a minute."""
    return subprocess.run(
        [need(str(argv[0])), *argv[1:]], cwd=cwd, capture_output=True, text=True, timeout=30, check=False
    )


def make_secrets(folder: Path, *words: str) -> Path:
    """Secrets by `scripts/secrets`, all owned by whoever runs the tests."""
    argv = [sys.executable, "-I", ROOT / "scripts/secrets", "--into", folder, "--keep-owner", *words]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def until(true: Callable[[], Any], seconds: float = 15.0) -> Any:
    """The first true answer."""
    deadline = time.monotonic() + seconds
    while True:
        if answer := true():
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s"
        PAUSE.wait(0.05)


def get(url: str) -> Any:
    """A JSON document."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def influxd(folder: Path) -> tuple[Child, str]:
    """A running InfluxDB 1.x with Debian's configuration of ours, on other ports and folders; and its URL."""
    port = free_port()
    text = (CONFIG / "influxdb/influxdb.debian.conf").read_text(encoding="utf-8")
    for old, new in {
        "127.0.0.1:8088": f"{LOOPBACK}:{free_port()}",
        "127.0.0.1:8086": f"{LOOPBACK}:{port}",
        "/var/lib/influxdb": str(folder),
    }.items():
        assert old in text
        text = text.replace(old, new)
    folder.mkdir()
    config = folder / "influxdb.conf"
    config.write_text(text, encoding="utf-8")
    child = Child("influxd", [need("influxd"), "-config", str(config)], folder / "log")
    child.start(lambda: answers(port, "/ping"))
    return child, f"http://{LOOPBACK}:{port}"


def prometheus(folder: Path, targets: dict[str, list[dict[str, Any]]]) -> tuple[Child, str]:
    """A running Prometheus with our configuration and rules, and other targets; and its URL."""
    port = free_port()
    (folder / "rules").mkdir(parents=True)
    (folder / "targets").mkdir()
    for name in ("prometheus.yml", "rules/ioc.yml"):
        text = (CONFIG / "prometheus" / name).read_text(encoding="utf-8")
        text = text.replace("_interval: 10s", "_interval: 1s").replace("_timeout: 5s", "_timeout: 1s")
        (folder / name).write_text(text.replace("for: 30s", "for: 8s"), encoding="utf-8")
    for name, rows in targets.items():
        (folder / f"targets/{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    argv = [need("prometheus"), f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    # What fires before Alertmanager is found is told again after this time, by default a minute.
    argv.append("--rules.alert.resend-delay=1s")
    child = Child("prometheus", [*argv, f"--web.listen-address={LOOPBACK}:{port}"], folder / "log")
    child.start(lambda: answers(port, "/-/ready"))
    return child, f"http://{LOOPBACK}:{port}"


def alertmanager(folder: Path, changes: dict[str, str] | None = None) -> tuple[Child, str]:
    """A running Alertmanager with our configuration; and its URL."""
    port = free_port()
    folder.mkdir()
    text = (CONFIG / "alertmanager/alertmanager.yml").read_text(encoding="utf-8")
    for old, new in (changes or {}).items():
        assert old in text
        text = text.replace(old, new)
    (folder / "alertmanager.yml").write_text(text, encoding="utf-8")
    argv = [need("prometheus-alertmanager"), f"--config.file={folder / 'alertmanager.yml'}"]
    argv += [f"--storage.path={folder / 'data'}", "--data.maintenance-interval=1s", "--cluster.listen-address="]
    child = Child("alertmanager", [*argv, f"--web.listen-address={LOOPBACK}:{port}"], folder / "log")
    child.start(lambda: answers(port, "/-/ready"))
    return child, f"http://{LOOPBACK}:{port}"


def user() -> str:
    """Who runs this, for programs that would change their user."""
    import pwd  # noqa: PLC0415 - only there on Unix

    return pwd.getpwuid(os.getuid()).pw_name
