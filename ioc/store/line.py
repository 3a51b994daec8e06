r"""Samples as InfluxDB line protocol, one line a sample. Pure.

`sample,site=…,field=…,indicator=… value=<float>,state=<int>i[,severity=<int>i] <microseconds>`

The tag set is fixed and numbers never change type, because a database keeps the first type it sees. What the format
cannot carry (an empty name, one ending in a backslash, control characters, halves of surrogate pairs, a value that is
no finite number) is refused rather than altered: some databases answer yes to it and keep nothing.
"""

import math
import re
from functools import lru_cache

from ioc.errors import PermanentError
from ioc.model import Sample, Severity

MEASUREMENT = "sample"
PRECISION = {"v1": "u", "v2": "us"}
SPECIAL = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})
SERIES_CACHED = 200_000
_unwritable = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]|\\\Z|\A\Z")


def line(sample: Sample, severity: Severity | None) -> bytes:
    """The whole point; without `severity` the point gets it later by a line of `severity_line`.

    Raises:
        PermanentError: `name`, when a tag cannot be written; `value`, when the value is not finite.
    """
    value = float(sample.value)
    if not math.isfinite(value):
        raise PermanentError("value", f"{value!r} is not a finite number")
    prefix = series_prefix(sample.site, sample.field, sample.indicator)
    tail = b"" if severity is None else b",severity=%di" % severity
    return b"%s value=%s,state=%di%s %d" % (prefix, repr(value).encode(), sample.state, tail, sample.at)


def severity_line(sample: Sample, severity: Severity) -> bytes:
    """The severity alone, for a point whose value was written before it was judged."""
    prefix = series_prefix(sample.site, sample.field, sample.indicator)
    return b"%s severity=%di %d" % (prefix, severity, sample.at)


@lru_cache(maxsize=SERIES_CACHED)
def series_prefix(site: str, field: str, indicator: str) -> bytes:
    """Measurement and tags of a series; tags sorted by key, as databases like them best."""
    return f"{MEASUREMENT},field={escape(field)},indicator={escape(indicator)},site={escape(site)}".encode()


def escape(tag: str) -> str:
    """A tag value as the line protocol wants it."""
    if _unwritable.search(tag):
        raise PermanentError("name", f"tag value {tag!r} cannot be written in line protocol")
    return tag.translate(SPECIAL)
