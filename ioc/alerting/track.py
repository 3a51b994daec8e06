"""A series on watch, as the judge keeps it in memory."""

from ioc.alerting.rules import Terms
from ioc.alerting.source import NOWHERE, Source
from ioc.alerting.state import Alert
from ioc.alerting.turn import Heard
from ioc.model import Micros

NEVER = Heard(at=None, received=0, due=None)


class Track:
    """When a series was heard and from whom, its active alerts by slot, and the terms of the local hour last judged."""

    __slots__ = ("alerts", "armed", "ends", "heard", "hour", "source", "span", "terms")

    def __init__(self, heard: Heard = NEVER, source: Source = NOWHERE) -> None:
        """`armed`: whether the heap holds a deadline of its silence. `ends`: when it holds the end of the watch.

        `span`: for how long it may be silent, as its source counts it; None while nobody waits.
        """
        self.heard = heard
        self.source = source
        self.span: Micros | None = None
        self.armed = False
        self.ends: Micros | None = None
        self.hour = -1
        self.terms = Terms()
        self.alerts: dict[str, Alert] | None = None
        self.join(source, heard.span)

    @property
    def standing(self) -> dict[str, Alert]:
        """The active alerts by slot."""
        return self.alerts or {}

    def join(self, source: Source, span: Micros | None) -> None:
        """Count among the series of a source that may be silent for so long."""
        if self.span is not None and self.source.is_named:
            self.source.spans.remove(self.span)
        if span is not None and source.is_named:
            source.spans.add(span)
        self.source, self.span = source, span
