"""What may be set about the MQTT broker that samples come from."""

from pathlib import Path
from typing import Self

import aiomqtt
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from ioc.errors import TemporaryError


class TlsConfig(BaseModel):
    """TLS to the broker; without `ca_file` the machine's own authorities are trusted. Files are PEM."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _certificate_with_key(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("phải đi cùng nhau / these belong together: cert_file, key_file")
        return self


class MqttConfig(BaseModel):
    """One broker. Times in seconds; `buffer` counts messages received and not yet handed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")
    port: int = Field(default=1883, ge=1, le=65_535)
    client_id: str = Field(default="ioc", min_length=1, max_length=128)
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    tls: TlsConfig | None = None
    topics: tuple[str, ...] = Field(default=("ioc/v1/#",), min_length=1)
    batch: int = Field(default=500, ge=1)
    buffer: int = Field(default=4000, ge=1)
    buffer_bytes: int = Field(default=64 * 1024 * 1024, ge=1)
    receive_maximum: int = Field(default=1000, ge=1, le=65_535)
    session_expiry: int = Field(default=7 * 86_400, ge=0, lt=2**32)
    keepalive: int = Field(default=30, ge=1, le=65_535)
    timeout: float = Field(default=3.0, gt=0)
    watch_drops: bool = Field(default=True, description="ask the broker what it drops; iotcore hangs up when asked")
    reconnect_base: float = Field(default=0.5, gt=0)
    reconnect_cap: float = Field(default=15.0, gt=0)

    @field_validator("topics")
    @classmethod
    def _well_formed(cls, topics: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(str(aiomqtt.Wildcard(topic)) for topic in topics)
        except ValueError as error:
            raise ValueError(f"không phải mẫu chủ đề MQTT / no filter of MQTT topics: {error}") from error

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if self.password is not None and self.password_file is not None:
            raise ValueError("chỉ chọn một / one or the other: password, password_file")
        if self.username is None and (self.password is not None or self.password_file is not None):
            raise ValueError("mật khẩu cần username / a password needs a username")
        return self

    def secret(self) -> str | None:
        """The password as it is now; TemporaryError when its file cannot be read."""
        if self.password_file is None:
            return self.password.get_secret_value() if self.password else None
        try:
            return self.password_file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise TemporaryError(f"password file: {type(error).__name__}") from error
