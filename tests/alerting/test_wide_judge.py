"""Rules that look at more than one value or site, dead sources, breaks: the same log however the journal is cut."""

import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from indicators.lookup import Catalogue
from indicators.window import midnight
from ioc.alerting.book import Rulebook
from ioc.alerting.judge import Judge
from ioc.alerting.ledger import Ledger
from ioc.alerting.replay import written as log
from ioc.alerting.rules import NO_EXTRAS, Extras
from ioc.alerting.turn import Memory
from ioc.model import CLOSED, DAY, HOUR, MINUTE, SECOND, Entry, Kind, Micros, Sample, Status, Transition
from tests.alerting.bed import T0, at, entries, remember, sample
from tests.alerting.wide_bed import RULES, STATIONS, book, catalogue

CATALOGUE = catalogue()
BOOK = book(CATALOGUE)


def heard(seconds: float, value: float, site: str = "an-thoi", indicator: str = "salinity", source: str = "") -> Sample:
    one = sample(seconds, value, site=site, indicator=indicator, received=seconds)
    return Sample(one.site, one.field, one.indicator, one.at, one.value, source=source, received_at=one.received_at)


def judged(
    samples: Sequence[Sample], extras: Extras = BOOK, of: Catalogue = CATALOGUE, until: Micros | None = None
) -> list[Transition]:
    judge = Judge(of, Memory(), extras)
    told = judge.take(entries(samples)).transitions
    return told if until is None else told + judge.advance(until).transitions


def course(seed: int, length: int, sources: Sequence[str]) -> list[Sample]:
    """Values that wander through every rule, in bursts, with late ones, silences and sources that die together."""
    dice = random.Random(seed)
    samples, seconds, values = [], 0.0, dict.fromkeys(STATIONS, 5.0)
    for _ in range(length):
        seconds += dice.choice([5, 20, 20, 40, 200])
        for site in dice.sample(STATIONS, dice.randint(1, 4)):
            values[site] = min(16.0, max(0.0, values[site] + dice.choice([-7.0, -3.0, 0.0, 0.0, 3.0, 7.0])))
            what = dice.choice(["salinity", "salinity", "water-level"])
            measured = seconds - dice.choice([0, 0, 0, 90])
            one = sample(measured, values[site], received=seconds, site=site, indicator=what)
            samples.append(
                Sample(site, one.field, what, one.at, one.value, source=sources[0], received_at=one.received_at)
            )
        sources = dice.sample(list(sources), len(sources))
    kept: dict[object, Sample] = {}
    for one in samples:
        kept.setdefault((one.site, one.indicator, one.at, one.value), one)
    return list(kept.values())


def replayed(samples: Sequence[Sample], cuts: Sequence[int], extras: Rulebook, of: Catalogue) -> list[Transition]:
    """With a restart and an idle tick after every batch."""
    told: list[Transition] = []
    rest: list[Entry] = entries(samples)
    memory = remember(Memory(), Judge(of, Memory(), extras).await_first(T0))
    for size in [*cuts, len(rest)]:
        batch, rest = rest[:size], rest[size:]
        judge = Judge(of, memory, extras)
        turns = [judge.take(batch)]
        memory = remember(memory, turns[0])
        judge = Judge(of, memory, extras)
        turns.append(judge.advance(rest[0].sample.received_at - 1 if rest else at(10**5)))
        memory = remember(memory, turns[1])
        told += [one for turn in turns for one in turn.transitions]
    return told


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 2**32))
def test_any_cuts_and_restarts_give_the_same_log(seed: int, cut: int) -> None:
    samples = course(seed, 60, ["mqtt", "files"])
    dice = random.Random(cut)
    cuts = [dice.randint(1, 9) for _ in range(40)]
    assert log(replayed(samples, cuts, BOOK, CATALOGUE)) == log(replayed(samples, [], BOOK, CATALOGUE))


def test_a_cut_at_every_point_gives_the_same_log() -> None:
    closing = catalogue(date(2024, 6, 1))
    samples = course(5, 60, ["mqtt"])
    extras = book(closing)
    whole = replayed(samples, [], extras, closing)
    kinds = {told.kind for told in whole if told.after is Status.FIRING}
    assert kinds == {*BOOK_KINDS, Kind.ABOVE, Kind.NO_DATA, Kind.SOURCE_DOWN}
    assert log(replayed(samples, [1] * len(samples), extras, closing)) == log(whole)
    for first in range(1, len(samples), 7):
        assert log(replayed(samples, [first], extras, closing)) == log(whole)


BOOK_KINDS = {Kind.RISING, Kind.FALLING, Kind.STUCK, Kind.COUNT, Kind.COMBINATION}


def test_the_ledger_gives_back_what_the_judge_remembers(tmp_path: object) -> None:
    ledger = Ledger(tmp_path / "state.db")  # type: ignore[operator]
    memory, samples = Memory(), entries(course(5, 60, ["mqtt", "files"]))
    told: list[Transition] = []
    for first in range(0, len(samples), 3):
        turn = Judge(CATALOGUE, ledger.load(), BOOK).take(samples[first : first + 3])
        ledger.commit(turn)
        told += turn.transitions
    assert log(told) == log(Judge(CATALOGUE, memory, BOOK).take(samples).transitions)
    ledger.close()


def said(told: Sequence[Transition], kind: Kind) -> list[str]:
    return [f"{one.site} {one.after}" + ("" if one.revision else " muted") for one in told if one.kind is kind]


def test_two_stations_above_their_limit_are_a_front() -> None:
    told = judged(
        [heard(0, 11.0), heard(1, 11.0, "cho-lach"), heard(25, 11.0), heard(30, 1.0), heard(60, 1.0), heard(80, 1.0)]
    )
    fronts = [one for one in told if one.kind is Kind.COUNT]
    assert [(one.site, one.after, one.value, one.bound) for one in fronts] == [
        ("p", Status.PENDING, 2.0, 2.0),
        ("p", Status.FIRING, 2.0, 2.0),
        ("p", Status.RESOLVED, 1.0, 2.0),
    ]
    assert fronts[0].since == at(1)
    assert fronts[1].at == at(21)
    assert fronts[2].at == at(70)


def test_a_stuck_value_is_told_since_its_first() -> None:
    told = judged([heard(0, 5.0), heard(60, 5.0), heard(120, 5.0), heard(180, 5.1)])
    stuck = [one for one in told if one.kind is Kind.STUCK]
    assert [(one.after, one.since, one.value) for one in stuck] == [
        (Status.FIRING, T0, 5.0),
        (Status.RESOLVED, T0, 5.1),
    ]
    assert stuck[0].detail is not None
    assert stuck[0].detail.span == 90 * SECOND


def test_a_combination_of_two_indicators_stands_on_the_first() -> None:
    told = judged([heard(0, 11.0), heard(10, 6.0, indicator="water-level"), heard(20, 4.0, indicator="water-level")])
    assert said(told, Kind.COMBINATION) == ["an-thoi firing", "an-thoi resolved"]
    assert {one.indicator for one in told if one.kind is Kind.COMBINATION} == {"salinity"}


def test_no_rule_any_more_ends_its_alert() -> None:
    extras = book(
        CATALOGUE,
        "rules:\n- {id: s, kind: stuck, indicators: salinity, severity: info, cadences: 1, valid_to: 2024-06-01, "
        "basis: assumption}",
    )
    night = (midnight(date(2024, 6, 2)) - T0) // SECOND
    samples = [heard(night - 200 + 60 * number, 5.0) for number in range(6)]
    assert said(judged(samples, extras), Kind.STUCK) == ["an-thoi firing", "an-thoi resolved"]


def test_a_front_ends_with_the_hours_of_its_rule() -> None:
    extras = book(
        CATALOGUE,
        "rules:\n- {id: f, kind: count, indicators: salinity, levels: station, severity: info, at_least: 1, "
        "least: critical, hours: 07-08, basis: assumption}",
    )
    told = judged([heard(3500, 11.0), heard(3660, 11.0)], extras)
    assert said(told, Kind.COUNT) == ["p firing", "p resolved"]


def test_a_rule_for_tet_takes_the_place_of_a_limit_on_those_days() -> None:
    rule = "rules:\n- {id: tet, kind: above, indicators: salinity, severity: critical, above: 14, days: tet, basis: b}"
    extras = book(CATALOGUE, rule)
    tet = (midnight(date(2024, 2, 10)) - T0) / SECOND + 36_000
    assert judged([heard(tet, 12.0)], extras) == []
    (over,) = [one for one in judged([heard(tet, 15.0)], extras) if one.kind is Kind.ABOVE]
    assert (over.rule, over.bound) == ("tet", 14.0)
    (plain,) = [one for one in judged([heard(tet - 10 * 86_400, 12.0)], extras) if one.kind is Kind.ABOVE]
    assert plain.rule == "salinity-high"


def test_the_nearest_rule_holds() -> None:
    text = "rules:\n" + "".join(
        f"- {{id: {name}, kind: above, indicators: salinity, severity: info, above: {high}, basis: b{where}}}\n"
        for name, high, where in (("all", 1, ""), ("p", 2, ", sites: p"), ("here", 3, ", sites: an-thoi"))
    )
    extras = book(CATALOGUE, text)
    assert [rule.id for rule in extras.rules_for("an-thoi", "salinity", T0)] == ["here"]
    assert [rule.id for rule in extras.rules_for("cho-lach", "salinity", T0)] == ["p"]


def test_the_alert_of_a_closed_site_ends_with_it() -> None:
    closing = catalogue(date(2024, 6, 1))
    end = midnight(date(2024, 6, 2))
    night = (end - T0) / SECOND
    for extras in (NO_EXTRAS, book(closing)):
        told = judged([heard(night - 60, 11.0, "cho-lach")], extras, closing, until=end)
        over = [one for one in told if one.after is Status.RESOLVED]
        assert [(one.kind, one.at, one.reason, one.revision) for one in over] == [(Kind.ABOVE, end, CLOSED, 2)]


def test_a_combination_over_two_fields_belongs_to_the_field_of_its_first_indicator() -> None:
    level = replace(heard(1, 6.0, indicator="water-level"), field="irrigation")
    [fired] = [one for one in judged([heard(0, 11.0), level]) if one.kind is Kind.COMBINATION]
    assert (fired.indicator, fired.field) == ("salinity", "environment")


def test_the_end_of_a_watch_is_awaited_once_however_often_an_alert_begins() -> None:
    judge = Judge(catalogue(date(2024, 6, 30)), Memory())
    samples = [heard(second, 11.0 if second % 2 else 1.0, "cho-lach") for second in range(1000)]
    judge.take([Entry(number, one) for number, one in enumerate(samples, 1)])
    assert len(judge._deadlines) < 10


def test_a_count_that_no_rule_makes_any_more_ends_with_the_next_start() -> None:
    before = Judge(CATALOGUE, Memory(), book(CATALOGUE))
    samples = [heard(0, 11.0), heard(1, 11.0, "cho-lach"), heard(60, 11.0)]
    memory = remember(Memory(), before.take([Entry(number, one) for number, one in enumerate(samples, 1)]))
    assert Judge(CATALOGUE, memory, book(CATALOGUE)).await_first(at(70)).transitions == []
    over = Judge(CATALOGUE, memory, NO_EXTRAS).await_first(at(70))
    assert [(one.kind, one.after, one.at, one.reason) for one in over.transitions] == [
        (Kind.COUNT, Status.RESOLVED, at(70), CLOSED)
    ]


@pytest.mark.parametrize("gone", [catalogue(date(2024, 5, 31)), catalogue(watched=("water-level",))])
def test_the_alerts_of_a_series_that_the_catalogue_has_no_more_end_with_the_next_start(gone: Catalogue) -> None:
    judge, memory = Judge(CATALOGUE, Memory(), NO_EXTRAS), Memory()
    for turn in (
        judge.take(entries([heard(0, 11.0, "cho-lach"), heard(1, 1.0, indicator="water-level")])),
        judge.advance(at(700)),
    ):
        memory = remember(memory, turn)
    assert Judge(CATALOGUE, memory, NO_EXTRAS).await_first(at(710)).transitions == []
    over = Judge(gone, memory, NO_EXTRAS).await_first(at(710)).transitions
    assert [(one.site, one.kind, one.after, one.at, one.reason) for one in over] == [
        ("cho-lach", kind, Status.RESOLVED, at(710), CLOSED) for kind in (Kind.ABOVE, Kind.NO_DATA)
    ]
    again = remember(memory, Judge(gone, memory, NO_EXTRAS).await_first(at(710)))
    assert Judge(gone, again, NO_EXTRAS).await_first(at(720)).transitions == []


def traced(ledger: Ledger, of: Catalogue, extras: Extras, days: int) -> set[str]:
    """The sites and rules that something is kept for after a start so many days later."""
    ledger.commit(Judge(of, ledger.load(), extras).await_first(T0 + days * DAY))
    return {f"{site} {rule}" for (site, _, rule), _ in ledger.load().traces}


def test_what_no_rule_looks_at_any_more_is_forgotten_after_a_year(tmp_path: Path) -> None:
    closing = catalogue(date(2024, 6, 10))
    judge = Judge(closing, Memory(), book(closing))
    samples = [heard(0, 4.0, site) for site in ("an-thoi", "cho-lach")]
    ledger = Ledger(tmp_path / "state.db")
    ledger.commit(judge.take(entries(samples)))
    fewer = book(
        closing,
        RULES.replace("id: rise", "id: risen").replace(
            "salinity, severity: info", "salinity, sites: thanh-phu, severity: info"
        ),
    )
    every = {f"{site} {rule}" for site in ("an-thoi", "cho-lach") for rule in ("rise", "fall", "stuck", "both")}
    assert traced(ledger, closing, fewer, 365) == every
    assert traced(ledger, closing, book(closing), 367) == {one for one in every if one.startswith("an-thoi")}
    assert traced(ledger, closing, fewer, 367) == {"an-thoi stuck", "an-thoi both"}
    assert traced(ledger, closing, NO_EXTRAS, 367) == set()
    ledger.close()


def test_terms_that_hold_for_an_hour_do_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.alerting.lookup.MOST_SHARED", 20)
    of = catalogue(watched=("revenue",))
    pace = "{id: pace, kind: gap, indicators: revenue, severity: warning, behind: 10%, periods: 3, basis: target}"
    judge = Judge(of, Memory(), book(of, f"rules: [{pace}]"))
    judge.take(entries([heard(3600 * hour, 1.0, indicator="revenue") for hour in range(100)]))
    assert len(judge._lookup._shared) <= 20


def test_points_of_a_combination_stay_while_one_of_its_indicators_is_watched(tmp_path: Path) -> None:
    judge = Judge(CATALOGUE, Memory(), BOOK)
    ledger = Ledger(tmp_path / "state.db")
    ledger.commit(judge.take(entries([heard(0, 4.0)])))
    only_level = catalogue(watched=["water-level"])
    assert traced(ledger, only_level, book(only_level), 367) == {"an-thoi both"}
    ledger.close()


def test_the_alert_of_a_site_that_goes_on_does_not_end() -> None:
    told = judged([heard(0, 11.0)], NO_EXTRAS, until=at(7200))
    assert [one for one in told if one.after is Status.RESOLVED] == []


EVERY = [(site, what) for site in STATIONS for what in ("salinity", "water-level")]


def rounds(first: float, last: float, dead: Sequence[tuple[str, str]] = ()) -> list[Sample]:
    """Every series once a minute, some seconds apart; those `dead` say nothing."""
    found = []
    for minute in range(int(first // 60), int(last // 60)):
        for number, key in enumerate(EVERY):
            if key not in dead:
                found.append(heard(60 * minute + 5 * number, 1.0 + minute % 100 / 100, *key, source="mqtt"))
    return found


def test_a_source_that_dies_is_told_once_and_its_series_are_muted() -> None:
    told = judged(rounds(0, 600), NO_EXTRAS, until=at(3600))
    assert [(one.kind, one.indicator, one.after) for one in told if one.revision] == [
        (Kind.SOURCE_DOWN, "mqtt", Status.FIRING)
    ]
    (down,) = [one for one in told if one.revision]
    assert down.since == at(540 + 35)
    assert down.at == at(540 + 35 + 180)
    assert said(told, Kind.NO_DATA) == [f"{site} firing muted" for site, _ in sorted(EVERY)]


def test_a_source_that_comes_back_is_told_once_and_who_stays_silent_is_told_then() -> None:
    lost = ("an-thoi", "salinity")
    told = judged([*rounds(0, 600), *rounds(1800, 2400, [lost])], NO_EXTRAS, until=at(2400))
    assert [(one.kind, one.site, one.after, one.at) for one in told if one.revision] == [
        (Kind.SOURCE_DOWN, "", Status.FIRING, at(755)),
        (Kind.SOURCE_DOWN, "", Status.RESOLVED, at(1805)),
        (Kind.NO_DATA, "an-thoi", Status.FIRING, at(1805 + 180)),
    ]


def test_a_series_that_dies_alone_is_told_when_it_is_due() -> None:
    lost = ("an-thoi", "salinity")
    told = judged([*rounds(0, 600), *rounds(600, 1800, [lost])], NO_EXTRAS)
    assert [(one.kind, one.site, one.after, one.at, one.revision) for one in told] == [
        (Kind.NO_DATA, "an-thoi", Status.FIRING, at(540 + 180), 1)
    ]


def test_a_small_source_is_told_series_by_series() -> None:
    few = [heard(60 * minute, 1.0, site, source="files") for minute in range(5) for site in STATIONS[:2]]
    told = judged(few, NO_EXTRAS, until=at(3600))
    assert said(told, Kind.NO_DATA) == ["an-thoi firing", "cho-lach firing"]


@pytest.mark.parametrize("pause", [5 * MINUTE, HOUR, DAY])
def test_after_a_break_nobody_is_blamed_for_silence(pause: Micros) -> None:
    judge = Judge(CATALOGUE, Memory())
    before = rounds(0, 600)
    told = judge.take(entries(before)).transitions
    resumed = at(600) + pause
    turn = judge.resume(resumed)
    assert turn.pause is not None
    again = rounds(600 + pause / SECOND, 1200 + pause / SECOND)
    told += turn.transitions + judge.take([Entry(len(before) + n, one) for n, one in enumerate(again, 1)]).transitions
    assert told == []


def test_who_stays_silent_after_a_break_is_told() -> None:
    judge = Judge(CATALOGUE, Memory())
    before = rounds(0, 600)
    judge.take(entries(before))
    judge.resume(at(4200))
    lost = ("an-thoi", "salinity")
    again = rounds(4200, 4800, [lost])
    told = judge.take([Entry(len(before) + n, one) for n, one in enumerate(again, 1)]).transitions
    assert [(one.kind, one.site, one.at) for one in told] == [(Kind.NO_DATA, "an-thoi", at(4200 + 180))]


def test_a_source_that_stays_away_after_a_break_is_told_once() -> None:
    judge = Judge(CATALOGUE, Memory())
    judge.take(entries(rounds(0, 600)))
    judge.resume(at(4200))
    told = judge.advance(at(9000)).transitions
    assert [(one.kind, one.at) for one in told if one.revision] == [(Kind.SOURCE_DOWN, at(4380))]
