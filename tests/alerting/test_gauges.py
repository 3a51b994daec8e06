from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from ioc.alerting.gauges import Gauges
from ioc.model import DAY, SECOND
from ioc.telemetry import LABEL_SETS_PER_NAME, Counts
from tests.alerting.gauges_bed import RULES, office


def test_gauges_show_the_health_of_the_last_day(tmp_path: Path) -> None:
    made, counts = office(tmp_path), Counts()
    gauges = Gauges(made.ledger, RULES, made.clock, counts, lambda: 2)
    gauges.look()
    assert counts.value("alarm_share", severity="critical") == 3 / 4
    assert counts.value("alarm_noisiest", rule="salinity-high") == 3
    assert counts.value("alarm_chattering") == 1
    assert counts.value("alarm_never_fired") == 1
    assert counts.value("alarm_shelved") == 2
    assert counts.value("alarm_standing") == 0
    assert counts.value("alarm_messages_day", receiver="duty-officer") == len(made.sent) > 0
    assert counts.value("alarm_messages_worst_10min", receiver="duty-officer") == len(made.sent)
    registry = CollectorRegistry()
    registry.register(counts)
    assert 'ioc_alarm_noisiest{rule="warn"} 1.0' in generate_latest(registry).decode()


def test_gauges_forget_the_day_before_but_not_what_still_stands(tmp_path: Path) -> None:
    made, counts = office(tmp_path), Counts()
    gauges = Gauges(made.ledger, RULES, made.clock, counts)
    gauges.look()
    made.clock.move(DAY / SECOND + 1)
    gauges.look()
    assert counts.value("alarm_share", severity="critical") == 0
    assert counts.value("alarm_noisiest", rule="salinity-high") == 0
    assert counts.value("alarm_messages_day", receiver="duty-officer") == 0
    assert counts.value("alarm_standing") == 1
    assert counts.value("alarm_never_fired") == 1


def test_replaced_gauge_keeps_no_label_that_is_gone_and_is_bounded() -> None:
    counts = Counts()
    counts.replace("x", "rule", {"old": 1.0})
    counts.replace("x", "rule", {f"r{number}": 1.0 for number in range(1000)})
    counts.replace("empty", "rule", {})
    registry = CollectorRegistry()
    registry.register(counts)
    text = generate_latest(registry).decode()
    assert "old" not in text
    assert text.count("ioc_x{") == LABEL_SETS_PER_NAME
