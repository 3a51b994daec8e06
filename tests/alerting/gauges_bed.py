"""An office whose rules fire, chatter and sleep, for whatever shows the alarm system's own health."""

from pathlib import Path

from ioc.alerting.judge import Judge
from ioc.alerting.turn import Memory
from ioc.clock import ManualClock
from ioc.model import SECOND, Severity
from tests.alerting.bed import T0, SmallCatalogue, entries, limit, sample, tell_one
from tests.notify.tray_bed import Office

BOOK = SmallCatalogue(
    [limit(for_=0, keep_firing_for=0), limit(id="warn", value=5.0, severity=Severity.WARNING, for_=0)]
)
RULES = ["salinity-high", "warn", "asleep"]
SWINGS = [(0, 11.0), (60, 6.0), (110, 11.0), (160, 6.0), (220, 11.0), (280, 6.0)]


def office(path: Path) -> Office:
    """A salt gauge that swings above its critical limit three times in five minutes and stays above the lower one."""
    made = Office(path)
    turn = Judge(BOOK, Memory()).take(entries([sample(second, value) for second, value in SWINGS]))
    turn.notifications += [note for told in turn.transitions if told.revision for note in tell_one(told)]
    made.ledger.commit(turn)
    made.clock = ManualClock(T0 + 400 * SECOND)
    made.work()
    return made
