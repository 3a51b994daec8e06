"""The demonstration's own part: starting and stopping its children."""

import threading
from pathlib import Path

import pytest

from ioc.clock import SystemClock
from ioc.demo.children import stop_all
from ioc.demo.play import Demo, DemoOptions
from ioc.errors import PermanentError


def test_being_asked_to_stop_ends_the_wait_for_a_child(tmp_path: Path) -> None:
    demo = Demo(DemoOptions(open_browser=False), say=lambda _: None)
    began = SystemClock().monotonic()
    asking = threading.Timer(0.3, demo._asked_to_stop.set)
    asking.start()
    with pytest.raises(PermanentError, match="stopped"):
        demo._run("engine", ["-c", "import time; time.sleep(30)"], tmp_path, lambda: False)
    stop_all(demo._children)
    asking.join()
    assert SystemClock().monotonic() - began < 5
    assert not demo._children[0].running
