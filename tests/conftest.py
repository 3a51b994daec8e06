"""Fixtures for all tests: the real servers, one per test, killed by their process id at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ioc.demo import children
from tests.support import servers


@pytest.fixture
def free_port() -> int:
    return children.free_port()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[servers.Mosquitto]:
    server = servers.mosquitto(tmp_path / "mosquitto")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def influxd(tmp_path: Path) -> Iterator[servers.Server]:
    yield from _running(servers.influxd(_folder(tmp_path / "influxd")))


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[servers.Server]:
    yield from _running(servers.victoria(_folder(tmp_path / "victoria")))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _running(server: servers.Server) -> Iterator[servers.Server]:
    server.start()
    yield server
    server.kill()
