"""An InfluxDB 1.x of our own on loopback, if the machine has one."""

from pathlib import Path
from string import Template

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
