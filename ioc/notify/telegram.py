"""The Telegram channel: one message by a bot to a chat. The address is the chat's id.

401 and 404 say that the token is none, 403 that the chat has shut the bot out; a group that became a supergroup has a
new id, which the refusal tells. Sources: Telegram Bot API, "Making requests", "ResponseParameters", "sendMessage"
(4,096 signs after the markup is taken out); python-telegram-bot.
"""

from pathlib import Path

import aiohttp
import msgspec
import structlog
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
LONGEST_WAIT = 86_400.0
log = structlog.get_logger("ioc.notify.telegram")


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
        answer = await self._post(notification, notification.address)
        if moved := _parameter(answer, "migrate_to_chat_id"):
            log.warning(
                "chat has a new id: put it into the officials file", receiver=notification.receiver, to=str(moved)
            )
            answer = await self._post(notification, str(moved))
        return _number(answer)

    async def _post(self, notification: Notification, chat: str) -> Answer:
        document = {
            "chat_id": chat,
            "text": _text(notification),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        token = reveal(self._config.token, self._config.token_file)
        return await ask(
            self._session, Request(f"{self._config.url}/bot{token}/sendMessage", msgspec.json.encode(document))
        )


def _text(notification: Notification) -> str:
    if notification.items:
        return gathered.telegram(notification, TELEGRAM_LENGTH)
    return telegram(notification.slots) if notification.slots else telegram_text(notification.text)


def _number(answer: Answer) -> str:
    if answer.status == THROTTLED:
        after = _parameter(answer, "retry_after")
        raise TemporaryError("http-429", None if after is None or after < 0 else min(float(after), LONGEST_WAIT))
    if answer.status in UNAUTHORIZED:
        raise PermanentError("bad-token", "Telegram does not know this bot")
    if answer.status in REFUSED:
        raise PermanentError("telegram-refused", clean(str(answer.peek().get("description", "")))[:200])
    document = check(answer).document()
    if document.get("ok") is not True:
        raise PermanentError("telegram-refused")
    return str((document.get("result") or {}).get("message_id", ""))


def _parameter(answer: Answer, name: str) -> int | None:
    """A number that an unsuccessful answer carries for machines."""
    if answer.is_success:
        return None
    parameters = answer.peek().get("parameters")
    found = parameters.get(name) if isinstance(parameters, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None
