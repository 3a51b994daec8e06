"""The settings of a Zalo Official Account, shared by its tokens and its two channels."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ioc.notify.render.zns import Parameter


class ZaloConfig(BaseModel):
    """The account, its approved template, and where its tokens are kept.

    `refresh_token(_file)` is the first token, from a person's log-in; afterwards `token_store` is what counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: str
    app_secret: SecretStr | None = None
    app_secret_file: Path | None = None
    refresh_token: SecretStr | None = None
    refresh_token_file: Path | None = None
    webhook_secret: SecretStr | None = None
    webhook_secret_file: Path | None = None
    token_store: Path = Path("data/state/zalo.json")
    oauth_url: str = "https://oauth.zaloapp.com/v4/oa/access_token"
    zns_url: str = "https://business.openapi.zalo.me/message/template"
    status_url: str = "https://business.openapi.zalo.me/message/status"
    oa_url: str = "https://openapi.zalo.me/v3.0/oa/message/cs"
    template: str = ""
    sizes: dict[Parameter, Annotated[int, Field(gt=0)]] = {}
