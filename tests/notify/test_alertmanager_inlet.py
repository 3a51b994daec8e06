"""What a real Alertmanager posts reaches the officials once, whatever it posts again; nobody else may post."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any

import aiohttp
import msgspec
import pytest
import structlog
from fastapi import FastAPI
from pydantic import SecretStr

from ioc.alerting.external import External
from ioc.alerting.reading import reading
from ioc.demo.children import LOOPBACK, Child, answers, free_port
from ioc.errors import TemporaryError
from ioc.model import MINUTE, Kind, Severity, Status, moment
from ioc.notify.alertmanager_inlet import AlertmanagerInlet, InletConfig
from ioc.notify.directory import Directory, Route
from ioc.notify.email import compose
from ioc.notify.external import LONGEST, decode, transition
from ioc.notify.http import JSON
from ioc.notify.render.zns import SIZES, free
from ioc.notify.route import notifications
from ioc.telemetry import Counts
from ioc.web.messages import add_messages
from ioc.web.server import serve
from tests.notify.test_alertmanager import alertmanager, until
from tests.notify.test_render import HOSTILE
from tests.notify.test_sentence import CATALOGUE, T0
from tests.notify.tray_bed import Office, official
from tests.support.catalogue import CHAU_THANH, PROVINCE
from tests.support.gates import gate

TOKEN = "người-báo-tin"
PEOPLE = Directory(officials=(official(),), routes=(Route(severity="info", officials=("duty",), channels=("email",)),))
HEADERS = {"authorization": f"Bearer {TOKEN}".encode().decode("latin-1")}


def alert(**changes: object) -> dict[str, object]:
    values: dict[str, object] = {
        "status": "firing",
        "labels": {"alertname": "EngineDown", "severity": "critical", "job": "ioc"},
        "annotations": {"summary_vi": "Động cơ của trung tâm đã dừng.", "summary": "The centre's engine is down."},
        "startsAt": moment(T0),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.com/graph",
        "fingerprint": "5a0f3f6f1d2e4b77",
    }
    return {**values, **changes}


def body(*alerts: dict[str, object]) -> bytes:
    return msgspec.json.encode({"version": "4", "groupKey": "{}", "status": "firing", "alerts": list(alerts)})


REPORTED = "reported by Alertmanager (EngineDown)."
OVER = {"status": "resolved", "endsAt": moment(T0 + 12 * MINUTE)}


def inlet(office: Office) -> AlertmanagerInlet:
    config = InletConfig(token=SecretStr(TOKEN), site=PROVINCE)
    return AlertmanagerInlet(
        config, office.people, CATALOGUE, External(office.ledger, office.clock.now).enter, Counts()
    )


def take(office: Office, *alerts: dict[str, object]) -> int:
    return inlet(office).take(body(*alerts), HEADERS)


def test_alert_is_told_in_each_officials_language_when_it_fires_and_when_it_is_over(tmp_path: Path) -> None:
    office = Office(tmp_path, [official("vi"), official("en", lang="en")])
    assert take(office, alert()) == 200
    assert [message.text.partition(" [")[0] for message in office.work()] == [
        "NGUY CẤP: Động cơ của trung tâm đã dừng tại Bến Tre từ 08:10 ngày 12/03/2025; theo Alertmanager (EngineDown).",
        f"CRITICAL: The centre's engine is down at Ben Tre Province since 08:10 on 12 March 2025; {REPORTED}",
    ]
    assert take(office, alert(**OVER)) == 200
    assert office.work() == []
    over = office.work(300)
    assert over[0].text.startswith("ĐÃ HẾT: Động cơ của trung tâm đã dừng tại Bến Tre sau 12 phút; theo ")
    assert {(message.incident, message.revision) for message in over} == {(over[0].incident, 2)}


def test_alerts_that_alertmanager_left_out_are_counted_and_named(tmp_path: Path) -> None:
    office, counts = Office(tmp_path), Counts()
    config = InletConfig(token=SecretStr(TOKEN), site=PROVINCE)
    found = AlertmanagerInlet(config, office.people, CATALOGUE, External(office.ledger, office.clock.now).enter, counts)
    document = {"version": "4", "truncatedAlerts": 3, "alerts": [alert()]}
    with structlog.testing.capture_logs() as logs:
        assert found.take(msgspec.json.encode(document), HEADERS) == 200
    assert counts.value("external_alerts", outcome="left-out") == 3
    assert [(entry["log_level"], entry["alerts"]) for entry in logs] == [("warning", 3)]
    assert len(office.work()) == 1


def test_repetition_tells_nobody_again_also_after_a_restart(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for _ in range(3):
        assert take(office, alert()) == 200
        office.restart()
    assert take(office, alert(**OVER), alert(**OVER)) == 200
    office.work()
    office.work(300)
    assert [message.revision for _, message in office.sent] == [1, 2]
    again = alert(startsAt=moment(T0 + 60 * MINUTE))
    assert take(office, again) == 200
    assert len(office.work(600)) == 1


def test_an_alert_that_was_lost_sight_of_and_still_fires_is_told_anew(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for number, posted in enumerate([alert(), alert(**OVER)] * 2, 1):
        assert take(office, posted, posted) == 200
        assert take(office, posted) == 200
        office.work(600)
        office.work(600)
        assert [message.revision for _, message in office.sent] == list(range(1, number + 1))
    assert {message.incident for _, message in office.sent} == {office.sent[0][1].incident}
    office.ledger.retire(office.clock.now() + MINUTE)
    with reading(office.path) as db:
        assert db.execute("select count(*) from external").fetchone() == (0,)


def test_labels_choose_site_field_and_severity_where_the_catalogue_knows_them() -> None:
    labels = {"alertname": "X", "site": CHAU_THANH, "field": "health", "severity": "info"}
    [one] = decode(body(alert(labels=labels))).alerts
    told = transition(one, CATALOGUE, PROVINCE)
    assert (told.site, told.field, told.severity, told.kind) == (CHAU_THANH, "health", Severity.INFO, Kind.EXTERNAL)
    [two] = decode(body(alert(labels={"site": "nowhere", "field": "magic", "severity": "page"}))).alerts
    told = transition(two, CATALOGUE, PROVINCE)
    assert (told.site, told.field, told.severity, told.rule) == (PROVINCE, "", Severity.WARNING, "alertmanager")


def test_our_own_alerts_come_back_to_nobody(tmp_path: Path) -> None:
    office = Office(tmp_path)
    assert take(office, alert(annotations={"incident": "a7k2q9xz/1", "summary": "x"})) == 200
    assert office.outbox.counts()["waiting"] == 0


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer guess"}, {"authorization": "Bearer "}])
def test_stranger_may_not_post(tmp_path: Path, headers: dict[str, str]) -> None:
    office = Office(tmp_path)
    assert inlet(office).take(body(alert()), headers) == 401
    open_to_all = InletConfig(site=PROVINCE)
    none = AlertmanagerInlet(
        open_to_all, office.people, CATALOGUE, External(office.ledger, office.clock.now).enter, Counts()
    )
    assert none.take(body(alert()), {"authorization": "Bearer "}) == 401
    assert office.outbox.counts()["waiting"] == 0


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"[]", b"{}", b'{"version": "4", "alerts": [{}]}', b"\xff", b'{"x": ' + b"[" * 100_000),
        body(alert(startsAt="2025-03-12T08:10:00")),
        body(alert(startsAt="9999-12-31T23:59:59Z")),
        body(alert(startsAt="0001-01-01T00:00:00+14:00")),
        body(alert(**{**OVER, "endsAt": "2025-03-12T08:10:00"})),
        body(alert(**{**OVER, "endsAt": "9999-12-31T23:59:59-12:00"})),
    ],
)
def test_body_that_is_none_is_refused(tmp_path: Path, raw: bytes) -> None:
    assert inlet(Office(tmp_path)).take(raw, HEADERS) == 400


def test_a_name_without_end_is_cut() -> None:
    [one] = decode(body(alert(labels={"alertname": "ề" * 5000}))).alerts
    assert len(transition(one, CATALOGUE, PROVINCE).rule) == LONGEST


def test_outbox_that_cannot_be_used_asks_for_another_try(tmp_path: Path) -> None:
    office = Office(tmp_path)

    def locked(*_: object) -> bool:
        raise TemporaryError("state-db")

    config = InletConfig(token=SecretStr(TOKEN), site=PROVINCE)
    assert AlertmanagerInlet(config, office.people, CATALOGUE, locked, Counts()).take(body(alert()), HEADERS) == 503


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_annotations_stay_text(name: str) -> None:
    hostile = HOSTILE[name]
    [one] = decode(
        body(alert(annotations={"summary": hostile}, labels={"alertname": hostile}, fingerprint=hostile))
    ).alerts
    [note] = notifications(transition(one, CATALOGUE, PROVINCE), PEOPLE, CATALOGUE)
    for text in (note.text, note.subject, *free(note).values()):
        assert not [sign for sign in text if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp")]
        assert "49" not in text
    assert compose(note, "ioc@example.com")["Bcc"] is None
    assert all(0 < len(text) <= SIZES[parameter] for parameter, text in free(note).items())


CONFIG = Template("""\
global:
  resolve_timeout: 4s
route:
  receiver: ioc
  group_by: ['...']
  group_wait: 0s
  group_interval: 200ms
  repeat_interval: 1s
receivers:
  - name: ioc
    webhook_configs:
      - url: $url
        send_resolved: true
        http_config: {authorization: {credentials: $token}}
""")


class Counted:
    """The inlet, with a count of the calls; the first finds the outbox locked."""

    def __init__(self, inner: AlertmanagerInlet) -> None:
        self.inner = inner
        self.calls = 0

    def take(self, raw: bytes, headers: Mapping[str, str]) -> int:
        self.calls += 1
        return 503 if self.calls == 1 else self.inner.take(raw, headers)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Child, int]]:
    port = free_port()
    child = alertmanager(tmp_path, port)
    yield child, port
    child.stop()


@pytest.fixture
async def posting(tmp_path: Path) -> AsyncIterator[tuple[Office, Counted, str]]:
    office = Office(tmp_path)
    counted = Counted(inlet(office))
    app = FastAPI()
    app.state.close_streams = lambda: None
    add_messages(app, None, {"/v1/alertmanager": counted.take})
    bound: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(app, LOOPBACK, 0, gate(), bound.set_result))
    yield office, counted, f"http://{LOOPBACK}:{await bound}/v1/alertmanager"
    task.cancel()
    await asyncio.wait({task})


async def test_real_alertmanager_is_heard_once_for_each_turn(
    server: tuple[Child, int], posting: tuple[Office, Counted, str], tmp_path: Path
) -> None:
    (child, port), (office, counted, url) = server, posting
    (tmp_path / "alertmanager.yml").write_text(CONFIG.substitute(url=url, token=TOKEN), encoding="utf-8")
    await asyncio.to_thread(child.spawn)
    await until(lambda: answers(port, "/-/ready"), 30)
    now = datetime.now(UTC)  # noqa: TID251 - the real server goes by the real time
    real: list[dict[str, Any]] = [
        {
            "labels": {"alertname": "DiskFull", "severity": "critical", "site": CHAU_THANH},
            "annotations": {"summary": "Đĩa sắp đầy"},
            "startsAt": now,
        }
    ]
    target = f"http://{LOOPBACK}:{port}/api/v2/alerts"
    async with aiohttp.ClientSession() as session:
        for _ in range(4):
            async with session.post(target, data=msgspec.json.encode(real), headers=JSON) as answer:
                assert answer.status == 200
            calls = counted.calls
            await until(lambda calls=calls: counted.calls > calls, 30)  # type: ignore[misc]
        await until(
            lambda: office.outbox.counts()["waiting"] == 2, 30
        )  # it has ended by itself: nobody posts it any more
    firing, over = (row.message for row in office.outbox.newest(5)[::-1])
    assert counted.calls >= 4
    assert firing.text.startswith("NGUY CẤP: Đĩa sắp đầy tại huyện Châu Thành (Bến Tre) từ ")
    assert (over.incident, over.transition.after) == (firing.incident, Status.RESOLVED)
