"""What may be set about the time-series database."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class InfluxConfig(BaseModel):
    """One database. `api` v1: InfluxDB 1.x `/write`; v2: 2.x and 3.x `/api/v2/write`. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = False
    url: str = "http://127.0.0.1:8086"
    api: Literal["v1", "v2"] = "v1"
    database: str = Field(default="ioc", min_length=1)
    retention_policy: str = ""
    org: str = ""
    bucket: str = Field(default="ioc", min_length=1)
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    token: SecretStr | None = None
    token_file: Path | None = None
    batch: int = Field(default=5000, ge=1, le=50_000)
    linger: float = Field(default=1.0, ge=0, le=60, description="how long a partly full batch may wait")
    timeout: float = Field(default=10.0, gt=0)
    daily: str = Field(default="", description="policy (v1) or bucket (v2) of roll-ups of days; empty: that of samples")
    calendar: str = Field(default="", description="likewise of roll-ups of months, quarters and years")
    rollup_linger: float = Field(default=10.0, ge=0.1, le=600, description="how long changes of roll-ups gather")
    severity_wait: float = Field(default=5.0, ge=0, description="how long values wait for a slow evaluator")

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.password is not None and self.password_file is not None:
            raise ValueError("chỉ chọn một / one or the other: password, password_file")
        if self.token is not None and self.token_file is not None:
            raise ValueError("chỉ chọn một / one or the other: token, token_file")
        return self

    def placed(self, place: str) -> Self:
        """The same database with another policy or bucket, unless `place` is empty."""
        if not place:
            return self
        return self.model_copy(update={"retention_policy" if self.api == "v1" else "bucket": place})

    def secret(self) -> str | None:
        """The password (v1) or token (v2), read from its file each time, so that a new one is taken up.

        Raises:
            OSError, UnicodeDecodeError: the file cannot be read.
        """
        path, value = (self.password_file, self.password) if self.api == "v1" else (self.token_file, self.token)
        if path is not None:
            return path.read_text(encoding="utf-8").strip()
        return value.get_secret_value() if value else None
