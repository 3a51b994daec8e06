"""Run the benches: `python -m tests.bench [name ...]`; without names all of them.

Each runs in a process group of its own, within its time, and prints Markdown. The figures depend on the machine and on
what else it does: compare figures of one run, not of two.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench.table import show

HERE = Path(__file__).parent
NOT_A_BENCH = {"__main__", "table", "traffic", "usage"}
SECONDS = {"demo": 900, "walls": 900}
AT_MOST = 420
"""Seconds for a bench that is not named above."""


def benches() -> list[str]:
    """The names of all benches."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_A_BENCH)


def measure(name: str) -> bool:
    """Run one bench and show what it printed; whether it ended well and in time."""
    command = [sys.executable, "-m", f"tests.bench.{name}"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=HERE.parents[1], start_new_session=True
    ) as process:
        try:
            output, _ = process.communicate(timeout=SECONDS.get(name, AT_MOST))
        except subprocess.TimeoutExpired:
            show(f"{name} took too long and was ended")
            return False
        finally:
            _end(process)
    show(output.strip() if output.startswith("|") else f"```text\n{output.rstrip()}\n```")
    return process.returncode == 0


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def main(names: Sequence[str]) -> int:
    """Run the named benches, or all; 1 when one of them failed."""
    known = benches()
    if unknown := set(names) - set(known):
        sys.stderr.write(f"no bench named {min(unknown)!r}; there are: {', '.join(known)}\n")
        return 2
    chosen = names or known
    failed = []
    for number, name in enumerate(chosen, 1):
        sys.stderr.write(f"==> {number}/{len(chosen)} {name}\n")
        show(f"\n## {name}\n")
        if not measure(name):
            failed.append(name)
            sys.stderr.write(f"    {name} failed\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
