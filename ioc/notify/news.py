"""News as the tray sees them: what is let through, held back and released. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from ioc.model import Kind, Micros, Notification, Severity, Status

Slot = tuple[str, str, Kind, Severity]
"""The place of an alert: site, indicator, kind, severity; for what is about an incident its id and no indicator."""
Name = tuple[str, int]
"""Incident and revision; the same on every channel."""


class Hold(StrEnum):
    """Why a message is held back."""

    FLAPPING = "flapping"
    QUIET = "quiet"
    BUDGET = "budget"


class News(NamedTuple):
    """One message, as far as deciding needs it."""

    number: int
    name: Name
    slot: Slot
    after: Status
    is_turn: bool = True

    @property
    def is_critical(self) -> bool:
        """Whether it may use the critical lane."""
        return self.slot[3] is Severity.CRITICAL


class Held(NamedTuple):
    """A message held back since a moment."""

    news: News
    since: Micros


class Release(NamedTuple):
    """What is to be told now in place of all that was held: numbers by slot, and how often each alert fired."""

    held: dict[Slot, list[int]]
    fired: dict[Slot, int]

    @property
    def numbers(self) -> list[int]:
        """All of them, oldest first."""
        return sorted(number for numbers in self.held.values() for number in numbers)


@dataclass
class Bout:
    """The turns of one alert that belong together: the last one, how often it fired, what of it is held back and why.

    `told` is the state that the official knows of, None for none.
    """

    last: Micros
    fired: int = 0
    told: Status | None = None
    incident: str = ""
    reason: Hold | None = None
    held: list[Held] = field(default_factory=list)


def news(number: int, message: Notification) -> News:
    """What matters of a message; one about an incident, such as a reminder, is no turn of an alert."""
    told = message.transition
    if message.incident != told.incident:
        slot = (message.incident, "", told.kind, told.severity)
        return News(number, (message.incident, message.revision), slot, told.after, is_turn=False)
    slot = (told.site, told.indicator, told.kind, told.severity)
    return News(number, (message.incident, message.revision), slot, told.after)
