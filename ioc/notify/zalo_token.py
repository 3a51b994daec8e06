"""The tokens of a Zalo Official Account.

An access token lives 25 hours, or until the next one is given. A refresh token lives 3 months, works once and is
answered with its successor, so that whoever loses the successor is locked out until a person logs in again. Therefore:
one refresher at a time, in this process and beside it; that a token is being spent is on disk before it is sent; its
successor is on disk before anything is done with it.

Source: Zalo Platforms' documentation, "Xác thực và ủy quyền cho ứng dụng". It names no code for a refresh token that
was used or has expired (-14014 and -14020 are seen in use), so that whatever is not a throttle asks for a person.
"""

import asyncio
from typing import Any
from urllib.parse import urlencode

import aiohttp
import structlog

from ioc.clock import Clock
from ioc.errors import IocError, OutcomeUnknownError, PermanentError, TemporaryError
from ioc.model import SECOND
from ioc.notify.http import FORM, Request, ask, check
from ioc.notify.secret import reveal
from ioc.notify.zalo_codes import THROTTLE_SECONDS, THROTTLED
from ioc.notify.zalo_config import ZaloConfig
from ioc.notify.zalo_store import Pair, Store
from ioc.telemetry import Link

KEEP_SECONDS = 6 * 3600.0
EARLY = 600 * SECOND
"""An access token that has less than this left is renewed before it is used."""
log = structlog.get_logger("ioc.notify.zalo")


class ZaloTokens:
    """Gives access tokens that are good now."""

    def __init__(self, config: ZaloConfig, session: aiohttp.ClientSession, clock: Clock) -> None:
        """Reads and sends nothing before the first use."""
        self._config = config
        self._session = session
        self._clock = clock
        self._store = Store(config.token_store)
        self._turn = asyncio.Lock()

    async def keep(self, link: Link) -> None:
        """Renew even when nobody is told anything: an unused refresh token lapses. Until cancelled."""
        while True:
            try:
                await self.access()
            except IocError as error:
                link.down(str(error))
            else:
                link.up()
            await self._clock.sleep(KEEP_SECONDS)

    async def access(self, rejected: str | None = None) -> str:
        """A token; another one than `rejected`, which Zalo has just refused.

        Raises:
            TemporaryError: not now.
            PermanentError: `zalo-login`: a person has to log in again.
        """
        async with self._turn:
            pair = self._load()
            if self._is_good(pair, rejected):
                return pair.access
            with self._store.alone():
                pair = self._load()  # another process may have been quicker
                return pair.access if self._is_good(pair, rejected) else await self._renewed(pair)

    def _is_good(self, pair: Pair, rejected: str | None) -> bool:
        return bool(pair.access) and pair.access != rejected and pair.expires_at - EARLY > self._clock.now()

    def _load(self) -> Pair:
        first = reveal(self._config.refresh_token, self._config.refresh_token_file)
        return self._store.load(first)

    async def _renewed(self, pair: Pair) -> str:
        if not pair.refresh:
            raise PermanentError("zalo-login", "no refresh token is configured")
        if pair.is_spent:
            log.warning("refresh token may have been spent before; trying it once more")
        await asyncio.to_thread(self._store.save, pair.spent())
        try:
            document = await self._exchange(pair.refresh)
        except TemporaryError:
            await asyncio.to_thread(self._store.save, pair)
            raise
        except OutcomeUnknownError as error:
            raise TemporaryError("zalo-token") from error
        fresh = Pair(
            seed=pair.seed,
            refresh=str(document["refresh_token"]),
            access=str(document["access_token"]),
            expires_at=self._clock.now() + int(document["expires_in"]) * SECOND,
        )
        await asyncio.to_thread(self._store.save, fresh)
        return fresh.access

    async def _exchange(self, refresh: str) -> dict[str, Any]:
        config = self._config
        form = {"refresh_token": refresh, "app_id": config.app_id, "grant_type": "refresh_token"}
        headers = {**FORM, "secret_key": reveal(config.app_secret, config.app_secret_file)}
        answer = check(await ask(self._session, Request(config.oauth_url, urlencode(form).encode(), headers)))
        document = answer.document()
        if document.get("error") == THROTTLED:
            raise TemporaryError(f"zalo{THROTTLED}", THROTTLE_SECONDS)
        if not {"access_token", "refresh_token", "expires_in"} <= set(document):
            log.error("Zalo refuses the refresh token: log in again and put the new one in place")
            raise PermanentError("zalo-login", f"error {str(document.get('error', ''))[:12]}")
        return document
