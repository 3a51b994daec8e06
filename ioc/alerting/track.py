"""A series on watch, as the judge keeps it in memory."""

from ioc.alerting.rules import Terms
from ioc.alerting.source import NOWHERE, Source
from ioc.alerting.state import Alert
from ioc.alerting.turn import Heard

NEVER = Heard(at=None, received=0, due=None)


class Track:
    """When a series was heard and from whom, its active alerts by slot, and the terms of the local hour last judged."""

    __slots__ = ("alerts", "armed", "heard", "hour", "source", "terms")

    def __init__(self, heard: Heard = NEVER, source: Source = NOWHERE) -> None:
        """`armed`: whether the heap holds a deadline of its silence."""
        self.heard = heard
        self.source = source
        self.armed = False
        self.hour = -1
        self.terms = Terms()
        self.alerts: dict[str, Alert] | None = None

    @property
    def standing(self) -> dict[str, Alert]:
        """The active alerts by slot."""
        return self.alerts or {}
