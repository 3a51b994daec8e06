"""A real Prometheus that scrapes one address, and its answers."""

import json
import urllib.parse
import urllib.request
from pathlib import Path
from string import Template
from typing import Any

from ioc.demo.children import LOOPBACK, Child, free_port, program
from ioc.errors import PermanentError
from tests.support.servers import Server

CONFIG = Template("""\
global: {scrape_interval: 250ms, scrape_timeout: 250ms}
scrape_configs:
  - job_name: ioc
    static_configs: [{targets: ["$target"]}]
""")


def prometheus(directory: Path, target: str) -> Server:
    """A Prometheus, not started yet; `target` is host:port."""
    try:
        binary = program("prometheus")
    except PermanentError as error:
        raise AssertionError("prometheus is missing: apt-get install prometheus") from error
    port, config = free_port(), directory / "prometheus.yml"
    config.write_text(CONFIG.substitute(target=target), encoding="utf-8")
    argv = [
        binary,
        f"--config.file={config}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address={LOOPBACK}:{port}",
        "--log.level=warn",
    ]
    return Server(port, Child("prometheus", argv, directory / "prometheus.log"), "/-/ready")


def ask(url: str, expression: str) -> list[dict[str, Any]]:
    """The samples of an instant query."""
    query = urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(f"{url}/api/v1/query?{query}", timeout=10) as answer:
        result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return result
