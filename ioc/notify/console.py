"""The channel of whoever watches the console: the message is already there, so sending it is writing it to the log."""

import structlog

from ioc.model import Notification

log = structlog.get_logger("ioc.notify.console")


class Console:
    """Says messages in the log; cannot fail."""

    name = "console"

    async def send(self, notification: Notification) -> None:
        """Write the message to the log."""
        log.info("message", receiver=notification.receiver, text=notification.text)
