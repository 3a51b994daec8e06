"""The SpeedSMS channel: text messages. The address is a telephone number. No key against repeats exists there.

Source: speedsms.vn, "SMS API": Basic authentication by `<token>:x`, the fields and codes of `/sms/send`, 60 calls in
60 s with `X-Rate-Limit-Reset`. Assumptions: what the numbers of `/sms/status` mean, and from what length on a message
is refused (113); a public client stops at 160 signs, or 70 accented ones.
"""

from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import aiohttp
import msgspec
from pydantic import BaseModel, ConfigDict, SecretStr

from ioc.errors import PermanentError, TemporaryError
from ioc.model import Notification
from ioc.notify.http import JSON, Answer, Request, ask, check
from ioc.notify.identity import phone
from ioc.notify.render.sms import fitted, sms
from ioc.notify.secret import reveal

INTERNAL = "500"
UNAUTHORIZED = 401
NEVER = 64
"""From this status on a message will not arrive; 0 says that it has, what lies between is tried again by them."""
REFUSALS = {
    "007": "ip-not-allowed",
    "008": "blocked-account",
    "009": "bad-token",
    "101": "bad-request",
    "105": "bad-phone",
    "110": "bad-encoding",
    "113": "too-long",
    "300": "no-balance",
}


class SpeedSmsConfig(BaseModel):
    """The account with SpeedSMS."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "https://api.speedsms.vn/index.php/sms/send"
    status_url: str = "https://api.speedsms.vn/index.php/sms/status"
    token: SecretStr | None = None
    token_file: Path | None = None
    kind: int = 2
    sender: str = ""
    accented: bool = False


class SpeedSms:
    """Posts one text message per notification."""

    name = "speedsms"

    def __init__(self, config: SpeedSmsConfig, session: aiohttp.ClientSession) -> None:
        """`session` is shared with the other HTTP users of the process."""
        self._config = config
        self._session = session

    async def send(self, notification: Notification) -> str:
        """Hand over and give the provider's number, or raise Temporary-, Permanent- or OutcomeUnknownError."""
        config = self._config
        said, accented = notification.slots, config.accented
        document = {
            "to": [phone(notification.address)],
            "content": sms(said, accented=accented) if said else fitted(notification.text, accented=accented),
            "sms_type": config.kind,
            "sender": config.sender,
        }
        return _number(await ask(self._session, Request(config.url, msgspec.json.encode(document), self._headers())))

    async def arrived(self, number: str) -> bool | None:
        """Whether the telephone has it; None while the operator has not said. Raises what `send` raises."""
        request = Request(f"{self._config.status_url}/{quote(number, safe='')}", b"", self._headers(), "GET")
        document = check(await ask(self._session, request)).document()
        found = document.get("data")
        statuses = [one.get("status") for one in found] if isinstance(found, list) else []
        if document.get("status") != "success" or not all(isinstance(one, int) for one in statuses):
            raise PermanentError("speedsms-status")
        if any(one >= NEVER for one in statuses):
            return False
        return True if statuses and not any(statuses) else None

    def _headers(self) -> dict[str, str]:
        token = b64encode(f"{reveal(self._config.token, self._config.token_file)}:x".encode()).decode()
        return {**JSON, "Authorization": f"Basic {token}"}


def _number(answer: Answer) -> str:
    if answer.status == UNAUTHORIZED:
        raise PermanentError("bad-token")
    document = check(answer).document()
    code = str(document.get("code", ""))
    if code == INTERNAL:
        raise TemporaryError("speedsms-500")
    if document.get("status") != "success":
        raise PermanentError(REFUSALS.get(code, f"speedsms-{code[:8]}"))
    data = document.get("data") or {}
    if data.get("invalidPhone"):
        raise PermanentError("bad-phone")
    return str(data.get("tranId", ""))
