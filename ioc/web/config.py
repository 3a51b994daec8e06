"""What may be set about the console."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator, model_validator

from ioc.gate import GateConfig


class WebConfig(BaseModel):
    """Where the console listens and how often it tells the browsers; `title_*` stand before the place's name.

    Whoever shows the operator's token may act on incidents; without one only this machine may.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    tick_seconds: float = Field(default=1.0, ge=0.05, le=2)
    streams: int = Field(default=200, ge=1, le=10_000)
    backlog: int = Field(default=8, ge=1, le=100)
    title_vi: str = "Trung tâm điều hành thông minh"
    title_en: str = "Intelligent operations centre"
    operator_token: SecretStr | None = None
    operator_token_file: Path | None = None
    gate: GateConfig = Field(default=GateConfig(), validate_default=True)

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.operator_token is not None and self.operator_token_file is not None:
            raise ValueError("chỉ chọn một / one or the other: operator_token, operator_token_file")
        return self

    @field_validator("gate")
    @classmethod
    def _room_beside_streams(cls, gate: GateConfig, info: ValidationInfo) -> GateConfig:
        return gate.beside(info.data.get("streams", 0), "streams: each takes one, and others want to ask")

    @property
    def needs_token(self) -> bool:
        """Whether a token is asked for."""
        return self.operator_token_file is not None or self.operator_token is not None

    def token(self) -> str:
        """The operator's token, "" without one; read from its file each time.

        Raises:
            OSError, UnicodeDecodeError: the file cannot be read.
        """
        if self.operator_token_file is not None:
            return self.operator_token_file.read_text(encoding="utf-8").strip()
        return self.operator_token.get_secret_value() if self.operator_token else ""
