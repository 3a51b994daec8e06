"""Alerts out to an Alertmanager (API v2): all that are firing, again and again, and those that ended, for a while.

Alertmanager forgets: an alert that is not re-posted within its `resolve_timeout` ends by itself, and what it had not
written down is lost when it dies. So every round posts the whole truth; repeats are recognised by their labels.
Source: Alertmanager's `api/v2/openapi.yaml` (`postAlerts`); played against the real one in the tests.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

import aiohttp
import msgspec
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ioc.errors import IocError
from ioc.model import Status, Transition, moment
from ioc.notify.http import JSON, Request, ask, check
from ioc.notify.secret import reveal
from ioc.telemetry import Counts, Link

AT_A_TIME = 500
Say = Callable[[Transition, str], str]


class AlertmanagerConfig(BaseModel):
    """Where it is, and how often the whole truth is posted: well within its `resolve_timeout`, 5 minutes by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "http://127.0.0.1:9093"
    interval: float = Field(default=30.0, gt=0)
    token: SecretStr | None = None
    token_file: Path | None = None


class AlertmanagerFeed:
    """Start `run`; `wake` posts at once."""

    def __init__(
        self,
        config: AlertmanagerConfig,
        session: aiohttp.ClientSession,
        active: Callable[[], Sequence[Transition]],
        say: Say,
        counts: Counts,
    ) -> None:
        """`active` gives the latest transition of what fires or ended lately; `say` the sentence in a language."""
        self._config = config
        self._session = session
        self._active = active
        self._say = say
        self._link = Link("alertmanager", counts)
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something has changed."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            await self._round()
            try:
                async with asyncio.timeout(self._config.interval):
                    await self._wake.wait()
            except TimeoutError:
                pass  # the next regular round

    async def _round(self) -> None:
        try:
            await self.post(await asyncio.to_thread(self._active))
        except IocError as error:
            self._link.down(str(error))
        else:
            self._link.up()

    async def post(self, transitions: Iterable[Transition]) -> None:
        """Post what fires and what has ended; raises the errors of the HTTP edge."""
        told = [self._alert(told) for told in transitions if told.after in (Status.FIRING, Status.RESOLVED)]
        token = reveal(self._config.token, self._config.token_file)
        headers = {**JSON, "Authorization": f"Bearer {token}"} if token else JSON
        for start in range(0, len(told), AT_A_TIME):
            body = msgspec.json.encode(told[start : start + AT_A_TIME])
            check(await ask(self._session, Request(f"{self._config.url}/api/v2/alerts", body, headers)))

    def _alert(self, told: Transition) -> dict[str, dict[str, str] | datetime]:
        labels = {
            "alertname": told.rule,
            "site": told.site,
            "field": told.field,
            "indicator": told.indicator,
            "kind": told.kind.value,
            "severity": told.severity.name.lower(),
        }
        annotations = {
            "summary": self._say(told, "vi"),
            "description": self._say(told, "en"),
            "incident": f"{told.incident}/{told.revision}",
        }
        alert: dict[str, dict[str, str] | datetime] = {
            "labels": labels,
            "annotations": annotations,
            "startsAt": moment(told.since),
        }
        return alert | ({"endsAt": moment(told.at)} if told.after is Status.RESOLVED else {})
