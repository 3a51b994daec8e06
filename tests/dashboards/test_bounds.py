"""Limits in words and as steps."""

from datetime import date

import pytest

from dashboards.bounds import Bounds, Step, steps
from dashboards.centre import noon
from dashboards.words import EN, VI, Words
from indicators.lookup import Catalogue
from ioc.model import Kind, Severity
from tests.support.catalogue import CHAU_THANH, PROVINCE, STATION, limit, small

OK, WARNING, CRITICAL = Severity.OK, Severity.WARNING, Severity.CRITICAL
AT = noon(date(2025, 3, 12))


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ([], ()),
        ([("above", WARNING, 1, None), ("above", CRITICAL, 4, None)], ((None, OK), (1, WARNING), (4, CRITICAL))),
        ([("below", CRITICAL, 1, None), ("below", WARNING, 4, None)], ((None, CRITICAL), (1, WARNING), (4, OK))),
        ([("outside", CRITICAL, 6, 9)], ((None, CRITICAL), (6, OK), (9, CRITICAL))),
        (
            [("outside", CRITICAL, 5, 9), ("outside", WARNING, 6, 8.5)],
            ((None, CRITICAL), (5, WARNING), (6, OK), (8.5, WARNING), (9, CRITICAL)),
        ),
        ([("above", WARNING, 4, None), ("above", CRITICAL, 4, None)], ((None, OK), (4, CRITICAL))),
    ],
)
def test_steps_give_every_value_its_worst_severity(limits: list[tuple], expected: tuple):
    rows = [
        limit(f"{number}", "ph", severity, value, kind=Kind(kind), upper=upper)
        for number, (kind, severity, value, upper) in enumerate(limits)
    ]
    assert steps(rows) == tuple(Step(*one) for one in expected)


def test_steps_leave_out_what_holds_only_at_times():
    assert steps([limit("tet", "ph", WARNING, 1.0, season=((1, 1), (2, 1)))]) == ()


def bounds(*limits: object, lang: str = VI) -> tuple[Bounds, Catalogue]:
    base = small()
    catalogue = Catalogue(
        units=base.units.values(),
        fields=base.fields.values(),
        sites=base.sites.values(),
        indicators=base.indicators.values(),
        watches=base.watches,
        limits=limits,  # type: ignore[arg-type]
        tenant="test",
    )
    return Bounds(catalogue, AT, Words(lang)), catalogue


def said(catalogue: Catalogue, found: Bounds, site: str, indicator: str) -> str:
    series = catalogue.watched(site, indicator, AT)
    assert series is not None
    return found.in_words(series)


@pytest.mark.parametrize(("lang", "expected"), [(VI, "▲ > 1,5  ■ < 1.000"), (EN, "▲ > 1.5  ■ < 1,000")])
def test_limits_in_words_use_the_readers_numbers(lang: str, expected: str):
    rows = [limit("a", "salinity", WARNING, 1.5), limit("b", "salinity", CRITICAL, 1000.0, kind=Kind.BELOW)]
    found, catalogue = bounds(*rows, lang=lang)
    assert said(catalogue, found, PROVINCE, "salinity") == expected


def test_limits_of_every_season_and_hour_are_told_with_their_time():
    dry = limit("dry", "salinity", WARNING, 1.0, season=((12, 1), (4, 30)))
    night = limit("night", "salinity", CRITICAL, 2.0, hours=(21, 6))
    found, catalogue = bounds(dry, night)
    assert said(catalogue, found, PROVINCE, "salinity") == "▲ > 1 (mùa 01/12–30/04)  ■ > 2 (21–6 giờ)"


def test_places_are_named_only_where_their_limits_differ():
    general, station = limit("all", "salinity", WARNING, 1.0), limit("st", "salinity", WARNING, 4.0, site=STATION)
    found, catalogue = bounds(general, station)
    rows = [catalogue.watched(site, "salinity", AT) for site in (PROVINCE, CHAU_THANH, STATION)]
    series = [one for one in rows if one is not None]
    assert found.by_place(series[:2]) == "▲ > 1"
    assert found.by_place(series) == "Bến Tre, Huyện Châu Thành: ▲ > 1; Trạm Mỹ Hóa: ▲ > 4"


def test_basis_names_the_document_and_never_calls_an_assumption_law():
    law = limit("a", "salinity", WARNING, 1.0, basis="QCVN 08:2023/BTNMT, bảng 1")
    ours = limit("b", "salinity", CRITICAL, 4.0, basis="assumption")
    found, catalogue = bounds(law, ours)
    series = catalogue.watched(PROVINCE, "salinity", AT)
    assert series is not None
    assert found.basis(series) == "▲ > 1: QCVN 08:2023/BTNMT, bảng 1 · ■ > 4: trung tâm tạm đặt, chưa có văn bản"
