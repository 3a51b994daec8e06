"""Everything that can be wrong with a catalogue, found all at once and told with the way out."""

from collections.abc import Callable, Iterator
from pathlib import Path

from indicators import indicator_checks, name_checks, ruling_checks, site_checks
from indicators.problem import Problem
from indicators.tables import Tables, read_tables

Check = Callable[[Tables], Iterator[Problem]]

CHECKS: tuple[Check, ...] = (
    name_checks.same_ids,
    name_checks.similar_names,
    indicator_checks.homes,
    indicator_checks.references,
    indicator_checks.ranges,
    indicator_checks.weights,
    indicator_checks.formulas,
    indicator_checks.rings,
    indicator_checks.unwatched,
    ruling_checks.references,
    ruling_checks.limit_values,
    ruling_checks.target_values,
    ruling_checks.bases,
    ruling_checks.severities,
    ruling_checks.overlaps,
    site_checks.references,
    site_checks.shapes,
    site_checks.rings,
    site_checks.watches,
    site_checks.overlaps,
)


def problems(root: Path, tenant: str) -> list[Problem]:
    """What is wrong with the files of one tenant, by file and line; empty when nothing is."""
    return found(read_tables(root, tenant))


def found(tables: Tables) -> list[Problem]:
    """What is wrong with tables that were read, their reading included."""
    return sorted({*tables.problems, *(problem for check in CHECKS for problem in check(tables))})
