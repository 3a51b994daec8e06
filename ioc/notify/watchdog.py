"""The watchdog: a heartbeat to a receiver outside this machine, whose silence is the alarm.

It beats only while every part that it was told about has moved lately, so that a process which lives but does not work
falls silent too. The way in from the broker counts as moving when the canary comes back by it. The receiver is somebody
else's: it calls a person when nothing has come for a few beats.
"""

import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path

import aiohttp
import msgspec
import structlog
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ioc.clock import Clock
from ioc.errors import IocError
from ioc.model import SECOND, moment
from ioc.notify.http import JSON, Request, ask, check
from ioc.notify.secret import reveal
from ioc.telemetry import Counts, Link

log = structlog.get_logger("ioc.notify.watchdog")


class WatchdogConfig(BaseModel):
    """The outside receiver: one POST every `interval` seconds, while all parts moved within `patience` seconds.

    A receiver that calls after 45 s without a beat finds a dead part within 90 s.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    interval: float = Field(default=10.0, gt=0)
    patience: float = Field(default=30.0, gt=0)
    secret: SecretStr | None = None
    secret_file: Path | None = None


class Watchdog:
    """Start `run`; each part calls `moved` whenever it has done a round of its work."""

    def __init__(
        self,
        config: WatchdogConfig,
        parts: Iterable[str],
        session: aiohttp.ClientSession,
        clock: Clock,
        counts: Counts,
    ) -> None:
        """`parts` are the names that have to move; each has `patience` seconds from now for its first time."""
        self._config = config
        self._session = session
        self._clock = clock
        self._counts = counts
        self._last = dict.fromkeys(parts, clock.monotonic())
        self._link = Link("watchdog", counts)
        self._still: tuple[str, ...] = ()

    def moved(self, part: str) -> None:
        """That part has just done a round of its work."""
        self._last[part] = self._clock.monotonic()

    def standing(self) -> tuple[str, ...]:
        """The parts that have not moved for too long."""
        now = self._clock.monotonic()
        return tuple(part for part, at in self._last.items() if now - at > self._config.patience)

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await self.beat()
            await self._clock.sleep(self._config.interval)

    async def beat(self) -> None:
        """One heartbeat, or none while a part stands still. Never raises an error of the receiver."""
        still = self.standing()
        if still != self._still:
            log.error("heart stopped", parts=still) if still else log.info("heart beats again")
            self._still = still
        self._counts.set("watchdog_standing_parts", len(still))
        if not still:
            await self._post()

    async def _post(self) -> None:
        body = msgspec.json.encode({"alive": sorted(self._last), "at": moment(self._clock.now())})
        timestamp = self._clock.now() // SECOND
        key = reveal(self._config.secret, self._config.secret_file).encode()
        signature = hmac.new(key, b"%d.%s" % (timestamp, body), hashlib.sha256).hexdigest()
        headers = {**JSON, "X-IOC-Timestamp": str(timestamp), "X-IOC-Signature": f"sha256={signature}"}
        try:
            check(await ask(self._session, Request(self._config.url, body, headers)))
        except IocError as error:
            self._link.down(str(error))
        else:
            self._link.up()
            self._counts.add("heartbeats")
