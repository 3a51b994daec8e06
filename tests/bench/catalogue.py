"""What it costs to load a catalogue: `PYTHONPATH=. python tests/bench/catalogue.py`; fails beyond the budgets.

Each load runs in a process of its own, best of some rounds for time and worst for memory. The real catalogue comes with
all its sites; the large one is 100,000 made-up indicators watched at 10 sites, half of them with a limit. The start of
Python without a catalogue stands beside it.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from indicators.load import PACKAGE
from tests.indicators.bench.catalogue_load import make

CHILD = """
import json, resource, sys, time
from pathlib import Path
from indicators.load import load
began = time.perf_counter()
catalogue = load(Path(sys.argv[1]), sys.argv[2]) if sys.argv[1:] else None
took = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
counts = [len(catalogue.indicators), len(catalogue.sites), len(catalogue.limits)] if catalogue else [0, 0, 0]
print(json.dumps([took, peak, *counts]))
"""


class Cost(NamedTuple):
    """Seconds and MB of one load, and what was loaded."""

    seconds: float
    peak: float
    indicators: int
    sites: int
    limits: int


def cost(*arguments: str, rounds: int) -> Cost:
    """One load, best time and worst memory of `rounds`."""
    found = [_once(arguments) for _ in range(rounds)]
    return found[0]._replace(seconds=min(one.seconds for one in found), peak=max(one.peak for one in found))


def _once(arguments: tuple[str, ...]) -> Cost:
    command = [sys.executable, "-c", CHILD, *arguments]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, check=True, text=True, timeout=300)
    return Cost(*json.loads(done.stdout))


def tell(name: str, one: Cost, seconds: float, peak: float) -> bool:
    """Print a line; whether it is within the budget."""
    good = one.seconds <= seconds and one.peak <= peak
    sys.stdout.write(
        f"{name:>24}: {one.indicators:7,} indicators {one.sites:5,} sites {one.limits:7,} limits   "
        f"{one.seconds:6.2f} s (<= {seconds:g})   {one.peak:6.0f} MB (<= {peak:g})   {'ok' if good else 'TOO MUCH'}\n"
    )
    return good


def main() -> int:
    results = [tell("no catalogue", cost(rounds=3), 1.0, 150)]
    results += [tell(tenant, cost(str(PACKAGE), tenant, rounds=5), 1.0, 150) for tenant in ("ben-tre", "binh-duong")]
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        results.append(tell("100,000 x 10 sites", cost(folder, "big", rounds=2), 20, 1024))
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main())
