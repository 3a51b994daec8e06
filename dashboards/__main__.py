"""`python -m dashboards`: write every wall of a tenant from the catalogue, or check that they are up to date."""

import argparse
import sys
from datetime import date
from pathlib import Path

from dashboards.centre import noon
from dashboards.render import PACKAGE, differing, files, write
from dashboards.words import LANGUAGES, VI, Words
from indicators.load import PACKAGE as CATALOGUE
from indicators.load import load
from ioc.errors import ConfigError

REFERENCE = ("ben-tre",)
"""Whose walls are kept beside the code; other tenants are written where they are needed."""


def main() -> int:
    """0 when all is written or equal, 1 when files differ, 2 when the catalogue has problems."""
    options = _options()
    at = None if options.as_of is None else noon(options.as_of)
    wanted: dict[str, str] = {}
    try:
        for tenant in options.tenant or REFERENCE:
            wanted |= files(load(options.catalogue, tenant), Words(options.lang), at)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if not options.check:
        write(options.out, wanted)
        return 0
    changed = differing(options.out, wanted)
    sys.stderr.writelines(f"{options.out / name}: differs, run `python -m dashboards`\n" for name in changed)
    return 1 if changed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dashboards", description=__doc__)
    parser.add_argument("--tenant", action="append", help="whose walls; may be repeated (default: ben-tre)")
    parser.add_argument("--check", action="store_true", help="write nothing; list the files that differ")
    parser.add_argument("--lang", choices=LANGUAGES, default=VI, help="language of every word (default: vi)")
    parser.add_argument("--out", type=Path, default=PACKAGE, help="folder to write into (default: the package)")
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE, help="folder of the catalogue")
    parser.add_argument("--as-of", type=date.fromisoformat, help="day whose catalogue is shown, YYYY-MM-DD")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
