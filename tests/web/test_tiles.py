"""The table behind the wall."""

from indicators.spec import Series
from ioc.model import DAY, MINUTE, Kind, Sample, Severity, State, Status, Transition
from ioc.web.tiles import Tiles
from tests.web.centre import NOW, SITES, centre, indicator

BEDS = indicator("beds", "health", "Giường", "Beds", cadence="5min")


def tiles() -> Tiles:
    return Tiles([Series(SITES[1], BEDS, "health")])


def sample(value: float, at: int = NOW, state: State = State.PROVISIONAL) -> Sample:
    return Sample("chau-thanh", "health", "beds", at, value, state)


def alert(after: Status, severity: Severity = Severity.WARNING, kind: Kind = Kind.ABOVE) -> Transition:
    place = centre()
    step = place.step("chau-thanh/bed-occupancy", after, severity, kind=kind, rule=f"{severity}{kind}{after}")
    return Transition(**{name: getattr(step, name) for name in step.__struct_fields__} | {"indicator": "beds"})


def test_tile_without_sample_waits_and_is_not_silent() -> None:
    table = tiles()
    assert table.age(NOW)["waiting"] == 1
    assert table.all[0].row == (0, None, 0, 0, 0, False, 0)


def test_late_sample_does_not_replace_a_newer_one() -> None:
    table = tiles()
    table.show(sample(80))
    table.show(sample(70, NOW - MINUTE))
    assert table.all[0].value == 80


def test_revision_at_the_same_time_replaces_the_value() -> None:
    table = tiles()
    table.show(sample(80, state=State.ESTIMATE))
    table.show(sample(81, state=State.OFFICIAL))
    assert table.take_changes() == [(0, 81, NOW, 3, 0, False, 0)]


def test_sample_of_an_unwatched_series_is_left_out() -> None:
    table = tiles()
    table.show(Sample("ben-tre", "health", "beds", NOW, 1))
    assert table.take_changes() == []


def test_tile_turns_stale_after_its_allowance_and_back_with_a_new_sample() -> None:
    table = tiles()
    table.show(sample(80))
    assert table.age(NOW + 15 * MINUTE)["ok"] == 1
    table.take_changes()
    assert table.age(NOW + 15 * MINUTE + 1)["stale"] == 1
    assert table.take_changes() == [(0, 80, NOW, 0, 0, True, 0)]
    table.show(sample(81, NOW + 15 * MINUTE))
    assert table.age(NOW + 16 * MINUTE)["ok"] == 1


def test_zero_is_a_value() -> None:
    table = tiles()
    table.show(sample(0.0))
    assert table.age(NOW)["ok"] == 1


def test_worst_firing_alert_counts_and_pending_is_told_apart() -> None:
    table = tiles()
    table.show(sample(99))
    table.judge([alert(Status.FIRING, Severity.INFO), alert(Status.FIRING), alert(Status.PENDING, Severity.CRITICAL)])
    assert table.take_changes() == [(0, 99, NOW, 0, 2, False, 3)]
    assert table.age(NOW)["warning"] == 1


def test_alert_that_is_no_longer_active_leaves_the_tile() -> None:
    table = tiles()
    table.show(sample(99))
    table.judge([alert(Status.FIRING)])
    table.take_changes()
    table.judge([alert(Status.RESOLVED)])
    assert table.take_changes() == [(0, 99, NOW, 0, 0, False, 0)]


def test_no_data_alert_marks_silence_and_not_severity() -> None:
    table = tiles()
    table.judge([alert(Status.FIRING, kind=Kind.NO_DATA)])
    assert table.age(NOW)["stale"] == 1
    assert table.all[0].severity == 0


def test_critical_alert_outranks_silence_in_the_summary() -> None:
    table = tiles()
    table.show(sample(99))
    table.judge([alert(Status.FIRING, Severity.CRITICAL)])
    counts = table.age(NOW + DAY)
    assert (counts["critical"], counts["stale"]) == (1, 0)
    assert table.all[0].stale


def test_unchanged_tiles_are_not_sent_again() -> None:
    table = tiles()
    table.show(sample(80))
    table.take_changes()
    table.judge([])
    table.age(NOW)
    assert table.take_changes() == []
