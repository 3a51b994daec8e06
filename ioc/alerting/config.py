"""Settings of alerting."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class AlertingConfig(BaseModel):
    """Rules beside the catalogue's limits, and how long the log of alerts is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: Path | None = Field(default=None, description="a rule file, or a folder of *.yaml")
    keep_days: int = Field(default=730, ge=8, description="events of alerts that are over, and settled messages")
