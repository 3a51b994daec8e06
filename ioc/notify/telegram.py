"""The Telegram channel: one message by a bot to a chat. The address is the chat's id."""

from pathlib import Path

import aiohttp
import msgspec
from pydantic import BaseModel, ConfigDict, SecretStr

from ioc.errors import PermanentError, TemporaryError
from ioc.model import Notification
from ioc.notify.http import Answer, Request, ask, check
from ioc.notify.render import gathered
from ioc.notify.render.chat import TELEGRAM_LENGTH, telegram, telegram_text
from ioc.notify.render.clean import clean
from ioc.notify.secret import reveal

UNAUTHORIZED = (401, 404)
REFUSED = (400, 403)
THROTTLED = 429


class TelegramConfig(BaseModel):
    """The bot that speaks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "https://api.telegram.org"
    token: SecretStr | None = None
    token_file: Path | None = None


class Telegram:
    """Posts `sendMessage` of the Bot API."""

    name = "telegram"

    def __init__(self, config: TelegramConfig, session: aiohttp.ClientSession) -> None:
        """`session` is shared with the other HTTP users of the process."""
        self._config = config
        self._session = session

    async def send(self, notification: Notification) -> str:
        """Deliver and give the message's number, or raise TemporaryError, PermanentError or OutcomeUnknownError."""
        document = {
            "chat_id": notification.address,
            "text": _text(notification),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        token = reveal(self._config.token, self._config.token_file)
        answer = await ask(
            self._session, Request(f"{self._config.url}/bot{token}/sendMessage", msgspec.json.encode(document))
        )
        return _number(answer)


def _text(notification: Notification) -> str:
    if notification.items:
        return gathered.telegram(notification, TELEGRAM_LENGTH)
    return telegram(notification.slots) if notification.slots else telegram_text(notification.text)


def _number(answer: Answer) -> str:
    if answer.status == THROTTLED:
        after = (answer.peek().get("parameters") or {}).get("retry_after")
        raise TemporaryError("http-429", float(after) if isinstance(after, int) else None)
    if answer.status in UNAUTHORIZED:
        raise PermanentError("bad-token", "Telegram does not know this bot")
    if answer.status in REFUSED:
        raise PermanentError("telegram-refused", clean(str(answer.peek().get("description", "")))[:200])
    document = check(answer).document()
    if document.get("ok") is not True:
        raise PermanentError("telegram-refused")
    return str((document.get("result") or {}).get("message_id", ""))
