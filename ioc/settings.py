"""Typed settings, read once: a TOML file, overridden by `IOC__SECTION__KEY` in the environment.

Secrets come from files (`*_file`) or the environment; nothing here prints them.
"""

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from collectors.mqtt_config import MqttConfig
from collectors.webhook_config import WebhookConfig
from ioc.alerting.config import AlertingConfig
from ioc.clock import Clock, PlayedClock, SystemClock
from ioc.errors import ConfigError
from ioc.incidents.duty import IncidentsConfig
from ioc.journal.journal import JournalConfig
from ioc.model import Micros
from ioc.notify.config import NotifyConfig
from ioc.rollup.config import RollupConfig
from ioc.store.config import InfluxConfig
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

    level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    format: str = Field(default="json", pattern="^(json|text)$")


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
    text = _read(path) if path else ""
    document = _parse(path, text)
    _check_environment()
    try:
        return Settings(**document)
    except SettingsError as error:
        # `from None`: what it was made from holds the value, and a value may be a secret.
        raise ConfigError(f"environment: {error}; tables and lists are written as JSON there") from None
    except ValidationError as error:
        lines = [_explain(dict(problem), path, text) for problem in error.errors()]
        raise ConfigError("\n".join(lines)) from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{path}: không đọc được tệp cấu hình, hãy nêu tệp khác bằng --config / "
            f"cannot be read ({error.strerror}), name another file with --config"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: byte {error.start + 1} is not UTF-8; hãy lưu tệp bằng UTF-8 / save the file as UTF-8"
        ) from error


def _parse(path: Path | None, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"line (\d+), column (\d+)", str(error))
        place = f"{path}:{match[1]}:{match[2]}" if match else f"{path}"
        raise ConfigError(f"{place}: không phải TOML / not TOML: {error}") from error


def _check_environment() -> None:
    for name in os.environ:
        section = name.removeprefix(PREFIX).partition("__")[0].lower()
        if name.startswith(PREFIX) and section not in Settings.model_fields:
            hint = _suggestion(section, list(Settings.model_fields))
            raise ConfigError(f"environment: {name}: không có phần này / no section {section!r}{hint}")


def _explain(problem: dict[str, Any], path: Path | None, text: str) -> str:
    names = [str(part) for part in problem["loc"]]
    place = _place(path, text, names)
    if problem["type"] == "extra_forbidden":
        return f"{place}: không có khóa này / unknown key {'.'.join(names)!r}{_suggestion(names[-1], _siblings(names))}"
    return f"{place}: {'.'.join(names)}: {problem['msg']}"


def _place(path: Path | None, text: str, names: list[str]) -> str:
    """Where a key stands in the file: `file:line:column`, or the variable that sets it."""
    section = ""
    written = [name for name in names if not name.isdigit()]
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\[?([^\[\]]+)\]", line):
            section = header[1].strip()
        key = re.match(r"(\s*)([A-Za-z0-9_-]+)\s*=", line)
        if (key and [*section.split("."), key[2]] == written) or (
            key is None and header and section.split(".") == written
        ):
            return f"{path}:{number}:{len(key[1]) + 1 if key else 1}"
    return f"environment: {PREFIX}{'__'.join(names).upper()}"


def _siblings(names: list[str]) -> list[str]:
    model: Any = Settings
    for name in names[:-1]:
        if name not in model.model_fields:
            continue  # the number of a list's entry, or the key of a table of tables
        field = model.model_fields[name]
        candidates = getattr(field.annotation, "__args__", (field.annotation,))
        model = next(kind for kind in candidates if hasattr(kind, "model_fields"))
    return list(model.model_fields)


def _suggestion(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are: {', '.join(sorted(known))}"
