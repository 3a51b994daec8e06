"""The commands about rules, over a centre's own files."""

import asyncio
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from indicators import load as catalogue_files
from indicators.load import load
from ioc.alerting.evaluator import Evaluator
from ioc.alerting.ledger import Ledger
from ioc.cli import app
from ioc.clock import ManualClock
from ioc.journal.journal import Journal, JournalConfig
from ioc.model import MINUTE, Micros, Sample, micros
from ioc.notify import directory
from ioc.notify.route import notifications
from ioc.telemetry import Counts

ROOT = Path(__file__).parents[1]
OFFICIALS, ROUTES = ROOT / "ioc/demo/officials.toml", ROOT / "ioc/demo/routes.toml"
START: Micros = micros(datetime.fromisoformat("2025-03-12T05:00:00+07:00"))


def ioc(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a centre that has judged a fast rise of salinity at one station."""
    folder = tmp_path_factory.mktemp("centre")
    file = folder / "ioc.toml"
    file.write_text(
        f'[journal]\ndirectory = "{folder}/journal"\n[state]\ndirectory = "{folder}"\n'
        f'[notify]\nofficials = "{OFFICIALS}"\nroutes = "{ROUTES}"\n',
        encoding="utf-8",
    )
    asyncio.run(judge_a_rise(folder))
    return file


async def judge_a_rise(folder: Path) -> None:
    clock, ledger, book = ManualClock(START), Ledger(folder / "state.db"), load()
    people = directory.load(OFFICIALS, ROUTES)
    async with Journal(JournalConfig(directory=folder / "journal"), clock, Counts()) as journal:
        for value in (0.5, 4.6, 4.8, 0.5, 0.5, 0.5):
            clock.move(20 * 60)
            at = clock.now() - MINUTE
            await journal.append([Sample("st-an-thuan", "environment", "salinity", at, value)])
        evaluator = Evaluator(journal, ledger, book, clock, Counts(), lambda told: notifications(told, people, book))
        running = asyncio.create_task(evaluator.run())
        await evaluator.judged_beyond(5)
        running.cancel()
        await asyncio.wait({running})
    ledger.close()


def test_replay_of_unchanged_limits_is_equal(config: Path) -> None:
    done = ioc("replay", "--config", config)
    assert done.exit_code == 0, done.output
    assert "equal byte for byte" in done.output
    assert "gained: 0" in done.output
    assert "2025-W11" in done.output


def test_replay_of_a_looser_limit_loses_the_alert(config: Path, tmp_path: Path) -> None:
    changed = tmp_path / "catalogue"
    shutil.copytree(Path(catalogue_files.__file__).parent, changed)
    file = changed / "limits" / "environment.csv"
    row = "salinity-above-critical,salinity,,,above,critical,"
    file.write_text(file.read_text(encoding="utf-8").replace(f"{row}4,", f"{row}9,"), encoding="utf-8")
    done = ioc("replay", "--config", config, "--catalogue", changed)
    assert "not equal" in done.output
    assert "lost: 3" in done.output
    assert "st-an-thuan/salinity  above-critical  pending>firing  4.6 / 4" in done.output


def test_replay_of_another_week_shows_nothing(config: Path) -> None:
    done = ioc("replay", "--config", config, "--from", "2025-03-17", "--to", "2025-03-24")
    assert "không có / none" in done.output


def test_rules_list_shows_what_holds_for_a_site(config: Path) -> None:
    done = ioc("rules", "list", "--config", config, "--site", "vn63-83-831", "--at", "2025-03-12")
    assert "commune-links-down-high-critical-district" in done.output
    assert "commune-links-down-high-critical-commune" not in done.output


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("--site", "vn63-83-83"), "did you mean vn63-83-8"),
        (("--indicator", "salinit"), "did you mean salinity"),
        (("--site", "vn63-83-831", "--at", "2026-03-12"), "(--at)"),
    ],
)
def test_rules_list_of_a_name_or_time_without_limits_says_the_next_step(
    config: Path, words: tuple[str, ...], answer: str
) -> None:
    assert answer in str(ioc("rules", "list", "--config", config, *words).exception)


@pytest.mark.parametrize("words", [("dead-letters", "list"), ("gaps",)])
def test_care_of_a_centre_that_never_ran_is_not_nothing_found(tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "ioc.toml"
    file.write_text(
        f'[state]\ndirectory = "{tmp_path}/state"\n[journal]\ndirectory = "{tmp_path}/journal"\n', encoding="utf-8"
    )
    assert "is --config missing?" in str(ioc(*words, "--config", file).exception)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_rules_explain_a_series(config: Path, lang: str) -> None:
    words = ("rules", "explain", "vn63-83-831/commune-links-down", "--at", "2025-03-12", "--lang", lang)
    done = ioc(*words, "--config", config)
    assert {"vi": "nhường cho", "en": "gives way to"}[lang] in done.output


def test_rules_explain_an_alert(config: Path) -> None:
    ledger = Ledger(config.parent / "state.db")
    incident = ledger.events(1)[0][1].incident
    ledger.close()
    done = ioc("rules", "explain", incident, "--config", config)
    assert "salinity-above-" in done.output
    assert ioc("rules", "explain", "nothing0", "--config", config).exit_code == 1


def test_rules_test_runs_the_shipped_ones_and_fails_with_a_wrong_one(tmp_path: Path) -> None:
    assert ioc("rules", "test", ROOT / "config/rule-tests").exit_code == 0
    shipped = (ROOT / "config/rule-tests/salinity-flaps.toml").read_text(encoding="utf-8")
    (tmp_path / "wrong.toml").write_text(shipped.replace('"10min" = [', '"10min" = ["x", '), encoding="utf-8")
    done = ioc("rules", "test", tmp_path)
    assert done.exit_code == 1
    assert "SAI / FAIL wrong.toml" in done.output


def test_rules_health_counts_the_messages(config: Path) -> None:
    done = ioc("rules", "health", "--config", config)
    assert done.exit_code == 0, done.output
    assert "1    50 %  salinity-above-critical" in done.output
    assert "never fired" in done.output


RISE = """
rules:
  - {id: rise, kind: rising, indicators: salinity, levels: station, severity: info, by: 2, window: 2h, basis: b}
"""


def test_replay_with_other_rules_says_what_they_would_have_told(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "rise.yaml"
    file.write_text(RISE.replace("window: 2h", "window: 2h, per: 1h"), encoding="utf-8")
    done = ioc("replay", "--config", config, "--rules", file)
    assert done.exit_code == 0, done.output
    assert "gained: 0" in done.output  # twenty minutes cover no window of two hours
    file.write_text(RISE.replace("rising", "below").replace("by: 2, window: 2h", "below: 1"), encoding="utf-8")
    done = ioc("replay", "--config", config, "--rules", file)
    assert "not equal" in done.output
    assert "st-an-thuan/salinity  below-info  ok>firing  0.5 / 1  rise" in done.output


def test_list_and_explain_know_the_extra_rules(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "rise.yaml"
    file.write_text(RISE, encoding="utf-8")
    with_rules = tmp_path / "ioc.toml"
    with_rules.write_text(config.read_text(encoding="utf-8") + f'[alerting]\nrules = "{file}"\n', encoding="utf-8")
    done = ioc("rules", "list", "--config", with_rules, "--site", "st-an-thuan", "--at", "2025-03-12")
    assert f"rise  salinity rising-info by > 2 per 2h over 2h  [chung, trạm / general, stations]  b  ({file}:3)" in (
        done.output
    )
    assert "1 quy tắc bổ sung / extra rules" in done.output
    done = ioc("rules", "explain", "st-an-thuan/salinity", "--config", with_rules, "--at", "2025-03-12", "--lang", "en")
    assert f"  * rise: rising-info by > 2 per 2h over 2h; holds (general, stations); {file}:3" in done.output
    done = ioc("rules", "explain", "vn63-83-831/salinity", "--config", with_rules, "--at", "2025-03-12")
    assert "  * rise" not in done.output


def test_check_names_the_place_in_a_bad_rule_file(tmp_path: Path) -> None:
    file = tmp_path / "rise.yaml"
    file.write_text(RISE.replace("salinity", "salinty"), encoding="utf-8")
    bad = tmp_path / "ioc.toml"
    bad.write_text(f'[alerting]\nrules = "{file}"\n', encoding="utf-8")
    done = ioc("check", "--config", bad)
    assert done.exit_code == 1
    assert done.output.startswith(f"{file}:3:42: không có chỉ tiêu “salinty”")
