"""How many samples a CPU-second judges and commits: `python -m tests.bench.alerting`.

Catalogues of some series with some rules each, in one run, warm. One value in fifty breaks a limit, in one of the
catalogues all do. The commit is part of the price; the first look-up of every series is shown apart.
"""

import gc
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

from indicators.spec import Limit
from ioc.alerting.extra import Change, ExtraRule, Stuck
from ioc.alerting.judge import Judge
from ioc.alerting.ledger import Ledger
from ioc.alerting.rules import NO_EXTRAS, Bound, Extras, Rule
from ioc.alerting.turn import Memory
from ioc.model import HOUR, MINUTE, Entry, Kind, Severity
from tests.alerting.bed import SmallCatalogue, limit, sample
from tests.bench.table import say, show, table

HEAD = (
    "series and rules",
    "samples/CPU-s",
    "first look-up of a series, /CPU-s",
    "bytes a series",
    "cost of a sample / first row's",
)
BATCH = 500
MANY_BYTES = 10_000_000
"""Below that the most memory that the process ever had tells nothing about one catalogue."""
SAMPLES = 200_000
ONE_RULE = [limit()]
FOUR_RULES = [
    limit(),
    limit(id="above-warning", severity=Severity.WARNING, value=9.5),
    limit(id="below-warning", severity=Severity.WARNING, kind=Kind.BELOW, value=1.0),
    limit(id="below-critical", kind=Kind.BELOW, value=0.5),
]


class Cost(NamedTuple):
    """Samples per CPU-second when every series is known and when none is, and bytes for each."""

    name: str
    series: int
    warm: float
    cold: float
    grown: float


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


class EveryRise:
    """One rule that every series rises under, and one for stuck values."""

    root = ""

    def __init__(self) -> None:
        """Bound once: they are the same for every series at every time."""
        self._bound = tuple(
            Bound(
                Rule(f"{kind}", kind, Severity.WARNING, None, high, 0.0, 0, 0, "assumption"),
                ExtraRule(f"{kind}", kind, Severity.WARNING, "salinity", what, "assumption"),
                HOUR,
            )
            for kind, what, high in (
                (Kind.RISING, Change(by=100.0, window=HOUR, per=HOUR), 100.0),
                (Kind.STUCK, Stuck(cadences=1e6), float(10**6 * MINUTE)),
            )
        )

    def rules_for(self, *_: object) -> tuple[Rule, ...]:
        """None."""
        return ()

    def bound_for(self, *_: object) -> tuple[Bound, ...]:
        """Both."""
        return self._bound

    def feeding(self, *_: object) -> tuple[str, ...]:
        """The one indicator."""
        return ("salinity",)

    def tallies_of(self, *_: object) -> tuple[tuple[str, ExtraRule], ...]:
        """None."""
        return ()

    def tally_rule(self, *_: object) -> Rule | None:
        """None."""
        return None


def measure(
    name: str,
    series: int,
    limits: list[Limit],
    every: int = 50,
    extras: Extras = NO_EXTRAS,
    *,
    is_shuffled: bool = False,
) -> Cost:
    """What one catalogue costs. `is_shuffled`: neighbours in time are none in the ledger's table."""
    say(name)
    sites = [f"site-{i:07}" for i in range(series)]
    if is_shuffled:
        random.Random(7).shuffle(sites)
    catalogue = SmallCatalogue(limits, sites)
    entries = journal(sites, every)
    first, then = list(islice(entries, series)), list(islice(entries, SAMPLES))
    before = resident()
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "state.db")
        judge = Judge(catalogue, Memory(), extras)
        cold = series / spend(judge, ledger, first)
        grown = (resident() - before) / series
        gc.collect()
        ledger._db.execute("pragma wal_checkpoint(truncate)")  # what the loading left behind is no cost of a sample
        warm = SAMPLES / spend(judge, ledger, then)
        ledger.close()
    return Cost(name, series, warm, cold, grown)


def run() -> str:
    """The table."""
    costs = [
        measure("1,000 x 1", 1_000, ONE_RULE),
        measure("300 x 4", 300, FOUR_RULES),
        measure("1,200 x 1, all firing", 1_200, ONE_RULE, every=1),
        measure("100,000 x 1", 100_000, ONE_RULE),
        measure("1,000 x 1, a rise and a run watched", 1_000, ONE_RULE, extras=EveryRise()),
        measure("1,000,000 x 1", 1_000_000, ONE_RULE),
        measure("1,000,000 x 1, in random order", 1_000_000, ONE_RULE, is_shuffled=True),
    ]
    return table(HEAD, [_row(one, costs[0].warm) for one in costs])


def _row(one: Cost, base: float) -> tuple[str, ...]:
    grown = f"{one.grown:,.0f}" if one.grown * one.series > MANY_BYTES else "-"
    return one.name, f"{one.warm:,.0f}", f"{one.cold:,.0f}", grown, f"{base / one.warm:.2f}"


if __name__ == "__main__":
    show(run())
