r"""Samples and other points as InfluxDB line protocol, one line each. Pure.

`sample,site=…,field=…,indicator=… value=<float>,state=<int>i[,severity=<int>i] <microseconds>`

The tag set is fixed and numbers never change type, because a database keeps the first type it sees. What the format
cannot carry (an empty name, one ending in a backslash, control characters, halves of surrogate pairs, a value that is
no finite number) is refused rather than altered: some databases answer yes to it and keep nothing.
"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from ioc.errors import PermanentError
from ioc.model import Micros, Sample, Severity

MEASUREMENT = "sample"
PRECISION = {"v1": "u", "v2": "us"}
SPECIAL = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})
SERIES_CACHED = 200_000
_unwritable = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]|\\\Z|\A\Z")


class Point(Protocol):
    """A point of any measurement. Numbers that are int are written as such."""

    @property
    def measurement(self) -> str: ...  # noqa: D102
    @property
    def site(self) -> str: ...  # noqa: D102
    @property
    def field(self) -> str: ...  # noqa: D102
    @property
    def indicator(self) -> str: ...  # noqa: D102
    @property
    def at(self) -> Micros: ...  # noqa: D102
    @property
    def numbers(self) -> Mapping[str, float]: ...  # noqa: D102


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


def point_line(point: Point) -> bytes:
    """Any other point, with all of its numbers.

    Raises:
        PermanentError: as `line` does.
    """
    prefix = series_prefix(point.site, point.field, point.indicator, point.measurement)
    numbers = ",".join(f"{name}={_number(number)}" for name, number in point.numbers.items())
    return b"%s %s %d" % (prefix, numbers.encode(), point.at)


def _number(number: float) -> str:
    if isinstance(number, int):
        return f"{number}i"
    if not math.isfinite(number):
        raise PermanentError("value", f"{number!r} is not a finite number")
    return repr(number)


@lru_cache(maxsize=SERIES_CACHED)
def series_prefix(site: str, field: str, indicator: str, measurement: str = MEASUREMENT) -> bytes:
    """Measurement and tags of a series; tags sorted by key, as databases like them best."""
    return f"{measurement},field={escape(field)},indicator={escape(indicator)},site={escape(site)}".encode()


def escape(tag: str) -> str:
    """A tag value as the line protocol wants it."""
    if _unwritable.search(tag):
        raise PermanentError("name", f"tag value {tag!r} cannot be written in line protocol")
    return tag.translate(SPECIAL)
