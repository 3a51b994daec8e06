"""From a topic to the address that it names."""

import re

import msgspec

ID = r"[a-z0-9-]{1,64}"
_single = re.compile(rf"ioc/v1/({ID})/({ID})/({ID})")
_batch = re.compile(rf"ioc/v1/({ID})")


class Address(msgspec.Struct, frozen=True, gc=False):
    """Where a payload was sent: one series, or a site whose readings name field and indicator themselves."""

    site: str
    field: str | None = None
    indicator: str | None = None


def parse(topic: str) -> Address | None:
    """The address in `ioc/v1/{site}/{field}/{indicator}` or `ioc/v1/{site}`; None for anything else."""
    if match := _single.fullmatch(topic):
        return Address(*match.groups())
    if match := _batch.fullmatch(topic):
        return Address(match[1])
    return None
