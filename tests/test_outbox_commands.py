from pathlib import Path

from typer.testing import CliRunner

from ioc.alerting.outbox import Outcome
from ioc.cli import app
from ioc.commands.outbox import STATES
from ioc.model import Severity
from tests.notify.tray_bed import Office, firing


def listed(path: Path, *options: str) -> list[str]:
    config = path / "ioc.toml"
    config.write_text(f'[state]\ndirectory = "{path}"\n', encoding="utf-8")
    result = CliRunner().invoke(app, ["outbox", "list", "--config", str(config), *options])
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_list_shows_every_message_with_what_became_of_it(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.tell_all(firing(number, Severity.WARNING) for number in range(8))
    office.work()
    *lines, counts = listed(tmp_path)
    assert len(lines) == 8
    assert counts == "đã gửi / sent 5, giữ lại / held 3"
    assert "  held       duty/email  [CẢNH BÁO] indicator-7 – trạm Mỹ Hóa  budget" in lines[0]
    office.work(600)
    *lines, counts = listed(tmp_path, "--state", "told", "--receiver", "duty")
    assert counts == "đã gửi / sent 6, gộp vào tin khác / told 3"
    assert [line[-2:] for line in lines] == ["#9"] * 3
    assert listed(tmp_path, "--receiver", "nobody") == [counts]


def test_list_has_words_for_every_state_and_names_them_when_asked_for_another(tmp_path: Path) -> None:
    assert set(STATES) == set(Outcome)
    Office(tmp_path)
    result = CliRunner().invoke(app, ["outbox", "list", "--state", "bogus"])
    assert result.exit_code == 2
    assert "waiting, sent" in result.output


def test_list_names_what_is_missing(tmp_path: Path) -> None:
    config = tmp_path / "ioc.toml"
    config.write_text(f'[state]\ndirectory = "{tmp_path}"\n', encoding="utf-8")
    result = CliRunner().invoke(app, ["outbox", "list", "--config", str(config)])
    assert result.exit_code != 0
    assert "no state here" in str(result.exception)
