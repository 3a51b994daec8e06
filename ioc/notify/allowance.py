"""How much an official is told, at most, before the rest is gathered into digests."""

from pydantic import BaseModel, ConfigDict, Field

from ioc.model import SECOND, Micros


class Allowance(BaseModel):
    """Messages per official; seconds. The defaults keep the worst ten minutes at the ten messages a person can follow.

    `messages` of any kind in any `window`, and `criticals` more that only critical ones may use; `per_day` ones that
    are not critical in a local day. A digest waits `digest_after` for company, and follows the last one after
    `digest_every`, or `critical_every` when it has something critical. An alert is `calm` when it has not turned for so
    long; one that never is, is told again after `longest`. `calm` 0 tells every turn. What is critical and not
    acknowledged goes to the next channel of the official's order after `insist_after`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: float = Field(default=600.0, gt=0)
    messages: int = Field(default=5, gt=0)
    criticals: int = Field(default=4, ge=0)
    per_day: int = Field(default=60, gt=0)
    digest_after: float = Field(default=60.0, ge=0)
    digest_every: float = Field(default=600.0, gt=0)
    critical_every: float = Field(default=120.0, gt=0)
    calm: float = Field(default=300.0, ge=0)
    longest: float = Field(default=3600.0, gt=0)
    insist_after: float = Field(default=120.0, gt=0)

    @property
    def window_micros(self) -> Micros:
        """`window`."""
        return int(self.window * SECOND)

    @property
    def digest_after_micros(self) -> Micros:
        """`digest_after`."""
        return int(self.digest_after * SECOND)

    @property
    def digest_every_micros(self) -> Micros:
        """`digest_every`."""
        return int(self.digest_every * SECOND)

    @property
    def critical_every_micros(self) -> Micros:
        """`critical_every`."""
        return int(self.critical_every * SECOND)

    @property
    def calm_micros(self) -> Micros:
        """`calm`."""
        return int(self.calm * SECOND)

    @property
    def longest_micros(self) -> Micros:
        """`longest`."""
        return int(self.longest * SECOND)

    @property
    def insist_after_micros(self) -> Micros:
        """`insist_after`."""
        return int(self.insist_after * SECOND)
