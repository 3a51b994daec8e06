"""One line of the doctor."""

from enum import StrEnum

import msgspec


class Mark(StrEnum):
    """How a check went."""

    GOOD = "✓"
    NOTICE = "!"
    BAD = "✗"


class Finding(msgspec.Struct, frozen=True):
    """What was checked and found, in Vietnamese and English; `step` is what to do next, empty when all is well."""

    mark: Mark
    vi: str
    en: str
    step: str = ""

    def __str__(self) -> str:
        """One line."""
        line = f"{self.mark} {self.vi} / {self.en}"
        return f"{line} → {self.step}" if self.step else line


def good(vi: str, en: str) -> Finding:
    """All is well."""
    return Finding(Mark.GOOD, vi, en)


def notice(vi: str, en: str, step: str) -> Finding:
    """Worth knowing; the centre can run."""
    return Finding(Mark.NOTICE, vi, en, step)


def bad(vi: str, en: str, step: str) -> Finding:
    """The centre cannot do its work."""
    return Finding(Mark.BAD, vi, en, step)
