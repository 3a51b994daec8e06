"""The servers of the fixtures run, come back with their data, and say what to install when they are missing."""

import urllib.error
import urllib.request

import pytest

from ioc.demo.children import listens
from tests.support import servers


def test_mosquitto_restarted_listens_on_the_same_port(mosquitto: servers.Mosquitto) -> None:
    pid = mosquitto.child.pid
    mosquitto.restart()
    assert listens(mosquitto.port)
    assert mosquitto.child.pid != pid


def test_influxd_killed_and_started_keeps_what_was_written(influxd: servers.Server) -> None:
    _post(f"{influxd.url}/query?q=CREATE+DATABASE+ioc", b"")
    _post(f"{influxd.url}/write?db=ioc", b"sample,site=a value=1.5 1717200000000000000")
    influxd.kill()
    influxd.start()
    assert "1.5" in _get(f"{influxd.url}/query?db=ioc&q=SELECT+value+FROM+sample")


def test_victoria_started_answers_its_version(victoria: servers.Server) -> None:
    assert "vm_app_version" in _get(f"{victoria.url}/metrics")


def test_server_missing_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "program", _absent)
    with pytest.raises(AssertionError, match="apt-get install mosquitto"):
        servers.need("mosquitto")


def _absent(name: str) -> str:
    raise servers.PermanentError("no such program", name)


def _get(url: str) -> str:
    return _answer(urllib.request.Request(url))


def _post(url: str, body: bytes) -> None:
    _answer(urllib.request.Request(url, body, method="POST"))


def _answer(request: urllib.request.Request) -> str:
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        pytest.fail(f"{request.full_url}: {error.code} {error.read().decode()}")
