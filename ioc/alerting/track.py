"""A series on watch, as the judge keeps it in memory."""

from ioc.alerting.rules import Terms
from ioc.alerting.source import NOWHERE, Source
from ioc.alerting.state import Alert
from ioc.alerting.turn import Heard
from ioc.model import Micros

NEVER = Heard(at=None, received=0, due=None)


class Track:
    """When a series was heard and from whom, its active alerts by slot, and the terms of the local hour last judged."""

    __slots__ = ("alerts", "armed", "ends", "heard", "hour", "source", "terms")

    def __init__(self, heard: Heard = NEVER, source: Source = NOWHERE) -> None:
        """`armed`: whether the heap holds a deadline of its silence. `ends`: when it holds the end of the watch."""
        self.heard = heard
        self.source = source
        self.armed = False
        self.ends: Micros | None = None
        self.hour = -1
        self.terms = Terms()
        self.alerts: dict[str, Alert] | None = None

    @property
    def standing(self) -> dict[str, Alert]:
        """The active alerts by slot."""
        return self.alerts or {}
