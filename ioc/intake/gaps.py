"""Which numbers of a sender's sequence never came. Pure.

A reading may carry `seq`: senders that number the readings of a series 1, 2, 3 ... let us see what was lost before us.
"""

from collections.abc import Sequence

import msgspec

RESTARTED_AFTER = 1000
"""A sender that is back at 1 after so many has started anew; before that, a 1 may be one that came twice."""
KEPT = 100
"""Gaps kept of one sequence; of more, the oldest are forgotten."""
LEAP = 1_000_000
"""So many are lost in eleven days at one a second; who skips more, or falls back further, counts anew."""


class Gap(msgspec.Struct, frozen=True):
    """Numbers that have not come, `first` and `last` included."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many they are."""
        return self.last - self.first + 1


class Track(msgspec.Struct, frozen=True):
    """What is known of one sequence: the highest number of its present run, and its gaps in order."""

    last: int
    gaps: tuple[Gap, ...] = ()


def follow(track: Track | None, number: int, kept: int = KEPT) -> Track:
    """The track after that number came, with at most so many gaps."""
    if track is None:
        return Track(number)
    if starts_anew(track, number):
        return Track(number, track.gaps)
    if number > track.last:
        gap = () if number == track.last + 1 else (Gap(track.last + 1, number - 1),)
        return Track(number, (track.gaps + gap)[-kept:])
    return Track(track.last, _filled(track.gaps, number)[-kept:])


def starts_anew(track: Track | None, number: int) -> bool:
    """Whether the sender counts anew from that number, rather than having lost what lies between."""
    if track is None:
        return False
    if number > track.last:
        return number - track.last - 1 > LEAP
    if any(gap.first <= number <= gap.last for gap in track.gaps):
        return False
    return track.last - number > LEAP or (number <= 1 and track.last >= RESTARTED_AFTER)


def _filled(gaps: Sequence[Gap], number: int) -> tuple[Gap, ...]:
    left: list[Gap] = []
    for gap in gaps:
        if not gap.first <= number <= gap.last:
            left.append(gap)
            continue
        left += [part for part in (Gap(gap.first, number - 1), Gap(number + 1, gap.last)) if part.size > 0]
    return tuple(left)
