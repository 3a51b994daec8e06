"""Grafana's own alerting: one rule, and it means what it says."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.deploy.tools import CONFIG, ROOT, run

FILES = sorted((CONFIG / "grafana/alerting").iterdir())
UP = 'up{job="ioc", instance="e"}'


def read(path: Path) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    (file,) = FILES
    return read(file)


@pytest.fixture(scope="module")
def rule(document: dict[str, Any]) -> dict[str, Any]:
    (group,) = document["groups"]
    (rule,) = group["rules"]
    return rule


def test_grafana_alerts_on_nothing_else(rule: dict[str, Any]) -> None:
    assert rule["title"] == "EngineDown"
    for path in (ROOT / "dashboards/generated").rglob("*.json"):
        assert not any("alert" in panel for panel in json.loads(path.read_bytes())["panels"]), path


def test_silence_and_failure_count_as_an_alert(rule: dict[str, Any]) -> None:
    assert (rule["noDataState"], rule["execErrState"]) == ("Alerting", "Alerting")


def test_rule_asks_a_data_source_that_is_provisioned(rule: dict[str, Any]) -> None:
    question, condition = rule["data"]
    sources = {one["uid"]: one["type"] for one in read(CONFIG / "grafana/datasources/ioc.yaml")["datasources"]}
    assert sources[question["datasourceUid"]] == "prometheus"
    assert condition["datasourceUid"] == "__expr__"
    assert (rule["condition"], condition["model"]["expression"]) == (condition["refId"], question["refId"])
    assert all(part["model"]["refId"] == part["refId"] for part in rule["data"])


@pytest.mark.parametrize(
    ("series", "answer"), [({UP: "1x20"}, [1]), ({UP: "1x5 0x15"}, [0]), ({'up{job="other"}': "1x20"}, [])]
)
def test_question_answered_by_prometheus(
    rule: dict[str, Any], tmp_path: Path, series: dict[str, str], answer: list[int]
) -> None:
    question, condition = rule["data"]
    assert condition["model"]["conditions"] == [{"evaluator": {"type": "lt", "params": [1]}}]
    asked = {"expr": question["model"]["expr"], "eval_time": "3m"}
    case = {
        "interval": "10s",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [asked | {"exp_samples": [{"labels": "{}", "value": value} for value in answer]}],
    }
    (tmp_path / "cases.yml").write_text(json.dumps({"rule_files": [], "tests": [case]}), encoding="utf-8")
    done = run("promtool", "test", "rules", tmp_path / "cases.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_rule_has_words_a_runbook_and_a_folder_of_its_own(document: dict[str, Any], rule: dict[str, Any]) -> None:
    assert " / " in rule["annotations"]["summary"]
    assert (ROOT / rule["annotations"]["runbook"]).exists()
    providers = read(ROOT / "dashboards/provisioning/dashboards/ben-tre.yaml")["providers"]
    assert document["groups"][0]["folder"] not in {one["folder"] for one in providers}


def test_alert_goes_by_mail_past_alertmanager(document: dict[str, Any]) -> None:
    (point,), (policy,) = document["contactPoints"], document["policies"]
    assert policy["receiver"] == point["name"]
    assert "routes" not in policy
    assert [one["type"] for one in point["receivers"]] == ["email"]
    grafana = read(ROOT / "docker-compose.yml")["services"]["grafana"]
    assert grafana["environment"]["GF_SMTP_ENABLED"] == "true"
    assert grafana["environment"]["GF_SMTP_PASSWORD__FILE"] == "/run/secrets/grafana-smtp-password"
    assert "./config/grafana/alerting:/etc/grafana/provisioning/alerting:ro" in grafana["volumes"]
