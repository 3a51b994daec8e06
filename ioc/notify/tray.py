"""The tray between outbox and dispatcher: lets messages through, holds them back, and gathers what was held.

All it knows it reads from the outbox when it starts, and what it decides to hold or to gather is written there before
anything follows from it. What it lets through is written with the outcome: a message that was on its way when the
process died is decided again, in the same order and so alike.
"""

import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import structlog

from indicators.lookup import Catalogue
from ioc.model import DAY, HOUR, MINUTE, SECOND, Micros, Notification, OutboxRow, Status
from ioc.notify.account import Account
from ioc.notify.allowance import Allowance
from ioc.notify.digest import Part, gather
from ioc.notify.directory import Directory
from ioc.notify.dispatch import Outcome
from ioc.notify.insist import Insistence, Unheard
from ioc.notify.news import Hold, news
from ioc.telemetry import Counts

LOOK = 500
"""So many messages are looked at in one go: in a storm most of them are held."""
REMEMBERED = DAY + HOUR
UNDER_WAY = frozenset({"waiting", "unknown"})
"""States of messages that may be tried again."""
log = structlog.get_logger("ioc.notify.tray")


class Outbox(Protocol):
    """The durable table, as far as the tray needs it."""

    def due(self, now: Micros, limit: int) -> list[OutboxRow]:
        """What may be tried now, oldest first."""
        ...

    def recent(self, since: Micros) -> list[OutboxRow]:
        """What was let through or held back since then, all that still is held, and criticals put off: oldest first."""
        ...

    def read(self, numbers: Iterable[int]) -> list[OutboxRow]:
        """These messages."""
        ...

    def settle(self, number: int, outcome: str, next_try: Micros | None, detail: str, passed: Micros | None) -> None:
        """Write down what became of an attempt, and when the message was let through."""
        ...

    def unproven(self, since: Micros, channels: Sequence[str]) -> list[OutboxRow]:
        """What was let through since then on these channels and counts as sent."""
        ...

    def prove(self, number: int, *, has_arrived: bool) -> None:
        """Write down that a message has arrived, or never will."""
        ...

    def receive(self, channel: str, name: str, now: Micros, since: Micros) -> None:
        """The provider says that what it gave that number has arrived: a message let through since then, or soon."""
        ...

    def hold(self, reasons: Sequence[tuple[int, str]], now: Micros) -> None:
        """Keep these back."""
        ...

    def add(self, messages: Sequence[Notification], now: Micros) -> None:
        """Put further messages in, let through already."""
        ...

    def fold(self, parts: Sequence[Part], now: Micros) -> None:
        """Put each part's message in the place of those it tells, all in one transaction."""
        ...


def nobody_has(_incident: str) -> Micros | None:
    """Where neither acknowledgements nor silences are kept."""
    return 0


class Tray:
    """The outbox as the dispatcher sees it: no more than each official can follow. May be used from any thread."""

    def __init__(
        self,
        outbox: Outbox,
        people: Directory,
        catalogue: Catalogue,
        allowance: Allowance,
        counts: Counts,
        unheard: Unheard = nobody_has,
    ) -> None:
        """Reads nothing before the first message is asked for."""
        self._outbox = outbox
        self._people = {one.id: one for one in people.officials}
        self._catalogue = catalogue
        self._allowance = allowance
        self._counts = counts
        self._unheard = unheard
        self._insistence = Insistence(people.officials, allowance.insist_after_micros)
        self._lock = threading.Lock()
        self._accounts: dict[str, Account] | None = None
        self._passed: dict[int, tuple[Micros, Notification]] = {}
        self._unwritten: list[tuple[int, Hold]] = []
        self._forgot: Micros = 0
        self._gathered: Micros = 0

    def due(self, now: Micros, limit: int) -> list[tuple[int, Notification, int]]:
        """What may be tried now, oldest first: what the officials' accounts allow, and the digests that are due."""
        with self._lock:
            return self._due(now, limit)

    def _due(self, now: Micros, limit: int) -> list[tuple[int, Notification, int]]:
        if self._accounts is None:
            self._accounts = self._recalled(now)
        self._write(now)
        if abs(now - self._gathered) >= SECOND:
            for receiver, account in self._accounts.items():
                self._gather(receiver, account, now)
            self._gathered = now
        self._insist(now)
        self._forget(now)
        while True:
            rows = self._outbox.due(now, max(limit, LOOK))
            found = [row for row in rows if self._goes(row, now)]
            if not self._unwritten:
                return [(row.number, row.message, row.attempts) for row in found[:limit]]
            self._write(now)

    def settle(self, number: int, outcome: Outcome, next_try: Micros | None, detail: str) -> None:
        """Write down what became of an attempt."""
        passed, message = self._passed.get(number, (None, None))
        self._outbox.settle(number, outcome, next_try, detail, passed)
        with self._lock:
            if outcome == "failed" and message is not None:
                self._insistence.failed(message)
            if next_try is None:
                self._passed.pop(number, None)

    def unproven(self, since: Micros, channels: Sequence[str]) -> list[OutboxRow]:
        """What was let through since then on these channels and counts as sent."""
        return self._outbox.unproven(since, channels)

    def prove(self, number: int, *, has_arrived: bool) -> None:
        """A message has arrived, or never will: then the official's next channel is tried."""
        self._outbox.prove(number, has_arrived=has_arrived)
        if not has_arrived:
            with self._lock:
                for row in self._outbox.read([number]):
                    self._insistence.failed(row.message)

    def proven(self, channel: str, name: str, now: Micros) -> None:
        """The provider says that the message to which it gave that number, or is about to, has arrived."""
        self._outbox.receive(channel, name, now, now - REMEMBERED)

    def _goes(self, row: OutboxRow, now: Micros) -> bool:
        if row.number in self._passed:
            return True
        if row.attempts or row.passed is not None:
            at = now if row.passed is None else row.passed
            self._pass(row, at)
            return True
        official = self._people.get(row.message.receiver)
        if official is not None and official.machine:
            self._pass(row, now)
            return True
        hold = self._account(row.message.receiver).decide(news(row.number, row.message), now)
        if hold is None:
            self._pass(row, now)
        else:
            self._end(row.message)
            self._unwritten.append((row.number, hold))
            self._counts.add("messages_held", reason=hold.value)
        return hold is None

    def _pass(self, row: OutboxRow, at: Micros) -> None:
        self._passed[row.number] = at, row.message
        self._insistence.passed(row.number, row.message, at)

    def _end(self, message: Notification) -> None:
        if message.transition.after is Status.RESOLVED:
            self._insistence.over(message.receiver, message.incident)

    def _insist(self, now: Micros) -> None:
        """Put unacknowledged criticals on their next channel."""
        again = self._insistence.due(now, self._unheard)
        if again:
            self._outbox.add(again, now)
            self._counts.add("messages_insisted", len(again))
            for message in again:
                self._insistence.passed(0, message, now)

    def _write(self, now: Micros) -> None:
        """Hold back, durably, what was decided to be; kept for the next time when that fails."""
        if self._unwritten:
            self._outbox.hold(self._unwritten, now)
            self._unwritten = []

    def _gather(self, receiver: str, account: Account, now: Micros) -> None:
        while (release := account.release(now)) is not None:
            numbers = [*release.numbers, *(account.unnamed(now) if len(release.held) > 1 else [])]
            parts = gather(release, self._outbox.read(numbers), self._catalogue)
            self._outbox.fold(parts, now)
            account.released(release, now)
            for part in parts:
                self._counts.add("digests" if part.message.items else "alerts_settled")
                log.info("gathered", receiver=receiver, messages=len(part.held), incident=part.message.incident)

    def _forget(self, now: Micros) -> None:
        if now - self._forgot >= MINUTE:
            self._forgot = now
            for account in (self._accounts or {}).values():
                account.forget(now)

    def _account(self, receiver: str) -> Account:
        accounts = self._accounts if self._accounts is not None else {}
        if receiver not in accounts:
            accounts[receiver] = self._opened(receiver)
        return accounts[receiver]

    def _opened(self, receiver: str) -> Account:
        official = self._people.get(receiver)
        if official is None:
            return Account(self._allowance)
        return Account(self._allowance, official.quiet, official.per_day)

    def _recalled(self, now: Micros) -> dict[str, Account]:
        accounts: dict[str, Account] = {}
        rows = self._outbox.recent(now - REMEMBERED)
        gathered = _gathered(rows)
        for row in rows:
            receiver = row.message.receiver
            if receiver not in accounts:
                accounts[receiver] = self._opened(receiver)
            _recall(accounts[receiver], row, gathered.get(row.number))
            self._recall(row)
        return accounts

    def _recall(self, row: OutboxRow) -> None:
        """Follow again what was let through; the state of alerts that ended meanwhile comes after it in the outbox."""
        if row.passed is not None:
            self._insistence.passed(row.number, row.message, row.passed)
            if row.state == "failed":
                self._insistence.failed(row.message)
            if row.state in UNDER_WAY:
                self._passed[row.number] = row.passed, row.message
        else:
            self._end(row.message)


class _Gathering(NamedTuple):
    """What one message tells that was held back: whether it counts as a digest, or as nothing on a further channel."""

    is_digest: bool
    is_copy: bool


def _gathered(rows: Iterable[OutboxRow]) -> dict[int, _Gathering]:
    """By number, the messages that were told in place of some held back."""
    waited: dict[int, bool] = {}
    names: set[tuple[str, str, int]] = set()
    found: dict[int, _Gathering] = {}
    for row in rows:
        if row.state == "told" and row.told_in is not None:
            waited[row.told_in] = waited.get(row.told_in, False) or row.detail != Hold.FLAPPING
        elif row.passed is not None and (row.message.items or row.number in waited):
            name = (row.message.receiver, row.message.incident, row.message.revision)
            found[row.number] = _Gathering(bool(row.message.items) or waited[row.number], name in names)
            names.add(name)
    return found


def _recall(account: Account, row: OutboxRow, gathering: _Gathering | None) -> None:
    one = news(row.number, row.message)
    if row.state == "held" and row.held is not None:
        account.held(one, Hold(row.detail), row.held)
    elif row.state == "told" and row.held is not None:
        account.told_in_digest(one, row.held)
    elif row.passed is not None and gathering is None:
        account.passed(one, row.passed, is_named=row.told_in is not None)
    elif row.passed is not None and gathering is not None and not gathering.is_copy:
        account.spend(row.passed, is_digest=gathering.is_digest)
        told = [
            (item.site, item.indicator, item.kind, item.severity) for item in row.message.items if not item.is_repeat
        ]
        account.settled(told or [one.slot])
