"""The rules that look at more than one value or more than one site: which alerts a sample or a transition may move.

Keeps what such rules have seen of their series, and which sites are in the state that a rule counts; the latter is
rebuilt from the alerts after a restart.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from ioc.alerting.extra import ExtraRule, Tally
from ioc.alerting.measure import Points, observe, recollect
from ioc.alerting.rules import THRESHOLDS, Extras, Rule, Terms
from ioc.alerting.state import Alert, Figures
from ioc.alerting.turn import AlertKey, SeriesKey, TraceKey, Turn
from ioc.model import Kind, Micros, Sample, Status


class Move(NamedTuple):
    """An alert to be stepped: by what its rule measures, and with what is said of it."""

    key: AlertKey
    rule: Rule | None
    measured: Sample
    figures: Figures | None


class Wider:
    """The memory of the wider rules."""

    def __init__(self, extras: Extras, traces: Iterable[tuple[TraceKey, Points]]) -> None:
        """Go on from `traces`."""
        self._extras = extras
        self._traces = dict(traces)
        self._counted: dict[tuple[str, str, str], set[str]] = defaultdict(set)

    def observe(self, key: SeriesKey, terms: Terms, sample: Sample, turn: Turn) -> Iterator[Move]:
        """Look at a sample; what cannot be told yet moves nothing."""
        for bound in terms.extras:
            home = (key[0], bound.extra.indicator)
            trace: TraceKey = (*home, bound.extra.id)
            points, measure = observe(bound, self._traces.get(trace, ()), sample)
            self._traces[trace] = turn.traces[trace] = points
            if measure is not None:
                field = bound.field or sample.field
                measured = replace(sample, field=field, indicator=home[1], value=measure.value)
                yield Move((*home, bound.rule.slot), bound.rule, measured, measure.figures)

    def recollect(self, key: SeriesKey, terms: Terms, sample: Sample, turn: Turn) -> None:
        """Keep a late sample, which moves nothing by itself."""
        for bound in terms.extras:
            trace: TraceKey = (key[0], bound.extra.indicator, bound.extra.id)
            self._traces[trace] = turn.traces[trace] = recollect(bound, self._traces.get(trace, ()), sample)

    def outdated(self, is_watched: Callable[[SeriesKey], bool], before: Micros) -> dict[TraceKey, Points]:
        """Forget, and give with no points, what no rule looks at any more and got its last point before that time."""
        gone = [
            key
            for key, points in self._traces.items()
            if max((at for at, _ in points), default=0) < before
            and not any(is_watched((key[0], one)) for one in self._extras.feeding(*key))
        ]
        for key in gone:
            del self._traces[key]
        return dict.fromkeys(gone, ())

    def recount(self, key: SeriesKey, alerts: Mapping[str, Alert]) -> None:
        """Take in which alerts of a series fire now."""
        for scope, extra in self._extras.tallies_of(*key):
            counted = self._counted[extra.id, extra.indicator, scope]
            (counted.add if _is_counted(extra, alerts.values()) else counted.discard)(key[0])

    def weigh(self, key: SeriesKey, field: str, at: Micros, received: Micros) -> Iterator[Move]:
        """Judge the counts that a series belongs to, as they are now."""
        for scope, extra in self._extras.tallies_of(*key):
            count = float(len(self._counted[extra.id, extra.indicator, scope]))
            rule = self._extras.tally_rule(extra, scope, at)
            figures = None if rule is None else Figures(value=count, bound=rule.shown)
            measured = Sample(scope, field, extra.indicator, at, count, received_at=max(at, received))
            yield Move((scope, extra.indicator, extra.slot), rule, measured, figures)

    def forsaken(self, alerts: Iterable[Alert]) -> list[tuple[AlertKey, Alert]]:
        """The counts among these that no rule makes any more, and that no sample would ever end."""
        counted = {(scope, indicator) for _, indicator, scope in self._counted}
        return [
            ((one.site, one.indicator, one.rule.slot), one)
            for one in alerts
            if one.rule.kind is Kind.COUNT and one.timer is None and (one.site, one.indicator) not in counted
        ]


def _is_counted(extra: ExtraRule, alerts: Iterable[Alert]) -> bool:
    return isinstance(extra.what, Tally) and any(
        one.status is Status.FIRING and one.rule.kind in THRESHOLDS and one.rule.severity >= extra.what.least
        for one in alerts
    )
