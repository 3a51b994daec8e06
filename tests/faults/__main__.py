"""All rows in full, then the report: `python -m tests.faults [options of pytest]`."""

import sys

import pytest

from tests.faults import report


def main() -> int:
    report.forget("full")
    code = pytest.main(["--full", "-n", "2", "--dist", "loadfile", "tests/faults", *sys.argv[1:]])
    sys.stdout.write(report.collate())
    sys.stdout.write(f"\n{report.REPORT}\n")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
