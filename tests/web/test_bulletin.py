"""The list of alerts as people read it."""

from ioc.model import DAY, HOUR, Severity, Status
from ioc.web.bulletin import notice, standing
from tests.web.centre import Centre, sentence


def test_worst_firing_stands_first_then_pending_then_ended(place: Centre) -> None:
    now = place.clock.now()
    ended = place.step("ben-tre/pm25", Status.RESOLVED, at=now)
    pending = place.step("ben-tre/outpatients", Status.PENDING, Severity.CRITICAL, at=now)
    warning = place.step("ben-tre/bed-occupancy", Status.FIRING, Severity.WARNING, at=now)
    critical = place.step("ben-tre/salinity", Status.FIRING, Severity.CRITICAL, at=now)
    shown = standing(place.bell.active(), place.bell.events(100, None), now)
    assert shown == [critical, warning, pending, ended]


def test_alert_that_fires_again_is_listed_once(place: Centre) -> None:
    now = place.clock.now()
    place.step("ben-tre/salinity", Status.RESOLVED, at=now)
    again = place.step("ben-tre/salinity", Status.FIRING, at=now)
    assert standing(place.bell.active(), place.bell.events(100, None), now) == [again]


def test_resolved_among_the_active_is_listed_as_ended_once(place: Centre) -> None:
    now = place.clock.now()
    ended = place.step("ben-tre/salinity", Status.RESOLVED, at=now)
    assert standing([ended], place.bell.events(100, None), now) == [ended]


def test_alert_that_ended_more_than_a_day_ago_or_never_fired_is_not_listed(place: Centre) -> None:
    now = place.clock.now()
    place.step("ben-tre/salinity", Status.RESOLVED, at=now - DAY - HOUR)
    place.step("ben-tre/pm25", Status.OK, at=now)
    assert standing(place.bell.active(), place.bell.events(100, None), now) == []


def test_notice_speaks_both_languages(place: Centre) -> None:
    told = notice(place.step("chau-thanh/salinity", Status.FIRING), sentence(place.shelf))
    assert told.sentence["vi"].startswith("Độ mặn tại huyện Châu Thành, tỉnh Bến Tre là 4,5 g/L")
    assert told.sentence["en"].startswith("Salinity at Chau Thanh District, Ben Tre Province is 4.5 g/L")
