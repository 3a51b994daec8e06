"""The settings of all that tells people."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ioc.notify.alertmanager import AlertmanagerConfig
from ioc.notify.alertmanager_inlet import InletConfig
from ioc.notify.allowance import Allowance
from ioc.notify.apprise import AppriseConfig
from ioc.notify.email import EmailConfig
from ioc.notify.esms import EsmsConfig
from ioc.notify.loudspeaker import LoudspeakerConfig
from ioc.notify.pace import Rate
from ioc.notify.speedsms import SpeedSmsConfig
from ioc.notify.telegram import TelegramConfig
from ioc.notify.template import TemplateConfig
from ioc.notify.watchdog import WatchdogConfig
from ioc.notify.webhook import WebhookConfig
from ioc.notify.zalo_config import ZaloConfig


class NotifyConfig(BaseModel):
    """Who is told (two files that a clerk edits), over which channels, and how fast each may be used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    officials: Path | None = None
    routes: Path | None = None
    email: EmailConfig | None = None
    webhook: WebhookConfig = WebhookConfig()
    telegram: TelegramConfig | None = None
    esms: EsmsConfig | None = None
    speedsms: SpeedSmsConfig | None = None
    zalo: ZaloConfig | None = None
    http: tuple[TemplateConfig, ...] = ()
    loudspeaker: LoudspeakerConfig | None = None
    apprise: AppriseConfig | None = None
    rates: dict[str, Rate] = {}
    budget: Allowance = Allowance()
    alertmanager: AlertmanagerConfig | None = None
    alertmanager_inlet: InletConfig | None = None
    watchdog: WatchdogConfig | None = None
