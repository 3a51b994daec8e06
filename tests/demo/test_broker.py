"""Both brokers of the demonstration run on loopback and leave nothing behind."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from ioc.demo import broker as module
from ioc.demo.broker import KINDS, Kind, broker, choose
from ioc.demo.children import Child, listens
from ioc.errors import ConfigError, PermanentError
from tests.support import servers
from tests.support.collecting import numbered
from tests.support.publisher import publish

LISTEN = "0A"
LOOPBACK_IN_HEX = "0100007F"


@pytest.mark.parametrize("kind", KINDS)
def test_broker_started_takes_mqtt_5_qos_1_and_stops_without_a_trace(tmp_path: Path, kind: Kind) -> None:
    servers.need("mosquitto")
    started = broker(tmp_path / "with space", kind)
    started.start()
    pid = started.child.pid
    assert publish(started.port, numbered(500)) == 500
    started.stop()
    assert not listens(started.port)
    assert pid is not None
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_broker_listens_on_loopback_only(tmp_path: Path, kind: Kind) -> None:
    started = broker(tmp_path, kind)
    started.start()
    own = listening(started.child)
    started.stop()
    assert own
    assert set(own) == {LOOPBACK_IN_HEX}


@pytest.mark.parametrize("kind", KINDS)
def test_broker_dies_with_a_parent_that_is_killed(tmp_path: Path, kind: Kind) -> None:
    code = (
        "import sys; from pathlib import Path; from ioc.demo.broker import broker\n"
        f"b = broker(Path({str(tmp_path)!r}), {kind!r}); b.start(); print(b.child.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        watch = os.pidfd_open(pid)
        parent.kill()
        ended, _, _ = select.select([watch], [], [], 5)
        os.close(watch)
    assert ended


@pytest.mark.parametrize("kind", KINDS)
def test_broker_asked_for_is_chosen(kind: Kind) -> None:
    assert choose(kind) == kind


def test_broker_unknown_is_refused_with_the_choice() -> None:
    with pytest.raises(ConfigError, match="auto, mosquitto, iotcore"):
        choose("hivemq")


def test_broker_auto_is_mosquitto_where_there_is_one() -> None:
    servers.need("mosquitto")
    assert choose() == "mosquitto"


def test_broker_auto_without_mosquitto_is_iotcore(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise PermanentError("no such program", name)

    monkeypatch.setattr(module, "program", absent)
    assert choose() == "iotcore"


def listening(child: Child) -> list[str]:
    """The addresses, in the kernel's notation, on which the process accepts connections."""
    links = {str(fd.readlink()) for fd in Path(f"/proc/{child.pid}/fd").iterdir() if fd.is_symlink()}
    rows = [line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()]
    return [row[1].partition(":")[0] for row in rows if row[3] == LISTEN and f"socket:[{row[9]}]" in links]
