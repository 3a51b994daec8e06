"""What may be set about samples that come in by HTTP."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator, model_validator

from ioc.errors import TemporaryError
from ioc.gate import GateConfig

ID = r"^[a-z0-9-]{1,64}$"


class SenderConfig(BaseModel):
    """Who may send, with which secret, and for which sites."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=ID)
    sites: tuple[str, ...] = Field(min_length=1)
    secret: SecretStr | None = None
    secret_file: Path | None = None

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if (self.secret is None) == (self.secret_file is None):
            raise ValueError("chọn đúng một / give one of them: secret, secret_file")
        return self

    def key(self) -> bytes:
        """The secret as it is now; TemporaryError when its file cannot be read or is empty."""
        if self.secret_file is None:
            return self.secret.get_secret_value().encode() if self.secret else b""
        try:
            text = self.secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise TemporaryError(f"secret file of {self.id}: {type(error).__name__}") from error
        if not text:
            raise TemporaryError(f"secret file of {self.id} is empty")
        return text.encode()


class WebhookConfig(BaseModel):
    """Where it listens, and how much may be under way: `waiting` requests, of one sender at most `waiting_each`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8081, ge=0, le=65_535)
    waiting: int = Field(default=400, ge=1, le=10_000)
    waiting_each: int = Field(default=100, ge=1, le=10_000)
    patience: float = Field(default=10.0, gt=0, description="seconds until a sender is told to come again")
    batch: int = Field(default=100, ge=1)
    senders: tuple[SenderConfig, ...] = ()
    gate: GateConfig = Field(default=GateConfig(), validate_default=True)

    @model_validator(mode="after")
    def _different(self) -> Self:
        if len({sender.id for sender in self.senders}) < len(self.senders):
            raise ValueError("hai nơi gửi trùng mã / two senders have the same id")
        return self

    @field_validator("gate")
    @classmethod
    def _room_beside_waiting(cls, gate: GateConfig, info: ValidationInfo) -> GateConfig:
        return gate.beside(info.data.get("waiting", 0), "waiting: each takes one, and others must be told")
