"""What the commands about incidents work with: the files of a centre, whether it runs or not."""

import os
import pwd
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import NamedTuple

from indicators.lookup import Catalogue
from ioc.alerting.ledger import Ledger
from ioc.alerting.outbox import enqueue
from ioc.alerting.reading import reading
from ioc.alerting.record import check
from ioc.errors import ConfigError
from ioc.handling import equip
from ioc.incidents.deadline import deadline
from ioc.incidents.desk import Desk
from ioc.incidents.model import Act, Incident, Silence, What
from ioc.incidents.refused import RefusedError, Why
from ioc.incidents.register import Register
from ioc.incidents.wording import SEVERITIES, STAGES, Label, Speech, age, clock, refused, said, silenced
from ioc.model import Micros
from ioc.settings import load

HINTS = {
    Why.NO_INCIDENT: "ioc incidents list --all",
    Why.NO_SILENCE: "ioc silence list, ioc maintenance list",
    Why.NO_ASK: "ioc incidents show",
    Why.UNKNOWN: "docs/catalogue/index.html",
}
"""Where somebody at a terminal finds what can be named."""


class Office(NamedTuple):
    """The desk over a centre's own files, and the words to show what is on it."""

    desk: Desk
    register: Register
    catalogue: Catalogue
    speech: Speech
    label: Label
    now: Micros
    asked: Callable[[str, Micros], tuple[str, ...]]

    def perform(self, name: str, what: What, by: str, lang: str = "vi") -> str:
        """Do something with an incident; the line that shows it then. Raises RefusedError."""
        return self.line(self.desk.perform(name, what, (by, source()), self.now), lang)

    def line(self, one: Incident, lang: str) -> str:
        """An incident in one line."""
        book = self.catalogue
        place = book.place(one.site, lang) if one.site in book.sites else one.site
        field = book.fields.get(one.field)
        name = one.field if field is None else field.name_en if lang == "en" else field.name_vi
        held = f" ({self.name(one.acknowledgement.by, lang)})" if one.acknowledgement else ""
        stage = f"{getattr(STAGES[one.stage], lang)}{held}"
        words = (getattr(SEVERITIES[one.severity], lang), place, name, self.name(one.owner, lang), stage)
        return f"{one.id}  {age(self.now - one.opened):>5}  {' · '.join(words)}"

    def act(self, act: Act, lang: str) -> str:
        """One line of the log: when, by whom, from where, what."""
        system = "the system" if lang == "en" else "hệ thống"
        by = f"{self.name(act.by, lang)} ({act.source})" if act.by else system
        return f"{clock(act.at)}  {by}: {getattr(said(act, self.speech), lang)}"

    def shown(self, one: Silence, lang: str = "vi") -> str:
        """A silence in one line."""
        return f"{one.id}  {getattr(silenced(one, self.label), lang)} ({self.name(one.author, lang)})"

    def name(self, name: str, lang: str) -> str:
        """What an office or an official is called."""
        words = self.speech.name(name)
        return words.en if lang == "en" else words.vi

    def time(self, text: str) -> Micros:
        """A time as it is written on the command line. Raises ConfigError."""
        try:
            return deadline(text, self.now)
        except ValueError:
            words = "viết như / write like 30min, 2h, 1d, 2025-03-12T17:00:00+07:00"
            raise ConfigError(f"{text!r}: không phải thời hạn / is not a time: {words}") from None


@contextmanager
def office(config: Path | None) -> Iterator[Office]:
    """The office of these settings; what is refused in it becomes a ConfigError that says so in both languages."""
    settings = load(config)
    path = settings.state.directory / "state.db"
    check(path)
    kit, read, ledger = equip(settings), partial(reading, path), Ledger(path)
    try:
        desk = Desk(kit.clerk, read, ledger.writing, enqueue)
        now = settings.clock.clock().now()
        yield Office(desk, Register(read), kit.catalogue, kit.speech, kit.label, now, kit.asked)
    except RefusedError as error:
        words = refused(error)
        hint = HINTS.get(error.why)
        raise ConfigError(f"{words.vi} / {words.en}" + (f" Xem / see: {hint}" if hint else "")) from error
    finally:
        ledger.close()


def known(given: Iterable[str] | None, names: Collection[str]) -> tuple[str, ...]:
    """The names given, all of which have to be among `names`. Raises RefusedError."""
    chosen = tuple(given or ())
    for one in chosen:
        if one not in names:
            near = ", ".join(get_close_matches(one, names, 3))
            raise RefusedError(Why.UNKNOWN, f"{one} ({near}?)" if near else one)
    return chosen


def source() -> str:
    """From where a command acts, as the log keeps it."""
    return f"cli {pwd.getpwuid(os.getuid()).pw_name}"
