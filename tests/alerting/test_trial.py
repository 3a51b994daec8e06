"""The shipped rule tests hold, and a bad one is named with the place and what to do."""

from pathlib import Path

import pytest

from indicators.load import load
from indicators.lookup import Catalogue
from ioc.alerting import rulefolder
from ioc.alerting.rules import NO_EXTRAS
from ioc.alerting.trial import Mismatch, read_trials, run
from ioc.errors import ConfigError
from ioc.model import Kind
from tests.alerting.bed import SmallCatalogue, limit

SHIPPED = Path(__file__).parents[2] / "config" / "rule-tests"
HEAD = 'series = "an-thoi/salinity"\nstart = 2024-06-01T07:00:00+07:00\n'


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(tenant="ben-tre")


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_rule_test_holds(path: Path, catalogue: Catalogue) -> None:
    trial = dict(read_trials(SHIPPED))[path]
    assert trial.expect
    extras = rulefolder.load(SHIPPED / trial.rules, catalogue) if trial.rules else NO_EXTRAS
    assert run(trial, catalogue, extras) == []


def test_shipped_rule_tests_try_every_kind(catalogue: Catalogue) -> None:
    tried = {
        move.split()[-2].rpartition("-")[0]
        for _, trial in read_trials(SHIPPED)
        for moves in trial.expect.values()
        for move in (one.removesuffix(" muted") for one in moves)
    }
    assert tried | {"outside", "source-down", "external"} == set(Kind)
    assert rulefolder.load(SHIPPED / "rules", catalogue).all


def written(folder: Path, text: str) -> Path:
    (folder / "one.toml").write_text(HEAD + text, encoding="utf-8")
    return folder


def test_run_names_the_step_that_went_otherwise(tmp_path: Path) -> None:
    text = 'steps = [["0s", 11], ["60s", 11.0], ["5min"]]\n[expect]\n"0s" = ["above-critical firing"]\n'
    [(_, trial)] = read_trials(written(tmp_path, text))
    assert run(trial, SmallCatalogue([limit()])) == [
        Mismatch("0s", ["above-critical firing"], ["above-critical pending"]),
        Mismatch("60s", [], ["above-critical firing"]),
        Mismatch("5min", [], ["no-data-warning firing"]),
    ]


def test_shipped_rule_tests_know_a_muted_alert() -> None:
    trials = {path.stem: trial for path, trial in read_trials(SHIPPED)}
    assert "above-warning firing muted" in trials["salinity-rises-fast"].expect["70min"]


def test_run_refuses_a_series_that_nobody_watches(tmp_path: Path) -> None:
    [(_, trial)] = read_trials(written(tmp_path, 'steps = [["0s", 1.0]]'))
    with pytest.raises(ConfigError, match=r"an-thoi/salinity.*not watched"):
        run(trial, SmallCatalogue(sites=["cho-lach"]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps = [", r"line 3|Invalid|Unexpected|Unclosed|end of"),
        ("stps = []", "stps"),
        ("", "steps"),
        ("steps = [[1.0, 2.0]]", r"steps: 1: .*it must be"),
        ('steps = [["0s", 1.0, 2.0]]', r"steps: 1: .*it must be"),
        ('steps = [["0s", "high"]]', r"steps: 1: .*it must be"),
        ('steps = [["0s", 1.0], ["ten minutes", 1.0]]', r"steps: 2: .*ten minutes"),
        ('steps = [["0s", 1.0], ["0min", 2.0]]', r"steps: 2: 0min .*does not follow"),
        ('steps = [["1min", 1.0], ["30s", 2.0]]', r"steps: 2: 30s .*does not follow"),
        ('steps = [["10min", 1.0]]\nexpect = {"10mn" = []}', "no step '10mn'; did you mean '10min'"),
    ],
)
def test_a_bad_rule_test_is_named_with_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as refused:
        read_trials(written(tmp_path, text))
    assert str(tmp_path / "one.toml") in str(refused.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("steps = 1", "3:1"),
        ('steps = [["0s", 1.0, 2.0]]', "3:1"),
        ('steps = [["10min", 1.0]]\n[expect]\n  "10mn" = []', "5:3"),
    ],
)
def test_a_bad_rule_test_is_named_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ConfigError, match=rf"one\.toml:{place}: .* / "):
        read_trials(written(tmp_path, text))


def test_a_start_without_a_zone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text('series = "a/b"\nstart = 2024-06-01T07:00:00\nsteps = []', encoding="utf-8")
    with pytest.raises(ConfigError, match="time zone"):
        read_trials(tmp_path)


def test_a_folder_without_tests_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no \*\.toml"):
        read_trials(tmp_path)
