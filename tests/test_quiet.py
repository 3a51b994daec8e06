"""Ctrl-C at any moment of the start: no stack, and the code that a shell expects."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

import ioc.cli
import simulators.__main__
from ioc.quiet import INTERRUPTED, loading

DEAF = "import os, signal; signal.signal(2, signal.SIG_IGN); "


def interrupted(module: str, *arguments: str, after: str) -> None:
    """A program that gets Ctrl-C as soon as it has loaded the module `after` ends with no stack."""
    command = [sys.executable, "-X", "importtime", "-m", module, *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.rpartition("|")[2].strip() == after:
                process.send_signal(signal.SIGINT)
                break
        said = [line for line in process.stderr if not line.startswith("import time:")]
        code = process.wait(timeout=60)
    # On a machine that is busy the program may be up before it is interrupted, and stops in order.
    assert (code, "".join(said)) == (INTERRUPTED, "") or (code == 0 and not any("Traceback" in line for line in said))


@pytest.mark.parametrize("after", ["asyncio", "typer", "pydantic", "simulators.scenarios"])
def test_ctrl_c_while_the_demonstration_is_loaded_shows_no_stack(after: str) -> None:
    interrupted("ioc", "demo", "--no-browser", after=after)


@pytest.mark.parametrize("after", ["structlog", "fastapi", "aiomqtt.client"])
def test_ctrl_c_while_the_engine_is_loaded_shows_no_stack(after: str, tmp_path: Path) -> None:
    config = tmp_path / "ioc.toml"
    config.write_text(f'[journal]\ndirectory = "{tmp_path}/j"\n[state]\ndirectory = "{tmp_path}/s"\n', encoding="utf-8")
    interrupted("ioc", "run", "--config", str(config), after=after)


@pytest.mark.parametrize("after", ["typer", "pydantic", "indicators.load"])
def test_ctrl_c_while_the_simulators_are_loaded_shows_no_stack(after: str) -> None:
    interrupted("simulators", after=after)


def test_program_that_was_started_deaf_to_ctrl_c_stays_so() -> None:
    code = DEAF + "from ioc.quiet import loading\nwith loading(): os.kill(os.getpid(), 2)\nprint('alive')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "alive\n"


def test_after_loading_ctrl_c_means_what_it_meant() -> None:
    before = signal.getsignal(signal.SIGINT)
    with loading():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.parametrize("main", [ioc.cli.main, simulators.__main__.main], ids=["ioc", "simulators"])
def test_ctrl_c_while_the_commands_are_put_together_shows_no_stack(
    main: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGINT)
    handlers: list[object] = []

    def put_together(_: typer.Typer) -> Callable[[], None]:
        handlers.append(signal.getsignal(signal.SIGINT))
        return lambda: handlers.append(signal.getsignal(signal.SIGINT))

    monkeypatch.setattr(typer.main, "get_command", put_together)
    main()
    assert handlers[0] != before
    assert handlers[1] == before
