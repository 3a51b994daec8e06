"""What an Alertmanager (0.25 and later) posts to its webhook, made into steps of alerts as ours are. Pure.

The rule: every alert is told once when it fires and once when it is over, along the routes; of one that Alertmanager
lost sight of for a while and that still fires, this begins anew. It is told as of

    severity   its label `severity`: critical, warning or info; anything else counts as warning
    site       its label `site` if the catalogue has that site, else the site that the settings name
    field      its label `field` if the catalogue has that field, else none, so that only routes for all fields take it
    name       its annotation `summary_vi` or `summary_en`, else `summary`, else `description`, else its name

An alert that we ourselves gave to an Alertmanager carries our incident, and comes back to nobody. Source: message
version 4 in Alertmanager's `notify/webhook`.
"""

from base64 import b32encode
from collections.abc import Iterable, Mapping
from datetime import MAXYEAR, MINYEAR, datetime
from hashlib import blake2b
from typing import Any

import msgspec

from indicators.lookup import Catalogue
from ioc.model import Detail, Kind, Severity, State, Status, Transition, micros
from ioc.notify.render.clean import clean, cut

LONGEST = 300
OURS = "incident"
"""The annotation that `ioc.notify.alertmanager` writes."""


class Alert(msgspec.Struct, frozen=True, rename="camel"):
    """One alert of the webhook's body."""

    status: str
    labels: dict[str, str]
    starts_at: datetime
    fingerprint: str
    ends_at: datetime | None = None
    annotations: dict[str, str] = {}

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status == "resolved"

    @property
    def over_at(self) -> datetime:
        """When it ended, if it has and says so; else when it began."""
        return self.ends_at if self.is_over and self.ends_at is not None else self.starts_at

    @property
    def revision(self) -> int:
        """1 when it fires, 2 when it is over; how often that was so before, its posts do not say."""
        return 2 if self.is_over else 1

    @property
    def incident(self) -> str:
        """The same for both, and for every repetition."""
        name = f"{self.fingerprint}/{self.starts_at.isoformat()}"
        return "A" + b32encode(blake2b(name.encode(), digest_size=5).digest()).decode()


class Post(msgspec.Struct, frozen=True, rename="camel"):
    """The body of the webhook, as far as it matters; so many alerts of it were left out where it sets `max_alerts`."""

    version: str
    alerts: list[Alert]
    truncated_alerts: int = 0


def decode(body: bytes) -> Post:
    """What is not our own of it; ValueError when the body is not what an Alertmanager posts."""
    post = msgspec.json.decode(body, type=Post)
    if not all(map(_is_told, (time for alert in post.alerts for time in (alert.starts_at, alert.over_at)))):
        raise ValueError("startsAt, endsAt: no time zone, or no time that can be told here")
    foreign = [alert for alert in post.alerts if OURS not in alert.annotations]
    return msgspec.structs.replace(post, alerts=foreign)


def transition(alert: Alert, catalogue: Catalogue, site: str) -> Transition:
    """The step that the alert has made; `site` is where an alert is that names no site of ours."""
    labels = alert.labels
    since = micros(alert.starts_at)
    rule = cut(clean(labels.get("alertname", "")), LONGEST) or "alertmanager"
    return Transition(
        rule=rule,
        site=labels["site"] if labels.get("site") in catalogue.sites else site,
        field=labels["field"] if labels.get("field") in catalogue.fields else "",
        indicator=clean(alert.fingerprint),
        kind=Kind.EXTERNAL,
        severity=_severity(labels.get("severity", "")),
        before=Status.FIRING if alert.is_over else Status.OK,
        after=Status.RESOLVED if alert.is_over else Status.FIRING,
        at=max(since, micros(alert.over_at)),
        since=since,
        value=None,
        bound=None,
        upper=None,
        state=State.PROVISIONAL,
        basis=f"Alertmanager ({rule})",
        incident=alert.incident,
        revision=alert.revision,
        detail=Detail(name_vi=_summary(alert, "vi"), name_en=_summary(alert, "en")),
    )


def _is_told(time: datetime) -> bool:
    """Whether it is the same moment for everybody, and one that other zones have a date for too."""
    return time.tzinfo is not None and MINYEAR < time.year < MAXYEAR


def _summary(alert: Alert, lang: str) -> str:
    found = _first(alert.annotations, (f"summary_{lang}", "summary", "description"))
    return cut(clean(found or alert.labels.get("alertname", "")) or alert.fingerprint, LONGEST).rstrip(".")


def _first(texts: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((text for name in names if (text := texts.get(name, ""))), "")


def _severity(label: str) -> Severity:
    known = {one.name.lower(): one for one in Severity if one is not Severity.OK}
    return known.get(label.lower(), Severity.WARNING)
