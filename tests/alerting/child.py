"""A course of values, and a process that evaluates it and can be killed."""

import random
import subprocess
import sys
from pathlib import Path

from ioc.model import Sample
from tests.alerting.bed import sample

HERE = Path(__file__).parent
ENTRIES = 420
SITES = ["an-thoi", "cho-lach", "giong-trom", "thanh-phu"]


def course(dice: random.Random) -> list[Sample]:
    """Four stations, a value every 20 s or so, wandering through all limits, with gaps, delays and late values."""
    samples, values = [], dict.fromkeys(SITES, 5.0)
    received = 0.0
    for i in range(ENTRIES):
        place = dice.choice(SITES[: 3 + (i // 60) % 2])
        values[place] = min(16.0, max(0.0, values[place] + dice.choice([-4.0, -1.0, 0.0, 0.0, 2.0, 4.0])))
        measured = 8.0 * i - (200 if dice.random() < 0.05 else dice.uniform(0, 3))
        received = max(received, 8.0 * i + dice.uniform(0, 5))
        samples.append(sample(measured, values[place], received=received, site=place))
    return samples


def start(journal: Path, state: Path, stop: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "evaluate_journal.py"), str(journal), str(state), str(stop)]
    root = {"PYTHONPATH": str(HERE.parents[1])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=root)


def kill(child: subprocess.Popen[str]) -> None:
    with child:
        child.kill()


def run_until(child: subprocess.Popen[str], word: str, lines: int = 10**6) -> str:
    """Read what the child says until `word` or that many lines, kill it, and return its last word."""
    assert child.stdout is not None
    said = ""
    for _ in range(lines):
        said = child.stdout.readline().strip()
        if said in (word, ""):
            break
    kill(child)
    assert said, "the evaluating process died of itself"
    return said
