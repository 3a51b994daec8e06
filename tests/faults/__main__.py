"""All rows in full, then the report: `python -m tests.faults [options of pytest]`."""

import sys

import pytest

from tests.faults import report


def main() -> int:
    report.forget("full")
    # Three at a time on two cores: the longest rows wait most of the time.
    code = pytest.main(["--full", "-n", "3", "--dist", "worksteal", "tests/faults", *sys.argv[1:]])
    sys.stdout.write(report.collate())
    sys.stdout.write(f"\n{report.REPORT}\n")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
