"""The webhook that an Alertmanager posts to: authenticated, and answered only when its alerts are in the outbox.

It posts again after a 5xx only. Source: Alertmanager's `notify/webhook`.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, SecretStr

from indicators.lookup import Catalogue
from ioc.bearer import shows
from ioc.errors import IocError, TemporaryError
from ioc.model import Notification, Transition
from ioc.notify.directory import Directory
from ioc.notify.external import decode, transition
from ioc.notify.route import notifications
from ioc.notify.secret import reveal
from ioc.telemetry import Counts

OK, BAD, UNAUTHORIZED, LATER = 200, 400, 401, 503
log = structlog.get_logger("ioc.notify.alertmanager")

Enter = Callable[[str, Transition, Callable[[Transition], Sequence[Notification]]], bool]
"""Takes a step of the alert with that fingerprint, and its messages, unless it was taken before; whether it is new."""


class InletConfig(BaseModel):
    """Who may post, as `Authorization: Bearer ...`, and where an alert is that names no site."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr | None = None
    token_file: Path | None = None
    site: str


class AlertmanagerInlet:
    """Takes the calls of the webhook."""

    def __init__(
        self, config: InletConfig, people: Directory, catalogue: Catalogue, enter: Enter, counts: Counts
    ) -> None:
        """`enter` is durable on return."""
        self._config = config
        self._people = people
        self._catalogue = catalogue
        self._enter = enter
        self._counts = counts

    def take(self, body: bytes, headers: Mapping[str, str]) -> int:
        """The HTTP status to answer with; on 503 an Alertmanager posts again."""
        try:
            if not self._is_known(headers.get("authorization", "")):
                return UNAUTHORIZED
            post = decode(body)
            for alert in post.alerts:
                told = transition(alert, self._catalogue, self._config.site)
                is_new = self._enter(alert.fingerprint, told, self._tell)
                self._counts.add("external_alerts", outcome="told" if is_new else "repeated")
            self._note_left_out(post.truncated_alerts)
        except TemporaryError:
            return LATER
        except (ValueError, RecursionError, IocError):
            self._counts.add("external_alerts", outcome="refused")
            return BAD
        return OK

    def _tell(self, told: Transition) -> Sequence[Notification]:
        return notifications(told, self._people, self._catalogue)

    def _note_left_out(self, alerts: int) -> None:
        if alerts > 0:
            self._counts.add("external_alerts", alerts, outcome="left-out")
            log.warning("Alertmanager left alerts out: its webhook sets max_alerts", alerts=alerts)

    def _is_known(self, header: str) -> bool:
        return shows(header, reveal(self._config.token, self._config.token_file))
