"""One row of the journal: how it is checked, and how it becomes an entry again."""

from collections.abc import Sequence
from zlib import crc32

from ioc.model import Entry, Micros, Sample, State

SAMPLE_COLUMNS = (
    "x.seq, s.site, s.field, s.indicator, x.at, x.value, x.state, x.source, x.original, x.received_at, x.crc"
)

Key = tuple[str, str, str]
"""Site, field and indicator of a series."""

Content = tuple[Micros, float, int, str, str | None, Micros]
"""Measured at, value, state, source, original, received at."""


def checksum(seq: int, key: Key, content: Content) -> int:
    """The CRC-32 of everything that a row says, the names of its series included."""
    return crc32(repr((seq, *key, *content)).encode())


def entry(row: Sequence[object]) -> Entry | None:
    """The entry in a row of `SAMPLE_COLUMNS`; None when the row is not what was written."""
    seq, site, field, indicator, at, value, state, source, original, received_at, crc = row
    key: Key = (site, field, indicator)  # type: ignore[assignment]
    content: Content = (at, value, state, source, original, received_at)  # type: ignore[assignment]
    if checksum(seq, key, content) != crc:  # type: ignore[arg-type]
        return None
    return Entry(seq, Sample(*key, content[0], content[1], State(content[2]), *content[3:]))  # type: ignore[arg-type]
