"""Who watches what, and when; who lies in whom; what a place is called."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.lookup import Catalogue
from indicators.spec import Level, Series
from tests.indicators.made import LAST_DAY, at, catalogue, indicator, province, site, watch

BEFORE, AFTER = at("2025-06-30"), at("2025-07-01")
LAST_MOMENT = at("2025-07-01", 0) - 1


def names(shelf: Catalogue, moment: int) -> list[str]:
    return [series.id for series in shelf.series(moment)]


def test_watched_is_a_series_down_to_the_tier() -> None:
    shelf = catalogue()
    series = shelf.watched("bt-ct", "salinity", BEFORE)
    assert series is not None
    assert (series.id, series.shown_under) == ("bt-ct/salinity", "environment")
    assert shelf.watched("bt-ct", "water-level", BEFORE) is None
    assert shelf.watched("bt", "water-level", BEFORE) is not None


@pytest.mark.parametrize(
    ("place", "what"), [("bt-mcb", "salinity"), ("bt-ct", "visits"), ("x", "salinity"), ("bt", "x")]
)
def test_watched_without_a_row_or_an_unknown_name_is_none(place: str, what: str) -> None:
    assert catalogue().watched(place, what, BEFORE) is None


def test_watched_of_one_indicator_leaves_the_rest_of_its_field() -> None:
    shelf = catalogue(watches=[watch("st-an-hiep", indicator="water-level")])
    assert shelf.watched("st-an-hiep", "water-level", BEFORE) is not None
    assert shelf.watched("st-an-hiep", "salinity", BEFORE) is None


def test_watched_row_for_the_indicator_goes_before_the_row_for_its_field() -> None:
    rows = [watch("bt", tier=3), watch("bt", indicator="salinity", shown_under="health")]
    series = catalogue(watches=rows).watched("bt", "salinity", BEFORE)
    assert series is not None
    assert series.shown_under == "health"


def test_watched_begins_at_local_midnight_of_its_first_day() -> None:
    shelf = catalogue(watches=[watch("bt-mcb", tier=1, valid_from=date(2024, 6, 1))])
    first = at("2024-06-01", 0)
    assert shelf.watched("bt-mcb", "salinity", first - 1) is None
    assert shelf.watched("bt-mcb", "salinity", first) is not None


def test_watched_follows_a_profile_that_changes() -> None:
    rows = [
        watch("bt", tier=1, valid_to=date(2024, 12, 31)),
        watch("bt", tier=3, valid_from=date(2025, 1, 1), shown_under="health"),
    ]
    shelf = catalogue(watches=rows)
    assert names(shelf, at("2024-12-31")) == ["bt/salinity"]
    assert names(shelf, at("2025-01-01")) == ["bt/salinity", "bt/water-level"]
    assert [series.shown_under for series in shelf.series(at("2025-01-01"))] == ["health", "health"]


def test_closing_hides_a_site_from_live_walls_and_leaves_its_history() -> None:
    shelf = catalogue()
    assert shelf.is_open("bt", LAST_MOMENT)
    assert not shelf.is_open("bt", LAST_MOMENT + 1)
    assert shelf.watched("bt", "salinity", LAST_MOMENT + 1) is None
    assert names(shelf, AFTER) == []
    assert shelf.watched("bt", "salinity", LAST_MOMENT) is not None
    assert names(shelf, LAST_MOMENT) == ["bt/visits", "bt/salinity", "bt/water-level", "bt-ct/salinity"]


def test_is_open_of_a_successor_begins_when_the_old_one_ends() -> None:
    shelf = catalogue()
    assert [shelf.is_open("vl", moment) for moment in (LAST_MOMENT, LAST_MOMENT + 1)] == [False, True]
    assert not shelf.is_open("nowhere", AFTER)


@given(
    tiers=st.lists(st.integers(1, 3), min_size=1, max_size=6),
    rows=st.lists(
        st.tuples(
            st.sampled_from(["bt", "bt-ct", "bt-mcb", "vl", "nowhere"]),
            st.sampled_from(["environment", "health"]),
            st.sampled_from([1, 2, 3, None]),
            st.dates(date(2024, 1, 1), date(2026, 1, 1)),
            st.dates(date(2024, 1, 1), date(2026, 1, 1)),
        ),
        max_size=6,
    ),
    day=st.dates(date(2024, 1, 1), date(2026, 1, 1)),
)
def test_series_is_every_pair_that_is_watched_and_in_order(
    tiers: list[int], rows: list[tuple[str, str, int | None, date, date]], day: date
) -> None:
    things = [indicator(f"i{k}", tier=tier, field=("environment", "health")[k % 2]) for k, tier in enumerate(tiers)]
    watches = [
        watch(where, field=field, tier=tier, indicator=None if tier else "i0", valid_from=first, valid_to=last)
        for where, field, tier, first, last in rows
    ]
    shelf = catalogue(indicators=things, watches=watches)
    moment = at(day.isoformat())
    found = shelf.series(moment)
    pairs = ((place, thing) for place in shelf.sites for thing in shelf.indicators)
    assert {series.id for series in found} == {f"{p}/{t}" for p, t in pairs if shelf.watched(p, t, moment)}
    ranks = [(s.site.id, shelf.fields[s.shown_under].order, s.indicator.id) for s in found]
    assert ranks == sorted(ranks)


def test_ancestors_are_nearest_first_and_children_are_direct() -> None:
    shelf = catalogue()
    assert [above.id for above in shelf.ancestors("st-an-hiep")] == ["bt-ct-town", "bt-ct", "bt"]
    assert shelf.ancestors("bt") == ()
    assert [below.id for below in shelf.children("bt")] == ["bt-ct", "bt-mcb"]
    assert shelf.children("st-an-hiep") == ()


def test_place_keeps_both_chau_thanh_apart() -> None:
    other = (
        site("tg", Level.PROVINCE, kind="tỉnh", name_vi="Tỉnh Tiền Giang", name_en="Tien Giang Province"),
        site("tg-ct", name_vi="Huyện Châu Thành", name_en="Chau Thanh District", parent="tg"),
    )
    shelf = catalogue(sites=(*province(), *other))
    assert shelf.place("bt-ct") == "huyện Châu Thành (Bến Tre)"
    assert shelf.place("tg-ct") == "huyện Châu Thành (Tiền Giang)"
    assert shelf.place("bt-ct", "en") == "Chau Thanh District (Ben Tre)"
    assert shelf.place("bt-ct-town") == "thị trấn Châu Thành (Bến Tre)"


def test_place_of_a_name_that_is_not_shared_stands_alone() -> None:
    shelf = catalogue()
    assert shelf.place("bt-mcb") == "huyện Mỏ Cày Bắc"
    assert shelf.place("st-an-hiep") == "trạm An Hiệp"
    assert shelf.place("st-an-hiep", "en") == "An Hiep Station"
    assert shelf.place("bt") == "tỉnh Bến Tre"


def test_place_that_nothing_else_tells_apart_shows_the_id() -> None:
    shelf = Catalogue(sites=(site("a", name_vi="Huyện X", name_en="X"), site("b", name_vi="Huyện X", name_en="X")))
    assert [shelf.place(id_) for id_ in "ab"] == ["huyện X [a]", "huyện X [b]"]


def test_catalogue_cannot_be_changed_through_its_mappings() -> None:
    with pytest.raises(TypeError):
        catalogue().sites["new"] = site("new")  # type: ignore[index]


def test_last_day_is_the_one_the_law_names() -> None:
    assert date(2025, 6, 30) == LAST_DAY


class Crowded(Catalogue):
    """A catalogue that another thread asks about another moment whenever something was remembered."""

    @property
    def _last(self) -> tuple[int, tuple[Series, ...]]:  # type: ignore[override]
        return (-2, ())

    @_last.setter
    def _last(self, _: tuple[int, tuple[Series, ...]]) -> None: ...


def test_series_are_those_of_the_moment_though_another_thread_asks_about_another() -> None:
    shelf = catalogue()
    expected = names(shelf, BEFORE)
    shelf.__class__ = Crowded
    assert names(shelf, BEFORE) == expected != []
