import itertools
import random
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.spec import Period
from ioc.model import DAY, HOUR, MINUTE, Micros, Sample, State
from ioc.rollup.calendar import span
from ioc.rollup.row import Axis, Gap
from tests.rollup.ground import (
    CLOSED,
    GAUGE,
    INDICATORS,
    NORTH,
    PROVINCE,
    SOUTH,
    Book,
    contents,
    entries,
    roll,
    sample,
    when,
)

DAYS = [when(f"2024-{rest}T23:59:59") for rest in ("02-14", "02-28", "02-29", "03-01", "03-31", "12-31")]
DAYS.append(when("2025-01-01T23:59:59"))
SOME = settings(max_examples=60, deadline=None)


def near(at: Micros, shift: int) -> Micros:
    return at - shift * 6 * HOUR


STORIES = st.lists(
    st.builds(
        Sample,
        site=st.sampled_from([PROVINCE, NORTH, SOUTH, CLOSED, GAUGE]),
        field=st.just("health"),
        indicator=st.sampled_from([one.id for one in INDICATORS]),
        at=st.builds(near, st.sampled_from(DAYS), st.integers(0, 3)),
        value=st.integers(-3, 12).map(float),
        state=st.sampled_from(State),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda one: (one.site, one.indicator, one.at, one.state),
)


def rolled(samples: list[Sample], cuts: list[int]) -> list[tuple[object, ...]]:
    """What stands at the end when the samples come in this order, in batches that end at the cuts."""
    with tempfile.TemporaryDirectory() as folder:
        book = Book(Path(folder))
        try:
            log = entries(samples)
            for start, end in itertools.pairwise(sorted({0, len(log), *(cut % len(log) for cut in cuts)})):
                roll(book.table, log[start:end])
            return contents(book.table)
        finally:
            book.table.close()


@SOME
@given(STORIES, st.randoms(use_true_random=False), st.lists(st.integers(0, 60), max_size=8))
def test_samples_in_any_order_and_any_batches_give_the_same_table(
    samples: list[Sample], chance: random.Random, cuts: list[int]
) -> None:
    in_order = sorted(samples, key=lambda one: (one.at, one.state))
    mixed = list(samples)
    chance.shuffle(mixed)
    assert rolled(mixed, cuts) == rolled(in_order, [])


DAILY = st.dictionaries(
    st.tuples(st.sampled_from([NORTH, SOUTH]), st.integers(0, 120)), st.tuples(st.integers(0, 99), st.integers(1, 9))
)


@SOME
@given(DAILY.filter(bool))
def test_parts_make_the_total_and_means_weigh_every_part(book_days: dict[tuple[str, int], tuple[int, int]]) -> None:
    first = when("2024-02-01T23:59:59")
    story: list[Sample] = []
    for (where, day), (cases, wait) in book_days.items():
        at = first + day * DAY
        story += [sample(where, "cases", at, float(cases)), sample(where, "wait", at, float(wait))]
    with tempfile.TemporaryDirectory() as folder:
        book = Book(Path(folder))
        book.take(*story)
        sums: dict[tuple[str, Period, Micros], list[tuple[int, int]]] = defaultdict(list)
        for (where, day), pair in book_days.items():
            for kind in (Period.DAY, Period.MONTH, Period.QUARTER, Period.YEAR):
                start = span(kind, first + day * DAY).start
                sums[where, kind, start].append(pair)
                sums[PROVINCE, kind, start].append(pair)
        for (where, kind, start), pairs in sums.items():
            axis = Axis.SPACE if where == PROVINCE else Axis.TIME
            (total,) = book.table.lookup(where, "cases", axis, kind, (start, start + 1))
            (mean,) = book.table.lookup(where, "wait", axis, kind, (start, start + 1))
            weight = sum(cases for cases, _ in pairs)
            assert total.value == weight
            if weight:
                assert mean.value == pytest.approx(sum(c * w for c, w in pairs) / weight, rel=1e-12)
            elif where != PROVINCE:
                assert (mean.value, mean.gap) == (None, Gap.ZERO_DENOMINATOR)
        book.table.close()


def test_a_month_folds_its_days_and_marks_what_is_missing(book: Book) -> None:
    for day in range(1, 30):
        book.take(sample(NORTH, "cases", f"2024-02-{day:02}T23:59:59", day))
    february = book.one(NORTH, "cases", Period.MONTH, "2024-02-01")
    assert (february.value, february.n, february.m, february.complete) == (435.0, 29, 29, True)
    assert (february.low, february.high) == (1.0, 29.0)
    assert february.first_at == when("2024-02-01T23:59:59")
    year = book.one(NORTH, "cases", Period.YEAR, "2024-01-01")
    assert (year.value, year.n, year.m, year.complete) == (435.0, 29, 366, False)


def test_too_many_values_of_one_day_do_not_hide_a_missing_day(book: Book) -> None:
    start = when("2024-02-01T00:00")
    twice = [sample(NORTH, "salt", start + n * 30 * MINUTE, 1.0) for n in range(28 * 48)]
    book.take(*twice)
    february = book.one(NORTH, "salt", Period.MONTH, "2024-02-01")
    assert (february.n, february.m, february.complete) == (28 * 48, 29 * 24, False)


def test_the_running_values_of_a_month_are_not_added_up(book: Book) -> None:
    for day, value in ((7, 10.0), (14, 20.0), (21, 30.0), (29, 40.0)):
        book.take(sample(NORTH, "revenue", f"2024-02-{day:02}T23:59:59", value))
    book.take(sample(NORTH, "revenue", "2024-01-31T23:59:59", 5.0))
    assert book.one(NORTH, "revenue", Period.MONTH, "2024-02-01").value == 40.0
    quarter = book.one(NORTH, "revenue", Period.QUARTER, "2024-01-01")
    assert (quarter.value, quarter.n, quarter.m, quarter.complete) == (45.0, 2, 3, False)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_revision_replaces_what_it_revises(book: Book, order: tuple[int, ...]) -> None:
    states = [(State.ESTIMATE, 10.0), (State.PRELIMINARY, 12.0), (State.OFFICIAL, 11.0)]
    for place in order:
        state, value = states[place]
        book.take(sample(NORTH, "cases", "2024-02-29T23:59:59", value, state))
    book.take(sample(NORTH, "cases", "2024-03-01T23:59:59", 1.0, State.ESTIMATE))
    day = book.one(NORTH, "cases", Period.DAY, "2024-02-29")
    assert (day.value, day.n, day.state) == (11.0, 1, State.OFFICIAL)
    quarter = book.one(NORTH, "cases", Period.QUARTER, "2024-01-01")
    assert (quarter.value, quarter.state) == (12.0, State.ESTIMATE)


def test_of_equal_states_the_last_accepted_holds(book: Book) -> None:
    book.take(sample(NORTH, "cases", "2024-02-29T23:59:59", 10.0))
    book.take(sample(NORTH, "cases", "2024-02-29T23:59:59", 7.0))
    assert book.one(NORTH, "cases", Period.YEAR, "2024-01-01").value == 7.0
    assert book.one(NORTH, "cases", Period.YEAR, "2024-01-01").revision == 2


def test_a_corrected_value_is_told_by_the_revision_of_the_period_that_it_alone_makes(book: Book) -> None:
    for value in (10.0, 10.0, 7.0):
        before = book.find(NORTH, "cases", Period.DAY, "2024-02-29")
        book.take(sample(NORTH, "cases", "2024-02-29T23:59:59", value))
        day = book.one(NORTH, "cases", Period.DAY, "2024-02-29")
        assert (day.m, day.revision) == (1, 1 if value == 10.0 else 2)
        assert before is None or before.revision <= day.revision
    assert book.one(NORTH, "cases", Period.MONTH, "2024-02-01").m == 29


def test_running_values_of_an_open_period_are_updates_and_only_what_is_told_again_is_a_correction(book: Book) -> None:
    told = [(7, 10.0, 1), (14, 20.0, 1), (21, 30.0, 1), (21, 28.0, 2), (29, 40.0, 2), (29, 41.0, 3)]
    for day, value, revision in told:
        book.take(sample(NORTH, "revenue", f"2024-02-{day:02}T23:59:59", value))
        month = book.one(NORTH, "revenue", Period.MONTH, "2024-02-01")
        assert (month.value, month.m, month.revision) == (value, 1, revision), day
    book.take(sample(NORTH, "revenue", "2024-02-29T23:59:59", 41.0, State.OFFICIAL))
    assert book.one(NORTH, "revenue", Period.MONTH, "2024-02-01").revision == 4


def test_a_second_reading_of_a_day_is_an_update_and_the_first_told_again_is_a_correction(book: Book) -> None:
    told = [("07:00", 1.0, 1), ("19:00", 3.0, 1), ("07:00", 2.0, 2)]
    for hour, value, revision in told:
        book.take(sample(NORTH, "salt", f"2024-02-21T{hour}", value))
        assert book.one(NORTH, "salt", Period.DAY, "2024-02-21").revision == revision, (hour, value)


def test_a_more_mature_value_of_an_earlier_moment_is_a_correction(book: Book) -> None:
    book.take(sample(NORTH, "revenue", "2024-02-21T23:59:59", 30.0, State.ESTIMATE))
    book.take(sample(NORTH, "revenue", "2024-02-14T23:59:59", 20.0, State.OFFICIAL))
    month = book.one(NORTH, "revenue", Period.MONTH, "2024-02-01")
    assert (month.value, month.revision) == (20.0, 2)


def test_a_late_sample_changes_its_periods_and_no_other(book: Book) -> None:
    book.take(*(sample(NORTH, "cases", f"2024-{month:02}-10T23:59:59", 1.0) for month in range(1, 13)))
    before = {row.key: row for row in book.table.changes(0, 10_000)}
    last = book.table.changed()
    book.take(sample(NORTH, "cases", "2024-02-11T23:59:59", 5.0))
    changed = {(row.site, row.axis, row.kind, row.start) for row in book.table.changes(last, 10_000)}
    touched = [(Period.DAY, "2024-02-11"), (Period.MONTH, "2024-02-01"), (Period.QUARTER, "2024-01-01")]
    touched.append((Period.YEAR, "2024-01-01"))
    assert changed == {
        (where, axis, kind, when(start))
        for kind, start in touched
        for where, axis in ((NORTH, Axis.TIME), (PROVINCE, Axis.SPACE))
    }
    after = {row.key: row for row in book.table.changes(0, 10_000)}
    assert all(after[key] == row for key, row in before.items() if (*key[:1], *key[2:]) not in changed)


def test_the_turn_of_the_year_is_local(book: Book) -> None:
    book.take(sample(NORTH, "salt", "2024-12-31T23:59:59", 1.0), sample(NORTH, "salt", "2025-01-01T00:00", 3.0))
    book.take(sample(NORTH, "settled", "2025-01-01T00:00", 9.0))
    assert book.one(NORTH, "salt", Period.YEAR, "2024-01-01").value == 1.0
    assert book.one(NORTH, "salt", Period.YEAR, "2025-01-01").value == 3.0
    assert book.one(NORTH, "settled", Period.YEAR, "2024-01-01").value == 9.0


def test_space_counts_the_places_open_in_the_period(book: Book) -> None:
    book.take(
        sample(NORTH, "cases", "2024-02-10T23:59:59", 4.0),
        sample(CLOSED, "cases", "2024-02-10T23:59:59", 6.0),
        sample(NORTH, "cases", "2024-02-20T23:59:59", 4.0),
        sample(SOUTH, "cases", "2024-02-20T23:59:59", 1.0),
    )
    early = book.one(PROVINCE, "cases", Period.DAY, "2024-02-10", Axis.SPACE)
    assert (early.value, early.n, early.m, early.complete) == (10.0, 2, 3, False)
    late = book.one(PROVINCE, "cases", Period.DAY, "2024-02-20", Axis.SPACE)
    assert (late.value, late.n, late.m, late.complete) == (5.0, 2, 2, True)
    month = book.one(PROVINCE, "cases", Period.MONTH, "2024-02-01", Axis.SPACE)
    assert (month.value, month.n, month.m, month.complete) == (15.0, 3, 3, False)


def test_stations_stand_in_where_no_governed_place_watches(book: Book) -> None:
    book.take(sample(GAUGE, "salt", "2024-02-20T10:00", 4.0))
    south = book.one(SOUTH, "salt", Period.DAY, "2024-02-20", Axis.SPACE)
    assert (south.value, south.n, south.m) == (4.0, 1, 1)
    province = book.one(PROVINCE, "salt", Period.DAY, "2024-02-20", Axis.SPACE)
    assert (province.value, province.n, province.m, province.complete) == (4.0, 1, 2, False)


def test_what_a_place_reports_goes_before_what_its_parts_add_up_to(book: Book) -> None:
    book.take(sample(GAUGE, "salt", "2024-02-20T10:00", 4.0), sample(SOUTH, "salt", "2024-02-20T10:00", 1.5))
    book.take(sample(PROVINCE, "salt", "2024-02-20T10:00", 9.0))
    assert book.one(SOUTH, "salt", Period.DAY, "2024-02-20").value == 1.5
    assert book.one(SOUTH, "salt", Period.DAY, "2024-02-20", Axis.SPACE).value == 4.0
    assert book.one(PROVINCE, "salt", Period.DAY, "2024-02-20", Axis.SPACE).value == 1.5
    assert book.one(PROVINCE, "salt", Period.DAY, "2024-02-20").value == 9.0


def test_population_weighs_and_is_never_summed(book: Book) -> None:
    book.take(sample(NORTH, "income", "2024-12-31T23:59:59", 60.0), sample(SOUTH, "income", "2024-12-31", 40.0))
    row = book.one(PROVINCE, "income", Period.YEAR, "2024-01-01", Axis.SPACE)
    assert (row.value, row.numerator, row.denominator) == (45.0, 18_000.0, 400.0)


def test_a_weight_of_a_longer_rhythm_holds_for_the_periods_in_it_and_after(book: Book) -> None:
    trust = [sample(NORTH, "trust", "2024-03-31T23:59:59", 50.0), sample(SOUTH, "trust", "2024-03-31T23:59:59", 90.0)]
    book.take(*trust)
    row = book.one(PROVINCE, "trust", Period.QUARTER, "2024-01-01", Axis.SPACE)
    assert (row.value, row.gap, row.n, row.m) == (None, Gap.NO_WEIGHT, 0, 3)
    book.take(*(sample(place, "pupils", "2023-12-31T23:59:59", n) for place, n in ((NORTH, 10.0), (SOUTH, 30.0))))
    assert book.one(PROVINCE, "trust", Period.QUARTER, "2024-01-01", Axis.SPACE).value == 80.0
    book.take(sample(NORTH, "pupils", "2024-12-31T23:59:59", 30.0))
    assert book.one(PROVINCE, "trust", Period.QUARTER, "2024-01-01", Axis.SPACE).value == 70.0


@pytest.mark.parametrize(("counted", "gap"), [("2023-01-15", Gap.NO_WEIGHT), ("2023-07-15", Gap.NONE)])
def test_a_weight_that_is_too_old_does_not_count(book: Book, counted: str, gap: Gap) -> None:
    book.take(sample(NORTH, "pupils", counted, 10.0), sample(NORTH, "trust", "2024-12-31T23:59:59", 50.0))
    assert book.one(PROVINCE, "trust", Period.QUARTER, "2024-10-01", Axis.SPACE).gap is gap


def test_a_share_over_a_longer_period_is_the_share_of_the_totals(book: Book) -> None:
    hours = [("2024-02-20T10:00", 1.0, 2.0), ("2024-02-20T11:00", 9.0, 10.0), ("2024-02-21T09:00", 0.0, 0.0)]
    for at, part, whole in hours:
        book.take(sample(NORTH, "on-time", at, part), sample(NORTH, "settled", at, whole))
    month = book.one(NORTH, "on-time-share", Period.MONTH, "2024-02-01", Axis.FORMULA)
    assert (month.numerator, month.denominator) == (1000.0, 12.0)
    assert month.value == pytest.approx(1000 / 12)
    assert (month.n, month.m, month.complete) == (2, 2, False)
    idle = book.one(NORTH, "on-time-share", Period.DAY, "2024-02-21", Axis.FORMULA)
    assert (idle.value, idle.numerator, idle.denominator, idle.gap) == (None, 0.0, 0.0, Gap.ZERO_DENOMINATOR)


def test_reported_shares_of_hours_are_weighed_hour_by_hour(book: Book) -> None:
    for at, share, whole in (("2024-02-20T10:00", 50.0, 2.0), ("2024-02-20T11:00", 90.0, 10.0)):
        book.take(sample(NORTH, "on-time-share", at, share))
        book.take(sample(NORTH, "settled", at, whole))
    row = book.one(NORTH, "on-time-share", Period.MONTH, "2024-02-01")
    assert (row.value, row.denominator) == (pytest.approx(1000 / 12), 12.0)


def test_weights_that_trade_places_are_noticed(book: Book) -> None:
    hours = [f"2024-02-20T{hour}:00" for hour in (10, 11, 12)]
    book.take(*(sample(NORTH, "on-time-share", at, share) for at, share in zip(hours, (50.0, 90.0, 70.0), strict=True)))
    book.take(*(sample(NORTH, "settled", at, whole) for at, whole in zip(hours, (2.0, 6.0, 2.0), strict=True)))
    assert book.one(NORTH, "on-time-share", Period.DAY, "2024-02-20").value == 78.0
    book.take(*(sample(NORTH, "settled", at, whole) for at, whole in zip(hours, (6.0, 2.0, 2.0), strict=True)))
    assert book.one(NORTH, "on-time-share", Period.DAY, "2024-02-20").value == 62.0


def test_a_late_weight_changes_the_mean_over_space_of_every_period(book: Book) -> None:
    for day, mood in ((10, 3.0), (11, 5.0)):
        book.take(sample(NORTH, "mood", f"2024-02-{day}T23:59:59", mood))
        book.take(sample(SOUTH, "mood", f"2024-02-{day}T23:59:59", 10.0))
        book.take(sample(NORTH, "cases", f"2024-02-{day}T23:59:59", 1.0))
    book.take(sample(SOUTH, "cases", "2024-02-10T23:59:59", 6.0))
    for kind, start in ((Period.MONTH, "2024-02-01"), (Period.YEAR, "2024-01-01")):
        row = book.one(PROVINCE, "mood", kind, start, Axis.SPACE)
        assert (row.value, row.numerator, row.denominator) == (8.5, 68.0, 8.0)


def test_a_formula_over_instants_takes_the_last_value_while_it_is_fresh(book: Book) -> None:
    book.take(sample(NORTH, "beds", "2024-01-31T23:59:59", 40.0))
    book.take(*(sample(NORTH, "patients", f"2024-{day}T23:59:59", 20.0) for day in ("01-30", "02-10", "03-20")))
    filled = {
        day: book.one(NORTH, "occupancy", Period.DAY, day, Axis.FORMULA)
        for day in ("2024-01-30", "2024-02-10", "2024-03-20")
    }
    assert [row.value for row in filled.values()] == [None, 0.5, None]
    assert [row.gap for row in filled.values()] == [Gap.MISSING, Gap.NONE, Gap.MISSING]
    book.take(sample(NORTH, "beds", "2024-02-29T23:59:59", 80.0))
    assert book.one(NORTH, "occupancy", Period.DAY, "2024-03-20", Axis.FORMULA).value == 0.25
    assert book.one(NORTH, "occupancy", Period.DAY, "2024-02-10", Axis.FORMULA).value == 0.5


def test_an_indicator_that_does_not_add_up_keeps_its_own_period_only(book: Book) -> None:
    book.take(sample(NORTH, "rank", "2024-02-29T23:59:59", 3.0))
    assert book.one(NORTH, "rank", Period.MONTH, "2024-02-01").value == 3.0
    assert [(row.site, row.kind) for row in book.table.changes(0, 10)] == [(NORTH, Period.MONTH)]
