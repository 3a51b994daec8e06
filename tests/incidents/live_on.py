"""A process that lives through a story of incidents: `python live_on.py STATE`. May be killed at any time.

Goes on where STATE stands, says a line after every deed, `done` at the end, and waits to be killed.
"""

import sys
from functools import partial
from pathlib import Path

from bed import RULES, T0, WHO, at, note, step

from ioc.alerting.ledger import Ledger
from ioc.alerting.outbox import enqueue
from ioc.alerting.outlet import standing
from ioc.alerting.reading import reading
from ioc.alerting.turn import Turn
from ioc.incidents import tables
from ioc.incidents.clerk import Clerk
from ioc.incidents.desk import Desk
from ioc.incidents.model import Acknowledged, Asked, Commented, Match, Silence, What
from ioc.model import MINUTE, Severity, Status, Transition

SITES = ("an-thoi", "cho-lach", "giong-trom")
STEP = 3
STEPS = 60
LASTS = 3


class Life:
    """The desk over the file, and a clock that the story moves."""

    def __init__(self, state: Path) -> None:
        self.now = T0
        clerk = Clerk(RULES, lambda: self.now)
        self.read = partial(reading, state)
        self.ledger = Ledger(state, clerk.take)
        self.desk = Desk(clerk, self.read, self.ledger.writing, enqueue)
        self.desk.open(standing)

    def live(self, number: int) -> None:
        """Three minutes of the story: alerts, what people do, and the clock."""
        self.now = at(number * STEP)
        self.turn(number)
        self.deed(number)
        self.desk.elapse(self.now + MINUTE)

    def turn(self, number: int) -> None:
        if self.ledger.cursor() >= number:
            return
        told = list(alerts(number))
        notes = [note(one) for one in told]
        self.ledger.commit(
            Turn(cursor=number, samples=1, transitions=told, known=[self.now] * len(told), notifications=notes)
        )

    def deed(self, number: int) -> None:
        """Every deed has its number as its words, so that one who goes on knows what was done."""
        with self.read() as db:
            done = [act for act in tables.log_all(db, 10_000) if f"lần {number}." in str(act.what)]
            standing = tables.standing(db)
        if done or not standing:
            return
        text = f"lần {number}."
        whats: list[What] = [Acknowledged(text), Commented(text), Asked("chief", text, self.now + 20 * MINUTE)]
        if number % 11 == 0:
            match = Match(sites=(SITES[number % 3],))
            end = self.now + 30 * MINUTE
            self.desk.silence(Silence("", match, "A", text, self.now, end, number % 2 == 0), "test", self.now)
        elif number % 4 == 0:
            chosen = standing[number % len(standing)]
            what = whats[number % 3] if chosen.acknowledgement is None else whats[1]
            self.desk.perform(chosen.id, what, WHO, self.now)


def alerts(number: int) -> list[Transition]:
    """At one site after the other an alert begins, and ends some turns later."""
    site = SITES[number % 3]
    begun, ended = f"A{number}", f"A{number - LASTS}"
    severity = Severity.CRITICAL if number % 2 else Severity.WARNING
    found = []
    if number > LASTS and (number - LASTS) % 5 < 2:
        was = Severity.CRITICAL if (number - LASTS) % 2 else Severity.WARNING
        found.append(
            step(ended, Status.RESOLVED, number * STEP, 2, site=site, severity=was, indicator=f"x{number % 12}")
        )
    if number % 5 < 2:
        found.append(
            step(begun, Status.FIRING, number * STEP, 1, site=site, severity=severity, indicator=f"x{number % 12}")
        )
    return found


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    life = Life(Path(sys.argv[1]))
    for turn in range(max(1, life.ledger.cursor()), STEPS + 1):
        life.live(turn)
        say(turn)
    say("done")
    sys.stdin.read()
