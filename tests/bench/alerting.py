"""How many samples a CPU-second judges and commits: `PYTHONPATH=. python tests/bench/alerting.py`.

Four catalogues in one run, each warm. One value in fifty breaks a limit, in one of the four all do. The commit is
part of the price; the first look-up of every series is shown apart.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "alerting"))

from bed import SmallCatalogue, limit, sample

from indicators.spec import Limit
from ioc.alerting.judge import Judge
from ioc.alerting.ledger import Ledger
from ioc.alerting.turn import Memory
from ioc.model import Entry, Kind, Severity

BATCH = 500
SAMPLES = 200_000
ONE_RULE = [limit()]
FOUR_RULES = [
    limit(),
    limit(id="above-warning", severity=Severity.WARNING, value=9.5),
    limit(id="below-warning", severity=Severity.WARNING, kind=Kind.BELOW, value=1.0),
    limit(id="below-critical", kind=Kind.BELOW, value=0.5),
]


def journal(sites: list[str], every: int = 50) -> Iterator[Entry]:
    """Every site in turn, all of them once in ten seconds, one value in `every` beyond the limit."""
    for seq in count(1):
        turn, place = divmod(seq - 1, len(sites))
        seconds = 10 * turn + 10 * place / len(sites)
        yield Entry(seq, sample(seconds, 11.0 if seq % every == 0 else 5.0, site=sites[place]))


def spend(judge: Judge, ledger: Ledger, entries: list[Entry]) -> float:
    """CPU-seconds to judge and commit these entries."""
    began = time.process_time()
    for first in range(0, len(entries), BATCH):
        ledger.commit(judge.take(entries[first : first + BATCH]))
    return time.process_time() - began


def resident() -> int:
    """Bytes, the most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(name: str, series: int, limits: list[Limit], every: int = 50) -> float:
    """Samples per CPU-second, warm; prints a line."""
    sites = [f"site-{i}" for i in range(series)]
    catalogue = SmallCatalogue(limits, sites)
    entries = journal(sites, every)
    first, then = list(islice(entries, series)), list(islice(entries, SAMPLES))
    before = resident()
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "state.db")
        judge = Judge(catalogue, Memory())
        cold = series / spend(judge, ledger, first)
        grown = (resident() - before) / series
        warm = SAMPLES / spend(judge, ledger, then)
        ledger.close()
    sys.stdout.write(f"{name:>34}: {warm:9,.0f} samples/CPU-s   first look-up {cold:9,.0f}   +{grown:6,.0f} B/series\n")
    return warm


def main() -> None:
    measure("300 series x 4 rules (1,200)", 300, FOUR_RULES)
    measure("1,200 series x 1 rule, all firing", 1_200, ONE_RULE, every=1)
    small = measure("1,000 series x 1 rule", 1_000, ONE_RULE)
    large = measure("100,000 series x 1 rule", 100_000, ONE_RULE)
    sys.stdout.write(f"{'cost per sample, large / small':>34}: {small / large:9.2f}\n")


if __name__ == "__main__":
    main()
