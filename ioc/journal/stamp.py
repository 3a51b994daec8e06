"""The stamp of a commit: wall time that never goes back and never stands still."""

from ioc.model import SECOND, Micros


def stamp(wall: Micros, last: Micros, elapsed: float) -> Micros:
    """When a commit is received: wall time, or, while that lies behind the last stamp, half of real time after it.

    `elapsed` is in seconds of the monotonic clock since the last stamp. A clock that was a day ahead and was put right
    is caught up with in a day, during which order and (halved) distances still hold.
    """
    return max(wall, last + int(max(0.0, elapsed) * SECOND) // 2)
