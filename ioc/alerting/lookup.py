"""What a series is judged by at a time, found in the catalogue and the extra rules once a local hour. Pure."""

from collections.abc import Collection

from ioc.alerting.rules import Extras, Limits, Terms, terms_at
from ioc.alerting.track import Track
from ioc.alerting.turn import SeriesKey
from ioc.model import HOUR, Detail, Micros

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

    def reach(self, series: Collection[SeriesKey], at: Micros) -> Detail:
        """Where these series lie: their sites, and the fields of their indicators."""
        fields: dict[str, str] = {}
        for key in series:
            if not fields.get(key[1]):
                fields[key[1]] = self.terms(key, at).field
        return Detail(
            sites=tuple(sorted({site for site, _ in series})), fields=tuple(sorted(set(fields.values()) - {""}))
        )
