"""Where the steps of alerts leave for others, in the order in which they were decided."""

import sqlite3
from pathlib import Path

import msgspec

from ioc.alerting.reading import reading
from ioc.model import Status, Transition


class Outlet:
    """The event log of a `state.db`, read from beside it. Raises TemporaryError while it cannot be read."""

    def __init__(self, path: Path) -> None:
        """The file exists once the ledger was opened."""
        self._path = path

    def newest(self) -> int:
        """The number of the last step."""
        with reading(self._path) as db:
            return int(db.execute("select coalesce(max(id), 0) from events").fetchone()[0])

    def after(self, number: int, limit: int) -> list[tuple[int, Transition]]:
        """Up to `limit` of those numbered above `number`, oldest first."""
        query = "select id, body from events where id > ? order by id limit ?"
        with reading(self._path) as db:
            rows = db.execute(query, (number, limit))
            return [(event, msgspec.json.decode(body, type=Transition)) for event, body in rows]


def standing(db: sqlite3.Connection) -> list[Transition]:
    """The latest step of every alert that fires, in the order of these steps."""
    query = """
        select events.body from alerts join events on events.id = alerts.event
        where alerts.body is not null and events.after = ? order by events.id
    """
    return [msgspec.json.decode(body, type=Transition) for (body,) in db.execute(query, (Status.FIRING,))]
