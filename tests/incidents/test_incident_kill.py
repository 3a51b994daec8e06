"""Killed as often as you like: incidents, log, ladders and messages are in the end those of an undisturbed twin."""

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from ioc.incidents.fold import fold
from ioc.incidents.model import Stage
from ioc.incidents.tables import log, newest

HERE = Path(__file__).parent
KILLS = 7


def live(state: Path, lines: int | None) -> str:
    """Let the story go on for so many lines, or to its end, then kill it; its last word."""
    command = [sys.executable, str(HERE / "live_on.py"), str(state)]
    root = {"PYTHONPATH": str(HERE.parents[1])}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=root) as child:
        assert child.stdout is not None
        said = ""
        for _ in range(10**6 if lines is None else lines):
            said = child.stdout.readline().strip()
            if said in {"done", ""}:
                break
        child.kill()
    assert said, "the process died of itself"
    return said


def test_incidents_after_kills_equal_those_of_a_twin(tmp_path: Path) -> None:
    twin, state = tmp_path / "twin.db", tmp_path / "state.db"
    assert live(twin, None) == "done"
    dice = random.Random(5)
    assert [live(state, dice.randint(1, 8)) for _ in range(KILLS)].count("done") < KILLS // 2
    assert live(state, None) == "done"
    with closing(sqlite3.connect(twin)) as one, closing(sqlite3.connect(state)) as other:
        assert list(other.iterdump()) == list(one.iterdump())
        kinds = {kind for (kind,) in one.execute("select kind from acts")}
        assert {"opened", "moved", "acknowledged", "asked", "overdue", "escalated", "resolved", "silenced"} <= kinds
        for incident in newest(one, tuple(Stage), 1000, None):
            assert fold(log(one, incident.id)) == incident
        held = "select count(*) from acts where kind = 'moved' and body like '%\"silence\":\"s-%'"
        assert one.execute(held).fetchone()[0] > 0
