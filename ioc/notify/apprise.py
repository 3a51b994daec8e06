"""The channel for the rest: any of the hundred services that the library Apprise knows, each named by one URL.

The library is an optional extra; nothing of it is loaded unless the settings ask for this channel. The address of an
official is a name in `targets`, since a URL of Apprise holds secrets. What the library says is that a message went out
or did not, so that whatever is not a success is tried again under the same name.
Source: the library itself, version 2 (`Apprise.async_notify` gives a result with a status); the tests run it.
"""

import importlib
import logging
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ioc.errors import ConfigError, OutcomeUnknownError, PermanentError, TemporaryError
from ioc.model import Notification, Severity, Status
from ioc.notify.render import gathered
from ioc.notify.render.clean import clean
from ioc.notify.secret import reveal

KINDS = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}
LONGEST = 30_000


class AppriseConfig(BaseModel):
    """Where messages can go: by name, the URL itself or the file that holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    targets: dict[str, SecretStr] = {}
    target_files: dict[str, Path] = {}
    timeout: float = Field(default=10.0, gt=0)


class Apprise:
    """Hands messages to the library."""

    name = "apprise"

    def __init__(self, config: AppriseConfig) -> None:
        """ConfigError when the library is not there."""
        self._config = config
        self._library = _library()
        # What it logs may hold a URL, and with it a secret; what matters is raised here.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

    async def send(self, notification: Notification) -> None:
        """Deliver, or raise TemporaryError, PermanentError or OutcomeUnknownError."""
        library, target = self._library, self._library.Apprise()
        if not target.add(self._url(notification.address)):
            raise PermanentError("bad-url", f"Apprise does not know the URL of {notification.address}")
        result = await target.async_notify(
            title=clean(notification.subject),
            body=_body(notification),
            notify_type=_kind(notification),
            body_format=library.NotifyFormat.TEXT,
            interpret_escapes=False,
        )
        status = result.status
        if status == library.AppriseResultStatus.TIMEOUT:
            raise OutcomeUnknownError("apprise-timeout")
        if status != library.AppriseResultStatus.SUCCESS:
            raise TemporaryError("apprise-failed")

    def _url(self, name: str) -> str:
        config = self._config
        url = reveal(config.targets.get(name), config.target_files.get(name))
        if not url:
            raise PermanentError("bad-address", f"{name} is not in notify.apprise.targets")
        return url


def _library() -> ModuleType:
    try:
        return importlib.import_module("apprise")
    except ImportError as error:
        raise ConfigError(
            "notify.apprise: thiếu thư viện apprise; hãy cài / the library is missing; install: "
            "pip install --require-hashes -r requirements/apprise.txt"
        ) from error


def _body(notification: Notification) -> str:
    if notification.items:
        return gathered.plain(notification, LONGEST)
    return clean(notification.text)


def _kind(notification: Notification) -> Any:
    told = notification.transition
    return "success" if told.after is Status.RESOLVED else KINDS.get(told.severity, "info")
