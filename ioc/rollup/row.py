"""What a roll-up is: one value of one site, indicator and period, and how it came about."""

from enum import IntEnum, StrEnum
from typing import NamedTuple

import msgspec

from indicators.spec import Period
from ioc.model import Micros, State


class Axis(StrEnum):
    """What was combined: the samples of a period, the parts of a place, or the inputs of a formula."""

    TIME = "time"
    SPACE = "space"
    FORMULA = "formula"


AXES = (Axis.TIME, Axis.FORMULA, Axis.SPACE)
"""Which value holds where there are several: reported, derived by formula, added up from the places below."""


class Gap(IntEnum):
    """Why there is no value. Integer codes, because the time-series store keeps them as such."""

    NONE = 0
    MISSING = 1
    NO_WEIGHT = 2
    ZERO_DENOMINATOR = 3
    NOT_FINITE = 4


class Key(NamedTuple):
    """The identity of a roll-up; never that of a series, so that nothing reported is ever overwritten."""

    site: str
    indicator: str
    axis: Axis
    kind: Period
    start: Micros


class Rollup(msgspec.Struct, frozen=True, gc=False):
    """A value combined from `n` of `m` expected parts.

    `n` counts samples (time), places below (space) or inputs (formula). `value` is None exactly when `gap` says why.
    `numerator` and `denominator` belong to means and quotients. `complete`: everything expected has come, in the parts
    too. `state`: the least mature of the parts. `revision` is 1 as it first came and counts the commits that corrected
    it; `changed` numbers the changes of the whole table, each once.
    """

    site: str
    indicator: str
    axis: Axis
    kind: Period
    start: Micros
    value: float | None
    n: int
    m: int
    numerator: float | None
    denominator: float | None
    total: float
    low: float | None
    high: float | None
    last: float | None
    first_at: Micros
    last_at: Micros
    state: State
    complete: bool
    gap: Gap
    revision: int = 0
    changed: int = 0

    def content(self) -> tuple[object, ...]:
        """Everything but `revision` and `changed`."""
        return msgspec.structs.astuple(self)[:-2]

    def revised(self, before: "Rollup | None") -> int:
        """Its revision after `before`. What reaches further into the period goes on and corrects nothing."""
        if before is None:
            return 1
        return before.revision if self.last_at > before.last_at else before.revision + 1

    @property
    def key(self) -> Key:
        """Its identity."""
        return Key(self.site, self.indicator, self.axis, self.kind, self.start)
