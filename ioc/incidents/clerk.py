"""Does what is decided about incidents, within the transaction of whoever calls.

Everything is read again in that transaction, so that an engine and commands beside it never work on old facts.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from ioc.incidents import gather, ladder, mute, tables
from ioc.incidents.conduct import conduct
from ioc.incidents.duty import Policy
from ioc.incidents.fold import apply, fold
from ioc.incidents.model import SYSTEM, Act, Incident, Moved, RefusedError, Silence, What, Why
from ioc.model import HOUR, Micros, Notification, Status, Transition

Who = tuple[str, str]
"""By whom (an official's id or a name), and from where."""

Place = tuple[str, str]
"""Site and field."""


class Turn(Protocol):
    """What a batch of the journal made of the alerts."""

    @property
    def transitions(self) -> list[Transition]: ...  # noqa: D102
    @property
    def known(self) -> list[Micros]: ...  # noqa: D102
    @property
    def notifications(self) -> list[Notification]: ...  # noqa: D102


class Rules(NamedTuple):
    """What deciding needs, all of it pure: the policy, who owns an indicator, what a site lies in, and the messages.

    `tell`: the messages about a step that was kept back. `urge`: those that an act causes.
    """

    policy: Policy
    owner: Callable[[str], str]
    lineage: mute.Lineage
    tell: Callable[[Transition], Sequence[Notification]]
    urge: Callable[[Incident, Act], Sequence[Notification]]


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
        desk = _Page(db, self._rules, self._now())
        for told, known in zip(turn.transitions, turn.known, strict=True):
            desk.enter(told, known)
        desk.keep()
        return [note for note in turn.notifications if (note.incident, note.revision) not in desk.kept_back]

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
        tables.append(db, act)
        self._put(db, incident)
        return incident, [*notes, *self._rules.urge(incident, act)]

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
        return any(self._passing(db, one, now) for one in tables.due(db, now)) or bool(list(self._free(db, now)))

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
        page = _Page(db, self._rules, self._now())
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
            notes += self._rules.tell(told)
            incident = tables.find(db, told.incident)
            if incident is not None:
                act = Act(incident.id, max(now, incident.at), SYSTEM, ladder.SOURCE, Moved(told))
                self._put(db, tables.record(db, incident, gather.worsened(incident, [act], self._rules.policy)))
        return notes


class _Page:
    """The incidents that one turn touches, read once and kept once."""

    def __init__(self, db: sqlite3.Connection, rules: Rules, now: Micros) -> None:
        self._db = db
        self._rules = rules
        self._now = now
        self._silences = tables.silences(db, now - ladder.GRACE)
        self._withheld = tables.withheld(db)
        self._near: dict[Place, list[Incident]] = {}
        self._touched: dict[str, Incident] = {}
        self.kept_back: set[tuple[str, int]] = set()

    def enter(self, told: Transition, known: Micros) -> None:
        """One step of one alert."""
        at = self._noticed(known)
        self._settle(told, at, self._silence(told, at) if told.revision else "")

    def adopt(self, told: Transition) -> None:
        """An alert that fires, and was told before there were incidents."""
        if not tables.holder(self._db, told.incident):
            self._settle(told, self._noticed(min(told.at, self._now)), "")

    def _noticed(self, known: Micros) -> Micros:
        return known if self._now - known <= ladder.GRACE else self._now

    def _settle(self, told: Transition, at: Micros, silence: str) -> None:
        near = self._incidents(told, at)
        owner = self._rules.owner(told.indicator)
        home, acts = gather.settle(told, at, near, self._rules.policy, owner=owner, silence=silence)
        incident = tables.record(self._db, home, acts)
        if incident is not None and acts:
            self._touched[incident.id] = incident
            near[:] = [*(one for one in near if one.id != incident.id), incident]

    def keep(self) -> None:
        """Write down what came of the turn."""
        for incident in self._touched.values():
            tables.put(self._db, incident, ladder.due(incident, self._rules.policy))

    def _incidents(self, told: Transition, at: Micros) -> list[Incident]:
        place = (told.site, told.field)
        if place not in self._near:
            self._near[place] = tables.near(self._db, *place, at - self._rules.policy.reopen)
        near = self._near[place]
        holder = tables.holder(self._db, told.incident)
        if holder not in {"", *(one.id for one in near)}:  # a person ended it long ago, and the alert goes on
            found = tables.find(self._db, holder)
            near += [] if found is None else [found]
        return near

    def _silence(self, told: Transition, at: Micros) -> str:
        """What keeps the step from being told; the end of what was never told is not told either."""
        before = self._withheld.get(told.incident)
        if told.after is Status.RESOLVED and before is not None and before.after is Status.FIRING:
            self._forget(told)
            self.kept_back.add((told.incident, told.revision))
            return "untold"
        silence = mute.silencing(self._silences, told, at, self._rules.lineage)
        if silence:
            self._withheld[told.incident] = told
            tables.withhold(self._db, told)
            self.kept_back.add((told.incident, told.revision))
        elif before is not None:
            self._forget(told)
        return silence

    def _forget(self, told: Transition) -> None:
        del self._withheld[told.incident]
        tables.release(self._db, told.incident)
