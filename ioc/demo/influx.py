"""An InfluxDB 1.x of our own on loopback, if the machine has one."""

import http.client
from http import HTTPStatus
from pathlib import Path
from string import Template
from urllib.parse import urlencode

from ioc.demo.children import LOOPBACK, Child, free_port, program
from ioc.errors import PermanentError

CONFIG = Template("""\
reporting-disabled = true
bind-address = "$host:$rpc"
[meta]
  dir = "$directory/meta"
  logging-enabled = false
[data]
  dir = "$directory/data"
  wal-dir = "$directory/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "$host:$port"
  auth-enabled = false
  log-enabled = false
[continuous_queries]
  enabled = false
[logging]
  level = "warn"
  suppress-logo = true
""")


def is_installed() -> bool:
    """Whether there is an `influxd` to run."""
    try:
        program("influxd")
    except PermanentError:
        return False
    return True


def influxd(directory: Path, port: int = 0) -> tuple[Child, int]:
    """An InfluxDB that keeps everything below `directory`, not started yet, and its HTTP port."""
    directory.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    config = directory / "influxdb.conf"
    text = CONFIG.substitute(host=LOOPBACK, port=port, rpc=free_port(), directory=directory)
    config.write_text(text, encoding="utf-8")
    return Child("influxd", ["influxd", "run", "-config", str(config)], directory / "influxd.log"), port


POLICIES = ("daily", "calendar")
"""Where walls look for roll-ups."""


def lay_out(port: int) -> None:
    """Make the database with the policies of `config/influxdb/layout.toml`. Raises PermanentError when it refuses."""
    _run(port, "CREATE DATABASE ioc WITH DURATION INF SHARD DURATION 52w")
    for name in POLICIES:
        _run(port, f'CREATE RETENTION POLICY "{name}" ON ioc DURATION INF REPLICATION 1 SHARD DURATION 52w')


def _run(port: int, statement: str) -> None:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    try:
        connection.request("POST", f"/query?{urlencode({'q': statement})}")
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK or b'"error"' in body:
        raise PermanentError("influxdb", f"{statement}: {body.decode(errors='replace')}")
