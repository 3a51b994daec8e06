"""Enters the steps of one turn into the incidents, within the transaction of whoever calls."""

import sqlite3

from msgspec.structs import replace

from ioc.incidents import gather, ladder, mute, tables
from ioc.incidents.model import Incident
from ioc.incidents.rules import Rules
from ioc.model import Micros, Notification, Status, Transition

Place = tuple[str, str]
"""Site and field."""


class Page:
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
        self.notes: list[tuple[int, Notification]] = []
        self._steps = 0

    def enter(self, told: Transition, known: Micros) -> None:
        """One step of one alert."""
        self._steps += 1
        at = self._noticed(known)
        near = self._incidents(told, at)
        number = _stood_in(told, near)
        if number and told.after is Status.FIRING:
            self.kept_back.add((told.incident, told.revision))
            self._settle(told, at, near, "")
        elif number:
            self._end(replace(told, revision=number + 1), at, near)
        else:
            self._settle(told, at, near, self._silence(told, at) if told.revision else "")
            self._stand_in(told, at, near)

    def _end(self, told: Transition, at: Micros, near: list[Incident]) -> None:
        """The end of what stood in for its critical, of which nobody else tells."""
        silence = self._silence(told, at)
        if not silence:
            self._tell(told)
        self._settle(told, at, near, silence)

    def _stand_in(self, told: Transition, at: Micros, near: list[Incident]) -> None:
        """Tell what is muted by a critical that is kept back, now that one of the two begins."""
        if told.after is not Status.FIRING or not self._withheld:
            return
        silences, lineage = self._silences, self._rules.lineage
        beside = [one for incident in near for one in incident.active if mute.is_beside(one, told)]
        withheld = [one for one in beside if one.incident in self._withheld]
        causes = mute.kept_back(withheld, silences, at, lineage)
        for one in [one for incident in near for one in mute.stand_ins(incident, causes, silences, at, lineage)]:
            self._tell(one)
            self._settle(one, at, near, "")

    def _tell(self, told: Transition) -> None:
        self.notes += [(self._steps, note) for note in self._rules.tell(told)]

    def adopt(self, told: Transition) -> None:
        """An alert that fires, and was told before there were incidents."""
        if not tables.holder(self._db, told.incident):
            at = self._noticed(min(told.at, self._now))
            self._settle(told, at, self._incidents(told, at), "")

    def _noticed(self, known: Micros) -> Micros:
        return known if self._now - known <= ladder.GRACE else self._now

    def _settle(self, told: Transition, at: Micros, near: list[Incident], silence: str) -> None:
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


def _stood_in(told: Transition, near: list[Incident]) -> int:
    """Under which number an alert was told in place of its critical, which whoever judges does not know of; else 0."""
    goes_on = told.before is Status.FIRING and (told.after is Status.FIRING or told.revision == 0)
    known = (one for incident in near if goes_on for one in incident.active)
    return next((one.revision for one in known if one.incident == told.incident), 0)
