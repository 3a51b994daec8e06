"""F31: a wrong settings file or catalogue is refused in words, and what runs is not touched by it."""

import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import indicators
from indicators import checks
from ioc.clock import SystemClock
from ioc.errors import ConfigError
from ioc.settings import load
from tests.e2e.centre import Centre, running, wait_until
from tests.e2e.test_path import points
from tests.faults.bed import at_rate, meanwhile
from tests.faults.case import Case
from tests.faults.oracle import Oracle
from tests.support.servers import Mosquitto

CLOCK = SystemClock()


def mutated(text: str, chance: random.Random) -> str:
    """One line of a settings file made wrong."""
    lines = text.splitlines()
    keys = [n for n, line in enumerate(lines) if "=" in line and not line.startswith("#")]
    n = chance.choice(keys)
    name, value = (part.strip() for part in lines[n].split("=", 1))
    lines[n] = chance.choice(
        [f"{name}x = {value}", f"{name} = [[", f"{name} = {{}}", f"{name} {value}", f"{name} = -1.5e"]
    )
    return "\n".join(lines)


@pytest.mark.row("F31", "wrong settings: each refused at the start with file and line, what runs loses nothing")
def test_wrong_settings_are_refused_beside_a_running_centre(case: Case, mosquitto: Mosquitto) -> None:
    read, started = (500, 20) if case.full else (100, 2)
    chance, oracle, series = case.chance(), Oracle(), iter(points(200_000))
    named = refused = 0
    with running(Centre(case.directory, mosquitto.port)) as centre:
        good = (case.directory / "ioc.toml").read_text(encoding="utf-8")
        bad = case.directory / "bad.toml"

        def load_all(_: threading.Event) -> None:
            at_rate(oracle, mosquitto.port, 200, series, _, 5)

        with meanwhile(load_all):
            for number in range(read):
                bad.write_text(mutated(good, chance), encoding="utf-8")
                with pytest.raises(ConfigError) as error:
                    load(bad)
                named += f"{bad}:" in str(error.value)
                if number < started:
                    done = start(bad)
                    refused += done.returncode == 2 and str(bad) in done.stderr and "Traceback" not in done.stderr
            second = start(case.directory / "ioc.toml")
        wait_until(lambda: centre.count("ioc_samples_stored_total") == len(oracle.accepted), 30)
    verdict = oracle.judge_journal(case.directory / "journal")
    case.tell(refused=f"{read} of {read}", with_file_and_line=named, starts_refused=f"{refused} of {started}")
    case.tell(judged=verdict, second_instance=f"ended with code {second.returncode}")
    assert (named, refused) == (read, started)
    assert second.returncode == 2
    assert "another process is writing" in second.stderr
    assert verdict.is_clean, verdict


def start(config: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "ioc", "run", "--config", str(config)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.row("F31", "wrong catalogue: each mistake is found with file, line and column before anything starts")
def test_wrong_catalogues_are_refused(case: Case) -> None:
    times = 100 if case.full else 8
    chance = case.chance()
    root = case.directory / "catalogue"
    ignored = shutil.ignore_patterns("*.py", "__pycache__")
    shutil.copytree(Path(indicators.__file__).parent, root, ignore=ignored)
    assert checks.problems(root, "ben-tre") == []
    found = 0
    for _ in range(times):
        path = chance.choice(sorted([*root.glob("catalogue/*.csv"), *root.glob("limits/*.csv")]))
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        n = chance.randrange(1, len(lines))
        first, rest = lines[n].split(",", 1)
        lines[n] = chance.choice([f"{first}", f"Không Hợp Lệ,{rest}", lines[n] + ",thừa", f"{first},khong-co,{rest}"])
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        problems = [str(problem) for problem in checks.problems(root, "ben-tre")]
        found += any(f"{path.name}:{n + 1}" in problem for problem in problems)
        path.write_text(text, encoding="utf-8")
    case.tell(found_with_file_and_line=f"{found} of {times}")
    assert found == times
