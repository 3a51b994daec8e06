r"""Roll-ups as InfluxDB line protocol, one line each. Pure.

`sample_1mo,field=…,indicator=…,site=… value=<float>,n=<int>i,… <microseconds of the period's start>`

Roll-ups over time have one measurement per period (`sample_1d`, `sample_1mo`, `sample_1q`, `sample_1y`); those over
space and by formula have one each (`sample_space`, `sample_formula`) with the tag `period`, because a day, a month and
a year may begin at the same moment. Without a value the line carries `gap` above 0 and no `value`.
"""

import re
from functools import lru_cache

from indicators.spec import Period
from ioc.errors import PermanentError
from ioc.rollup.row import Axis, Rollup

PERIODS = {Period.DAY: "1d", Period.MONTH: "1mo", Period.QUARTER: "1q", Period.YEAR: "1y"}
SPECIAL = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})
PREFIXES_CACHED = 200_000
_unwritable = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]|\\\Z|\A\Z")


def line(row: Rollup, field: str) -> bytes:
    """The point of a roll-up; `field` is the field of its indicator.

    Raises:
        PermanentError: `name`, when a tag cannot be written.
    """
    prefix = _prefix(row.axis, row.kind, field, row.indicator, row.site)
    numbers = {
        "value": row.value,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "low": row.low if row.gap == 0 else None,
        "high": row.high if row.gap == 0 else None,
    }
    floats = "".join(f"{name}={float(number)!r}," for name, number in numbers.items() if number is not None)
    codes = f"n={row.n}i,m={row.m}i,state={int(row.state)}i,complete={int(row.complete)}i,gap={int(row.gap)}i"
    return f"{prefix} {floats}{codes},revision={row.revision}i {row.start}".encode()


@lru_cache(maxsize=PREFIXES_CACHED)
def _prefix(axis: Axis, kind: Period, field: str, indicator: str, site: str) -> str:
    tags = f"field={_escape(field)},indicator={_escape(indicator)}"
    if axis is Axis.TIME:
        return f"sample_{PERIODS[kind]},{tags},site={_escape(site)}"
    return f"sample_{axis.value},{tags},period={kind.value},site={_escape(site)}"


def _escape(tag: str) -> str:
    if _unwritable.search(tag):
        raise PermanentError("name", f"tag value {tag!r} cannot be written in line protocol")
    return tag.translate(SPECIAL)
