"""The commands about incidents and silences, over a centre's own files."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ioc.alerting.ledger import Ledger
from ioc.alerting.turn import Turn
from ioc.cli import app
from ioc.clock import SystemClock
from ioc.errors import ConfigError
from ioc.handling import equip
from ioc.settings import load
from tests.support.alerts import fired

ROOT = Path(__file__).parents[1]


def ioc(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The settings of a centre with one critical alert that nobody has taken on."""
    file = tmp_path / "ioc.toml"
    file.write_text(
        f'[state]\ndirectory = "{tmp_path}"\n[notify]\nofficials = "{ROOT}/config/officials.example.toml"\n'
        f'routes = "{ROOT}/config/routes.example.toml"\n[incidents]\noffices = "{ROOT}/config/offices.example.toml"\n',
        encoding="utf-8",
    )
    now = SystemClock().now()
    ledger = Ledger(tmp_path / "state.db", equip(load(file)).clerk.take)
    ledger.commit(Turn(cursor=1, horizon=now, transitions=[fired(now)], known=[now]))
    ledger.close()
    return file


@pytest.fixture
def messages(config: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(config.parent / "state.db")) as db:
        yield db


def test_an_incident_is_listed_shown_and_taken_on_by_the_id_in_the_message(config: Path) -> None:
    listed = ioc("incidents", "list", "--config", config)
    assert listed.exit_code == 0, listed.output
    assert "nguy cấp" in listed.output
    assert "chưa ai nhận" in listed.output
    done = ioc("incidents", "ack", "ABCDEFGH", "--by", "truc-ban-thuy-van", "--comment", "đã đóng cống", "-c", config)
    assert "đã nhận xử lý (Trực ban Đài Khí tượng Thủy văn)" in done.output
    shown = ioc("incidents", "show", done.output.split()[0], "--config", config, "--lang", "en")
    assert "River water salinity at An Thuan Station is 4.60 g/L" in shown.output
    assert "Acknowledged until" in shown.output
    assert "đã đóng cống" in shown.output
    assert "cli " in shown.output


def test_what_is_refused_is_said_in_both_languages_and_leaves_no_trace(config: Path) -> None:
    ioc("incidents", "ack", "ABCDEFGH", "--by", "A", "--config", config)
    again = ioc("incidents", "ack", "ABCDEFGH", "--by", "B", "--config", config)
    assert isinstance(again.exception, ConfigError)
    assert "Đã có người nhận xử lý: A. / Somebody has acknowledged it already: A." in str(again.exception)
    wrong = ioc("incidents", "ask", "ABCDEFGH", "--of", "x", "--text", "y", "--due", "soon", "--by", "A", "-c", config)
    assert "not a time" in str(wrong.exception)
    nothing = ioc("incidents", "show", "i-nothing", "--config", config)
    assert "no such incident" in str(nothing.exception)
    assert str(nothing.exception).endswith("Xem / see: ioc incidents list --all")


def test_everything_that_can_be_done_is_in_the_log(config: Path, messages: sqlite3.Connection) -> None:
    for words in (
        ("escalate", "ABCDEFGH"),
        ("assign", "ABCDEFGH", "--to", "truc-ban-ubnd"),
        ("comment", "ABCDEFGH", "mưa lớn"),
        ("ask", "ABCDEFGH", "--of", "truc-ban-so-y-te", "--text", "Vì sao?", "--due", "2h"),
        ("answer", "ABCDEFGH", "1", "Vì hạn"),
        ("ack", "ABCDEFGH", "--until", "1h"),
        ("unack", "ABCDEFGH"),
        ("resolve", "ABCDEFGH", "--comment", "xong"),
        ("reopen", "ABCDEFGH", "--comment", "chưa"),
    ):
        done = ioc("incidents", *words, "--by", "Trực ban", "--config", config)
        assert done.exit_code == 0, (words, done.output, done.exception)
    kinds = [kind for (kind,) in messages.execute("select kind from acts order by id")]
    acts = "escalated assigned commented asked answered acknowledged unacknowledged resolved reopened"
    assert kinds == ["opened", "moved", *acts.split()]
    told = [body for (body,) in messages.execute("select body from outbox order by id")]
    assert [("CHƯA AI NHẬN XỬ LÝ" in one, "ĐỀ NGHỊ GIẢI TRÌNH" in one) for one in told] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def test_an_office_is_asked_through_the_outbox_and_it_is_said_why(config: Path, messages: sqlite3.Connection) -> None:
    words = ("--of", "so-y-te", "--text", "Vì sao?", "--due", "2h", "--by", "truc-ban-ubnd", "--config", config)
    done = ioc("incidents", "ask", "ABCDEFGH", *words)
    assert done.exit_code == 0, done.exception
    lines = [
        "Sở Y tế / Department of Health: được hỏi / asked:",
        "  so-y-te, bước / step 1: truc-ban-so-y-te (Trực ban Sở Y tế), email: truc-ban-so-y-te@example.com",
    ]
    assert done.output.splitlines()[1:] == lines
    (body,) = (body for (body,) in messages.execute("select body from outbox where state = 'waiting'"))
    assert '"receiver":"truc-ban-so-y-te","channel":"email"' in body
    assert "ĐỀ NGHỊ Sở Y tế GIẢI TRÌNH trước " in body
    assert ioc("route", "ask", "--of", "so-y-te", "--config", config).output.splitlines() == lines
    ioc("incidents", "ask", "ABCDEFGH", "--of", "Ông A", *words[2:])
    shown = ioc("incidents", "show", "ABCDEFGH", "--config", config).output
    assert ", đã báo Trực ban Sở Y tế: Vì sao?" in shown
    assert ", không báo được cho ai: Vì sao?" in shown
    nobody = ioc("route", "ask", "--of", "Ông A", "--config", config)
    assert "không phải cơ quan trong danh mục" in nobody.output


def test_silences_and_maintenance_are_set_up_listed_and_ended(config: Path) -> None:
    words = ("--until", "2h", "--reason", "hiệu chuẩn", "--by", "truc-ban-thuy-van", "--config", config)
    added = ioc("silence", "add", "--site", "st-an-thuan", "--severity", "critical", "--kind", "above", *words)
    assert added.exit_code == 0, added.exception
    ioc("maintenance", "add", "--field", "environment", "--start", "1h", *words)
    listed = ioc("silence", "list", "--config", config)
    assert "Tạm tắt thông báo: trạm An Thuận, vượt ngưỡng trên, nguy cấp; " in listed.output
    assert "Trực ban Đài Khí tượng Thủy văn" in listed.output
    assert "1 mục" in ioc("maintenance", "list", "--config", config).output
    assert ioc("silence", "end", added.output.split()[0], "--by", "x", "--config", config).exit_code == 0
    assert "Kết thúc trước hạn" in ioc("incidents", "log", "--config", config).output
    assert "0 mục" in ioc("silence", "list", "--config", config).output
    assert "Name a site" in str(ioc("silence", "add", "--kind", "above", *words).exception)
    assert "gone" in str(ioc("silence", "add", "--site", "gone", *words).exception)
    assert "(st-an-thuan" in str(ioc("silence", "add", "--site", "st-an-thuam", *words).exception)


def test_commands_read_and_write_beside_a_centre_that_writes(config: Path) -> None:
    ledger = Ledger(config.parent / "state.db")
    for cursor in range(2, 6):
        ledger.commit(Turn(cursor=cursor, samples=1))
        assert ioc("incidents", "comment", "ABCDEFGH", f"lần {cursor}", "--by", "A", "-c", config).exit_code == 0
    assert ledger.cursor() == 5
    ledger.close()
    assert ioc("incidents", "show", "ABCDEFGH", "--config", config).output.count("lần") == 4


def test_a_centre_that_never_ran_is_said_so(tmp_path: Path) -> None:
    file = tmp_path / "ioc.toml"
    file.write_text(f'[state]\ndirectory = "{tmp_path}"\n', encoding="utf-8")
    assert "no state here" in str(ioc("incidents", "list", "--config", file).exception)


def test_rules_health_shows_how_soon_people_answer_and_what_is_shelved(config: Path) -> None:
    ioc("incidents", "ack", "ABCDEFGH", "--by", "A", "--config", config)
    words = ("--site", "st-an-thuan", "--until", "2h", "--reason", "hiệu chuẩn", "--by", "truc-ban-thuy-van")
    ioc("silence", "add", *words, "--config", config)
    done = ioc("rules", "health", "--config", config)
    assert done.exit_code == 0, done.exception
    assert "acknowledged: 1, mean time 0min" in done.output
    assert "shelved: 1" in done.output
    assert "hiệu chuẩn (Trực ban Đài Khí tượng Thủy văn)" in done.output
