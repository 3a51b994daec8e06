"""The courses of limits and targets as points of the measurement `bound`. Pure.

Tags: `site`, `field`, `indicator` and `line` (as `indicators.course` names them). Fields: `value` (float), `held` (1
while the line is there, 0 where it ends; then `value`, if any, is an old one) and `edition` (of the catalogue).
`bound_edition` tells the edition in force: corners of another are left over from a catalogue that was corrected since.
"""

from indicators.course import Corner
from ioc.model import Micros
from ioc.store.line import escape

MEASUREMENT, EDITION = "bound", "bound_edition"


def bound_line(site: str, field: str, indicator: str, corner: Corner, edition: int) -> bytes:
    """One corner.

    Raises:
        PermanentError: `name`, when a tag cannot be written.
    """
    tags = {"field": field, "indicator": indicator, "line": corner.line, "site": site}
    head = ",".join([MEASUREMENT, *(f"{name}={escape(value)}" for name, value in tags.items())])
    value = "" if corner.value is None else f"value={float(corner.value)!r},"
    return f"{head} {value}held={int(corner.value is not None)}i,edition={edition}i {corner.at}".encode()


def edition_line(edition: int, at: Micros) -> bytes:
    """Which edition holds from `at` on."""
    return f"{EDITION} edition={edition}i {at}".encode()
