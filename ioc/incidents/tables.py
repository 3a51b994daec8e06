"""The tables of incidents, acts and silences in `state.db`, and what is read from and written to them.

Everything takes a connection: whoever calls decides what belongs to one transaction.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ioc.incidents.fold import apply
from ioc.incidents.model import Act, Incident, Moved, Silence, Stage, What
from ioc.model import Micros, Transition

SCHEMA = """
create table incidents (
    id text primary key, site text not null, field text not null, stage text not null, severity integer not null,
    peak integer not null, opened integer not null, acknowledged integer, resolved integer, due integer,
    body text not null
) without rowid;
create index incidents_of on incidents (site, field, stage);
create index incidents_due on incidents (due) where due is not null;
create index incidents_by_time on incidents (opened);
create table incident_alerts (alert text primary key, incident text not null) without rowid;
create table acts (
    id integer primary key autoincrement, subject text not null, at integer not null, kind text not null,
    by text not null, source text not null, body text not null
);
create index acts_of on acts (subject, id);
create trigger acts_stand before update on acts begin select raise(abort, 'what was done stays as it was'); end;
create trigger acts_stay before delete on acts begin select raise(abort, 'what was done stays'); end;
create table silences (id text primary key, ends integer not null, body text not null) without rowid;
create table withheld (alert text primary key, body text not null) without rowid;
"""
"""`incidents` holds the fold of each log; `due`: nothing happens to it by the clock before that time.

`withheld`: the news of an alert that a silence keeps back.
"""


def find(db: sqlite3.Connection, name: str) -> Incident | None:
    """The incident of that id, or the one that has the alert of that id, which is the name a message carries."""
    query = "select body from incidents where id = coalesce((select incident from incident_alerts where alert = ?), ?)"
    row = db.execute(query, (name, name)).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Incident)


def holder(db: sqlite3.Connection, alert: str) -> str:
    """The id of the incident that has the alert of that id, "" for none."""
    row = db.execute("select incident from incident_alerts where alert = ?", (alert,)).fetchone()
    return "" if row is None else str(row[0])


def near(db: sqlite3.Connection, site: str, field: str, since: Micros) -> list[Incident]:
    """The incidents there that are not over, or ended at `since` or later; the oldest first."""
    query = """
        select body from incidents where site = ? and field = ? and (stage <> 'resolved' or resolved >= ?)
        order by opened, id
    """
    return _incidents(db.execute(query, (site, field, since)))


def due(db: sqlite3.Connection, now: Micros) -> list[Incident]:
    """The incidents to which something may happen by the clock."""
    return _incidents(db.execute("select body from incidents where due <= ? order by due, id", (now,)))


def standing(db: sqlite3.Connection) -> list[Incident]:
    """The incidents that are not over, the oldest first."""
    return _incidents(db.execute("select body from incidents where stage <> 'resolved' order by opened, id"))


def newest(db: sqlite3.Connection, stages: Sequence[Stage], limit: int, before: str | None) -> list[Incident]:
    """Up to `limit` incidents in one of these stages, older than the one of that id if given, the newest first."""
    marks = ", ".join("?" * len(stages))
    query = f"""
        select body from incidents where stage in ({marks})
        and (? is null or (opened, id) < (select opened, id from incidents where id = ?))
        order by opened desc, id desc limit ?
    """  # noqa: S608 - only question marks are put in
    return _incidents(db.execute(query, (*stages, before, before, limit)))


def log(db: sqlite3.Connection, subject: str) -> list[Act]:
    """Every act on one incident or silence, in order."""
    rows = db.execute("select subject, at, by, source, body from acts where subject = ? order by id", (subject,))
    return list(_acts(rows))


def log_all(db: sqlite3.Connection, limit: int) -> list[Act]:
    """The newest acts on anything, the newest first."""
    return list(_acts(db.execute("select subject, at, by, source, body from acts order by id desc limit ?", (limit,))))


def record(db: sqlite3.Connection, incident: Incident | None, acts: Iterable[Act]) -> Incident | None:
    """Append acts on one incident to the log; the incident that comes of it, which `put` has still to keep."""
    for act in acts:
        append(db, act)
        incident = apply(incident, act)
        if isinstance(act.what, Moved):
            row = (act.what.transition.incident, act.subject)
            db.execute("insert or replace into incident_alerts values (?, ?)", row)
    return incident


def append(db: sqlite3.Connection, act: Act) -> None:
    """Add one line to the log."""
    row = (act.subject, act.at, act.kind, act.by, act.source, msgspec.json.encode(act.what).decode())
    db.execute("insert into acts (subject, at, kind, by, source, body) values (?, ?, ?, ?, ?, ?)", row)


def put(db: sqlite3.Connection, one: Incident, due: Micros | None) -> None:
    """Keep an incident as it stands now."""
    standing = (one.id, one.site, one.field, one.stage, one.severity, one.peak)
    times = (one.opened, one.first_acknowledged, one.resolved, due)
    row = (*standing, *times, msgspec.json.encode(one).decode())
    db.execute("insert or replace into incidents values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def silences(db: sqlite3.Connection, since: Micros) -> list[Silence]:
    """Those that end after that time, also those still to begin, by their end."""
    rows = db.execute("select body from silences where ends > ? order by ends, id", (since,))
    return [msgspec.json.decode(body, type=Silence) for (body,) in rows]


def find_silence(db: sqlite3.Connection, name: str) -> Silence | None:
    """The silence of that id."""
    row = db.execute("select body from silences where id = ?", (name,)).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Silence)


def put_silence(db: sqlite3.Connection, one: Silence) -> None:
    """Keep a silence as it stands now."""
    db.execute("insert or replace into silences values (?, ?, ?)", (one.id, one.end, msgspec.json.encode(one).decode()))


def withheld(db: sqlite3.Connection) -> dict[str, Transition]:
    """The latest step that was kept back, by alert."""
    rows = db.execute("select alert, body from withheld order by alert")
    return {alert: msgspec.json.decode(body, type=Transition) for alert, body in rows}


def withhold(db: sqlite3.Connection, told: Transition) -> None:
    """Keep back the latest step of an alert."""
    row = (told.incident, msgspec.json.encode(told).decode())
    db.execute("insert or replace into withheld values (?, ?)", row)


def release(db: sqlite3.Connection, alert: str) -> None:
    """Nothing is kept back of that alert any more."""
    db.execute("delete from withheld where alert = ?", (alert,))


def _incidents(rows: Iterable[tuple[bytes]]) -> list[Incident]:
    return [msgspec.json.decode(body, type=Incident) for (body,) in rows]


def _acts(rows: Iterable[tuple[str, Micros, str, str, str]]) -> Iterator[Act]:
    for subject, at, by, source, body in rows:
        yield Act(subject, at, by, source, msgspec.json.decode(body, type=What))
