"""The eSMS channel: brand-name text messages. The address is a telephone number.

`RequestId` is our name of the message: within 24 hours eSMS refuses a second one under it, so that a repeat after an
unknown outcome reaches nobody twice, and that refusal is our proof that the first one arrived.

Source: eSMS for Developers, "Gửi tin chăm sóc khách hàng", "Hàm kiểm tra tin nhắn theo SMSID" (7 days), "Bảng mã lỗi",
"Môi trường test (Sandbox)": with `Sandbox` 1 nothing is sent, paid or kept.
"""

from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import aiohttp
import msgspec
from pydantic import BaseModel, ConfigDict, SecretStr

from ioc.errors import PermanentError
from ioc.model import Notification
from ioc.notify.http import Request, ask, check
from ioc.notify.identity import identity, phone
from ioc.notify.render.sms import fitted, sms
from ioc.notify.secret import reveal

ACCEPTED = "100"
DUPLICATE = "124"
REFUSALS = {
    "99": "blocked-phone",
    "101": "bad-token",
    "102": "no-price",
    "103": "no-balance",
    "104": "bad-brand",
    "108": "bad-phone",
    "118": "bad-kind",
    "140": "ip-not-allowed",
    "146": "bad-template",
    "177": "no-network",
}
UNKNOWN = "105"
"""eSMS has no message of that number: it was a trial, or we know it by our own name only."""
REJECTED = 4


class EsmsConfig(BaseModel):
    """The account with eSMS."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "https://rest.esms.vn/MainService.svc/json/SendMultipleMessage_V4_post_json/"
    status_url: str = "https://rest.esms.vn/MainService.svc/json/GetSendStatus"
    api_key: SecretStr | None = None
    api_key_file: Path | None = None
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    brand: str = ""
    kind: Literal["2", "8"] = "2"
    accented: bool = False
    sandbox: bool = False
    callback_url: str = ""


class Esms:
    """Posts one text message per notification."""

    name = "esms"

    def __init__(self, config: EsmsConfig, session: aiohttp.ClientSession) -> None:
        """`session` is shared with the other HTTP users of the process."""
        self._config = config
        self._session = session

    async def send(self, notification: Notification) -> str:
        """Hand over and give the provider's number, or raise Temporary-, Permanent- or OutcomeUnknownError."""
        body = msgspec.json.encode(self._document(notification))
        document = check(await ask(self._session, Request(self._config.url, body))).document()
        code = str(document.get("CodeResult", ""))
        if code not in (ACCEPTED, DUPLICATE):
            raise PermanentError(REFUSALS.get(code, f"esms-{code[:8]}"))
        return str(document.get("SMSID") or identity(notification))

    async def arrived(self, number: str) -> bool | None:
        """Whether the telephone has it; None while the operator has not said. Raises what `send` raises."""
        config = self._config
        keys = {
            "RefId": number,
            "ApiKey": reveal(config.api_key, config.api_key_file),
            "SecretKey": reveal(config.secret_key, config.secret_key_file),
        }
        request = Request(f"{config.status_url}?{urlencode(keys)}", b"", {}, "GET")
        document = check(await ask(self._session, request)).document()
        code = str(document.get("CodeResponse", ""))
        if code not in (ACCEPTED, UNKNOWN):
            raise PermanentError("esms-status")
        if document.get("SendSuccess"):
            return True
        return False if document.get("SendFailed") or document.get("SendStatus") == REJECTED else None

    def _document(self, notification: Notification) -> dict[str, str]:
        config = self._config
        said, accented = notification.slots, config.accented
        document = {
            "ApiKey": reveal(config.api_key, config.api_key_file),
            "SecretKey": reveal(config.secret_key, config.secret_key_file),
            "Phone": phone(notification.address),
            "Content": sms(said, accented=accented) if said else fitted(notification.text, accented=accented),
            "Brandname": config.brand,
            "SmsType": config.kind,
            "IsUnicode": "1" if accented else "0",
            "Sandbox": "1" if config.sandbox else "0",
            "RequestId": identity(notification),
        }
        return document | ({"CallbackUrl": config.callback_url} if config.callback_url else {})
