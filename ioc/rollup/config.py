"""What may be set about roll-ups."""

from pydantic import BaseModel, ConfigDict, Field


class RollupConfig(BaseModel):
    """How long reported values are kept from which days can be computed again; the roll-ups are kept for ever."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep_days: int = Field(default=800, ge=35)
