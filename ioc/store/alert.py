"""The steps of alerts as points of the measurement `alert`: one line for each transition. Pure.

Tags: `site`, `field` (unless it is of no field), `indicator`, `slot` (which alert of the series) and `after` (where the
step led), so that a line written twice is one point. Fields: `value`, `bound`, `upper` as floats where there are any;
`severity`, `status`, `revision`, `since` (milliseconds) and `event` (its number in the log) as integers; `text` and
`incident` as strings.

An alert may take several steps at one moment, and of points of one time a database calls any the last. So each stands
as many microseconds after its moment as its number says, within a second.
"""

import math
import re

from ioc.model import SECOND, Status, Transition
from ioc.store.line import escape

MEASUREMENT = "alert"
STATUSES = {Status.OK: 0, Status.PENDING: 1, Status.FIRING: 2, Status.RESOLVED: 3}
"""As numbers, because walls colour and count them."""

TEXT_KEPT = 1000
_unsaid = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def alert_line(number: int, told: Transition, text: str) -> bytes:
    """The point of a transition that has this number in the log; `text` is its sentence.

    Raises:
        PermanentError: `name`, when a tag cannot be written.
    """
    slot = f"{told.kind}-{told.severity.name.lower()}"
    tags: dict[str, str] = {
        "after": told.after,
        "field": told.field,
        "indicator": told.indicator,
        "site": told.site,
        "slot": slot,
    }
    if not told.field:  # a source that is down belongs to none
        del tags["field"]
    numbers = {"value": told.value, "bound": told.bound, "upper": told.upper}
    fields = [f"{name}={float(one)!r}" for name, one in numbers.items() if one is not None and math.isfinite(one)]
    codes = {"severity": int(told.severity), "status": STATUSES[told.after], "revision": told.revision}
    codes |= {"since": told.since // 1000, "event": number}
    fields += [f"{name}={code}i" for name, code in codes.items()]
    fields += [f"text={quoted(text)}", f"incident={quoted(told.incident)}"]
    head = ",".join([MEASUREMENT, *(f"{name}={escape(value)}" for name, value in tags.items())])
    return f"{head} {','.join(fields)} {told.at + number % SECOND}".encode()


def quoted(text: str) -> str:
    """A string field as the line protocol wants it, without control characters and not endless."""
    said = _unsaid.sub(" ", text)[:TEXT_KEPT].replace("\\", "\\\\").replace('"', '\\"')
    return f'"{said}"'
