"""What one official has been told lately and what is held back, and so what may be said now. Pure.

Three reasons to hold a message back, tried in this order:

    flapping   the alert was told a moment ago: its end, and its next firing soon after, wait until it has been calm
    quiet      the official's quiet hours, unless it is critical
    budget     enough has been said in this window or on this day; a part of the allowance is for critical ones only

What is held back is told as one message: an alert by itself as its final state with a count, several as a digest.
Times are when messages are let through or held, never the alerts' own: a storm of old news is a storm as well.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator

from indicators.spec import local_day
from ioc.model import HOUR, Micros, Status
from ioc.notify.allowance import Allowance
from ioc.notify.hours import is_within
from ioc.notify.news import Bout, Held, Hold, Name, News, Release, Slot

SPENT_EVERY = HOUR
"""How often a digest goes out when the day's allowance is used up."""
LONG_AGO = -(10**18)


class Account:
    """Of one official; one caller at a time."""

    def __init__(self, allowance: Allowance, quiet: str | None = None, per_day: int | None = None) -> None:
        """`quiet` are the official's hours of rest, "22:00-06:00"; `per_day` another allowance than the general one."""
        self._allowance = allowance
        self._quiet = quiet
        self._per_day = allowance.per_day if per_day is None else per_day
        self._told: deque[Micros] = deque()
        self._days: Counter[int] = Counter()
        self._digested: Micros = LONG_AGO
        self._decided: dict[Name, tuple[Micros, bool]] = {}
        self._bouts: dict[Slot, Bout] = {}
        self._holding: dict[Slot, Bout] = {}
        self._waits = 0
        self._unnamed: dict[int, Micros] = {}

    def decide(self, one: News, now: Micros) -> Hold | None:
        """Whether a message goes out now (None) or is held back, and why; remembered as done."""
        hold = self._verdict(one, now)
        if hold is None:
            self.passed(one, now)
        else:
            self.held(one, hold, now)
        return hold

    def passed(self, one: News, at: Micros, *, is_named: bool = False) -> None:
        """A message went out at that time, on one channel or another. `is_named`: a digest has told of it since."""
        if one.name not in self._decided:
            self.spend(at)
            self._turn(one, at).told = one.after
        self._decided[one.name] = at, True
        if not is_named:
            self._unnamed[one.number] = at

    def held(self, one: News, reason: Hold, at: Micros) -> None:
        """A message is held back since that time."""
        is_new = one.name not in self._decided
        bout = self._turn(one, at) if is_new else self._bouts[one.slot]
        if not bout.held:
            bout.reason = reason
            self._holding[one.slot] = bout
            self._waits += reason is not Hold.FLAPPING
        bout.held.append(Held(one, at))
        self._decided[one.name] = at, False

    def spend(self, at: Micros, *, is_digest: bool = False) -> None:
        """Something went out at that time. `is_digest`: the next one waits its time after it."""
        self._told.append(at)
        self._days[_day(at)] += 1
        self._digested = max(self._digested, at if is_digest else LONG_AGO)

    def told_in_digest(self, one: News, at: Micros) -> None:
        """A digest has told of this message, which was held back since that time."""
        if one.name not in self._decided:
            self._turn(one, at).told = one.after
        self._decided[one.name] = at, True

    def release(self, now: Micros) -> Release | None:
        """The next thing to be told of what is held back, None for nothing yet. Nothing changes by asking."""
        ready = dict(self._ready(now)) if self._holding else {}
        return _release(ready) if ready else None

    def released(self, release: Release, now: Micros) -> None:
        """That release is on its way."""
        has_waited = len(release.held) > 1
        for slot in release.held:
            bout = self._holding.pop(slot)
            has_waited = has_waited or bout.reason is not Hold.FLAPPING
            self._decided |= {one.news.name: (now, True) for one in bout.held}
            self._waits -= bout.reason is not Hold.FLAPPING
            bout.told, bout.held, bout.reason = bout.held[-1].news.after, [], None
        self.settled(release.held)
        if len(release.held) > 1:
            self._unnamed.clear()
        self.spend(now, is_digest=has_waited)

    def settled(self, slots: Iterable[Slot]) -> None:
        """How often these alerts fired has been told: they are counted anew."""
        for bout in (self._bouts[slot] for slot in slots if slot in self._bouts):
            bout.fired = int(bout.told is Status.FIRING)

    def unnamed(self, now: Micros) -> list[int]:
        """The messages let through that belong to what is held back now, and that no digest has named."""
        return sorted(number for number, at in self._unnamed.items() if at > self._horizon(now))

    def forget(self, now: Micros) -> None:
        """Drop what no decision can depend on any more."""
        calm = self._allowance.calm_micros
        today = _day(now)
        self._days = Counter({day: count for day, count in self._days.items() if day >= today})
        self._unnamed = {number: at for number, at in self._unnamed.items() if at > self._horizon(now)}
        self._decided = {name: (at, went) for name, (at, went) in self._decided.items() if not went or at > now - HOUR}
        self._bouts = {
            slot: bout
            for slot, bout in self._bouts.items()
            if bout.held or (bout.told is Status.FIRING and slot[1]) or bout.last > now - calm
        }

    def _verdict(self, one: News, now: Micros) -> Hold | None:
        bout = self._bouts.get(one.slot)
        if one.name in self._decided:
            went = self._decided[one.name][1]
            return None if went or bout is None else bout.reason
        if bout is not None and bout.held:
            return bout.reason
        if bout is not None and self._flaps(one, bout, now):
            return Hold.FLAPPING
        return self._crowded(now, is_critical=one.is_critical)

    def _flaps(self, one: News, bout: Bout, now: Micros) -> bool:
        if self._allowance.calm_micros == 0 or not one.is_turn:
            return False
        if one.after is Status.RESOLVED:
            return bout.told is Status.FIRING
        return one.name[0] != bout.incident and now - bout.last < self._allowance.calm_micros

    def _crowded(self, now: Micros, *, is_critical: bool) -> Hold | None:
        if not is_critical and self._is_quiet(now):
            return Hold.QUIET
        allowance = self._allowance
        while self._told and self._told[0] <= now - allowance.window_micros:
            self._told.popleft()
        lately = len(self._told)
        if is_critical:
            return None if lately < allowance.messages + allowance.criticals else Hold.BUDGET
        has_room = lately < allowance.messages and self._days[_day(now)] < self._per_day
        return None if has_room and not self._waits else Hold.BUDGET

    def _ready(self, now: Micros) -> Iterator[tuple[Slot, Bout]]:
        """The bouts that may be told now: all that wait for a digest when one is due, else the first that is calm."""
        waiting = {slot: bout for slot, bout in self._holding.items() if self._is_waiting(bout, now)}
        if waiting and self._is_due(waiting.values(), now):
            yield from waiting.items()
            return
        for slot, bout in self._holding.items():
            is_calm = bout.reason is Hold.FLAPPING and self._is_calm(bout, now)
            if is_calm and self._crowded(now, is_critical=bout.held[0].news.is_critical) is None:
                yield slot, bout
                return

    def _is_waiting(self, bout: Bout, now: Micros) -> bool:
        """Whether a bout belongs into the next digest."""
        is_critical = bout.held[0].news.is_critical
        if not is_critical and self._is_quiet(now):
            return False
        if bout.reason is not Hold.FLAPPING:
            return True
        return self._is_calm(bout, now) and self._crowded(now, is_critical=is_critical) is not None

    def _is_calm(self, bout: Bout, now: Micros) -> bool:
        allowance = self._allowance
        return now - bout.last >= allowance.calm_micros or now - bout.held[0].since >= allowance.longest_micros

    def _is_due(self, waiting: Iterable[Bout], now: Micros) -> bool:
        allowance = self._allowance
        held = [bout.held[0] for bout in waiting]
        if now - min(one.since for one in held) < allowance.digest_after_micros:
            return False
        if any(one.news.is_critical for one in held):
            return now - self._digested >= allowance.critical_every_micros
        every = allowance.digest_every_micros
        if self._days[_day(now)] >= self._per_day:
            every = max(every, SPENT_EVERY)
        return now - self._digested >= every

    def _is_quiet(self, now: Micros) -> bool:
        return self._quiet is not None and is_within(self._quiet, now)

    def _horizon(self, now: Micros) -> Micros:
        """What went out before that has nothing to do with what is held back."""
        first = min((bout.held[0].since for bout in self._holding.values()), default=now)
        return min(first, now) - self._allowance.window_micros

    def _turn(self, one: News, at: Micros) -> Bout:
        """The bout that a turn belongs to, with it counted."""
        bout = self._bouts.get(one.slot)
        goes_on = bout is not None and (bout.held or one.after is Status.RESOLVED or at - bout.last < self._calm)
        if bout is None or not goes_on:
            bout = self._bouts[one.slot] = Bout(at, told=bout.told if bout else None)
        if one.after is Status.FIRING and one.name[0] != bout.incident:
            bout.fired += 1
        bout.last, bout.incident = max(at, bout.last), one.name[0]
        return bout

    @property
    def _calm(self) -> Micros:
        return self._allowance.calm_micros


def _release(bouts: dict[Slot, Bout]) -> Release:
    return Release(
        {slot: [one.news.number for one in bout.held] for slot, bout in bouts.items()},
        {slot: bout.fired for slot, bout in bouts.items()},
    )


def _day(at: Micros) -> int:
    return local_day(at).toordinal()
