"""Where incidents leave for others, in the order in which they were last touched."""

from collections.abc import Sequence

import msgspec

from ioc.incidents.model import Incident
from ioc.incidents.register import Reading


class Outlet:
    """Incidents as they stand, numbered by their last act."""

    def __init__(self, reading: Reading) -> None:
        """`reading` is called once per question."""
        self._reading = reading

    def newest(self) -> int:
        """The number of the last act."""
        with self._reading() as db:
            return int(db.execute("select coalesce(max(id), 0) from acts").fetchone()[0])

    def after(self, number: int, limit: int) -> Sequence[tuple[int, Incident]]:
        """Up to `limit` of those whose last act is numbered above `number`, by that number."""
        query = """
            select max(acts.id) as last, incidents.body from acts join incidents on incidents.id = acts.subject
            where acts.id > ? group by incidents.id order by last limit ?
        """
        with self._reading() as db:
            rows = db.execute(query, (number, limit))
            return [(last, msgspec.json.decode(body, type=Incident)) for last, body in rows]
