"""All files of one tenant's catalogue, read but not yet checked against each other."""

from dataclasses import dataclass, field
from pathlib import Path

from indicators import rows
from indicators.problem import Problem, meant
from indicators.rows import Placed, Table, Thing
from indicators.sheet import read
from indicators.spec import Field, Indicator, Limit, Office, Site, Target, Unit, Watch


@dataclass
class Tables:
    """The rows of every file with their places.

    `ids` also has those of rows that could not be read, and `unread` the kinds of which a whole file could not, so that
    one mistake is not told as a hundred. `other_*` is what other tenants' files name.
    """

    tenant: str
    units: list[Placed[Unit]] = field(default_factory=list)
    fields: list[Placed[Field]] = field(default_factory=list)
    offices: list[Placed[Office]] = field(default_factory=list)
    sites: list[Placed[Site]] = field(default_factory=list)
    indicators: list[Placed[Indicator]] = field(default_factory=list)
    limits: list[Placed[Limit]] = field(default_factory=list)
    targets: list[Placed[Target]] = field(default_factory=list)
    watches: list[Placed[Watch]] = field(default_factory=list)
    ids: dict[str, set[str]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    other_sites: set[str] = field(default_factory=set)
    other_watches: list[Watch] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_tables(root: Path, tenant: str) -> Tables:
    """Every file of the tenant below `root`; whatever cannot be read stands in `problems`."""
    tables = Tables(tenant)
    home = f"tenants/{tenant}"
    if not (root / home).is_dir():
        tables.problems.append(_no_tenant(root, tenant))
        return tables
    tables.units += _take(tables, root, "units.csv", rows.UNITS, "unit")
    tables.fields += _take(tables, root, "fields.csv", rows.FIELDS, "field")
    tables.offices += _take(tables, root, "offices.csv", rows.OFFICES, "office")
    tables.sites += _take(tables, root, f"{home}/sites.csv", rows.SITES, "site")
    tables.watches += _take(tables, root, f"{home}/profiles.csv", rows.WATCHES, "watch")
    for name in _names(root, "catalogue"):
        tables.indicators += _take(tables, root, name, rows.INDICATORS, "indicator")
    for name in (*_names(root, "limits"), *_present(root, f"{home}/limits.csv")):
        tables.limits += _take(tables, root, name, rows.LIMITS, "limit")
    for name in (*_names(root, "targets"), *_present(root, f"{home}/targets.csv")):
        tables.targets += _take(tables, root, name, rows.TARGETS, "target")
    _look_elsewhere(tables, root)
    return tables


def _take(tables: Tables, root: Path, name: str, table: Table[Thing], kind: str) -> list[Placed[Thing]]:
    sheet = read(root, name, table.columns)
    path = Path(name)
    things, problems = table.take(sheet, path.parent.name if path.parts[0] == "tenants" else path.stem)
    tables.problems += sheet.problems + problems
    tables.ids.setdefault(kind, set()).update(row.cells.get("id", "") for row in sheet.rows)
    if sheet.problems:
        tables.unread.add(kind)
    return things


def _look_elsewhere(tables: Tables, root: Path) -> None:
    """What other tenants have; their own problems are told when they are loaded."""
    for home in sorted(path for path in (root / "tenants").iterdir() if path.is_dir() and path.name != tables.tenant):
        sites = read(root, f"tenants/{home.name}/sites.csv", rows.SITES.columns)
        tables.other_sites.update(row.cells["id"] for row in sites.rows)
        watches, _ = rows.WATCHES.take(read(root, f"tenants/{home.name}/profiles.csv", rows.WATCHES.columns), home.name)
        tables.other_watches += [placed.thing for placed in watches]


def _names(root: Path, folder: str) -> list[str]:
    return [f"{folder}/{path.name}" for path in sorted((root / folder).glob("*.csv"))]


def _present(root: Path, name: str) -> list[str]:
    return [name] if (root / name).is_file() else []


def _no_tenant(root: Path, tenant: str) -> Problem:
    folder = root / "tenants"
    known = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    hint = meant(tenant, known)
    listed = ", ".join(known)
    return Problem(
        f"tenants/{tenant}",
        1,
        "",
        f"không có thư mục này.{hint.vi} Có: {listed}.",
        f"there is no such folder.{hint.en} There are: {listed}.",
    )
