"""What a run left in its ledger, read from beside it: how far it came, and its event log from the beginning."""

from pathlib import Path

import msgspec

from ioc.alerting.ledger import SCHEMAS, reading
from ioc.alerting.replay import Record, Start
from ioc.errors import ConfigError
from ioc.model import Transition


class Told(msgspec.Struct, frozen=True):
    """A message to one official on one channel, as the outbox keeps it, without its words."""

    receiver: str
    channel: str
    transition: Transition


def read_record(path: Path) -> Record:
    """The record in a `state.db`, also while a centre writes to it. Raises ConfigError when there is none."""
    _check(path)
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
    """Every message in the outbox of a `state.db`, oldest first. Raises ConfigError when there is none."""
    _check(path)
    with reading(path) as db:
        return [msgspec.json.decode(body, type=Told) for (body,) in db.execute("select body from outbox order by id")]


def _check(path: Path) -> None:
    if not path.exists():
        raise ConfigError(f"{path}: chưa có trạng thái; đã chạy `ioc run` chưa? / no state here; has `ioc run` run?")
    with reading(path) as db:
        (version,) = db.execute("pragma user_version").fetchone()
    if version != len(SCHEMAS):
        raise ConfigError(f"{path}: phiên bản / schema {version} is not {len(SCHEMAS)}; `ioc run` brings it up to date")
