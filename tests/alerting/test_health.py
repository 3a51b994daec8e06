from collections.abc import Sequence

import pytest

from ioc.alerting.health import episodes, health
from ioc.alerting.judge import Judge
from ioc.alerting.load import times
from ioc.alerting.replay import compare
from ioc.alerting.report import health_lines, replayed
from ioc.alerting.turn import Memory
from ioc.model import DAY, HOUR, MINUTE, SECOND, Micros, Sample, Severity, Transition
from tests.alerting.bed import T0, SmallCatalogue, at, entries, limit, sample, tell_one

KEY = ("an-thoi", "salinity", "above-critical")
BOOK = SmallCatalogue(
    [
        limit(for_=0, keep_firing_for=0),
        limit(id="warn", value=5.0, severity=Severity.WARNING, for_=0, keep_firing_for=0),
    ]
)


def events(samples: Sequence[Sample]) -> list[Transition]:
    return Judge(BOOK, Memory()).take(entries(samples)).transitions


def swings(seconds: Sequence[float], high: float = 11.0) -> list[Sample]:
    """By turns above the limit and far below it."""
    return [sample(second, (high, 1.0)[i % 2]) for i, second in enumerate(seconds)]


def test_an_episode_lasts_from_firing_to_resolved() -> None:
    found = episodes(events(swings([0, 90, 100])))
    assert [(one.key[2], one.fired, one.ended) for one in found] == [
        ("above-critical", at(0), at(90)),
        ("above-warning", at(0), at(90)),
        ("above-critical", at(100), None),
        ("above-warning", at(100), None),
    ]


def test_an_alert_told_late_is_one_episode() -> None:
    found = episodes(events([sample(0, 11.0), sample(10, 6.0), sample(20, 1.0)]))
    assert [(one.key[2], one.ended) for one in found] == [("above-critical", at(10)), ("above-warning", at(20))]


@pytest.mark.parametrize(
    ("seconds", "chatters"), [([0, 90, 200, 290, 599], True), ([0, 90, 200, 290, 600], False), ([0, 90, 200], False)]
)
def test_three_firings_in_ten_minutes_are_chatter(seconds: list[float], *, chatters: bool) -> None:
    found = health(events(swings(seconds)), {}, [], T0, T0 + DAY)
    assert ((KEY, 3) in found.chattering) is chatters


@pytest.mark.parametrize(("lasted", "count"), [(59, 1), (60, 0)])
def test_less_than_a_minute_is_fleeting(lasted: int, count: int) -> None:
    found = health(events(swings([0, lasted])), {}, [], T0, T0 + DAY)
    assert dict(found.fleeting).get(KEY, 0) == count


@pytest.mark.parametrize(("length", "stands"), [(DAY, False), (DAY + 1, True)])
def test_more_than_a_day_is_standing(length: Micros, *, stands: bool) -> None:
    found = health(events(swings([0], high=6.0)), {}, [], T0 + length - HOUR, T0 + length)
    assert [one.rule for one in found.standing] == (["warn"] if stands else [])


def test_what_was_resolved_within_the_span_does_not_stand() -> None:
    log = events(swings([0, 2 * DAY / SECOND], high=6.0))
    assert health(log, {}, [], T0, T0 + 2 * DAY).standing != []
    assert health(log, {}, [], T0, T0 + 2 * DAY + 1).standing == []


def test_shares_noise_and_never_are_of_all_that_fired() -> None:
    log = events([*swings([0, 90, 200, 290]), *swings([400, 490], high=6.0)])
    found = health(log, {}, ["salinity-high", "warn", "asleep"], T0, T0 + DAY)
    assert found.shares == {Severity.INFO: 0, Severity.WARNING: 3, Severity.CRITICAL: 2}
    assert found.noisiest == [("warn", 3), ("salinity-high", 2)]
    assert found.never == ["asleep"]
    assert health(log, {}, ["warn"], T0 + HOUR, T0 + DAY).never == []


def test_a_burden_is_measured_against_the_goals() -> None:
    told = {"duty-officer": [T0 + i * MINUTE for i in range(11)], "quiet": [T0 - 1, T0 + DAY]}
    duty, quiet = health([], told, [], T0, T0 + DAY).burdens
    assert (duty.messages, duty.worst_ten_minutes, duty.worst_day, duty.is_fair) == (11, 10, 11, True)
    assert duty.per_ten_minutes == pytest.approx(11 / 144)
    assert (duty.per_day, quiet.messages, quiet.worst_date) == (11, 0, None)
    told["duty-officer"].append(T0 + 10 * MINUTE + 1)
    assert not health([], told, [], T0, T0 + DAY).burdens[0].is_fair


def test_health_lines_show_every_figure() -> None:
    log = events(swings([0, 30, 100, 130, 200, 230]))
    told = times(log, tell_one)
    text = "\n".join(health_lines(health(log, told, ["asleep"], T0, T0 + DAY)))
    assert "  duty-officer: 6; 10 min: 0.04, worst 6; day: 6.0, worst 6 (2024-06-01)" in text
    assert "nguy cấp / critical     3    50 %   goal 5 %" in text
    assert "     3  an-thoi/salinity/above-critical" in text
    assert "never fired: 1\n  asleep" in text


def test_replayed_lines_show_gains_losses_and_weeks() -> None:
    before, after = events(swings([0, 90])), events(swings([200, 290, 400], high=6.0))
    lines = list(replayed(compare(before, after), times(before, tell_one), times(after, tell_one), shown=2))
    assert lines[0] == "thêm / gained: 3"
    assert lines[1] == "  + 2024-06-01 07:03  an-thoi/salinity  above-warning  ok>firing  6 / 5  warn"
    assert lines[3] == "  + ... 1 nữa / more (--show)"
    assert lines[4] == "mất / lost: 4"
    assert "above-warning  ok>firing muted  11 / 5  warn" in lines[6]
    assert lines[-1] == "  2024-W22  duty-officer: 2 -> 3; 0 -> 0"
