"""What a series is judged by at a time, found in the catalogue and the extra rules once a local hour. Pure."""

from collections.abc import Collection, Iterable

from ioc.alerting.rules import THRESHOLDS, Extras, Limits, Terms, terms_at
from ioc.alerting.state import Alert
from ioc.alerting.track import Track
from ioc.alerting.turn import AlertKey, SeriesKey
from ioc.model import HOUR, Detail, Kind, Micros

OF_A_SERIES = THRESHOLDS | {Kind.NO_DATA, Kind.RISING, Kind.FALLING, Kind.STUCK, Kind.GAP}
"""Kinds whose alerts stand on the series that they are about."""
MOST_SHARED = 10_000
"""Terms kept to be shared; beyond it one begins anew, since some hold for an hour only and never come again."""


class Lookup:
    """Of all series; equal terms are one object, which saves room and no more."""

    def __init__(self, limits: Limits, extras: Extras) -> None:
        """Nothing is looked up yet."""
        self._limits = limits
        self._extras = extras
        self._shared: dict[Terms, Terms] = {}

    def terms(self, key: SeriesKey, at: Micros) -> Terms:
        """The terms of a series at any time."""
        terms = terms_at(self._limits, *key, at, self._extras)
        if len(self._shared) >= MOST_SHARED:
            self._shared.clear()
        return self._shared.setdefault(terms, terms)

    def of_hour(self, key: SeriesKey, track: Track, at: Micros) -> Terms:
        """The same, remembered by the series for its next samples."""
        hour = at // HOUR
        if track.hour != hour:
            track.terms, track.hour = self.terms(key, at), hour
        return track.terms

    def unwatched(self, alerts: Iterable[Alert], now: Micros) -> list[tuple[AlertKey, Alert]]:
        """Those of series that the catalogue does not know of, nor when they last moved: no sample will end them."""
        found = [
            ((one.site, one.indicator, one.rule.slot), one)
            for one in alerts
            if one.rule.kind in OF_A_SERIES
            and all(self._limits.watched(one.site, one.indicator, at) is None for at in (now, one.at))
        ]
        return sorted(found, key=lambda place: place[0])

    def reach(self, series: Collection[SeriesKey], at: Micros) -> Detail:
        """Where these series lie: their sites, and the fields of their indicators."""
        fields: dict[str, str] = {}
        for key in series:
            if not fields.get(key[1]):
                fields[key[1]] = self.terms(key, at).field
        return Detail(
            sites=tuple(sorted({site for site, _ in series})), fields=tuple(sorted(set(fields.values()) - {""}))
        )
