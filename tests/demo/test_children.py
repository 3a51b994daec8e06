"""Children are started, watched and ended by their process id."""

import signal
import sys
from pathlib import Path

import pytest

from ioc.demo.children import LOOPBACK, Child, answers, free_port, listens, program, stop_all
from ioc.errors import PermanentError

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
SLEEPY = "import time; print('here', flush=True); time.sleep(60)"


def python(code: str, folder: Path, name: str = "child") -> Child:
    return Child(name, [sys.executable, "-c", code], folder / f"{name}.log")


def said(child: Child, word: str) -> bool:
    return word in child.last_words()


def test_child_that_dies_is_reported_with_its_last_words(tmp_path: Path) -> None:
    child = python("import sys; sys.exit('no licence found')", tmp_path)
    with pytest.raises(PermanentError, match=r"ended: child with code 1; it said:\nno licence found"):
        child.start(lambda: False)


def test_child_that_never_gets_ready_is_ended_and_reported(tmp_path: Path) -> None:
    child = python(SLEEPY, tmp_path)
    with pytest.raises(PermanentError, match=r"not ready: child within 0.3 s; it said:\nhere"):
        child.start(lambda: False, timeout=0.3)
    assert not child.running


def test_child_asked_to_stop_ends_by_sigterm(tmp_path: Path) -> None:
    child = python(SLEEPY, tmp_path)
    child.start(lambda: said(child, "here"))
    assert child.stop() == -signal.SIGTERM


def test_child_deaf_to_sigterm_is_killed_after_the_grace(tmp_path: Path) -> None:
    child = python(STUBBORN, tmp_path)
    child.start(lambda: said(child, "deaf"))
    assert child.stop(grace=0.2) == -signal.SIGKILL


def test_children_stopped_together_share_the_grace(tmp_path: Path) -> None:
    children = [python(STUBBORN, tmp_path, f"child{n}") for n in range(3)]
    for child in children:
        child.start(lambda child=child: said(child, "deaf"))
    stop_all(children, grace=0.3)
    assert [child.returncode for child in children] == [-signal.SIGKILL] * 3


def test_child_stopped_twice_or_never_started_is_fine(tmp_path: Path) -> None:
    child = python(SLEEPY, tmp_path)
    assert child.stop() is None
    child.start(lambda: said(child, "here"))
    child.stop()
    assert child.stop() == -signal.SIGTERM


def test_child_started_again_has_a_new_process(tmp_path: Path) -> None:
    child = python(SLEEPY, tmp_path)
    child.start(lambda: said(child, "here"))
    first = child.pid
    child.kill()
    child.start(lambda: True)
    assert child.pid != first
    child.kill()


def test_child_is_out_of_reach_of_ctrl_c_and_has_no_input(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getpid() == os.getsid(0), repr(sys.stdin.read()))"
    child = python(code, tmp_path)
    with pytest.raises(PermanentError, match="True ''"):
        child.start(lambda: False)


def test_program_missing_is_named() -> None:
    with pytest.raises(PermanentError, match="no-such-program-here"):
        program("no-such-program-here")


def test_port_free_is_heard_only_once_something_listens(tmp_path: Path) -> None:
    port = free_port()
    assert not listens(port)
    assert not answers(port, "/")
    server = Child("http", [sys.executable, "-m", "http.server", str(port), "--bind", LOOPBACK], tmp_path / "http.log")
    with server:
        server.start(lambda: listens(port))
        assert answers(port, "/")
        assert not answers(port, "/missing")
