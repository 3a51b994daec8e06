"""The values that the time-series database has kept, as entries in the order of their own time.

When a value was received is not kept there: it counts as received when it was measured. Corrections have replaced what
they corrected, and nobody knows what came late.
"""

import math
from collections.abc import Iterator

from indicators.spec import Indicator
from ioc.errors import PermanentError
from ioc.model import HOUR, Entry, Micros, Sample, State
from ioc.store.influxql import Reader, Row

QUERY = (
    'SELECT "value", "state" FROM "sample" WHERE time >= {first}u AND time < {end}u '
    'GROUP BY "site", "field", "indicator"'
)
STRETCH: Micros = 6 * HOUR
"""How much is asked for at a time."""


async def history(reader: Reader, known: dict[str, Indicator], start: Micros, end: Micros) -> list[Entry]:
    """Every value of the indicators `known` in [start, end), numbered from 1.

    Raises:
        TemporaryError, PermanentError, DeniedError: as the reader does.
    """
    samples: list[Sample] = []
    for first in range(start, end, STRETCH):
        rows = await reader.select(QUERY, first=first, end=min(end, first + STRETCH))
        found = [sample for row in rows for sample in _sample(row) if sample.indicator in known]
        samples += sorted(found, key=lambda one: (one.at, one.site, one.indicator))
    return [Entry(number, sample) for number, sample in enumerate(samples, 1)]


def _sample(row: Row) -> Iterator[Sample]:
    at, value, state = row.get("time"), row.get("value"), row.get("state")
    if value is None:  # a point of which only the severity has come
        return
    if not isinstance(at, int) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PermanentError("history", f"the database holds a point that we did not write: {row}")
    yield Sample(
        site=str(row["site"]),
        field=str(row["field"]),
        indicator=str(row["indicator"]),
        at=at,
        value=float(value),
        state=State(int(state)) if isinstance(state, int | float) else State.PROVISIONAL,
        received_at=at,
    )
