"""The demonstration's own part: starting and stopping its children."""

import threading
import webbrowser
from pathlib import Path

import pytest

from ioc.clock import SystemClock
from ioc.demo.children import stop_all
from ioc.demo.play import Demo, DemoOptions, _show
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


@pytest.mark.parametrize(
    ("kind", "shown"),
    [(webbrowser.BackgroundBrowser, ["url"]), (webbrowser.GenericBrowser, [])],
    ids=["window", "text"],
)
def test_only_a_browser_with_a_window_is_opened(
    monkeypatch: pytest.MonkeyPatch, kind: type[webbrowser.GenericBrowser], shown: list[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "get", lambda: kind("a-browser"))
    monkeypatch.setattr(kind, "open", lambda _, url: opened.append(url))
    _show("url")
    assert opened == shown


def test_machine_without_a_browser_gets_the_address_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    _show("url")
