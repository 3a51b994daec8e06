"""What may be set about the console."""

from pydantic import BaseModel, ConfigDict, Field


class WebConfig(BaseModel):
    """Where the console listens and how often it tells the browsers; `title_*` stand before the place's name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    tick_seconds: float = Field(default=1.0, ge=0.05, le=2)
    streams: int = Field(default=200, ge=1, le=10_000)
    backlog: int = Field(default=8, ge=1, le=100)
    title_vi: str = "Trung tâm điều hành thông minh"
    title_en: str = "Intelligent operations centre"
