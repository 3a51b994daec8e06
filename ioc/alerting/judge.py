"""Judges the journal in its order: which samples break limits, which alerts move, which series fell silent.

Decides by the journal and the catalogue alone: reads no clock and no file. Whoever feeds the same entries, in whatever
batches, gets the same transitions in the same order.
"""

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

from msgspec.structs import replace

from ioc.alerting.lookup import Lookup
from ioc.alerting.measure import YEAR
from ioc.alerting.rules import NO_EXTRAS, THRESHOLDS, Extras, Limits, severity_of, slot, source_rule
from ioc.alerting.source import Cause, Source, Sources, look_into
from ioc.alerting.state import Figures, Outcome, close, expire, fall_silent, is_muted, silent, step, tell_late
from ioc.alerting.tape import Line
from ioc.alerting.track import NEVER, Track
from ioc.alerting.turn import AlertKey, Break, Heard, Memory, SeriesKey, Turn
from ioc.alerting.wider import Move, Wider
from ioc.model import Entry, Kind, Micros, Sample, Severity, Status

SILENCE = slot(Kind.NO_DATA, Severity.WARNING)
SOURCE = slot(Kind.SOURCE_DOWN, Severity.CRITICAL)
CLOSING = "closing"
LATERAL = frozenset({Kind.COUNT, Kind.SOURCE_DOWN})
"""Kinds whose alerts no sample of their own series moves."""


class Judge:
    """The state of all series and the deadlines to come; one caller at a time."""

    def __init__(self, limits: Limits, memory: Memory, extras: Extras = NO_EXTRAS) -> None:
        """Go on from `memory`; `limits` answers for the catalogue, `extras` for the rules beside it."""
        self._limits = limits
        self._extras = extras
        self._lookup = Lookup(limits, extras)
        self._wider = Wider(extras, memory.traces)
        self._sources = Sources(memory.sources)
        self._tracks: dict[SeriesKey, Track] = {}
        self._line = Line(memory.lap)
        self._deadlines: list[tuple[Micros, str, str, str]] = []
        self.cursor = memory.cursor
        self.horizon = memory.horizon
        self._known = memory.horizon
        self._recall(memory)

    def take(self, entries: Sequence[Entry]) -> Turn:
        """Judge the next entries of the journal; what was due before an entry arrived comes first."""
        turn = Turn(samples=len(entries))
        for entry in entries:
            self._elapse(entry.sample.received_at, turn)
            self._known = entry.sample.received_at
            self._hear(entry, turn)
            self.cursor = entry.seq
        return self._sealed(turn)

    def advance(self, horizon: Micros) -> Turn:
        """Let the deadlines up to `horizon` pass, before which nothing more will have been received."""
        turn = Turn()
        self._elapse(horizon, turn)
        return self._sealed(turn)

    def await_first(self, now: Micros) -> Turn:
        """From now on expect something of every series watched that was never heard of; let go of what has no rule."""
        turn = Turn()
        for series in self._limits.series(now):
            key = (series.site.id, series.indicator.id)
            silence = self._lookup.terms(key, now).silence
            track = self._tracks.get(key)
            if (track is None or track.heard is NEVER) and silence is not None:
                track = self._tracks[key] = track or Track()
                self._heard(key, track, Heard(at=None, received=now, due=now + silence.for_), turn)
                turn.awaited = now
        standing = [one for track in self._tracks.values() for one in track.standing.values()]
        for place, alert in [*self._wider.forsaken(standing), *self._lookup.unwatched(standing, now)]:
            self._settle(place, self._tracks[place[:2]], close(alert, now), turn)
        turn.traces |= self._wider.outdated(lambda key: self._limits.watched(*key, now) is not None, now - YEAR)
        return self._sealed(turn)

    def resume(self, now: Micros) -> Turn:
        """Listen again after a break: who is awaited has from now on all the time that the rule allows."""
        turn = Turn(pause=Break(self.horizon, now))
        for source in self._sources:
            source.received = max(source.received, now)
        for key, track in self._tracks.items():
            silence = None if track.heard.due is None else self._lookup.terms(key, now).silence
            if silence is not None:
                again = replace(track.heard, received=max(track.heard.received, now), due=now + silence.for_)
                self._heard(key, track, again, turn)
        self.horizon = max(self.horizon, now)
        return self._sealed(turn)

    def _recall(self, memory: Memory) -> None:
        for key, heard in memory.heard:
            track = self._tracks[key] = Track(heard, self._sources.named(heard.source))
            self._line.join(key, track)
            self._arm(key, track)
        for (site, indicator, place), alert in memory.alerts:
            track = self._tracks.setdefault((site, indicator), Track())
            track.alerts = track.standing | {place: alert}
            if alert.timer is not None:
                heappush(self._deadlines, (alert.timer.due, site, indicator, place))
            if place == SILENCE:
                track.source.hush((site, indicator), alert)
            if place == SOURCE:
                self._sources.named(indicator).is_down = True
            self._await_end((site, indicator), track, alert.at)
        for key, track in self._tracks.items():
            if track.alerts:
                self._wider.recount(key, track.alerts)

    def _sealed(self, turn: Turn) -> Turn:
        turn.cursor, turn.horizon = self.cursor, self.horizon
        turn.sources = self._sources.news()
        if turn.heard:
            turn.again, turn.lap = self._line.next(len(turn.heard)), self._line.lap
        return turn

    def _hear(self, entry: Entry, turn: Turn) -> None:
        sample = entry.sample
        key = (sample.site, sample.indicator)
        track = self._tracks.get(key) or self._tracks.setdefault(key, Track())
        source = self._hear_source(track.source, sample, turn)
        newest = track.heard.at
        overtaken = newest is not None and sample.at < newest
        terms = self._lookup.of_hour(key, track, sample.at)
        severity = severity_of(sample.value, terms.rules)
        if severity:
            turn.judged.append((entry.seq, severity))
        if overtaken or (terms.late_after is not None and sample.received_at - sample.at > terms.late_after):
            turn.late += 1
            if terms.is_wide:
                self._wider.recollect(key, terms, sample, turn)
            return
        span = None if terms.silence is None else terms.silence.for_
        if track.span is not span or track.source is not source:
            self._adopt(key, track, source, span)
        due = None if span is None else sample.received_at + span
        track.heard = turn.heard[key] = Heard(sample.at, sample.received_at, due, sample.source)
        if not track.armed:
            self._arm(key, track)
        if severity or track.alerts:
            self._step(key, track, sample, turn)
        if terms.is_wide:
            self._move(self._wider.observe(key, terms, sample, turn), turn)
            self._move(self._wider.weigh(key, sample.field, sample.at, self._known), turn)

    def _adopt(self, key: SeriesKey, track: Track, source: Source, span: Micros | None) -> None:
        if track.heard is NEVER:
            self._line.join(key, track)
        track.source.hushed.discard(key)
        track.join(source, span)

    def _hear_source(self, source: Source, sample: Sample, turn: Turn) -> Source:
        if source.name != sample.source:
            source = self._sources.named(sample.source)
        source.received = sample.received_at
        if source.is_down:
            self._source_up(source, sample, turn)
        return source

    def _step(self, key: SeriesKey, track: Track, sample: Sample, turn: Turn) -> None:
        rules = {rule.slot: rule for rule in (*track.terms.rules, track.terms.silence) if rule is not None}
        observed = {bound.rule.slot for bound in track.terms.extras}
        for place in sorted(rules.keys() | track.standing.keys()):
            alerts = track.standing
            if place in observed or (place in alerts and alerts[place].rule.kind in LATERAL):
                continue
            outcome = step(alerts.get(place), rules.get(place), sample, muted=is_muted(place, alerts))
            self._settle((*key, place), track, outcome, turn)

    def _move(self, moves: Iterable[Move], turn: Turn) -> None:
        for key, rule, measured, figures in moves:
            track = self._tracks.setdefault((key[0], key[1]), Track())
            alerts = track.standing
            outcome = step(alerts.get(key[2]), rule, measured, muted=is_muted(key[2], alerts), figures=figures)
            self._settle(key, track, outcome, turn)

    def _heard(self, key: SeriesKey, track: Track, heard: Heard, turn: Turn) -> None:
        if track.heard is NEVER:
            self._line.join(key, track)
        track.heard = turn.heard[key] = heard
        track.join(track.source, heard.span)
        self._arm(key, track)

    def _arm(self, key: SeriesKey, track: Track) -> None:
        if track.heard.due is not None and not track.armed:
            track.armed = True
            heappush(self._deadlines, (track.heard.due, *key, SILENCE))

    def _settle(self, key: AlertKey, track: Track, outcome: Outcome, turn: Turn) -> None:
        alerts = track.alerts if track.alerts is not None else {}
        before, (after, transitions) = alerts.get(key[2]), outcome
        if before == after and not transitions:
            return
        turn.alerts[key] = after
        turn.transitions += transitions
        turn.known += [self._known] * len(transitions)
        if before is None and after is not None:
            self._await_end((key[0], key[1]), track, after.at)
        if after is None:
            alerts.pop(key[2], None)
        else:
            alerts[key[2]] = after
            if after.timer is not None and (before is None or before.timer != after.timer):
                heappush(self._deadlines, (after.timer.due, *key))
        track.alerts = alerts or None
        for told in transitions:
            if told.kind is Kind.NO_DATA:
                track.source.hush((key[0], key[1]), after)
            if told.kind in THRESHOLDS and Status.FIRING in (told.before, told.after):
                self._wider.recount((key[0], key[1]), track.standing)
                self._move(self._wider.weigh((key[0], key[1]), told.field, told.at, self._known), turn)

    def _await_end(self, key: SeriesKey, track: Track, at: Micros) -> None:
        end = self._limits.watched_until(*key, at)
        if end is not None and end != track.ends:
            track.ends = end
            heappush(self._deadlines, (end, *key, CLOSING))

    def _end(self, key: SeriesKey, track: Track, at: Micros, turn: Turn) -> None:
        track.ends = None
        for place, alert in sorted(track.standing.items()):
            self._settle((*key, place), track, close(alert, at), turn)

    def _elapse(self, horizon: Micros, turn: Turn) -> None:
        self.horizon = max(self.horizon, horizon)
        while self._deadlines and self._deadlines[0][0] <= horizon:
            due, site, indicator, place = heappop(self._deadlines)
            self._known = due
            track = self._tracks[site, indicator]
            if place in (CLOSING, SILENCE):
                (self._end if place == CLOSING else self._fall_silent)((site, indicator), track, due, turn)
                continue
            alerts = track.standing
            alert = alerts.get(place)
            if alert is not None and alert.timer is not None and alert.timer.due == due:
                outcome = expire(alert, muted=is_muted(place, alerts))
                self._settle((site, indicator, place), track, outcome, turn)

    def _fall_silent(self, key: SeriesKey, track: Track, due: Micros, turn: Turn) -> None:
        # Every sample moves the deadline; moving it in the heap only when it comes up costs next to nothing.
        track.armed = False
        if track.heard.due != due:
            self._arm(key, track)
            return
        heard, source, terms = track.heard, track.source, self._lookup.terms(key, due)
        self._heard(key, track, replace(heard, due=None), turn)
        if terms.silence is None:
            return
        finding = look_into(source, heard, terms.silence.for_, due)
        if finding.cause is Cause.UNSURE:
            self._heard(key, track, replace(heard, due=source.received + finding.patience), turn)
            return
        if finding.cause is Cause.SOURCE and not source.is_down:
            self._source_down(source, finding.patience, key, turn)
        alert = track.standing.get(SILENCE)
        if alert is None:
            self._settle(
                (*key, SILENCE), track, fall_silent(*key, terms, heard.received, due, muted=source.is_down), turn
            )
        elif alert.revision == 0 and not source.is_down:
            self._settle((*key, SILENCE), track, tell_late(alert, due), turn)

    def _source_down(self, source: Source, patience: Micros, last: SeriesKey, turn: Turn) -> None:
        key: SeriesKey = (self._extras.root, source.name)
        awaited = [name for name, one in self._tracks.items() if one.source is source and one.span is not None]
        rule = source_rule(patience, self._lookup.reach([last, *awaited], self._known))
        track = self._tracks.setdefault(key, Track())
        outcome = silent(key, "", rule, source.received, source.received + patience)
        self._settle((*key, SOURCE), track, outcome, turn)
        source.is_down = True

    def _source_up(self, source: Source, sample: Sample, turn: Turn) -> None:
        key: SeriesKey = (self._extras.root, source.name)
        source.is_down = False
        now = sample.received_at
        heard = replace(sample, site=key[0], indicator=key[1], at=now)
        self._move([Move((*key, SOURCE), None, heard, Figures())], turn)
        for name in sorted(source.hushed):
            track, silence = self._tracks[name], self._lookup.terms(name, now).silence
            if silence is not None:
                self._heard(name, track, replace(track.heard, received=now, due=now + silence.for_), turn)
