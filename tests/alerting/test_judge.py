"""The order of the journal decides, however it is cut into batches and whoever is restarted."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.spec import Limit
from ioc.alerting.judge import Judge
from ioc.alerting.turn import Memory
from ioc.model import DAY, HOUR, MINUTE, SECOND, Kind, Micros, Sample, Severity, Status, Transition
from tests.alerting.bed import T0, SmallCatalogue, at, entries, indicator, limit, remember, sample

PATIENCE = 180  # seconds of silence allowed to an indicator due every minute


def judged(samples: Sequence[Sample], *limits: Limit, until: Micros | None = None) -> list[Transition]:
    """All transitions about these samples, and those of timers up to `until`."""
    judge = Judge(SmallCatalogue(limits or [limit()]), Memory())
    told = judge.take(entries(samples)).transitions
    return told if until is None else told + judge.advance(until).transitions


def path(told: Iterable[Transition]) -> str:
    return "=>".join(["ok", *(move.after for move in told)])


def test_a_timer_due_before_an_entry_arrived_comes_first() -> None:
    told = judged([sample(0, 11.0), sample(2, 8.0, received=61)], limit(keep_firing_for=0))
    assert path(told) == "ok=>pending=>firing=>resolved"
    assert [move.at for move in told] == [at(0), at(61), at(61)]


def test_a_timer_due_after_an_entry_arrived_comes_too_late() -> None:
    assert path(judged([sample(0, 11.0), sample(2, 8.0, received=60.9)])) == "ok=>pending=>ok"


def test_a_timer_of_one_series_runs_out_by_the_entries_of_another() -> None:
    told = judged([sample(0, 11.0), sample(70, 1.0, indicator="turbidity")])
    assert path(told) == "ok=>pending=>firing"


def test_keep_firing_ends_by_receipt_when_the_series_is_silent() -> None:
    told = judged([sample(0, 11.0), sample(5, 1.0)], limit(for_=0), until=at(36))
    assert [(move.after, move.at) for move in told] == [(Status.FIRING, at(0)), (Status.RESOLVED, at(36))]


def test_a_timer_that_was_cancelled_does_nothing() -> None:
    samples = [sample(0, 11.0), sample(5, 1.0), sample(6, 11.0)]
    assert path(judged(samples, limit(for_=0), until=at(100))) == "ok=>firing"


def test_two_limits_are_two_alerts() -> None:
    told = judged([sample(0, 11.0)], limit(for_=0), limit(for_=0, value=5.0, severity=Severity.WARNING, id="warn"))
    assert [(move.severity, move.rule) for move in told] == [
        (Severity.CRITICAL, "salinity-high"),
        (Severity.WARNING, "warn"),
    ]
    assert len({move.incident for move in told}) == 2


@pytest.mark.parametrize("value", [1.0, 50.0])
def test_a_late_sample_changes_no_alert(value: float) -> None:
    before = [sample(0, 11.0), sample(60, 11.0)]
    assert judged([*before, sample(-1, value, received=70)]) == judged(before)


def test_a_correction_for_the_same_time_counts() -> None:
    told = judged([sample(0, 11.0), sample(0, 1.0, received=10)], limit(for_=0, keep_firing_for=0))
    assert path(told) == "ok=>firing=>resolved"


def test_a_late_sample_still_gets_its_severity() -> None:
    judge = Judge(SmallCatalogue([limit()]), Memory())
    turn = judge.take(entries([sample(100, 1.0), sample(50, 50.0, received=102)]))
    assert turn.judged == [(2, Severity.CRITICAL)]
    assert turn.late == 1


def test_a_late_sample_does_not_end_silence() -> None:
    told = judged([sample(0, 1.0), sample(-5, 1.0, received=100), sample(200, 1.0)])
    assert path(told) == "ok=>firing=>resolved"


def test_a_first_sample_older_than_a_week_raises_no_alert() -> None:
    week = 7 * DAY // SECOND
    assert judged([sample(0, 99.0, received=week + 1)], limit(for_=0)) == []
    assert path(judged([sample(0, 99.0, received=week)], limit(for_=0))) == "ok=>firing"


def test_a_monthly_statistic_is_judged_however_late() -> None:
    catalogue = SmallCatalogue([limit(for_=0)], indicators=[indicator(cadence="1mo")])
    turn = Judge(catalogue, Memory()).take(entries([sample(0, 99.0, received=60 * DAY // SECOND)]))
    assert path(turn.transitions) == "ok=>firing"


def test_the_same_sample_twice_is_as_good_as_once() -> None:
    once = [sample(0, 11.0), sample(60, 11.0), sample(70, 1.0), sample(100, 1.0)]
    twice = [one for one in once for _ in range(2)]
    assert judged(twice) == judged(once)


def test_silence_is_told_when_due_and_over_with_the_next_sample() -> None:
    told = judged([sample(0, 1.0), sample(500, 0.0)])
    assert [(move.kind, move.after, move.since, move.at) for move in told] == [
        (Kind.NO_DATA, Status.FIRING, at(1), at(1 + PATIENCE)),
        (Kind.NO_DATA, Status.RESOLVED, at(1), at(500)),
    ]


def test_silence_counts_from_the_last_sample() -> None:
    regular = [sample(60 * i, 1.0) for i in range(20)]
    last = 60 * 19 + 1 + PATIENCE
    assert judged(regular, until=at(last) - 1) == []
    (told,) = judged(regular, until=at(last))
    assert told.at == at(last)


def test_silence_of_a_closed_site_is_no_alert() -> None:
    judge = Judge(SmallCatalogue(closes={"an-thoi": at(100)}), Memory())
    judge.take(entries([sample(0, 1.0)]))
    assert judge.advance(at(1000)).transitions == []


def test_a_series_never_heard_of_is_awaited_from_the_first_start() -> None:
    judge = Judge(SmallCatalogue(sites=["an-thoi", "cho-lach"]), Memory())
    memory = remember(Memory(), judge.await_first(T0))
    memory = remember(memory, judge.take(entries([sample(150, 1.0)])))
    restarted = Judge(SmallCatalogue(sites=["an-thoi", "cho-lach"]), memory)
    assert restarted.await_first(at(160)).is_empty
    (told,) = restarted.advance(at(300)).transitions
    assert (told.site, told.since, told.at) == ("cho-lach", T0, at(PATIENCE))


def test_limits_of_certain_hours_end_with_the_hour() -> None:
    # 2024-06-01T00:00Z is 07:00 in Vietnam.
    day_only = limit(for_=0, keep_firing_for=0, hours=(7, 8))
    told = judged([sample(0, 11.0), sample(3599, 11.0), sample(3600, 11.0), sample(3660, 11.0)], day_only)
    assert [(move.after, move.at) for move in told if move.kind is Kind.ABOVE] == [
        (Status.FIRING, at(0)),
        (Status.RESOLVED, at(3600)),
    ]


def test_a_late_sample_is_coloured_by_the_limits_of_its_own_hour() -> None:
    judge = Judge(SmallCatalogue([limit(hours=(7, 8))]), Memory())
    turn = judge.take(entries([sample(3600, 11.0), sample(3599, 11.0, received=3602), sample(3603, 11.0)]))
    assert turn.judged == [(2, Severity.CRITICAL)]


def test_limits_are_looked_up_once_an_hour() -> None:
    catalogue = SmallCatalogue([limit()])
    Judge(catalogue, Memory()).take(entries([sample(10 * i, 1.0) for i in range(2 * HOUR // SECOND // 10)]))
    assert catalogue.asked == 2


WARN = {"id": "warn", "value": 5.0, "severity": Severity.WARNING, "for_": 0, "keep_firing_for": 0}
CRITICAL = {"for_": 0, "keep_firing_for": 0}

# What is told of a warning above 5 and a critical above 10 (clear at 3 and 8), by the values that arrive.
TOLD = [
    ([12.0], "critical firing"),
    ([12.0, 1.0], "critical firing, critical resolved"),
    ([6.0, 12.0], "warning firing, critical firing"),
    ([6.0, 12.0, 1.0], "warning firing, critical firing, critical resolved, warning resolved"),
    ([12.0, 9.0, 12.0], "critical firing"),
    ([12.0, 6.0], "critical firing, critical resolved, warning firing"),
    ([12.0, 6.0, 1.0], "critical firing, critical resolved, warning firing, warning resolved"),
    (
        [12.0, 6.0, 12.0, 1.0],
        "critical firing, critical resolved, warning firing, critical firing, critical resolved, warning resolved",
    ),
    ([12.0, 4.0, 1.0], "critical firing, critical resolved"),
    ([12.0, 4.0, 6.0], "critical firing, critical resolved, warning firing"),
]


@pytest.mark.parametrize(("values", "expected"), TOLD)
def test_a_critical_mutes_the_warning_beside_it(values: list[float], expected: str) -> None:
    told = judged([sample(10 * i, value) for i, value in enumerate(values)], limit(**CRITICAL), limit(**WARN))
    said = [f"{move.severity.name.lower()} {move.after}" for move in told if move.revision]
    assert ", ".join(said) == expected


def test_a_muted_warning_is_logged() -> None:
    told = judged([sample(0, 12.0), sample(10, 1.0)], limit(**CRITICAL), limit(**WARN))
    muted = [(move.before, move.after, move.revision) for move in told if move.severity is Severity.WARNING]
    assert muted == [(Status.OK, Status.FIRING, 0), (Status.FIRING, Status.RESOLVED, 0)]


def test_a_warning_is_told_late_since_it_began() -> None:
    told = judged([sample(0, 12.0), sample(10, 6.0)], limit(**CRITICAL), limit(**WARN))
    (late,) = [move for move in told if move.severity is Severity.WARNING and move.revision]
    assert (late.before, late.after, late.since, late.at, late.value) == (
        Status.FIRING,
        Status.FIRING,
        at(0),
        at(10),
        6.0,
    )


@pytest.mark.parametrize("cause", [{"kind": Kind.BELOW, "value": 20.0}, {"site": "cho-lach"}, {"for_": 60 * SECOND}])
def test_only_a_critical_that_fires_on_the_same_side_of_the_same_series_mutes(cause: dict[str, object]) -> None:
    told = judged([sample(0, 12.0)], limit(**CRITICAL | cause), limit(**WARN))
    assert [move.after for move in told if move.severity is Severity.WARNING and move.revision] == [Status.FIRING]


def test_timers_that_run_out_together_mute_too() -> None:
    waits = {"for_": 60 * SECOND, "keep_firing_for": 30 * SECOND}
    told = judged([sample(0, 12.0), sample(70, 1.0)], limit(**waits), limit(**WARN | waits), until=at(150))
    assert [(move.severity, move.after) for move in told if move.revision] == [
        (Severity.CRITICAL, Status.FIRING),
        (Severity.CRITICAL, Status.RESOLVED),
    ]


# Journals of three series: who, how much later it is measured, its delay, its value; 15 is a breach, 9 in between.
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["an-thoi", "cho-lach", "giong-trom"]),
        st.integers(-30, 90) | st.just(0),
        st.integers(0, 45),
        st.sampled_from([0.0, 9.0, 15.0, 15.0]),
    ),
    min_size=1,
    max_size=60,
)
LIMITS = st.tuples(st.sampled_from([0, 40, 90]), st.sampled_from([0, 50]))


def recorded(events: Iterable[tuple[str, int, int, float]]) -> list[Sample]:
    """As the journal would keep them: receipts in order, no sample twice."""
    samples: dict[object, Sample] = {}
    measured = received = 0
    for place, later, delay, value in events:
        measured += later
        received = max(received, measured + delay)
        samples.setdefault((place, measured, value), sample(measured, value, received=received, site=place))
    return list(samples.values())


def catalogue(for_: int, keep: int) -> SmallCatalogue:
    waits = {"for_": for_ * SECOND, "keep_firing_for": keep * SECOND}
    return SmallCatalogue(
        [limit(**waits), limit(**waits, id="warn", severity=Severity.WARNING, value=8.5, hysteresis=1.0)],
        sites=["an-thoi", "cho-lach", "giong-trom"],
    )


def replayed(book: SmallCatalogue, samples: Sequence[Sample], cuts: Sequence[int], idle: int) -> list[Transition]:
    """All transitions, with a restart and an idle tick after every batch."""
    told, memory, rest = [], Memory(), entries(samples)
    first = Judge(book, memory).await_first(T0)
    memory = remember(memory, first)
    for size in [*cuts, len(rest)]:
        judge = Judge(book, memory)
        batch, rest = rest[:size], rest[size:]
        turn = judge.take(batch)
        memory, told = remember(memory, turn), told + turn.transitions
        # A tick may go as far as just before the next receipt; at the end as far as it likes.
        limit_of_tick = rest[0].sample.received_at - 1 if rest else at(10**6)
        turn = judge.advance(min(limit_of_tick, judge.horizon + idle * SECOND) if rest else limit_of_tick)
        memory, told = remember(memory, turn), told + turn.transitions
    return told


@settings(max_examples=150, deadline=None)
@given(EVENTS, LIMITS, st.lists(st.integers(1, 9), max_size=12), st.integers(0, 200))
def test_any_batching_with_restarts_and_ticks_gives_the_same_log(
    events: list[tuple[str, int, int, float]], shape: tuple[int, int], cuts: list[int], idle: int
) -> None:
    samples, book = recorded(events), catalogue(*shape)
    assert replayed(book, samples, cuts, idle) == replayed(book, samples, [], 0)


@settings(max_examples=150, deadline=None)
@given(EVENTS, LIMITS)
def test_every_alert_keeps_the_laws(events: list[tuple[str, int, int, float]], shape: tuple[int, int]) -> None:
    chains: dict[tuple[str, Kind, Severity], list[Transition]] = {}
    names, burning = set(), set()
    for told in replayed(catalogue(*shape), recorded(events), [], 0):
        chains.setdefault((told.site, told.kind, told.severity), []).append(told)
        if told.severity is Severity.CRITICAL:
            (burning.add if told.after is Status.FIRING else burning.discard)(told.site)
        elif told.kind is Kind.ABOVE and told.after is Status.FIRING:
            assert bool(told.revision) is (told.site not in burning)
        if told.revision:
            assert (told.incident, told.revision) not in names
            names.add((told.incident, told.revision))
    for (_, kind, _), chain in chains.items():
        _check(chain, for_=shape[0] * SECOND if kind is Kind.ABOVE else 3 * MINUTE)


def _check(chain: list[Transition], for_: Micros) -> None:
    stands, alert_time, revision = Status.OK, None, 0
    for told in chain:
        assert told.before == stands
        assert told.at >= told.since
        assert alert_time is None or told.before is Status.OK or told.at >= alert_time
        if told.after is Status.FIRING:
            assert told.at >= told.since + for_
            assert told.revision in (0, 1)
            assert told.before is not Status.FIRING or (revision, told.revision) == (0, 1)
        if told.after is Status.RESOLVED:
            assert told.before is Status.FIRING
            assert told.revision == (2 if revision else 0)
        alert_time, revision = told.at, told.revision
        stands = Status.OK if told.after is Status.RESOLVED else told.after
