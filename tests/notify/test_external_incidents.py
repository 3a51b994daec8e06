"""What an Alertmanager posts is handled like our own alerts: incidents, acknowledgements, ladders, silences."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from ioc.alerting.external import External
from ioc.alerting.ledger import SCHEMAS, Ledger
from ioc.alerting.outbox import Outbox, enqueue
from ioc.alerting.reading import reading
from ioc.clock import ManualClock
from ioc.handling import rules
from ioc.incidents.clerk import Clerk
from ioc.incidents.desk import Desk
from ioc.incidents.duty import ANY, Duty, Policy, Step
from ioc.incidents.model import Acknowledged, Incident, Match, Silence, Stage
from ioc.incidents.register import Register
from ioc.incidents.wording import KINDS, Words, matched
from ioc.model import DAY, HOUR, MINUTE, Kind, Severity, moment
from ioc.notify.alertmanager_inlet import AlertmanagerInlet, InletConfig
from ioc.notify.directory import Directory, Route
from ioc.notify.route import notifications
from ioc.notify.sentence import sentence
from ioc.telemetry import Counts
from tests.notify.test_alertmanager_inlet import HEADERS, TOKEN, alert, body
from tests.notify.test_sentence import CATALOGUE, T0
from tests.notify.tray_bed import official
from tests.support.catalogue import CHAU_THANH, PROVINCE

PEOPLE = Directory(
    officials=(official(), official("chief", lang="en")),
    routes=(Route(severity="info", officials=("duty",), channels=("email",)),),
)
POLICY = Policy(duties={ANY: Duty((Step(5 * MINUTE, ("chief",), ("email",)),))})
EVERYTHING = Match(sites=(PROVINCE,), kinds=(Kind.EXTERNAL,))


class Centre:
    """A `state.db` with clerk, desk and the inlet of an Alertmanager."""

    def __init__(self, path: Path) -> None:
        self.path = path / "state.db"
        self.clock = ManualClock(T0)
        made = rules(POLICY, PEOPLE, CATALOGUE, lambda told: notifications(told, PEOPLE, CATALOGUE), Counts())
        clerk = Clerk(made, self.clock.now)
        self.ledger = Ledger(self.path, clerk.take)
        self.desk = Desk(clerk, partial(reading, self.path), self.ledger.writing, enqueue)
        self.register = Register(partial(reading, self.path))
        config = InletConfig(token=SecretStr(TOKEN), site=PROVINCE)
        enter = External(self.ledger, self.clock.now).enter
        self.inlet = AlertmanagerInlet(config, PEOPLE, CATALOGUE, enter, Counts())

    def post(self, *alerts: dict[str, object]) -> None:
        assert self.inlet.take(body(*alerts), HEADERS) == 200

    def move(self, minutes: float) -> None:
        self.clock.move(minutes * 60)
        self.desk.elapse(self.clock.now())

    def silence(self, match: Match, minutes: float) -> Silence:
        now = self.clock.now()
        wanted = Silence("", match, "Trực ban", "nâng cấp", now, now + int(minutes * MINUTE))
        return self.desk.silence(wanted, "test", now)

    def said(self) -> list[str]:
        return [f"{row.message.receiver}: {row.message.text}" for row in reversed(Outbox(self.ledger).newest(100))]

    def incident(self) -> Incident:
        (found,) = self.register.newest(tuple(Stage), 10)
        return found


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    opened = Centre(tmp_path)
    yield opened
    opened.ledger.close()


def over(minutes: float, **changes: object) -> dict[str, object]:
    return alert(status="resolved", endsAt=moment(T0 + int(minutes * MINUTE)), **changes)


def at_chau_thanh() -> dict[str, object]:
    labels = {"alertname": "PumpDown", "severity": "warning", "site": CHAU_THANH, "field": "environment"}
    return alert(labels=labels, fingerprint="77", annotations={"summary_vi": "Bơm dừng", "summary": "Pump down"})


def test_an_alert_makes_an_incident_that_people_take_on_and_that_ends_with_it(centre: Centre) -> None:
    centre.post(alert(), alert())
    found = centre.incident()
    assert (found.site, found.field, found.severity, found.owner) == (PROVINCE, "", Severity.CRITICAL, "")
    (told,) = found.alerts
    assert sentence(told, CATALOGUE, "en") == (
        "CRITICAL: The centre's engine is down at Ben Tre Province since 08:10 on 12 March 2025; "
        "reported by Alertmanager (EngineDown)."
    )
    centre.move(1)
    assert centre.register.is_acknowledged(told.incident) is False
    centre.desk.perform(told.incident, Acknowledged(), ("duty", "test"), centre.clock.now())
    assert centre.register.is_acknowledged(told.incident) is True
    centre.move(60)
    assert len(centre.said()) == 1
    centre.post(over(61), over(61))
    assert (centre.incident().stage, len(centre.said())) == (Stage.RESOLVED, 2)


def test_an_alert_that_fires_again_with_the_same_beginning_opens_its_incident_again(centre: Centre) -> None:
    centre.post(alert())
    (told,) = centre.incident().alerts
    centre.desk.perform(told.incident, Acknowledged(), ("duty", "test"), centre.clock.now())
    centre.move(10)
    centre.post(over(10))
    assert centre.incident().stage is Stage.RESOLVED
    centre.move(5)
    centre.post(alert())
    assert (centre.incident().stage, centre.register.is_acknowledged(told.incident)) == (Stage.OPEN, False)
    centre.move(5)
    assert [text.partition(":")[0] for text in centre.said()] == ["duty", "duty", "duty", "chief"]


def test_nobody_answers_and_the_ladder_of_every_other_office_is_climbed(centre: Centre) -> None:
    centre.post(alert())
    centre.move(5)
    text = "chief: NOT ACKNOWLEDGED for 5 min. CRITICAL: The centre's engine is down at Ben Tre Province since 08:10"
    assert centre.said()[1].startswith(text)


def test_site_and_field_of_the_labels_are_those_of_the_incident(centre: Centre) -> None:
    centre.post(at_chau_thanh())
    assert (centre.incident().site, centre.incident().field) == (CHAU_THANH, "environment")


def test_what_is_less_than_the_least_severity_is_told_and_makes_no_incident(centre: Centre) -> None:
    centre.post(alert(labels={"alertname": "X", "severity": "info"}))
    assert (len(centre.said()), centre.register.newest(tuple(Stage), 10)) == (1, [])


@pytest.mark.parametrize("match", [EVERYTHING, Match(sites=(PROVINCE,)), Match(fields=("environment",))])
def test_a_silence_keeps_it_back_and_what_still_fires_is_told_at_its_end(centre: Centre, match: Match) -> None:
    centre.silence(match, 60)
    centre.post(at_chau_thanh())
    assert (centre.said(), len(centre.incident().untold)) == ([], 1)
    centre.move(60)
    (text,) = centre.said()
    assert text.startswith("duty: CẢNH BÁO: Bơm dừng tại huyện Châu Thành")


def test_what_ended_in_a_silence_is_never_told(centre: Centre) -> None:
    centre.silence(EVERYTHING, 60)
    centre.post(alert())
    centre.post(over(12))
    centre.move(90)
    assert centre.said() == []


@pytest.mark.parametrize(
    "match", [Match(sites=(CHAU_THANH,)), Match(sites=(PROVINCE,), kinds=(Kind.ABOVE,)), Match(fields=("health",))]
)
def test_a_silence_of_something_else_keeps_nothing_back(centre: Centre, match: Match) -> None:
    centre.silence(match, 60)
    centre.post(alert())
    assert len(centre.said()) == 1


def test_a_silence_of_the_kind_is_said_in_words() -> None:
    assert KINDS[Kind.EXTERNAL] == Words("hệ thống khác báo", "told by another system")
    assert set(KINDS) == set(Kind)
    assert matched(Match(kinds=(Kind.EXTERNAL,))).vi == "hệ thống khác báo"


def test_what_ended_long_ago_is_forgotten_and_what_fires_is_not(centre: Centre) -> None:
    centre.post(alert(), over(12, fingerprint="88"), alert(fingerprint="99"))
    centre.ledger.retire(T0 + HOUR)
    centre.clock.move(10 * DAY / 1e6)
    centre.post(over(12, fingerprint="99"))
    centre.ledger.retire(T0 + HOUR)
    with reading(centre.path) as db:
        kept = [name for (name,) in db.execute("select fingerprint from external order by fingerprint")]
    assert kept == ["5a0f3f6f1d2e4b77", "99"]


def test_a_file_of_an_older_version_keeps_what_ended_as_long_as_if_it_had_ended_now(tmp_path: Path) -> None:
    older = next(number for number, added in enumerate(SCHEMAS) if "alter table external" in added)
    with closing(sqlite3.connect(tmp_path / "state.db")) as db:
        db.executescript("".join(SCHEMAS[:older]) + f"pragma user_version = {older};")
        db.execute("insert into meta values ('horizon', ?)", (T0,))
        db.execute("insert into external values ('1', 'A', 2), ('2', 'B', 1)")
        db.commit()
    ledger = Ledger(tmp_path / "state.db")
    for before, expected in ((T0, 2), (T0 + 1, 1)):
        ledger.retire(before)
        with reading(tmp_path / "state.db") as db:
            assert db.execute("select count(*) from external").fetchone() == (expected,)
    ledger.close()
