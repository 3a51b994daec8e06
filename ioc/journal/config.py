"""What may be set about the journal."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class JournalConfig(BaseModel):
    """Where the journal lives, how long it is kept, and what it leaves to others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    directory: Path = Path("data/journal")
    keep_days: int = Field(default=90, ge=2, description="local days of receipt")
    reserve: int | None = Field(default=None, ge=0, description="bytes left free; default: 5 %, 64 MiB to 1 GiB")
    dead_letters_kept: int = Field(default=10_000, ge=10, description="per day; older ones are summarised")
