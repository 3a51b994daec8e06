"""The simulators end in order whenever they are asked to, also when their broker ends with them."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.centre import wait_until
from tests.faults.oracle import pause
from tests.support.servers import Mosquitto

MOMENTS = [(signal.SIGTERM, 0.0), (signal.SIGINT, 0.1), (signal.SIGTERM, 0.25)]
"""All of them while the latest value of every series is being sent."""


@pytest.mark.parametrize(("number", "seconds"), MOMENTS)
def test_stop_while_sending_leaves_no_stack_in_the_log(
    mosquitto: Mosquitto, tmp_path: Path, number: signal.Signals, seconds: float
) -> None:
    log = tmp_path / "simulators.log"
    command = [sys.executable, "-m", "simulators", "--port", str(mosquitto.port), "--speed", "120"]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        wait_until(lambda: "link up" in log.read_text(encoding="utf-8"), 60)
        pause(seconds)
        process.send_signal(number)
        mosquitto.child.terminate()
        assert process.wait(timeout=20) == 0
    said = log.read_text(encoding="utf-8").splitlines()
    assert [line for line in said if not line.startswith("{")] == []
