"""From the files to the catalogue, or to every reason why not."""

from pathlib import Path

from indicators.checks import found
from indicators.lookup import Catalogue
from indicators.rows import Placed, Thing
from indicators.tables import read_tables
from ioc.errors import ConfigError

PACKAGE = Path(__file__).parent


def load(root: Path = PACKAGE, tenant: str = "ben-tre") -> Catalogue:
    """The checked catalogue of one tenant; raises ConfigError that lists every problem of its files."""
    tables = read_tables(root, tenant)
    problems = found(tables)
    if problems:
        listed = "\n".join(map(str, problems))
        raise ConfigError(f"{root}: {len(problems)} lỗi trong danh mục / problems in the catalogue:\n{listed}")
    own_sites = {placed.thing.id for placed in tables.sites}
    return Catalogue(
        units=_things(tables.units),
        fields=_things(tables.fields),
        offices=_things(tables.offices),
        sites=_things(tables.sites),
        indicators=_things(tables.indicators),
        limits=(limit for limit in _things(tables.limits) if limit.site is None or limit.site in own_sites),
        targets=(target for target in _things(tables.targets) if target.site is None or target.site in own_sites),
        watches=_things(tables.watches),
        tenant=tenant,
    )


def _things(placed: list[Placed[Thing]]) -> list[Thing]:
    return [one.thing for one in placed]
