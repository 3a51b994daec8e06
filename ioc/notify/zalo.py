"""The two Zalo channels: ZNS, an approved template sent to a telephone number; and OA, free text to a follower.

OA text ("tin tư vấn") reaches only who has dealt with the account within the last 7 days; a template reaches every
Zalo account of that number. Both take the account's access token in the header `access_token`, answer 200 with `error`
0 or a negative code, and allow 4,000 calls a minute. Source: Zalo Platforms' documentation, "Gửi tin Tư vấn dạng văn
bản" (2,000 signs), "ZBS Template Message" (`tracking_id` of at most 48 signs), "Giới hạn tốc độ API".
"""

from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec

from ioc.errors import PermanentError, TemporaryError
from ioc.model import Notification
from ioc.notify.http import Request, ask, check
from ioc.notify.identity import identity, phone
from ioc.notify.render import gathered
from ioc.notify.render.chat import plain
from ioc.notify.render.clean import cut
from ioc.notify.render.zns import SIZES, free, parameters
from ioc.notify.zalo_codes import OA, STALE, ZNS, Codes
from ioc.notify.zalo_config import ZaloConfig
from ioc.notify.zalo_token import ZaloTokens

OA_LENGTH = 2000
DELIVERED = 1
"""On the telephone; 0 is on the way, -1 no message of ours."""


class ZaloZns:
    """Fills the approved template, with a free text as its indicator."""

    name = "zns"

    def __init__(self, config: ZaloConfig, tokens: ZaloTokens, session: aiohttp.ClientSession) -> None:
        """`tokens` is shared with the other Zalo channel: the account has one refresh token."""
        self._config = config
        self._caller = _Caller(ZNS, tokens, session)

    async def send(self, notification: Notification) -> str:
        """Hand over and give Zalo's number, or raise TemporaryError, PermanentError or OutcomeUnknownError."""
        sizes = self._config.sizes or SIZES
        if notification.items:
            filled = gathered.parameters(notification, sizes.items())
        elif notification.slots is not None:
            filled = parameters(notification.slots, sizes)
        else:
            filled = free(notification, sizes)
        document = {
            "phone": phone(notification.address),
            "template_id": self._config.template,
            "template_data": filled,
            "tracking_id": identity(notification),
        }
        return _number(await self._caller.call(Request(self._config.zns_url, msgspec.json.encode(document))))

    async def arrived(self, number: str) -> bool | None:
        """Whether the telephone has it; None while it has not. Raises what `send` raises."""
        address = f"{self._config.status_url}?{urlencode({'message_id': number})}"
        found = (await self._caller.call(Request(address, b"", {}, "GET"))).get("data")
        if not isinstance(found, dict):
            raise PermanentError("zalo-status")
        return True if found.get("status") == DELIVERED else None


class ZaloOa:
    """Posts text to somebody who follows the account. The address is the follower's id."""

    name = "zalo"

    def __init__(self, config: ZaloConfig, tokens: ZaloTokens, session: aiohttp.ClientSession) -> None:
        """`tokens` is shared with the other Zalo channel: the account has one refresh token."""
        self._url = config.oa_url
        self._caller = _Caller(OA, tokens, session)

    async def send(self, notification: Notification) -> str:
        """Hand over and give Zalo's number, or raise TemporaryError, PermanentError or OutcomeUnknownError."""
        text = (
            gathered.plain(notification, OA_LENGTH) if notification.items else cut(plain(notification.text), OA_LENGTH)
        )
        document = {"recipient": {"user_id": notification.address}, "message": {"text": text}}
        return _number(await self._caller.call(Request(self._url, msgspec.json.encode(document))))


class _Caller:
    """Asks with a good token, and once more with a new one when Zalo refuses the first."""

    def __init__(self, codes: Codes, tokens: ZaloTokens, session: aiohttp.ClientSession) -> None:
        self._codes = codes
        self._tokens = tokens
        self._session = session

    async def call(self, request: Request) -> dict[str, Any]:
        """The answer, once its code says success."""
        token = await self._tokens.access()
        answer = await self._ask(token, request)
        if answer.get("error") in STALE:
            answer = await self._ask(await self._tokens.access(rejected=token), request)
        return _checked(answer, self._codes)

    async def _ask(self, token: str, request: Request) -> dict[str, Any]:
        headers = {**request.headers, "access_token": token}
        return check(await ask(self._session, request._replace(headers=headers))).document()


def _checked(answer: dict[str, Any], codes: Codes) -> dict[str, Any]:
    code = answer.get("error")
    if not isinstance(code, int):
        raise PermanentError("zalo-answer")
    if code in codes.later:
        raise TemporaryError(f"zalo{code}", codes.later[code])
    if code in STALE:
        raise PermanentError("bad-token")
    if code != 0:
        raise PermanentError(codes.refusals.get(code, f"zalo{code}"[:16]))
    return answer


def _number(answer: dict[str, Any]) -> str:
    data = answer.get("data") or {}
    return str(data.get("msg_id") or data.get("message_id") or "")
