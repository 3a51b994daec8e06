"""One report of all rows: what is promised, what was measured, with which seed and versions, and whether it holds."""

import json
import platform
import sqlite3
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ioc import __version__
from ioc.demo.children import program
from ioc.errors import PermanentError

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "build" / "faults"
REPORT = ROOT / "build" / "faults-report.md"
ASKED = {
    "mosquitto": ["-h"],
    "influxd": ["version"],
    "victoria-metrics": ["-version"],
    "strace": ["--version"],
    "faketime": ["--version"],
}
HEAD = "| row | form | promise | measured | seed | s | verdict |\n|---|---|---|---|---|---|---|\n"


@dataclass(frozen=True)
class Record:
    """What one test of one row found."""

    row: str
    form: str
    promise: str
    figures: Mapping[str, object]
    seed: int
    seconds: float
    verdict: str

    @property
    def line(self) -> str:
        """One line of the table."""
        measured = "; ".join(f"{name} {value}" for name, value in self.figures.items())
        return (
            f"| {self.row} | {self.form} | {self.promise} | {measured} | {self.seed} "
            f"| {self.seconds:.1f} | {self.verdict} |\n"
        )


def keep(name: str, record: Record) -> None:
    """Write one record down; processes that share the work each write their own files."""
    RECORDS.mkdir(parents=True, exist_ok=True)
    safe = "".join(c if c.isalnum() else "-" for c in f"{name}-{record.form}")
    (RECORDS / f"{safe}.json").write_text(json.dumps(asdict(record), default=str, ensure_ascii=False), encoding="utf-8")


def forget(form: str) -> None:
    """Remove the records of an earlier run."""
    for path in RECORDS.glob(f"*-{form}.json"):
        path.unlink()


def collate() -> str:
    """Write the report from all records and return it."""
    records = [Record(**json.loads(path.read_text(encoding="utf-8"))) for path in RECORDS.glob("*.json")]
    text = f"# Faults and what became of them\n\n{_surroundings()}\n\n{HEAD}"
    text += "".join(record.line for record in sorted(records, key=lambda one: (one.row, one.form, one.promise)))
    held = sum(record.verdict == "held" for record in records)
    text += f"\n{held} of {len(records)} held.\n"
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(text, encoding="utf-8")
    return text


def _surroundings() -> str:
    found = [f"ioc-monitoring {__version__}", f"Python {platform.python_version()}"]
    found += [
        f"SQLite {sqlite3.sqlite_version}",
        f"Linux {platform.release().split('-')[0]}",
        *_versions(ASKED.items()),
    ]
    return ", ".join(found) + "."


def _versions(asked: Iterable[tuple[str, list[str]]]) -> Iterable[str]:
    for name, options in asked:
        try:
            argv = [program(name), *options]
        except PermanentError:
            yield f"{name} missing"
            continue
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=20)
        told = (done.stdout + done.stderr).strip().splitlines()
        yield told[0][:60] if told else f"{name}, which does not tell its version"
