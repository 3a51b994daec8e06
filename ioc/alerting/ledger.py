"""The alerting truth on disk: alerts, timers, events, severities, outbox and cursor in one SQLite file.

One `commit` per batch stores all of them or nothing. The evaluator and the dispatcher write through one locked
connection; every read opens its own read-only one, from any thread.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ioc.alerting import external, tape
from ioc.alerting.measure import Points
from ioc.alerting.outbox import COLUMNS, RECEIPTS, enqueue
from ioc.alerting.outlet import Outlet
from ioc.alerting.reading import reading, translated
from ioc.alerting.rules import slot
from ioc.alerting.state import Alert
from ioc.alerting.turn import AlertKey, Memory, Turn
from ioc.errors import PermanentError
from ioc.incidents import tables as incidents
from ioc.model import HOUR, Micros, Notification, Severity, Transition

JUDGED_KEPT = 1_000_000
SETTLED_BEFORE = """
delete from outbox where next_try is null and state in ('sent', 'delivered', 'unknown', 'failed', 'told')
and json_extract(body, '$.transition.at') < ?
"""
SHOWN_AFTER_END = HOUR
TOLD_AT_MOST = 200_000

TABLES = """
create table meta (name text primary key, value integer not null) without rowid;
create table heard (
    site text, indicator text, at integer, received integer not null, due integer, primary key (site, indicator)
) without rowid;
create table alerts (
    site text, indicator text, slot text, body text, event integer not null, primary key (site, indicator, slot)
) without rowid;
create table events (
    id integer primary key autoincrement, at integer not null, after text not null, body text not null
);
create table judged (seq integer primary key, severity integer not null);
create table outbox (
    id integer primary key autoincrement, state text not null, next_try integer, attempts integer not null,
    detail text not null, body text not null
);
create index outbox_due on outbox (next_try) where next_try is not null;
create index events_over on events (at) where after = 'resolved';
"""

WIDER = """
alter table heard add column source text not null default '';
alter table starts add column stopped integer;
create table traces (
    site text, indicator text, rule text, body text not null, primary key (site, indicator, rule)
) without rowid;
create table sources (name text primary key, received integer not null) without rowid;
"""
STARTS = "create table starts (cursor integer not null, at integer not null);"
TAPE = """
create table tape (id integer primary key, lap integer not null, body text not null);
insert into tape (lap, body)
    select 0, json_group_array(json_array(json_array(site, indicator), json_array(at, received, due, source)))
    from (select *, (row_number() over (order by site, indicator)) / 500 as part from heard) group by part;
drop table heard;
"""
SCHEMAS = (TABLES, STARTS, incidents.SCHEMA, COLUMNS, WIDER, TAPE, external.ENDED, RECEIPTS)
"""What each version of the file added.

`starts` is what the journal does not know: when series were first awaited, and with `stopped` when the engine listened
again that had stopped then. `traces` is what rules keep that look at more than one value. `tape` is when each series
was heard.
"""
SPENT = "delete from tape where id in (select id from (select id, lap from tape order by id limit ?) where lap < ?)"
FORGOTTEN_A_ROW = 4
"""Rows of the tape let go for each one written: more than one, so that it does not grow; few, so that nobody waits."""


Also = Callable[[sqlite3.Connection, Turn], Sequence[Notification]]
"""Does what else belongs to a turn, in its transaction; gives the messages that are to be sent."""


class Ledger:
    """The file `state.db`. Raises TemporaryError while it cannot write, PermanentError when it is not ours."""

    def __init__(self, path: Path, also: Also = lambda _, turn: turn.notifications) -> None:
        """Open or create the file at `path`; its folder exists."""
        self.path = path
        self._also = also
        self._lock = threading.Lock()
        with translated():
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            self._prepare()

    def close(self) -> None:
        """Wait for a commit under way, then close."""
        with self._lock:
            self._db.close()

    def load(self) -> Memory:
        """What the last committed turn left."""
        with reading(self.path) as db:
            meta = dict(db.execute("select name, value from meta"))
            lap = db.execute("select coalesce(max(lap), 0) from tape").fetchone()[0]
            heard = tape.told(row for (row,) in db.execute("select body from tape order by id"))
            traces = db.execute("select site, indicator, rule, body from traces").fetchall()
            sources = db.execute("select name, received from sources").fetchall()
            alerts = db.execute("select site, indicator, slot, body from alerts where body is not null").fetchall()
        return Memory(
            cursor=meta.get("cursor", 0),
            horizon=meta.get("horizon", 0),
            heard=heard.items(),
            lap=lap,
            alerts=((tuple(key), msgspec.json.decode(body, type=Alert)) for *key, body in alerts),
            traces=((tuple(key), msgspec.json.decode(body, type=Points)) for *key, body in traces),
            sources=sources,
        )

    def commit(self, turn: Turn) -> None:
        """Store a turn, all of it or nothing."""
        with self.writing() as db:
            told = _append_events(db, turn.transitions)
            _put_alerts(db, turn, told)
            _put_strip(db, turn)
            _put_wider(db, turn)
            db.executemany("insert or replace into judged values (?, ?)", turn.judged)
            db.execute("delete from judged where seq <= ?", (turn.cursor - JUDGED_KEPT,))
            self.handle(db, turn)
            db.executemany(
                "insert or replace into meta values (?, ?)", [("cursor", turn.cursor), ("horizon", turn.horizon)]
            )

    def handle(self, db: sqlite3.Connection, turn: Turn) -> None:
        """Do what else belongs to a turn, in its transaction, and put its messages into the outbox."""
        enqueue(db, self._also(db, turn))

    def retire(self, before: Micros) -> int:
        """Forget the events of alerts that were over before that time, and messages settled for them; how many events.

        Whoever reads the log later is told that it was cut.
        """
        old = "select id from events where at < ? and id not in (select event from alerts where body is not null)"
        with self.writing() as db:
            db.execute(SETTLED_BEFORE, [before])
            db.execute(external.RETIRE, [before])
            db.execute(f"delete from alerts where body is null and event in ({old})", [before])  # noqa: S608
            count: int = db.execute(f"delete from events where id in ({old})", [before]).rowcount  # noqa: S608
            if count:
                db.execute("insert or replace into meta values ('cut', max(?, ?))", (before, _meta(db, "cut")))
            return count

    def cursor(self) -> int:
        """The last sequence number judged."""
        with reading(self.path) as db:
            return _meta(db, "cursor")

    def severities(self, first_seq: int, last_seq: int) -> dict[int, Severity]:
        """The samples not OK among those from `first_seq` to `last_seq`, both included."""
        with reading(self.path) as db:
            rows = db.execute("select seq, severity from judged where seq between ? and ?", (first_seq, last_seq))
            return {seq: Severity(severity) for seq, severity in rows}

    def forgotten(self) -> int:
        """The last sequence number whose severity is no longer kept."""
        return max(0, self.cursor() - JUDGED_KEPT)

    def active(self) -> list[Transition]:
        """The latest transition of every alert pending, firing, or resolved within an hour before the last receipt."""
        query = """
            select events.body from alerts join events on events.id = alerts.event
            where alerts.body is not null or (events.after = 'resolved' and events.at >= ?) order by events.id
        """
        with reading(self.path) as db:
            rows = db.execute(query, (_meta(db, "horizon") - SHOWN_AFTER_END,))
            return [msgspec.json.decode(body, type=Transition) for (body,) in rows]

    def events(self, limit: int, before_id: int | None = None) -> list[tuple[int, Transition]]:
        """The newest `limit` events with an id below `before_id`, newest first."""
        query = "select id, body from events where ? is null or id < ? order by id desc limit ?"
        with reading(self.path) as db:
            rows = db.execute(query, (before_id, before_id, limit))
            return [(number, msgspec.json.decode(body, type=Transition)) for number, body in rows]

    def since(self, number: int, limit: int) -> list[tuple[int, Transition]]:
        """Up to `limit` events with an id above `number`, oldest first."""
        return Outlet(self.path).after(number, limit)

    def told(self, since: Micros) -> dict[str, list[Micros]]:
        """When each official was told something since then, in order."""
        found: dict[str, list[Micros]] = {}
        query = "select json_extract(body, '$.receiver'), passed from outbox where passed >= ? order by passed limit ?"
        with reading(self.path) as db:
            for receiver, at in db.execute(query, (since, TOLD_AT_MOST)):
                found.setdefault(receiver, []).append(at)
        return found

    def _prepare(self) -> None:
        (version,) = self._db.execute("pragma user_version").fetchone()
        if version > len(SCHEMAS):
            raise PermanentError("state-db", f"schema {version} is not {len(SCHEMAS)}")
        for number, added in enumerate(SCHEMAS[version:], version + 1):
            self._db.executescript(f"begin immediate; {added} pragma user_version = {number}; commit;")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, begun at once and committed at the end; undone when anything is raised in it."""
        with self._lock, translated():
            self._db.execute("begin immediate")
            try:
                yield self._db
                self._db.execute("commit")
            finally:
                if self._db.in_transaction:
                    self._db.execute("rollback")


def _put_strip(db: sqlite3.Connection, turn: Turn) -> None:
    rows = [(turn.lap, row) for row in tape.strip(turn)]
    db.executemany("insert into tape (lap, body) values (?, ?)", rows)
    db.execute(SPENT, (FORGOTTEN_A_ROW * len(rows), tape.spent(turn.lap)))


def _append_events(db: sqlite3.Connection, transitions: list[Transition]) -> dict[AlertKey, int]:
    numbers: dict[AlertKey, int] = {}
    for told in transitions:
        row = db.execute(
            "insert into events (at, after, body) values (?, ?, ?)", (told.at, told.after.value, _text(told))
        )
        numbers[told.site, told.indicator, slot(told.kind, told.severity)] = row.lastrowid or 0
    return numbers


def _put_alerts(db: sqlite3.Connection, turn: Turn, told: dict[AlertKey, int]) -> None:
    for key, alert in turn.alerts.items():
        body = None if alert is None else _text(alert)
        if key in told:
            db.execute("insert or replace into alerts values (?, ?, ?, ?, ?)", (*key, body, told[key]))
        else:
            db.execute("update alerts set body = ? where site = ? and indicator = ? and slot = ?", (body, *key))


def _put_wider(db: sqlite3.Connection, turn: Turn) -> None:
    if turn.awaited is not None:
        db.execute("insert into starts values (?, ?, null)", (turn.cursor, turn.awaited))
    if turn.pause is not None:
        db.execute("insert into starts values (?, ?, ?)", (turn.cursor, turn.pause.resumed, turn.pause.stopped))
    db.executemany(
        "insert or replace into traces values (?, ?, ?, ?)",
        [(*key, msgspec.json.encode(points).decode()) for key, points in turn.traces.items() if points],
    )
    gone = [key for key, points in turn.traces.items() if not points]
    db.executemany("delete from traces where site = ? and indicator = ? and rule = ?", gone)
    db.executemany("insert or replace into sources values (?, ?)", turn.sources.items())


def _meta(db: sqlite3.Connection, name: str) -> int:
    row = db.execute("select value from meta where name = ?", (name,)).fetchone()
    return row[0] if row else 0


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
