"""Typed settings, read once: a TOML file, overridden by `IOC__SECTION__KEY` in the environment.

Secrets come from files (`*_file`) or the environment; nothing here prints them.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from collectors.mqtt_config import MqttConfig
from collectors.webhook_config import WebhookConfig
from ioc.alerting.config import AlertingConfig
from ioc.clock import Clock, PlayedClock, SystemClock
from ioc.complaint import Loc, suggestion
from ioc.errors import ConfigError
from ioc.incidents.duty import IncidentsConfig
from ioc.journal.journal import JournalConfig
from ioc.model import Micros
from ioc.notify.config import NotifyConfig
from ioc.rollup.config import RollupConfig
from ioc.store.config import InfluxConfig
from ioc.tomlfile import TomlFile, said
from ioc.web.config import WebConfig

PREFIX = "IOC__"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CentreConfig(_Section):
    """Which centre this is."""

    tenant: str = "ben-tre"
    catalogue: Path | None = Field(default=None, description="its folder; default: the shipped one")


class StateConfig(_Section):
    """Where alert states, outbox and cursors are kept."""

    directory: Path = Path("data/state")


class ClockConfig(_Section):
    """A played time for demonstrations and drills: shows `start` at real time `began`, `speed` times as fast."""

    start: Micros | None = None
    began: Micros = 0
    speed: float = Field(default=1.0, gt=0)

    def clock(self, real: Clock | None = None) -> Clock:
        """The clock that everything in the process takes its time from, driven by `real`: else the machine's own."""
        real = real or SystemClock()
        return real if self.start is None else PlayedClock(self.start, self.began, self.speed, real)


class LogConfig(_Section):
    """What goes to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["json", "text"] = "json"


class Settings(BaseSettings):
    """Everything that can be set, by section."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    centre: CentreConfig = CentreConfig()
    mqtt: MqttConfig = MqttConfig()
    webhook: WebhookConfig = WebhookConfig()
    journal: JournalConfig = JournalConfig()
    state: StateConfig = StateConfig()
    alerting: AlertingConfig = AlertingConfig()
    rollup: RollupConfig = RollupConfig()
    influx: InfluxConfig = InfluxConfig()
    notify: NotifyConfig = NotifyConfig()
    incidents: IncidentsConfig = IncidentsConfig()
    web: WebConfig = WebConfig()
    clock: ClockConfig = ClockConfig()
    log: LogConfig = LogConfig()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which arrives as keyword arguments."""
        return env_settings, init_settings


def load(path: Path | None = None) -> Settings:
    """Read the settings.

    Raises:
        ConfigError: naming file, line and column (or the variable) of everything that is wrong.
    """
    file = TomlFile.read(path, "hãy nêu tệp khác bằng --config / name another file with --config") if path else None
    _check_environment()
    try:
        return Settings(**file.document if file else {})
    except SettingsError as error:
        # `from None`: what it was made from holds the value, and a value may be a secret.
        raise ConfigError(
            f"environment: {error}; bảng và danh sách viết bằng JSON / tables and lists are written as JSON there"
        ) from None
    except ValidationError as error:
        lines = [f"{_place(file, problem['loc'])}: {said(dict(problem), Settings)}" for problem in error.errors()]
        raise ConfigError("\n".join(lines)) from error


def _check_environment() -> None:
    for name in os.environ:
        section = name.removeprefix(PREFIX).partition("__")[0].lower()
        if name.startswith(PREFIX) and section not in Settings.model_fields:
            hint = suggestion(section, list(Settings.model_fields))
            raise ConfigError(f"environment: {name}: không có phần này / no section {section!r}{hint}")


def _place(file: TomlFile | None, loc: Loc) -> str:
    """The variable that sets it or what it is a part of, for the environment wins; otherwise where it is written."""
    for size in range(len(loc), 0, -1):
        name = PREFIX + "__".join(map(str, loc[:size])).upper()
        if name in os.environ:
            return f"environment: {name}"
    return file.place(loc) if file else "environment"
