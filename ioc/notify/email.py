"""The email channel: text and HTML over SMTP."""

from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
from pydantic import BaseModel, ConfigDict, SecretStr

from ioc.errors import OutcomeUnknownError, PermanentError, TemporaryError
from ioc.model import Notification, moment
from ioc.notify.identity import identity
from ioc.notify.render import gathered
from ioc.notify.render.clean import clean
from ioc.notify.render.mail import html
from ioc.notify.secret import reveal

PERMANENT = 500


class EmailConfig(BaseModel):
    """The mail server that takes our messages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = 25
    sender: str = "ioc@example.com"
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    start_tls: bool | None = None
    timeout: float = 10.0

    def secret(self) -> str | None:
        """The password, from its file if one is named; None when the server wants none."""
        return reveal(self.password, self.password_file) or None


class Email:
    """Hands messages to a mail server."""

    name = "email"

    def __init__(self, config: EmailConfig) -> None:
        """Opens nothing before the first message."""
        self._config = config

    async def send(self, notification: Notification) -> None:
        """Deliver to the mail server, or raise TemporaryError, PermanentError or OutcomeUnknownError."""
        config = self._config
        try:
            await aiosmtplib.send(
                compose(notification, config.sender),
                hostname=config.host,
                port=config.port,
                username=config.username,
                password=config.secret(),
                start_tls=config.start_tls,
                timeout=config.timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise PermanentError("recipient-refused", notification.receiver) from error
        except aiosmtplib.SMTPResponseException as error:
            if error.code >= PERMANENT:
                raise PermanentError(f"smtp-{error.code}") from error
            raise TemporaryError(f"smtp-{error.code}") from error
        except aiosmtplib.SMTPConnectError as error:
            raise TemporaryError("unreachable") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise OutcomeUnknownError(type(error).__name__) from error


def compose(notification: Notification, sender: str) -> EmailMessage:
    """The message, with an id that stays the same when it has to be said again."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = notification.address
    message["Subject"] = clean(notification.subject)
    message["Date"] = moment(notification.transition.at)
    message["Message-ID"] = f"<{identity(notification)}@{sender.rpartition('@')[2]}>"
    if notification.items:
        message.set_content(gathered.text(notification))
        message.add_alternative(gathered.html(notification), subtype="html")
        return message
    message.set_content(clean(notification.text))
    if notification.slots is not None:
        message.add_alternative(html(notification.slots), subtype="html")
    return message
