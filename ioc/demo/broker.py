"""An MQTT 5 broker of our own on loopback: mosquitto if the machine has one, else the broker in the `iotcore` wheel.

For demonstrations and tests, not for production: no password, no TLS, and `iotcore` keeps nothing on disk.
"""

import getpass
import sys
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal, get_args

from ioc.demo.children import LOOPBACK, Child, free_port, listens, program
from ioc.errors import ConfigError, PermanentError

Kind = Literal["mosquitto", "iotcore"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# `user` keeps a mosquitto started by root from changing its user: that would make the kernel forget to kill it with us.
MOSQUITTO = Template("""\
listener $port $host
allow_anonymous true
user $user
persistence true
persistence_location $directory/
autosave_interval 30
max_inflight_messages 1000
max_queued_messages 1000000
max_queued_bytes 0
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages false
""")

# iotcore drops what a slow reader has not fetched when the segments are full: 64 x 4 MiB is some 1.5 million messages.
IOTCORE = Template("""\
id = 0

[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 1000
max_segment_size = 4194304
max_segment_count = 64

[v4.1]
name = "v4"
listen = "$host:$port_v4"
next_connection_delay_ms = 0
    [v4.1.connections]
    connection_timeout_ms = 5000
    max_payload_size = 1048576
    max_inflight_count = 1000
    dynamic_filters = true

[v5.1]
name = "v5"
listen = "$host:$port"
next_connection_delay_ms = 0
    [v5.1.connections]
    connection_timeout_ms = 5000
    max_payload_size = 1048576
    max_inflight_count = 1000
    dynamic_filters = true
""")


@dataclass(frozen=True)
class Broker:
    """Where a broker listens for MQTT 5, and the process that does."""

    kind: Kind
    port: int
    child: Child
    host: str = LOOPBACK

    def start(self, timeout: float = 10.0) -> None:
        """Start it (again) and wait until it listens."""
        self.child.start(lambda: listens(self.port), timeout)

    def stop(self, grace: float = 3.0) -> None:
        """Stop it; mosquitto saves its sessions."""
        self.child.stop(grace)


def choose(asked: str = "auto") -> Kind:
    """The kind of broker to start: as `asked`, or with `auto` mosquitto where there is one, else iotcore."""
    for kind in KINDS:
        if asked == kind:
            return kind
    if asked != "auto":
        raise ConfigError(f"broker {asked!r}: phải là một trong / must be one of: auto, {', '.join(KINDS)}")
    try:
        program("mosquitto")
    except PermanentError:
        return "iotcore"
    return "mosquitto"


def broker(directory: Path, kind: Kind, port: int = 0) -> Broker:
    """A broker, not started yet, that keeps its files in `directory`; port 0 takes a free one."""
    directory.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    build = {"mosquitto": _mosquitto, "iotcore": _iotcore}[kind]
    return Broker(kind, port, Child(f"broker ({kind})", build(directory, port), directory / f"{kind}.log"))


def _mosquitto(directory: Path, port: int) -> list[str]:
    config = directory / "mosquitto.conf"
    config.write_text(
        MOSQUITTO.substitute(port=port, host=LOOPBACK, user=getpass.getuser(), directory=directory), encoding="utf-8"
    )
    return ["mosquitto", "-c", str(config)]


def _iotcore(directory: Path, port: int) -> list[str]:
    config = directory / "iotcore.toml"
    config.write_text(IOTCORE.substitute(port=port, port_v4=free_port(), host=LOOPBACK), encoding="utf-8")
    return [sys.executable, "-I", "-m", "iotcore", "--config", str(config), "--log-level", "CRITICAL"]
