"""Judges the journal in its order: which samples break limits, which alerts move, which series fell silent.

Decides by the journal and the catalogue alone: reads no clock and no file. Whoever feeds the same entries, in whatever
batches, gets the same transitions in the same order.
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from ioc.alerting.rules import Limits, Terms, severity_of, slot, terms_at
from ioc.alerting.state import Alert, Outcome, expire, fall_silent, is_muted, step
from ioc.alerting.turn import AlertKey, Heard, Memory, SeriesKey, Turn
from ioc.model import HOUR, Entry, Kind, Micros, Sample, Severity

SILENCE = slot(Kind.NO_DATA, Severity.WARNING)
NEVER = Heard(at=None, received=0, due=None)


class Track:
    """A series on watch: when it was heard, its active alerts by slot, and the terms of the local hour last judged."""

    __slots__ = ("alerts", "armed", "heard", "hour", "terms")

    def __init__(self, heard: Heard = NEVER) -> None:
        """`armed`: whether the heap holds a deadline of its silence."""
        self.heard = heard
        self.armed = False
        self.hour = -1
        self.terms = Terms()
        self.alerts: dict[str, Alert] | None = None


class Judge:
    """The state of all series and the deadlines to come; one caller at a time."""

    def __init__(self, limits: Limits, memory: Memory) -> None:
        """Go on from `memory`; `limits` answers for the catalogue."""
        self._limits = limits
        self._tracks: dict[SeriesKey, Track] = {}
        self._deadlines: list[tuple[Micros, str, str, str]] = []
        self._shared: dict[Terms, Terms] = {}
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
        """From now on expect something of every series watched that has never been heard of."""
        turn = Turn()
        for series in self._limits.series(now):
            key = (series.site.id, series.indicator.id)
            silence = self._terms(key, now).silence
            if key not in self._tracks and silence is not None:
                track = self._tracks[key] = Track()
                self._heard(key, track, Heard(at=None, received=now, due=now + silence.for_), turn)
                turn.awaited = now
        return self._sealed(turn)

    def _recall(self, memory: Memory) -> None:
        for key, heard in memory.heard:
            track = self._tracks[key] = Track(heard)
            if heard.due is not None:
                track.armed = True
                self._deadlines.append((heard.due, *key, SILENCE))
        for (site, indicator, place), alert in memory.alerts:
            track = self._tracks.setdefault((site, indicator), Track())
            track.alerts = (track.alerts or {}) | {place: alert}
            if alert.timer is not None:
                self._deadlines.append((alert.timer.due, site, indicator, place))
        heapify(self._deadlines)

    def _sealed(self, turn: Turn) -> Turn:
        turn.cursor, turn.horizon = self.cursor, self.horizon
        return turn

    def _hear(self, entry: Entry, turn: Turn) -> None:
        sample = entry.sample
        key = (sample.site, sample.indicator)
        track = self._tracks.get(key)
        if track is None:
            track = self._tracks[key] = Track()
        newest = track.heard.at
        overtaken = newest is not None and sample.at < newest
        terms = self._terms_of_hour(key, track, sample.at)
        severity = severity_of(sample.value, terms.rules)
        if severity:
            turn.judged.append((entry.seq, severity))
        if overtaken or (terms.late_after is not None and sample.received_at - sample.at > terms.late_after):
            turn.late += 1
            return
        due = None if terms.silence is None else sample.received_at + terms.silence.for_
        self._heard(key, track, Heard(sample.at, sample.received_at, due), turn)
        if severity or track.alerts:
            self._step(key, track, sample, turn)

    def _step(self, key: SeriesKey, track: Track, sample: Sample, turn: Turn) -> None:
        rules = {rule.slot: rule for rule in (*track.terms.rules, track.terms.silence) if rule is not None}
        for place in sorted(rules.keys() | (track.alerts or {}).keys()):
            alerts = track.alerts or {}
            outcome = step(alerts.get(place), rules.get(place), sample, muted=is_muted(place, alerts))
            self._settle((*key, place), track, outcome, turn)

    def _heard(self, key: SeriesKey, track: Track, heard: Heard, turn: Turn) -> None:
        track.heard = turn.heard[key] = heard
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
        if after is None:
            alerts.pop(key[2], None)
        else:
            alerts[key[2]] = after
            if after.timer is not None and (before is None or before.timer != after.timer):
                heappush(self._deadlines, (after.timer.due, *key))
        track.alerts = alerts or None

    def _elapse(self, horizon: Micros, turn: Turn) -> None:
        self.horizon = max(self.horizon, horizon)
        while self._deadlines and self._deadlines[0][0] <= horizon:
            due, site, indicator, place = heappop(self._deadlines)
            self._known = due
            track = self._tracks[site, indicator]
            if place == SILENCE:
                self._fall_silent((site, indicator), track, due, turn)
                continue
            alerts = track.alerts or {}
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
        self._heard(key, track, Heard(track.heard.at, track.heard.received, None), turn)
        self._settle((*key, SILENCE), track, fall_silent(*key, self._terms(key, due), track.heard.received), turn)

    def _terms_of_hour(self, key: SeriesKey, track: Track, at: Micros) -> Terms:
        hour = at // HOUR
        if track.hour != hour:
            track.terms, track.hour = self._terms(key, at), hour
        return track.terms

    def _terms(self, key: SeriesKey, at: Micros) -> Terms:
        terms = terms_at(self._limits, *key, at)
        return self._shared.setdefault(terms, terms)
