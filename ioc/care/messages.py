"""The doctor's look at the ways to officials. Nothing is sent."""

import aiosmtplib

from ioc.care.finding import Finding, bad, good, notice
from ioc.errors import IocError
from ioc.notify import directory
from ioc.notify.config import NotifyConfig
from ioc.notify.email import EmailConfig
from ioc.settings import Settings


async def look_at_channels(settings: Settings) -> list[Finding]:
    """Officials and routes, the webhook's secret, the mail server."""
    config = settings.notify
    findings = [_look_at_people(config), _look_at_webhook(config)]
    if config.email is None:
        findings.append(notice("Chưa cấu hình thư điện tử", "no mail server is set", "[notify.email]"))
    else:
        findings.append(await _look_at_mail(config.email))
    return findings


def _look_at_people(config: NotifyConfig) -> Finding:
    if config.officials is None or config.routes is None:
        step = "đặt officials và routes trong [notify] / set both in [notify]"
        return notice("Chưa có danh bạ: không ai được báo", "no officials and routes: nobody is told", step)
    try:
        directory.load(config.officials, config.routes)
    except (IocError, OSError) as error:
        return bad("Danh bạ hoặc tuyến báo có lỗi", str(error), "sửa tệp được nêu / mend the file named")
    return good("Danh bạ và tuyến báo đọc được", "officials and routes can be read")


def _look_at_webhook(config: NotifyConfig) -> Finding:
    try:
        key = config.webhook.key()
    except (IocError, OSError) as error:
        step = "kiểm tra / check [notify.webhook] secret_file"
        return bad("Không đọc được khóa webhook", f"webhook secret: {error}", step)
    if not key:
        step = "đặt / set [notify.webhook] secret_file"
        return notice("Webhook không có khóa ký", "webhooks are signed with an empty key", step)
    return good("Khóa webhook đọc được", "webhook secret can be read")


async def _look_at_mail(config: EmailConfig) -> Finding:
    place = f"{config.host}:{config.port}"
    client = aiosmtplib.SMTP(hostname=config.host, port=config.port, start_tls=config.start_tls, timeout=config.timeout)
    try:
        password = config.secret()
        async with client:
            if config.username is not None:
                await client.login(config.username, password or "")
    except (IocError, aiosmtplib.SMTPException, OSError) as error:
        step = "kiểm tra / check [notify.email]"
        return bad(f"Máy chủ thư {place} không nhận", f"mail server: {error}", step)
    return good(f"Máy chủ thư {place} nhận kết nối", "mail server lets us in")
