"""What the time-series database shall hold: policies, accounts and the administrator, from one TOML file."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ioc.errors import ConfigError
from ioc.tomlfile import TomlFile

DAY = 86_400
Right = Literal["read", "write"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Policy(_Strict):
    """One retention period: a retention policy in 1.x, a bucket in 2.x. `keep_days` 0 keeps for ever."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")
    keep_days: int = Field(ge=0)
    shard_days: int = Field(ge=1, description="days in one file; what has expired goes file by file")

    @model_validator(mode="after")
    def _shards_fit(self) -> Self:
        if self.keep_days and self.shard_days > self.keep_days:
            raise ValueError("shard_days dài hơn keep_days / is longer than keep_days")
        return self

    @property
    def keep(self) -> int:
        """Seconds, 0 for ever."""
        return self.keep_days * DAY

    @property
    def shard(self) -> int:
        """Seconds."""
        return self.shard_days * DAY


class Account(_Strict):
    """Who may read or write: by password, on 2.x through its 1.x face; there a token takes the password's place."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")
    rights: Right
    password_file: Path | None = None
    token_file: Path | None = Field(default=None, description="2.x writes the token there, mode 0600")

    @model_validator(mode="after")
    def _some_secret(self) -> Self:
        if self.password_file is None and self.token_file is None:
            raise ValueError("cần password_file, token_file hoặc cả hai / give password_file, token_file or both")
        return self


class Admin(_Strict):
    """Who carries the plan out; created on a database that has nobody yet. 1.x uses the password, 2.x the token."""

    username: str = "admin"
    password_file: Path
    token_file: Path | None = None


class Layout(_Strict):
    """The whole file. The first policy is the default one, into which samples are written."""

    policy: tuple[Policy, ...] = Field(min_length=1)
    account: tuple[Account, ...] = ()
    admin: Admin

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        for names in ([one.name for one in self.policy], [one.name for one in self.account]):
            if len(set(names)) < len(names):
                raise ValueError(f"có tên hai lần / a name stands twice: {', '.join(names)}")
        return self


def load(path: Path, secrets: Path) -> Layout:
    """Read the file; relative names of secrets stand in the folder `secrets`.

    Raises:
        ConfigError: naming file, line and column of everything that is wrong.
    """
    return _placed(TomlFile.read(path).shaped(Layout), secrets)


def _placed(layout: Layout, secrets: Path) -> Layout:
    def at(one: Account | Admin) -> dict[str, Path]:
        files = {"password_file": one.password_file, "token_file": one.token_file}
        return {key: secrets / path for key, path in files.items() if path is not None}

    accounts = tuple(one.model_copy(update=at(one)) for one in layout.account)
    admin = layout.admin.model_copy(update=at(layout.admin))
    return layout.model_copy(update={"account": accounts, "admin": admin})


def secret(path: Path) -> str:
    """The one line in a secret's file; ConfigError when it cannot be read or is empty."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: không đọc được / cannot be read ({type(error).__name__}); `scripts/secrets` tạo ra / makes it"
        ) from error
    if not text:
        raise ConfigError(f"{path}: tệp rỗng / is empty; `scripts/secrets` tạo lại / makes a new one")
    return text
