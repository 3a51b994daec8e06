"""How long and how much memory a catalogue takes to load: the real one, then 100,000 made-up indicators at 10 sites.

Run `python tests/indicators/bench/catalogue_load.py`; figures go to standard output.
"""

import csv
import resource
import sys
import tempfile
import time
from pathlib import Path

from indicators.load import PACKAGE, load
from indicators.lookup import Catalogue
from indicators.rows import INDICATORS, LIMITS, SITES, WATCHES
from ioc.model import Micros

NOON_2025: Micros = 1_735_707_600_000_000
COUNT, SITE_COUNT, FIELDS = 100_000, 10, ("health", "economy", "environment", "security")


def main() -> None:
    """Measure and tell."""
    _tell("the real catalogue", PACKAGE, "ben-tre")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make(root)
        catalogue = _tell(f"{COUNT:,} indicators x {SITE_COUNT} sites", root, "big")
    _ask(catalogue)


def make(root: Path) -> None:
    """Write the large catalogue below `root`."""
    for name in ("units.csv", "fields.csv", "offices.csv"):
        (root / name).write_bytes((PACKAGE / name).read_bytes())
    share = COUNT // len(FIELDS)
    for number, field in enumerate(FIELDS):
        span = range(number * share, (number + 1) * share)
        _write(root / f"catalogue/{field}.csv", INDICATORS.columns, [_indicator(k) for k in span])
        _write(root / f"limits/{field}.csv", LIMITS.columns, [_limit(k) for k in span if k % 2])
    _write(root / "tenants/big/sites.csv", SITES.columns, [_site(k) for k in range(SITE_COUNT)])
    watches = [{"site": f"site-{k}", "field": field, "tier": "3"} for k in range(SITE_COUNT) for field in FIELDS]
    _write(root / "tenants/big/profiles.csv", WATCHES.columns, watches)


def _indicator(k: int) -> dict[str, str]:
    names = {"id": f"indicator-{k}", "name_vi": f"Chỉ tiêu số {k}", "name_en": f"Indicator number {k}"}
    how = {"unit": "%", "cadence": "1h", "period": "instant", "direction": "higher-better", "decimals": "1"}
    span = {"min": "0", "max": "100", "typical_min": "20", "typical_max": "80"}
    rest = {"rollup_time": "mean", "rollup_space": "weighted-mean", "weight": "@population", "tier": str(k % 3 + 1)}
    return names | how | span | rest | {"owner": "so-y-te", "source": "thu-cong", "confidence": "assumption"}


def _limit(k: int) -> dict[str, str]:
    names = {"id": f"limit-{k}", "indicator": f"indicator-{k}", "kind": "above", "severity": "critical", "value": "90"}
    return (
        names
        | {"hysteresis": "1", "for": "10min", "keep_firing_for": "0s"}
        | {
            "basis": "assumption",
            "confidence": "assumption",
        }
    )


def _site(k: int) -> dict[str, str]:
    return {"id": f"site-{k}", "level": "province", "kind": "tỉnh", "name_vi": f"Tỉnh {k}", "name_en": f"Province {k}"}


def _write(path: Path, columns: object, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _tell(what: str, root: Path, tenant: str) -> Catalogue:
    start = time.perf_counter()
    catalogue = load(root, tenant)
    took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{what}: {took:.2f} s, process peak {peak:.0f} MB\n")
    return catalogue


def _ask(catalogue: Catalogue) -> None:
    start = time.perf_counter()
    count = len(catalogue.series(NOON_2025))
    took = time.perf_counter() - start
    sys.stdout.write(f"first series(): {count:,} in {took:.2f} s\n")
    for what, ask in (("watched", catalogue.watched), ("limits_for", catalogue.limits_for)):
        start = time.perf_counter()
        for k in range(100_000):
            ask("site-3", f"indicator-{k}", NOON_2025)
        sys.stdout.write(f"{what}: {(time.perf_counter() - start) * 10:.2f} µs a call\n")


if __name__ == "__main__":
    main()
