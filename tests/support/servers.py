"""The real servers that tests run against, each with its own data on a free loopback port."""

import getpass
import subprocess
from dataclasses import dataclass
from pathlib import Path
from string import Template

from ioc.demo import influx
from ioc.demo.broker import Broker, broker
from ioc.demo.children import LOOPBACK, Child, answers, free_port, program
from ioc.errors import PermanentError

PACKAGES = {
    "mosquitto": "mosquitto",
    "mosquitto_passwd": "mosquitto",
    "mosquitto_pub": "mosquitto-clients",
    "mosquitto_sub": "mosquitto-clients",
    "openssl": "openssl",
    "strace": "strace",
    "influxd": "influxdb",
    "victoria-metrics": "victoria-metrics",
    "prometheus": "prometheus",
    "chromium": "chromium",
}


def need(name: str) -> str:
    """The path of a server program; fails with the command that installs it."""
    try:
        return program(name)
    except PermanentError as error:
        raise AssertionError(f"{name} is missing: apt-get install {PACKAGES[name]}") from error


@dataclass(frozen=True)
class Server:
    """A running HTTP server: `url`, and its process to stop, kill and start again on the same port and data."""

    port: int
    child: Child
    health: str

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        self.child.start(lambda: answers(self.port, self.health))

    def stop(self) -> None:
        self.child.stop()

    def kill(self) -> None:
        self.child.kill()

    def restart(self) -> None:
        self.stop()
        self.start()


@dataclass(frozen=True)
class Mosquitto:
    """A mosquitto: `host`, `port`, and its process to stop, kill and start again on the same port and data."""

    broker: Broker
    directory: Path

    @property
    def host(self) -> str:
        return self.broker.host

    @property
    def port(self) -> int:
        return self.broker.port

    @property
    def child(self) -> Child:
        return self.broker.child

    def start(self) -> None:
        self.broker.start()

    def stop(self) -> None:
        self.broker.stop()

    def kill(self) -> None:
        self.child.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def configure(self, text: str) -> None:
        """Replace the generated configuration, with `$port $host $directory $user` filled in; start it afterwards."""
        known = {"port": self.port, "host": self.host, "directory": self.directory, "user": getpass.getuser()}
        filled = Template(text).substitute(known)
        (self.directory / "mosquitto.conf").write_text(filled, encoding="utf-8")


def mosquitto(directory: Path) -> Mosquitto:
    """A mosquitto, not started yet."""
    need("mosquitto")
    return Mosquitto(broker(directory, "mosquitto"), directory)


def influxd(directory: Path) -> Server:
    """An InfluxDB 1.x, not started yet, without authentication."""
    need("influxd")
    child, port = influx.influxd(directory)
    return Server(port, child, "/ping")


def victoria(directory: Path) -> Server:
    """A VictoriaMetrics, not started yet."""
    port = free_port()
    argv = [
        need("victoria-metrics"),
        f"-httpListenAddr={LOOPBACK}:{port}",
        f"-storageDataPath={directory / 'victoria'}",
        "-retentionPeriod=100y",
        "-memory.allowedBytes=64MB",
        "-loggerLevel=WARN",
    ]
    return Server(port, Child("victoria-metrics", argv, directory / "victoria.log"), "/health")


def certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate for loopback that vouches for itself, and its key (PEM)."""
    cert, key = directory / "cert.pem", directory / "key.pem"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    argv = [need("openssl"), *request, "-addext", f"subjectAltName=IP:{LOOPBACK}", "-keyout", key, "-out", cert]
    subprocess.run(argv, check=True, capture_output=True)
    return cert, key
