"""What a run left in its ledger, read from beside it: how far it came, and its event log from the beginning."""

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import msgspec

from ioc.alerting.ledger import SCHEMAS
from ioc.alerting.outbox import Outbox
from ioc.alerting.reading import reading
from ioc.alerting.replay import Record, Start
from ioc.errors import ConfigError, PermanentError
from ioc.model import Micros, OutboxRow, Transition


class Told(msgspec.Struct, frozen=True):
    """A message to one official on one channel, as the outbox keeps it, without its words; `at`: when it went out."""

    receiver: str
    channel: str
    transition: Transition
    at: Micros = 0


def read_record(path: Path) -> Record:
    """The record in a `state.db`, also while a centre writes to it. Raises ConfigError when there is none."""
    check(path)
    with reading(path) as db:
        meta = dict(db.execute("select name, value from meta"))
        starts = db.execute("select cursor, at, stopped from starts order by rowid").fetchall()
        events = db.execute("select body from events order by id").fetchall()
    return Record(
        cursor=meta.get("cursor", 0),
        horizon=meta.get("horizon", 0),
        cut=meta.get("cut", 0),
        starts=tuple(Start(*start) for start in starts),
        events=tuple(msgspec.json.decode(body, type=Transition) for (body,) in events),
    )


def read_told(path: Path) -> list[Told]:
    """Every message of a `state.db` that went out, oldest first; those held back for a digest did not.

    Raises:
        ConfigError: there is none.
    """
    check(path)
    query = "select passed, body from outbox where state not in ('held', 'told') order by id"
    with reading(path) as db:
        return [_told(passed, msgspec.json.decode(body, type=Told)) for passed, body in db.execute(query)]


def read_messages(path: Path, limit: int = 100_000) -> tuple[dict[str, int], list[OutboxRow]]:
    """How many messages a `state.db` has in each state, and the newest of them, newest first.

    Raises:
        ConfigError: there is none.
    """
    check(path)
    outbox = Outbox(_Read(path))
    return outbox.counts(), outbox.newest(limit)


class _Read(NamedTuple):
    """A file that is only looked at."""

    path: Path

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        raise PermanentError("read-only", str(self.path))


def _told(passed: Micros | None, told: Told) -> Told:
    """Versions before the second kept no time; there the alert's own has to do."""
    return msgspec.structs.replace(told, at=told.transition.at if passed is None else passed)


def check(path: Path) -> None:
    """Raise ConfigError unless there is a `state.db` of this version."""
    if not path.exists():
        missing = "đã chạy `ioc run` chưa, có thiếu --config không? / has `ioc run` run, is --config missing?"
        raise ConfigError(f"{path}: chưa có trạng thái / no state here; {missing}")
    with reading(path) as db:
        (version,) = db.execute("pragma user_version").fetchone()
    if version != len(SCHEMAS):
        raise ConfigError(f"{path}: phiên bản / schema {version} is not {len(SCHEMAS)}; `ioc run` brings it up to date")
