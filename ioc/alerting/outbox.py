"""The messages in `state.db`: put there by a turn, let through or held back, and kept with what became of them.

They share the ledger's connection, so that what is told and why it is told are one transaction.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import msgspec

from ioc.alerting.reading import reading
from ioc.model import DAY, HOUR, Micros, Notification, OutboxRow, Severity, Status

COLUMNS = """
alter table outbox add column passed integer;
alter table outbox add column held integer;
alter table outbox add column told_in integer;
create table external (fingerprint text primary key, incident text not null, revision integer not null) without rowid;
create index outbox_passed on outbox (passed) where passed is not null;
create index outbox_held on outbox (held) where held is not null;
"""
"""When a message was let through, since when it is held back, and the number of the digest that names it.

`external`: the latest news of each alert of another system, see `ioc.alerting.external`.
"""

RECEIPTS = """
create table receipts (
    id integer primary key, channel text not null, name text not null, at integer not null, unique (channel, name)
);
create index outbox_detail on outbox (detail) where detail <> '';
create table outbox_counts (state text primary key, messages integer not null) without rowid;
insert into outbox_counts select state, count(*) from outbox group by state;
create trigger outbox_put after insert on outbox begin
    insert into outbox_counts values (new.state, 1) on conflict do update set messages = messages + 1;
end;
create trigger outbox_moved after update of state on outbox when old.state <> new.state begin
    update outbox_counts set messages = messages - 1 where state = old.state;
    insert into outbox_counts values (new.state, 1) on conflict do update set messages = messages + 1;
end;
create trigger outbox_retired after delete on outbox begin
    update outbox_counts set messages = messages - 1 where state = old.state;
end;
"""
"""What has arrived according to providers that had not answered the send yet; how many messages are in each state."""
RECEIPTS_KEPT = 10_000
RECEIPT_LASTS = DAY

ROW = "id, body, attempts, passed, held, told_in, state, detail"
PUT = "insert into outbox (state, next_try, attempts, detail, body, passed) values ('waiting', 0, 0, '', ?, ?)"


PROVE = "update outbox set state = ?, detail = ? || detail, next_try = null where id = ? and state = 'sent'"
KEEP_RECEIPT = "insert into receipts (channel, name, at) values (?, ?, ?) on conflict do nothing"
TAKE_RECEIPT = """
delete from receipts where name = ? and channel in (select json_extract(body, '$.channel') from outbox where id = ?)
"""
RETIRE_RECEIPTS = "delete from receipts where id <= (select max(id) from receipts) - ? or at < ?"
NUMBERED = (
    "select id from outbox where detail = ? and detail <> '' and passed >= ? and json_extract(body, '$.channel') = ?"
)
COUNTS = "select state, messages from outbox_counts"
SILENCED_SINCE = f"select min(json_extract(body, '$.start')) - {HOUR} from silences where ends > ?"  # noqa: S608 - an hour
IS_GRAVE = (
    f"json_extract(body, '$.transition.severity') = {Severity.CRITICAL:d}"
    f" and json_extract(body, '$.transition.after') = '{Status.FIRING}'"
)
ON_CHANNELS = "json_extract(body, '$.channel') in (select value from json_each(?))"


class Outcome(StrEnum):
    """Where a message is.

    `unknown`: it may or may not have arrived. `delivered`: the provider says that it was. `held`: back, for a digest.
    `told`: in a digest.
    """

    WAITING = "waiting"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    DELIVERED = "delivered"
    HELD = "held"
    TOLD = "told"


class File(Protocol):
    """The file that the messages are in, as its owner writes to it."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """A transaction, all of it or nothing; TemporaryError when there can be none now."""
        ...


def enqueue(db: sqlite3.Connection, notifications: Iterable[Notification]) -> None:
    """Put new messages in, within the transaction of a turn or of an act."""
    db.executemany(PUT, [(msgspec.json.encode(one).decode(), None) for one in notifications])


class Outbox:
    """Reads from any thread; writes through the ledger's connection."""

    def __init__(self, file: File) -> None:
        """`file` is the open ledger."""
        self._file = file

    def due(self, now: Micros, limit: int) -> list[OutboxRow]:
        """Up to `limit` messages to be tried now, oldest first."""
        return self._rows("next_try <= ? order by id limit ?", (now, limit))

    def recent(self, since: Micros) -> list[OutboxRow]:
        """What was let through or held back since then, and all that still is held, oldest first.

        Further back, where silences that held since then began before it, the critical news that they may have put off.
        """
        return self._rows(
            "passed >= ? or held >= ? or (held is not null and state = 'held')"
            f" or (passed >= ({SILENCED_SINCE}) and {IS_GRAVE}) order by id",
            (since, since, since),
        )

    def read(self, numbers: Iterable[int]) -> list[OutboxRow]:
        """These messages, oldest first."""
        return self._rows("id in (select value from json_each(?)) order by id", (json(numbers),))

    def newest(self, limit: int, before: int | None = None) -> list[OutboxRow]:
        """The newest `limit` messages with a number below `before`, newest first."""
        return self._rows("? is null or id < ? order by id desc limit ?", (before, before, limit))

    def settle(
        self, number: int, outcome: str, next_try: Micros | None = None, detail: str = "", passed: Micros | None = None
    ) -> None:
        """Record a try: sent, unknown, failed or retry. With `next_try` it becomes due again, without it never."""
        state = Outcome.WAITING if outcome == "retry" else Outcome(outcome)
        update = (
            "update outbox set state = ?, next_try = ?, detail = ?, attempts = attempts + 1,"
            " passed = coalesce(passed, ?) where id = ?"
        )
        with self._file.writing() as db:
            db.execute(update, (state, next_try, detail, passed, number))
            if state is Outcome.SENT and detail and db.execute(TAKE_RECEIPT, (detail, number)).rowcount:
                db.execute(PROVE, (Outcome.DELIVERED, "", number))

    def hold(self, reasons: Iterable[tuple[int, str]], now: Micros) -> None:
        """Keep these back, each for its reason."""
        rows = [(reason, now, number) for number, reason in reasons]
        with self._file.writing() as db:
            db.executemany("update outbox set state = 'held', next_try = null, detail = ?, held = ? where id = ?", rows)

    def fold(self, parts: Iterable[tuple[Notification, Sequence[int], Sequence[int]]], now: Micros) -> None:
        """Put each message in the place of those held back that it tells, and note which it names besides."""
        with self._file.writing() as db:
            for message, held, named in parts:
                number = db.execute(PUT, (msgspec.json.encode(message).decode(), now)).lastrowid
                update = "update outbox set state = 'told', next_try = null, told_in = ? where id = ?"
                db.executemany(update, [(number, one) for one in held])
                db.executemany("update outbox set told_in = ? where id = ?", [(number, one) for one in named])

    def add(self, messages: Sequence[Notification], now: Micros) -> None:
        """Put further messages in, let through already."""
        with self._file.writing() as db:
            db.executemany(PUT, [(msgspec.json.encode(one).decode(), now) for one in messages])

    def unproven(self, since: Micros, channels: Sequence[str]) -> list[OutboxRow]:
        """What was let through since then on these channels and counts as sent, with the provider's number."""
        where = f"passed >= ? and state = 'sent' and detail <> '' and {ON_CHANNELS} order by id"
        return self._rows(where, (since, json(channels)))

    def prove(self, number: int, *, has_arrived: bool) -> None:
        """Write down that a message has arrived, or never will."""
        outcome = (Outcome.DELIVERED, "") if has_arrived else (Outcome.FAILED, "not-delivered")
        with self._file.writing() as db:
            db.execute(PROVE, (*outcome, number))

    def receive(self, channel: str, name: str, now: Micros, since: Micros) -> None:
        """The provider says that what it gave that number has arrived: a message let through since then, or soon.

        The answer to the send, which tells us the number, may come after its receipt; that is kept for a day.
        """
        with self._file.writing() as db:
            found = db.execute(NUMBERED, (name, since, channel)).fetchall()
            db.executemany(PROVE, [(Outcome.DELIVERED, "", number) for (number,) in found])
            if not found:
                db.execute(KEEP_RECEIPT, (channel, name, now))
                db.execute(RETIRE_RECEIPTS, (RECEIPTS_KEPT, now - RECEIPT_LASTS))

    def counts(self) -> dict[str, int]:
        """How many messages are in each state."""
        with reading(self._file.path) as db:
            counted = dict(db.execute(COUNTS))
        return {state.value: counted.get(state, 0) for state in Outcome}

    def _rows(self, where: str, values: tuple[object, ...]) -> list[OutboxRow]:
        with reading(self._file.path) as db:
            return list(_decoded(db.execute(f"select {ROW} from outbox where {where}", values)))  # noqa: S608 - ours


def json(values: Iterable[int] | Iterable[str]) -> str:
    """A list as SQLite's `json_each` takes it."""
    return msgspec.json.encode(list(values)).decode()


def _decoded(rows: Iterable[Any]) -> Iterator[OutboxRow]:
    for number, body, *rest in rows:
        yield OutboxRow(number, msgspec.json.decode(body, type=Notification), *rest)
