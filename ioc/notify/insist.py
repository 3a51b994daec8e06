"""Critical news that nobody acknowledges goes out again, on the next channel of the official's order. Pure.

It waits `after` on each channel, and not at all once every channel used so far has failed for good. It ends with an
acknowledgement, the end of the alert, the last channel of the order, or after an hour. A silence puts it off: wait and
hour are counted from the end of that. What is about an incident rather than an alert is left to the incident's own
ladder.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from ioc.model import HOUR, MINUTE, Micros, Notification, Severity, Status
from ioc.notify.directory import Official

Unheard = Callable[[str], Micros | None]
"""Whether nobody has acknowledged the incident of that id: None if somebody has, else when the silence over it ends.

If none holds, when the last one ended, as far as that is within the hour; else 0.
"""

Key = tuple[str, str, int]
"""Receiver, incident and revision."""


@dataclass
class Cry:
    """One critical news to one official: on which channels since when, and which of them have failed.

    `rests`: until when it need not be looked at, since a silence holds, which may be ended before its time, or held.
    """

    message: Notification
    at: Micros
    rests: Micros = 0
    used: dict[str, int] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    @property
    def incidents(self) -> list[str]:
        """What has to be acknowledged: of a digest, each critical alert in it that stands."""
        grave = [item.incident for item in self.message.items if _is_grave(item.severity, item.status)]
        return grave or [self.message.incident]


class Insistence:
    """All critical news under way; one caller at a time."""

    def __init__(self, officials: Iterable[Official], after: Micros) -> None:
        """Only officials with an order of channels are followed."""
        self._officials = {one.id: one for one in officials if one.order}
        self._after = after
        self._cries: dict[Key, Cry] = {}

    def passed(self, number: int, message: Notification, at: Micros) -> None:
        """A message went out."""
        told = message.transition
        if told.after is Status.RESOLVED:
            self.over(message.receiver, message.incident)
        is_news = bool(message.items) or message.incident == told.incident
        if is_news and _is_grave(told.severity, told.after) and message.receiver in self._officials:
            cry = self._cries.setdefault(_key(message), Cry(message, at))
            cry.used[message.channel] = number
            cry.at = max(cry.at, at)

    def over(self, receiver: str, incident: str) -> None:
        """The alert has ended: nobody needs to be woken for it."""
        self._cries = {key: cry for key, cry in self._cries.items() if key[:2] != (receiver, incident)}

    def failed(self, message: Notification) -> None:
        """A message could not be delivered at all."""
        cry = self._cries.get(_key(message))
        if cry is not None:
            cry.failed.add(message.channel)
            cry.rests = 0

    def due(self, now: Micros, unheard: Unheard) -> list[Notification]:
        """The messages to add now. Whatever needs no following any more is dropped."""
        found = []
        for key, cry in list(self._cries.items()):
            channel = self._next(cry)
            if channel is None:
                if now - cry.at > HOUR:  # until then its last message may be looked at again
                    del self._cries[key]
            elif now >= cry.rests and self._is_ripe(cry, cry.at, now):
                since = _since(cry, unheard)
                if since is None or now - since > HOUR:
                    del self._cries[key]
                elif since <= now and self._is_ripe(cry, since, now):
                    found.append(self._again(cry, channel))
                else:
                    cry.rests = min(since if since > now else since + self._after, now + MINUTE)
        return found

    def _is_ripe(self, cry: Cry, since: Micros, now: Micros) -> bool:
        return now - since >= self._after or cry.failed >= set(cry.used)

    def _next(self, cry: Cry) -> str | None:
        return next((name for name in self._officials[cry.message.receiver].order if name not in cry.used), None)

    def _again(self, cry: Cry, channel: str) -> Notification:
        address = self._officials[cry.message.receiver].channels[channel]
        return msgspec.structs.replace(cry.message, channel=channel, address=address)


def _since(cry: Cry, unheard: Unheard) -> Micros | None:
    """Since when somebody could have answered; None when somebody has."""
    since: Micros | None = None
    for till in map(unheard, cry.incidents):
        if till is not None:
            since = max(cry.at, till if since is None else min(since, till))
        if since == cry.at:  # a digest may tell of a thousand, and whoever is asked reads a file for each
            break
    return since


def _key(message: Notification) -> Key:
    return message.receiver, message.incident, message.revision


def _is_grave(severity: Severity, status: Status) -> bool:
    return severity is Severity.CRITICAL and status is Status.FIRING
