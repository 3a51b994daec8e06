"""Does what is decided about incidents, within the transaction of whoever calls.

Everything is read again in that transaction, so that an engine and commands beside it never work on old facts.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from msgspec.structs import replace

from ioc.incidents import gather, ladder, mute, tables
from ioc.incidents.conduct import conduct
from ioc.incidents.fold import apply, fold
from ioc.incidents.model import Act, Asked, Incident, Silence, What
from ioc.incidents.page import Page
from ioc.incidents.refused import RefusedError, Why
from ioc.incidents.rules import Rules
from ioc.model import HOUR, Micros, Notification, Transition

Who = tuple[str, str]
"""By whom (an official's id or a name), and from where."""


class Turn(Protocol):
    """What a batch of the journal made of the alerts."""

    @property
    def transitions(self) -> list[Transition]: ...  # noqa: D102
    @property
    def known(self) -> list[Micros]: ...  # noqa: D102
    @property
    def notifications(self) -> list[Notification]: ...  # noqa: D102


class Clerk:
    """Stateless: the state is in the tables."""

    def __init__(self, rules: Rules, now: Callable[[], Micros]) -> None:
        """`now` tells what is old news when a turn is taken."""
        self._rules = rules
        self._now = now

    def take(self, db: sqlite3.Connection, turn: Turn) -> list[Notification]:
        """Enter a turn into the incidents; its messages without those that silences keep back."""
        if not turn.transitions:
            return turn.notifications
        desk = Page(db, self._rules, self._now())
        for told, known in zip(turn.transitions, turn.known, strict=True):
            desk.enter(told, known)
        desk.keep()
        notes = [note for note in turn.notifications if (note.incident, note.revision) not in desk.kept_back]
        return notes if not desk.notes else _in_order(turn.transitions, notes, desk.notes)

    def perform(
        self, db: sqlite3.Connection, name: str, what: What, who: Who, now: Micros
    ) -> tuple[Incident, list[Notification]]:
        """Do what somebody wants with an incident, after what the clock does to it. Raises RefusedError."""
        incident = tables.find(db, name)
        if incident is None:
            raise RefusedError(Why.NO_INCIDENT, name)
        incident, notes = self._let_pass(db, incident, now)
        act = conduct(incident, what, who, self._rules.policy, now)
        incident = apply(incident, act)
        urged = self._rules.urge(incident, act)
        tables.append(db, _with_told(act, urged))
        self._put(db, incident)
        return incident, [*notes, *urged]

    def silence(self, db: sqlite3.Connection, wanted: Silence, source: str, now: Micros) -> Silence:
        """Set up a silence or a maintenance. Raises RefusedError."""
        kept, act = mute.set_up(wanted, source, now)
        tables.append(db, act)
        tables.put_silence(db, kept)
        return kept

    def end_silence(
        self, db: sqlite3.Connection, name: str, who: Who, now: Micros
    ) -> tuple[Silence, list[Notification]]:
        """End a silence or a maintenance now; what it kept back and still is so is told. Raises RefusedError."""
        kept, act = mute.end(tables.find_silence(db, name), name, who, now)
        tables.append(db, act)
        tables.put_silence(db, kept)
        return kept, self._release(db, now)

    def is_due(self, db: sqlite3.Connection, now: Micros) -> bool:
        """Whether `elapse` would do anything."""
        if any(self._passing(db, one, now) for one in tables.due(db, now)):
            return True
        return any(self._free(db, now)) or any(self._stand_ins(db, now))

    def silenced_till(self, db: sqlite3.Connection, name: str) -> Micros:
        """When the silences end that hold now, or held within the last hour, for the alert of that id.

        Of an incident: for the first of all that fires in it. 0 where none holds or held.
        """
        found, now = tables.find(db, name), self._now()
        firing = [] if found is None else [told for told in found.active if name in {told.incident, found.id}]
        silences = [one for one in tables.silences(db, now - HOUR) if one.start <= now]
        return min((mute.till(silences, told, self._rules.lineage) for told in firing), default=0)

    def elapse(self, db: sqlite3.Connection, now: Micros) -> list[Notification]:
        """Do what the clock does up to now; the messages that come of it."""
        notes: list[Notification] = []
        for incident in tables.due(db, now):
            notes += self._let_pass(db, incident, now)[1]
        return notes + self._release(db, now)

    def review(self, db: sqlite3.Connection, firing: Iterable[Transition] = ()) -> None:
        """Read each log again, and reckon when the clock is to look at it: version and policy may have changed.

        What is `firing` and part of no incident, since it began before there were any, joins one; nobody is told again.
        """
        for incident in tables.standing(db):
            self._put(db, fold(tables.log(db, incident.id)) or incident)
        page = Page(db, self._rules, self._now())
        for told in firing:
            page.adopt(told)
        page.keep()

    def _let_pass(self, db: sqlite3.Connection, incident: Incident, now: Micros) -> tuple[Incident, list[Notification]]:
        notes: list[Notification] = []
        acts = self._passing(db, incident, now)
        for act in acts:
            incident = apply(incident, act)
            tables.append(db, act)
            notes += self._rules.urge(incident, act)
        if acts:
            self._put(db, incident)
        return incident, notes

    def _passing(self, db: sqlite3.Connection, incident: Incident, now: Micros) -> list[Act]:
        since = incident.at if incident.ladder is None else incident.ladder.since
        silences = mute.over(tables.silences(db, since), incident, self._rules.lineage)
        return ladder.elapse(incident, self._rules.policy, silences, now)

    def _put(self, db: sqlite3.Connection, incident: Incident | None) -> None:
        if incident is not None:
            tables.put(db, incident, ladder.due(incident, self._rules.policy))

    def _free(self, db: sqlite3.Connection, now: Micros) -> Iterator[Transition]:
        """What was kept back and no silence holds any more."""
        held = tables.withheld(db)
        silences = tables.silences(db, now) if held else []
        for told in held.values():
            if not mute.silencing(silences, told, now, self._rules.lineage):
                yield told

    def _release(self, db: sqlite3.Connection, now: Micros) -> list[Notification]:
        notes: list[Notification] = []
        for told in list(self._free(db, now)):
            tables.release(db, told.incident)
            notes += self._tell(db, told, now)
        return notes + self._stand_in(db, now)

    def _stand_ins(self, db: sqlite3.Connection, now: Micros) -> Iterator[Transition]:
        """What silenced criticals mute."""
        held, lineage = tables.withheld(db), self._rules.lineage
        silences = tables.silences(db, now) if held else []
        causes = mute.kept_back(held.values(), silences, now, lineage)
        for place in causes:
            for incident in tables.near(db, *place, now):
                yield from mute.stand_ins(incident, causes, silences, now, lineage)

    def _stand_in(self, db: sqlite3.Connection, now: Micros) -> list[Notification]:
        return [note for told in list(self._stand_ins(db, now)) for note in self._tell(db, told, now)]

    def _tell(self, db: sqlite3.Connection, told: Transition, now: Micros) -> Sequence[Notification]:
        """Tell a step that was not told when it was made."""
        incident = tables.find(db, told.incident)
        if incident is not None:
            acts = gather.tell_late(incident, told, now, ladder.SOURCE, self._rules.policy)
            self._put(db, tables.record(db, incident, acts))
        return self._rules.tell(told)


def _with_told(act: Act, urged: Iterable[Notification]) -> Act:
    """A request with whom it reaches: whoever reads the log sees when that is nobody."""
    if not isinstance(act.what, Asked):
        return act
    return replace(act, what=replace(act.what, told=tuple(dict.fromkeys(note.receiver for note in urged))))


def _in_order(
    steps: Sequence[Transition], notes: Iterable[Notification], more: Iterable[tuple[int, Notification]]
) -> list[Notification]:
    """All messages of a turn in the order of its steps; `more`: further ones, each with the number of its step."""
    numbers = {(told.incident, told.revision): number for number, told in enumerate(steps, 1)}
    numbered = [(numbers.get((note.incident, note.revision), 0), note) for note in notes]
    return [note for _, note in sorted([*numbered, *more], key=lambda one: one[0])]
