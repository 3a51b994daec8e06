"""The command as people type it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from ioc.cli import app
from ioc.errors import ConfigError

ROOT = Path(__file__).parents[1]


def ioc(*words: str) -> Result:
    return CliRunner().invoke(app, words)


@pytest.fixture
def settings(tmp_path: Path) -> str:
    path = tmp_path / "ioc.toml"
    text = f"""
[notify]
officials = "{ROOT}/config/officials.example.toml"
routes = "{ROOT}/config/routes.example.toml"
"""
    path.write_text(text, encoding="utf-8")
    return str(path)


def every_command(command: Any, *words: str) -> Iterator[tuple[str, ...]]:
    """The words of each command and of each group of commands."""
    yield words
    for name, one in getattr(command, "commands", {}).items():
        yield from every_command(one, *words, name)


@pytest.mark.parametrize("words", list(every_command(get_command(app))), ids=" ".join)
def test_help_speaks_both_languages(words: tuple[str, ...]) -> None:
    shown = ioc(*words, "--help")
    assert shown.exit_code == 0
    assert any(letter in shown.output for letter in "ạảấầậắặẹếềệịọốồộớờợụứừựỳ")
    assert " / " in shown.output or " the " in shown.output.lower()


def test_check_passes_on_what_is_shipped(settings: str) -> None:
    shown = ioc("check", "--config", settings)
    assert shown.exit_code == 0
    assert "ben-tre, binh-duong" in shown.output


def test_check_names_what_is_wrong_in_settings(tmp_path: Path) -> None:
    path = tmp_path / "ioc.toml"
    path.write_text("[web]\nprot = 1\n", encoding="utf-8")
    shown = ioc("check", "--config", str(path))
    assert isinstance(shown.exception, ConfigError)
    assert "ioc.toml:2:1: không có khóa này / unknown key 'web.prot'; did you mean 'port'?" in str(shown.exception)


def test_check_names_routes_that_lead_from_nowhere(tmp_path: Path) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text('[[route]]\nofficials = []\nchannels = []\nfields = ["helth"]\nsites = ["nowhere"]\n')
    path = tmp_path / "ioc.toml"
    officials = f"{ROOT}/config/officials.example.toml"
    path.write_text(f'[notify]\nofficials = "{officials}"\nroutes = "{routes}"\n', encoding="utf-8")
    shown = ioc("check", "--config", str(path))
    assert shown.exit_code == 1
    said = "route #1.fields: không có trong danh mục / no 'helth' in the catalogue; did you mean 'health'?"
    assert f"routes.toml:4:1: {said}" in shown.output
    assert "routes.toml:5:1: route #1.sites: không có trong danh mục / no 'nowhere' in" in shown.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f'[notify]\nofficials = "{ROOT}/config/officials.example.toml"\n', "belong together"),
        (f'[centre]\ncatalogue = "{ROOT}/config"\n', "no catalogue here"),
    ],
)
def test_check_refuses_what_would_run_without_telling(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "ioc.toml"
    path.write_text(text, encoding="utf-8")
    shown = ioc("check", "--config", str(path))
    assert shown.exit_code == 1
    assert message in f"{shown.output}{shown.exception}"


def test_check_looks_at_every_file_whatever_is_wrong_in_another(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("- colour: red\n", encoding="utf-8")
    (tmp_path / "offices.toml").write_text('[[office]]\nid = "nobody"\n', encoding="utf-8")
    routes = tmp_path / "routes.toml"
    routes.write_text('[[route]]\nofficials = []\nchannels = []\nsites = ["nowhere"]\n', encoding="utf-8")
    path = tmp_path / "ioc.toml"
    path.write_text(
        f'[notify]\nofficials = "{ROOT}/config/officials.example.toml"\nroutes = "{routes}"\n'
        f'[incidents]\noffices = "{tmp_path}/offices.toml"\n[alerting]\nrules = "{tmp_path}/rules.yaml"\n',
        encoding="utf-8",
    )
    shown = ioc("check", "--config", str(path))
    assert shown.exit_code == 1
    for place in ("rules.yaml:1:", "offices.toml:2:1: office #1.id: ", "routes.toml:4:1: route #1.sites: "):
        assert place in shown.output


def test_route_test_tells_who_and_why(settings: str) -> None:
    shown = ioc("route", "test", "--site", "st-an-hiep", "--indicator", "salinity", "--config", settings)
    assert shown.exit_code == 0
    assert "truc-ban-thuy-van" in shown.output
    assert "truc-ban-so-y-te): không dùng / not taken" in shown.output


def test_stats_counts_the_centres() -> None:
    shown = ioc("catalogue", "stats")
    assert shown.exit_code == 0
    assert "huyện Châu Thành (Bến Tre): 11 lĩnh vực" in shown.output


def test_version_is_told() -> None:
    assert ioc("version").output.startswith("ioc-monitoring ")
