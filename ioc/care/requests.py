"""The doctor's look at samples by HTTP. Nothing is sent."""

from collections.abc import Collection

from collectors.webhook_config import SenderConfig
from ioc.care.finding import Finding, bad, good, notice
from ioc.errors import TemporaryError
from ioc.settings import Settings


def look_at_senders(settings: Settings, sites: Collection[str]) -> list[Finding]:
    """Who may post samples: each with a secret that can be read, for `sites` that the catalogue knows."""
    config = settings.webhook
    if not config.senders:
        step = "thêm / add [[webhook.senders]]; docs/webhook.md"
        return [notice("Nhận số liệu qua HTTP chưa có người gửi nào", "nobody may post samples", step)]
    found = [fault for sender in config.senders if (fault := _fault(sender, sites))]
    return found or [good(f"{len(config.senders)} người gửi qua HTTP có khóa", "senders by HTTP have their secrets")]


def _fault(sender: SenderConfig, sites: Collection[str]) -> Finding | None:
    try:
        sender.key()
    except TemporaryError as error:
        step = "kiểm tra / check [[webhook.senders]] secret_file"
        return bad(f"Không đọc được khóa của người gửi “{sender.id}”", str(error), step)
    if strange := sorted(set(sender.sites) - set(sites)):
        names = ", ".join(strange)
        step = "sửa / mend [[webhook.senders]] sites"
        return bad(f"Người gửi “{sender.id}” có địa bàn lạ: {names}", f"unknown sites: {names}", step)
    return None
