import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from indicators.spec import Period
from ioc.errors import PermanentError, TemporaryError
from ioc.model import State
from ioc.rollup.outlet import Outlet
from ioc.rollup.page import Page
from ioc.rollup.point import point
from ioc.rollup.row import Axis, Rollup
from ioc.rollup.table import Table
from tests.rollup.ground import NORTH, PLAN, PROVINCE, SOUTH, Book, contents, entries, roll, sample, when

STORY = entries(
    [
        sample(where, what, f"2024-02-{day}T23:59:59", float(day))
        for day in (10, 11, 29)
        for where in (NORTH, SOUTH)
        for what in ("cases", "wait", "patients")
    ]
)


class BreaksError(Exception):
    pass


def test_an_error_anywhere_in_a_batch_keeps_nothing_of_it(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = Table(tmp_path / "twin.db")
    for batch in (STORY[:9], STORY[9:]):
        roll(twin, batch)
    roll(book.table, STORY[:9])
    before, cursor = contents(book.table), book.table.cursor()
    put = Page.put
    for breaks_at in range(40):
        left = iter(range(breaks_at))

        def breaking(page: Page, row: Rollup, left: object = left) -> None:
            if next(left, None) is None:  # type: ignore[call-overload]
                raise BreaksError
            put(page, row)

        with monkeypatch.context() as patch:
            patch.setattr(Page, "put", breaking)
            with pytest.raises(BreaksError):
                roll(book.table, STORY[9:])
        assert (contents(book.table), book.table.cursor()) == (before, cursor)
    roll(book.table, STORY[9:])
    assert book.table.changes(0, 1000) == twin.changes(0, 1000)
    twin.close()


def test_a_table_opened_again_goes_on_where_it_stood(book: Book, tmp_path: Path) -> None:
    roll(book.table, STORY)
    for place, entry in enumerate(STORY):
        one = Table(tmp_path / "again.db")
        assert one.cursor() == place
        roll(one, [entry])
        one.close()
    again = Table(tmp_path / "again.db")
    assert contents(again) == contents(book.table)
    again.close()


def test_a_batch_taken_twice_changes_nothing(book: Book) -> None:
    roll(book.table, STORY)
    before = book.table.changes(0, 1000)
    assert roll(book.table, STORY[3:]) == 0
    assert book.table.changes(0, 1000) == before


def test_changes_can_be_followed_in_small_steps(book: Book) -> None:
    roll(book.table, STORY[:9])
    seen: dict[object, Rollup] = {}
    after = 0
    while page := book.table.changes(after, 3):
        assert [row.changed for row in page] == sorted({row.changed for row in page})
        seen |= {row.key: row for row in page}
        after = page[-1].changed
        if len(seen) == 6:
            roll(book.table, STORY[9:])
    assert seen == {row.key: row for row in book.table.changes(0, 1000)}
    assert after == book.table.changed()


def test_lookup_takes_periods_that_start_in_the_stretch(book: Book) -> None:
    roll(book.table, STORY)
    start, end = when("2024-02-10"), when("2024-02-29")
    found = book.table.lookup(NORTH, "cases", Axis.TIME, Period.DAY, (start, end))
    assert [(row.start, row.value) for row in found] == [(start, 10.0), (when("2024-02-11"), 11.0)]
    assert [row.value for row in book.table.lookup(PROVINCE, "cases", Axis.SPACE, Period.DAY, (start, end))] == [20, 22]


def test_a_locked_file_is_worth_another_try(book: Book, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "rollup.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        book.table._db.execute("pragma busy_timeout = 10")
        with pytest.raises(TemporaryError):
            roll(book.table, STORY)
        other.execute("rollback")
    assert roll(book.table, STORY) > 0


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("pragma user_version = 99")
    with pytest.raises(PermanentError, match="schema 99"):
        Table(tmp_path / "other.db")


def test_point_tells_periods_and_axes_apart(book: Book) -> None:
    book.take(
        sample(NORTH, "on-time", "2024-02-01T10:00", 3.0, State.OFFICIAL),
        sample(NORTH, "settled", "2024-02-01T10:00", 4.0, State.OFFICIAL),
    )
    time = point(book.one(NORTH, "settled", Period.MONTH, "2024-02-01"), "health")
    assert time[:-2] == ("sample_1mo", NORTH, "health", "settled", when("2024-02-01"))
    codes = {"m": 696, "state": 3, "complete": 0, "gap": 0, "revision": 1}
    assert time.numbers == {"value": 4.0, "low": 4.0, "high": 4.0, "n": 1, **codes}
    assert not time.is_daily
    formula = point(book.one(NORTH, "on-time-share", Period.DAY, "2024-02-01", Axis.FORMULA), "health")
    assert formula.measurement == "sample_formula_1d"
    assert formula.numbers.items() >= {"value": 75.0, "numerator": 300.0, "denominator": 4.0, "n": 2, "m": 2}.items()
    assert formula.is_daily
    place = point(book.one(PROVINCE, "settled", Period.YEAR, "2024-01-01", Axis.SPACE), "health")
    assert (place.measurement, place.site) == ("sample_space_1y", PROVINCE)


def test_point_numbers_never_change_their_type(book: Book) -> None:
    book.take(sample(NORTH, "settled", "2024-02-01T10:00", 4))
    kinds = {name: type(number) for name, number in point(book.table.changes(0, 1)[0], "health").numbers.items()}
    assert kinds == {"value": float, "low": float, "high": float} | dict.fromkeys(
        ("n", "m", "state", "complete", "gap", "revision"), int
    )


def test_point_without_a_value_says_why(book: Book) -> None:
    book.take(sample(NORTH, "on-time", "2024-02-01T10:00", 0.0), sample(NORTH, "settled", "2024-02-01T10:00", 0.0))
    numbers = point(book.one(NORTH, "on-time-share", Period.DAY, "2024-02-01", Axis.FORMULA), "health").numbers
    assert {"value", "low", "high"}.isdisjoint(numbers)
    assert (numbers["numerator"], numbers["denominator"], numbers["gap"]) == (0.0, 0.0, 3)


def test_point_hides_bounds_beside_a_gap(book: Book) -> None:
    book.take(sample(NORTH, "wait", "2024-02-01T10:00", 5.0), sample(NORTH, "cases", "2024-02-01T10:00", 0.0))
    row = book.one(NORTH, "wait", Period.DAY, "2024-02-01")
    assert (row.low, row.high, row.gap) == (5.0, 5.0, 3)
    assert {"value", "low", "high"}.isdisjoint(point(row, "health").numbers)


def test_points_pass_over_what_the_catalogue_no_longer_holds(book: Book) -> None:
    book.take(sample(NORTH, "cases", "2024-02-01T10:00", 1.0), sample(NORTH, "settled", "2024-02-01T10:00", 1.0))
    last = book.table.changed()
    shrunk = {one: thing for one, thing in PLAN.indicators.items() if one == "cases"}
    points, upto = Outlet(book.table, shrunk).points(0, last)
    assert {one.indicator for one in points} == {"cases"}
    assert upto == last
    assert Outlet(book.table, {}).points(0, 3) == ([], 3)
    assert Outlet(book.table, {}).points(last, 3) == ([], last)


def test_lookup_includes_the_period_that_the_stretch_begins_in(book: Book) -> None:
    roll(book.table, STORY)
    within = when("2024-02-11T13:00"), when("2024-02-29T00:01")
    found = book.table.lookup(NORTH, "cases", "time", Period.DAY, within)
    assert [row.value for row in found] == [11.0, 29.0]
    assert [row.value for row in book.table.lookup(NORTH, "cases", "time", Period.DAY, within, limit=1)] == [11.0]


def test_values_let_go_leave_their_days_as_they_were(book: Book) -> None:
    roll(book.table, STORY)
    before = contents(book.table)
    assert book.table.retire({"cases"}, when("2024-02-11")) == 2
    assert contents(book.table) == before
    book.taken = STORY[-1].seq
    book.take(sample(NORTH, "cases", "2024-02-10T13:00", 99.0))
    assert contents(book.table) == before, "too late for a day whose values are gone"
    book.take(sample(NORTH, "cases", "2024-02-09T13:00", 7.0), sample(NORTH, "cases", "2024-02-29T23:59:59", 30.0))
    assert book.one(NORTH, "cases", Period.DAY, "2024-02-09").value == 7.0, "a day never heard of is taken"
    month = book.one(NORTH, "cases", Period.MONTH, "2024-02-01")
    assert (month.value, month.n) == (7.0 + 10.0 + 11.0 + 30.0, 4)
