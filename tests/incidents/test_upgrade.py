"""A `state.db` from before there were incidents: what fires is gathered at the next start; nobody is told again."""

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec
import pytest

from ioc.alerting.ledger import SCHEMAS, Ledger
from ioc.alerting.outbox import Outbox, enqueue
from ioc.alerting.outlet import standing
from ioc.alerting.reading import reading
from ioc.alerting.rules import Rule
from ioc.alerting.state import Alert
from ioc.alerting.turn import Turn
from ioc.incidents import tables
from ioc.incidents.clerk import Clerk
from ioc.incidents.desk import Desk
from ioc.incidents.model import Acknowledged, Incident, Match, Resolved, Silence, Stage
from ioc.model import DAY, HOUR, MINUTE, Severity, Status, Transition
from tests.incidents.bed import RULES, WHO, at, kinds, step

OLD = [
    step("A", minutes=-3 * 24 * 60),
    step("B", minutes=-60, indicator="ph", severity=Severity.WARNING),
    step("C", minutes=-3, site="cho-lach"),
    step("D", minutes=-2, indicator="ph", field="health", severity=Severity.INFO),
    step("E", Status.RESOLVED, minutes=-2, indicator="turbidity", revision=2),
    step("F", Status.PENDING, minutes=-1, indicator="oxygen", revision=0),
    step("G", minutes=-1, indicator="oxygen", severity=Severity.WARNING, revision=0),
]


def older(path: Path, version: int, told: list[Transition]) -> None:
    """A file as the engine of that version left it, with these as the latest steps of its alerts."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript("".join(SCHEMAS[:version]) + f"pragma user_version = {version};")
        for number, one in enumerate(told, 1):
            body = msgspec.json.encode(one).decode()
            db.execute("insert into events values (?, ?, ?, ?)", (number, one.at, one.after, body))
            alert = alert_of(one)
            stands = None if one.after is Status.RESOLVED else msgspec.json.encode(alert).decode()
            row = (one.site, one.indicator, alert.rule.slot, stands, number)
            db.execute("insert into alerts values (?, ?, ?, ?, ?)", row)
        db.commit()


def alert_of(told: Transition) -> Alert:
    rule = Rule(told.rule, told.kind, told.severity, None, told.bound, 0.0, 0, 0, told.basis)
    named = {name: getattr(told, name) for name in ("site", "field", "indicator", "since", "at", "value", "state")}
    return Alert(**named, rule=rule, incident=told.incident, status=told.after, revision=told.revision)


class Centre:
    """A desk over such a file, opened as the engine opens it."""

    def __init__(self, path: Path, minutes: float = 0) -> None:
        self.now = at(minutes)
        clerk = Clerk(RULES, lambda: self.now)
        self.path = path
        self.ledger = Ledger(path, clerk.take)
        self.desk = Desk(clerk, partial(reading, path), self.ledger.writing, enqueue)
        self.desk.open(standing)

    def incidents(self) -> list[Incident]:
        with reading(self.path) as db:
            return tables.standing(db)

    def kinds(self, one: Incident) -> list[str]:
        with reading(self.path) as db:
            return kinds(tables.log(db, one.id))

    def told(self) -> list[str]:
        return [f"{row.message.receiver} {row.message.incident}" for row in reversed(Outbox(self.ledger).newest(100))]

    def close(self) -> None:
        self.ledger.close()


@pytest.mark.parametrize("version", [1, 2])
def test_what_fires_in_an_older_file_is_gathered_and_nobody_is_told_again(tmp_path: Path, version: int) -> None:
    older(tmp_path / "state.db", version, OLD)
    centre = Centre(tmp_path / "state.db")
    far, near = sorted(centre.incidents(), key=lambda one: one.site)
    assert [told.incident for told in far.alerts] == ["A", "B", "G"]
    assert (far.site, far.field, far.severity, far.stage) == ("an-thoi", "environment", Severity.CRITICAL, Stage.OPEN)
    assert (far.opened, far.acts) == (at(0), 4)  # long ago: since when people can handle it
    assert ([told.incident for told in near.alerts], near.opened) == (["C"], at(-3))
    assert centre.told() == []
    assert len(list(centre.ledger.load().alerts)) == len(OLD) - 1
    centre.close()


def test_opened_again_nothing_is_gathered_twice(tmp_path: Path) -> None:
    older(tmp_path / "state.db", 2, OLD)
    first = Centre(tmp_path / "state.db")
    before = first.incidents()
    first.close()
    second = Centre(tmp_path / "state.db", minutes=30)
    assert second.incidents() == before
    second.close()


def test_the_same_file_is_gathered_alike(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        older(folder / "state.db", 2, OLD)
        centre = Centre(folder / "state.db")
        found.append(centre.incidents())
        centre.close()
    assert found[0] == found[1]


def test_the_ladder_of_what_was_gathered_gives_people_their_time_and_its_end_ends_the_incident(tmp_path: Path) -> None:
    older(tmp_path / "state.db", 2, OLD[:1])
    centre = Centre(tmp_path / "state.db")
    centre.desk.elapse(at(4.9))
    assert centre.told() == []
    centre.desk.elapse(at(5))
    (incident,) = centre.incidents()
    assert centre.told() == [f"duty-officer {incident.id}"]
    assert centre.desk.perform("A", Acknowledged(), WHO, at(6)).stage is Stage.ACKNOWLEDGED
    centre.now = at(7)
    over = step("A", Status.RESOLVED, minutes=7, revision=2)
    centre.ledger.commit(Turn(cursor=1, transitions=[over], known=[at(7)]))
    assert centre.incidents() == []
    assert centre.kinds(incident) == ["opened", "moved", "escalated", "acknowledged", "moved", "resolved"]
    centre.close()


def test_a_silence_keeps_nothing_back_that_was_told_before(tmp_path: Path) -> None:
    """Whoever lowers the least severity of incidents has alerts that were told and are in none."""
    path = tmp_path / "state.db"
    older(path, len(SCHEMAS), OLD[:1])
    with closing(sqlite3.connect(path)) as db:
        match = Match(sites=("an-thoi",))
        tables.put_silence(db, Silence("s-1", match, "A", "x", at(-MINUTE), at(0) + HOUR))
        db.commit()
    centre = Centre(path)
    assert len(centre.incidents()) == 1
    centre.desk.elapse(at(0) + 2 * HOUR)
    assert [one for one in centre.told() if one.endswith(" A")] == []
    centre.close()


def test_what_a_person_ended_stays_ended(tmp_path: Path) -> None:
    older(tmp_path / "state.db", 2, OLD[:1])
    centre = Centre(tmp_path / "state.db")
    centre.desk.perform("A", Resolved("xong"), WHO, at(1))
    centre.close()
    centre = Centre(tmp_path / "state.db", minutes=DAY / MINUTE)
    assert centre.incidents() == []
    centre.close()
