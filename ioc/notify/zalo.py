"""The two Zalo channels: ZNS, an approved template sent to a telephone number; and OA, free text to a follower.

OA text ("tin tư vấn") reaches only who has dealt with the account within the last 7 days; a template reaches every
Zalo account of that number. Both take the account's access token in the header `access_token`, answer 200 with `error`
0 or a negative code, and allow 4,000 calls a minute. Source: Zalo Platforms' documentation, "Gửi tin Tư vấn dạng văn
bản" (2,000 signs), "ZBS Template Message" (`tracking_id` of at most 48 signs), "Giới hạn tốc độ API".
"""

from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from ioc.errors import PermanentError, TemporaryError
from ioc.model import Notification
from ioc.notify.http import JSON, Request, ask, check
from ioc.notify.identity import identity, phone
from ioc.notify.render import gathered
from ioc.notify.render.chat import plain
from ioc.notify.render.clean import cut
from ioc.notify.render.zns import SIZES, free, parameters
from ioc.notify.zalo_codes import OA, STALE, ZNS, Codes
from ioc.notify.zalo_config import ZaloConfig
from ioc.notify.zalo_token import ZaloTokens

OA_LENGTH = 2000


class ZaloZns:
    """Fills the approved template, with a free text as its indicator."""

    name = "zns"

    def __init__(self, config: ZaloConfig, tokens: ZaloTokens, session: aiohttp.ClientSession) -> None:
        """`tokens` is shared with the other Zalo channel: the account has one refresh token."""
        self._config = config
        self._caller = _Caller(config.zns_url, ZNS, tokens, session)

    async def send(self, notification: Notification) -> str:
        """Hand over and give Zalo's number, or raise TemporaryError, PermanentError or OutcomeUnknownError."""
        sizes = self._config.sizes or SIZES
        if notification.items:
            filled = gathered.parameters(notification, sizes.items())
        elif notification.slots is not None:
            filled = parameters(notification.slots, sizes)
        else:
            filled = free(notification, sizes)
        return await self._caller.call(
            {
                "phone": phone(notification.address),
                "template_id": self._config.template,
                "template_data": filled,
                "tracking_id": identity(notification),
            }
        )


class ZaloOa:
    """Posts text to somebody who follows the account. The address is the follower's id."""

    name = "zalo"

    def __init__(self, config: ZaloConfig, tokens: ZaloTokens, session: aiohttp.ClientSession) -> None:
        """`tokens` is shared with the other Zalo channel: the account has one refresh token."""
        self._caller = _Caller(config.oa_url, OA, tokens, session)

    async def send(self, notification: Notification) -> str:
        """Hand over and give Zalo's number, or raise TemporaryError, PermanentError or OutcomeUnknownError."""
        text = (
            gathered.plain(notification, OA_LENGTH) if notification.items else cut(plain(notification.text), OA_LENGTH)
        )
        return await self._caller.call({"recipient": {"user_id": notification.address}, "message": {"text": text}})


class _Caller:
    """Posts with a good token, and once more with a new one when Zalo refuses the first."""

    def __init__(self, url: str, codes: Codes, tokens: ZaloTokens, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._codes = codes
        self._tokens = tokens
        self._session = session

    async def call(self, document: Mapping[str, object]) -> str:
        token = await self._tokens.access()
        answer = await self._post(token, document)
        if answer.get("error") in STALE:
            answer = await self._post(await self._tokens.access(rejected=token), document)
        return _number(answer, self._codes)

    async def _post(self, token: str, document: Mapping[str, object]) -> dict[str, Any]:
        headers = {**JSON, "access_token": token}
        return check(await ask(self._session, Request(self._url, msgspec.json.encode(document), headers))).document()


def _number(answer: dict[str, Any], codes: Codes) -> str:
    code = answer.get("error")
    if not isinstance(code, int):
        raise PermanentError("zalo-answer")
    if code in codes.later:
        raise TemporaryError(f"zalo{code}", codes.later[code])
    if code in STALE:
        raise PermanentError("bad-token")
    if code != 0:
        raise PermanentError(codes.refusals.get(code, f"zalo{code}"[:16]))
    data = answer.get("data") or {}
    return str(data.get("msg_id") or data.get("message_id") or "")
