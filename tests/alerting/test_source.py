"""Whether a series fell silent alone or with its source: found as by a walk over all series, without the walk."""

import random
from collections import Counter
from collections.abc import ItemsView, Iterator, Sequence, ValuesView

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ioc.alerting.judge import SILENCE, Judge
from ioc.alerting.source import Source
from ioc.alerting.spans import IDLE_KEPT, Spans
from ioc.alerting.state import Alert
from ioc.alerting.track import Track
from ioc.alerting.turn import Memory, SeriesKey, Turn
from ioc.incidents.model import Match
from ioc.model import Detail, Entry, Kind, Micros, Sample, Severity, Status
from tests.alerting.bed import SmallCatalogue, at, entries, limit, remember, sample
from tests.alerting.wide_bed import STATIONS, catalogue
from tests.incidents.bed import RULES, Bench

SOURCES = ("mqtt", "files", "")
MIXED = catalogue(cadence="5min")
"""Levels every minute, salinity every five."""


class WalkedSpans(Spans):
    """What the source's spans are by a walk over all series."""

    def __init__(self, kept: Spans, found: Sequence[Micros]) -> None:
        super().__init__()
        self._kept = kept
        self._found = found

    def add(self, span: Micros) -> None:
        self._kept.add(span)

    def remove(self, span: Micros) -> None:
        self._kept.remove(span)

    def shortest(self, most: int) -> list[Micros]:
        return sorted(self._found)[:most]


class WalkingJudge(Judge):
    """Finds by a walk over all series what the judge keeps."""

    def _fall_silent(self, key: SeriesKey, track: Track, due: Micros, turn: Turn) -> None:
        source = track.source
        kept = source.spans
        others = (one for one in self._tracks.values() if one.source is source and one is not track)
        source.spans = WalkedSpans(kept, [one.heard.due - one.heard.received for one in others if one.heard.due])
        super()._fall_silent(key, track, due, turn)
        source.spans = kept

    def _source_up(self, source: Source, sample: Sample, turn: Turn) -> None:
        source.hushed = {name for name, track in self._tracks.items() if track.source is source and _is_hushed(track)}
        super()._source_up(source, sample, turn)


def _is_hushed(track: Track) -> bool:
    alert: Alert | None = track.standing.get(SILENCE)
    return alert is not None and alert.revision == 0


def history(dice: random.Random) -> Iterator[Sample | Micros]:
    """Samples of sources that die and come back, of series that change hands; between them times at which to look."""
    seconds, alive = 0.0, dict.fromkeys(SOURCES, True)
    home = {(site, what): dice.choice(SOURCES) for site in STATIONS for what in ("salinity", "water-level")}
    for _ in range(40):
        for name in dice.sample(SOURCES, dice.choice([0, 0, 1, 2])):
            alive[name] = dice.random() < 0.6
        for key in dice.sample(sorted(home), dice.randint(1, 8)):
            if dice.random() < 0.1:
                home[key] = dice.choice(SOURCES)
            if alive[home[key]]:
                seconds += dice.choice([0, 1, 5])
                measured = seconds - dice.choice([0, 0, 0, 400])
                one = sample(measured, dice.choice([1.0, 2.0, 11.0]), received=seconds, site=key[0], indicator=key[1])
                yield replace(one, source=home[key])
        seconds += dice.choice([1, 20, 60, 170, 200, 800])
        yield at(seconds)


def turns(judge: Judge, seed: int) -> list[Turn]:
    """What a history makes a judge do, with restarts and breaks."""
    dice, number, found = random.Random(seed), 0, [judge.await_first(at(0))]
    memory = remember(Memory(), found[0])
    for one in history(dice):
        if isinstance(one, Sample):
            number += 1
            found.append(judge.take([Entry(number, one)]))
        elif dice.random() < 0.1:
            found.append(judge.resume(max(one, judge.horizon)))
        else:
            found.append(judge.advance(one))
        memory = remember(memory, found[-1])
        if dice.random() < 0.05:
            judge = type(judge)(MIXED, memory)
    return found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_whatever_happens_a_walk_over_all_series_finds_the_same(seed: int) -> None:
    assert turns(Judge(MIXED, Memory()), seed) == turns(WalkingJudge(MIXED, Memory()), seed)


def test_the_histories_hold_every_case() -> None:
    told: Counter[tuple[Kind, Status, bool]] = Counter()
    for seed in range(40):
        for turn in turns(Judge(MIXED, Memory()), seed):
            told.update((one.kind, one.after, one.revision > 0) for one in turn.transitions)
    silences = [
        (Kind.NO_DATA, after, is_told) for after in (Status.FIRING, Status.RESOLVED) for is_told in (True, False)
    ]
    ends = [(Kind.SOURCE_DOWN, after, True) for after in (Status.FIRING, Status.RESOLVED)]
    assert min(told[case] for case in (*silences, *ends)) >= 10


class Walked(dict[SeriesKey, Track]):
    """Series that count how often somebody walks over all of them."""

    walks = 0

    def items(self) -> ItemsView[SeriesKey, Track]:
        self.walks += 1
        return super().items()

    def values(self) -> ValuesView[Track]:
        self.walks += 1
        return super().values()


def test_a_source_that_dies_and_comes_back_costs_one_walk_over_all_series() -> None:
    sites = [f"site-{number:03}" for number in range(200)]
    judge = Judge(SmallCatalogue([limit()], sites), Memory())
    heard = [sample(number / 100, 1.0, site=site, received=number / 100) for number, site in enumerate(sites)]
    samples = [replace(one, source="mqtt") for one in heard]
    again = [replace(one, at=at(900), received_at=at(900)) for one in samples]
    judge.take(entries(samples))
    tracks = judge._tracks = Walked(judge._tracks)
    told = judge.advance(at(600)).transitions + judge.take(entries(again)).transitions
    assert Counter((one.kind, one.severity, one.after) for one in told) == {
        (Kind.SOURCE_DOWN, Severity.CRITICAL, Status.FIRING): 1,
        (Kind.SOURCE_DOWN, Severity.CRITICAL, Status.RESOLVED): 1,
        (Kind.NO_DATA, Severity.WARNING, Status.FIRING): 200,
        (Kind.NO_DATA, Severity.WARNING, Status.RESOLVED): 200,
    }
    assert tracks.walks == 1


def test_the_alert_of_a_source_says_where_its_series_lie() -> None:
    judge = Judge(MIXED, Memory())
    away = "cho-lach"
    of = [*((site, "water-level") for site in STATIONS), ("an-thoi", "salinity")]
    heard = [sample(0, 1.0, site=site, indicator=what, received=0) for site, what in of]
    judge.take(entries([replace(one, source="files" if one.site == away else "mqtt") for one in heard]))
    back = replace(heard[0], at=at(600), received_at=at(600), source="mqtt")
    told = [*judge.advance(at(600)).transitions, *judge.take([Entry(9, back)]).transitions]
    where = Detail(sites=tuple(sorted({*STATIONS} - {away})), fields=("environment",))
    details = [(one.after, one.detail) for one in told if one.kind is Kind.SOURCE_DOWN]
    assert details == [(Status.FIRING, where), (Status.RESOLVED, where)]


@pytest.mark.parametrize(("sites", "is_told"), [(STATIONS, False), (["p"], False), (STATIONS[1:], True)])
def test_planned_work_at_all_sites_of_a_source_keeps_its_silence_back(sites: list[str], *, is_told: bool) -> None:
    judge = Judge(MIXED, Memory())
    heard = [sample(0, 1.0, site=site, indicator="water-level", received=0) for site in STATIONS]
    silent = judge.take(entries([replace(one, source="mqtt") for one in heard])), judge.advance(at(600))
    bench = Bench(RULES._replace(lineage=lambda site: frozenset({site, "p"})))
    bench.silence(60, Match(sites=tuple(sites)), is_maintenance=True)
    bench.take(*(one for turn in silent for one in turn.transitions))
    assert [one.transition.kind for one in bench.sent] == ([Kind.SOURCE_DOWN] if is_told else [])


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans())), st.integers(0, 4))
def test_the_shortest_are_those_of_a_sorted_list(steps: list[tuple[int, bool]], most: int) -> None:
    spans, plain = Spans(), list[int]()
    for span, is_added in steps:
        if is_added:
            spans.add(span)
            plain.append(span)
        elif span in plain:
            spans.remove(span)
            plain.remove(span)
        assert spans.shortest(most) == sorted(plain)[:most]


@pytest.mark.parametrize("is_asked", [False, True])
def test_lengths_that_come_and_go_take_no_more_room(*, is_asked: bool) -> None:
    spans = Spans()
    spans.add(1)
    for span in range(2, 2000):
        spans.add(span)
        spans.remove(span)
        if is_asked:
            assert spans.shortest(2) == [1]
    assert len(spans._heap) == len(spans._counts) <= 2 * IDLE_KEPT + 3
