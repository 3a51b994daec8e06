"""The generic channel: any provider's HTTP interface, described in the settings.

Placeholders are names in braces; nothing is computed in them, and what they stand for is escaped for where it stands
and never looked at again. Whether the provider took the message is one comparison in its answer.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote, quote_plus

import aiohttp
import msgspec
from pydantic import BaseModel, ConfigDict, SecretStr

from ioc.errors import ConfigError, PermanentError, TemporaryError
from ioc.model import Notification
from ioc.notify.comparison import comparison
from ioc.notify.http import Answer, Request, ask, check
from ioc.notify.identity import identity
from ioc.notify.render import gathered
from ioc.notify.render.chat import plain
from ioc.notify.render.clean import clean
from ioc.notify.render.sms import fitted, sms
from ioc.notify.secret import reveal

CHAT = 2000
"""Signs of a digest in a messenger."""
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
NAMES = frozenset({"address", "id", "subject", "text", "chat", "sms", "sms_accented", "speech", "severity", "secret"})
ESCAPES: Mapping[str, Callable[[str], str]] = {
    "json": lambda text: msgspec.json.encode(text).decode()[1:-1],
    "form": quote_plus,
    "text": str,
}


class TemplateConfig(BaseModel):
    """One provider: `success` and `retry` compare a field of its answer, e.g. `CodeResult == "100"`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    url: str
    method: Literal["POST", "PUT", "GET"] = "POST"
    headers: dict[str, str] = {}
    body: str = ""
    escape: Literal["json", "form", "text"] = "json"
    success: str | None = None
    retry: str | None = None
    secret: SecretStr | None = None
    secret_file: Path | None = None


class HttpTemplate:
    """Fills in the template and judges the answer."""

    def __init__(self, config: TemplateConfig, session: aiohttp.ClientSession) -> None:
        """ConfigError for a placeholder or an expression that is none."""
        self.name = config.name
        self._config = config
        self._session = session
        self._is_success = comparison(config.success, f"notify.http {config.name!r}")
        self._is_retry = comparison(config.retry, f"notify.http {config.name!r}")
        for part in (config.url, config.body, *config.headers.values()):
            if unknown := set(PLACEHOLDER.findall(part)) - NAMES:
                raise ConfigError(
                    f"notify.http {config.name!r}: không có chỗ điền / no placeholder {min(unknown)!r}; "
                    f"known are: {sorted(NAMES)}"
                )

    async def send(self, notification: Notification) -> None:
        """Deliver, or raise TemporaryError, PermanentError or OutcomeUnknownError."""
        config = self._config
        values = _values(notification, reveal(config.secret, config.secret_file))
        url = _fill(config.url, values, lambda text: quote(text, safe=""))
        headers = {name: _fill(value, values, clean) for name, value in config.headers.items()}
        body = _fill(config.body, values, ESCAPES[config.escape])
        answer = await ask(self._session, Request(url, body.encode(), headers, config.method))
        self._judge(answer)

    def _judge(self, answer: Answer) -> None:
        if self._is_retry is not None and self._is_retry(answer):
            raise TemporaryError("asked-to-retry")
        check(answer)
        if self._is_success is not None and not self._is_success(answer):
            raise PermanentError("refused", f"the answer is not {self._config.success}")


def _values(notification: Notification, secret: str) -> dict[str, str]:
    said = notification.slots
    return {
        "address": notification.address,
        "id": identity(notification),
        "subject": clean(notification.subject),
        "text": gathered.text(notification) if notification.items else clean(notification.text),
        "chat": gathered.plain(notification, CHAT) if notification.items else plain(notification.text),
        "sms": sms(said) if said else fitted(notification.text),
        "sms_accented": sms(said, accented=True) if said else fitted(notification.text, accented=True),
        "speech": gathered.spoken(notification),
        "severity": notification.transition.severity.name.lower(),
        "secret": secret,
    }


def _fill(template: str, values: Mapping[str, str], escape: Callable[[str], str]) -> str:
    return PLACEHOLDER.sub(lambda found: escape(values[found[1]]), template)
