"""The loudspeaker channel: a bulletin to be read out, as a text file in a folder that the broadcaster watches.

The address is the folder's name below `directory`. A file is whole when it is there, and keeps its name when repeated.
No public interface is behind it: the folder and the form of the file are ours, to be agreed with the broadcaster.
"""

import asyncio
import os
import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ioc.errors import PermanentError, TemporaryError
from ioc.model import Notification
from ioc.notify.identity import identity
from ioc.notify.render.gathered import spoken

NAME = re.compile(r"[a-z0-9-]{1,64}")


class LoudspeakerConfig(BaseModel):
    """Where bulletins are laid down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    directory: Path


class Loudspeaker:
    """Writes one file per message: `<address>/<unix seconds>-<name of the message>.txt`."""

    name = "loudspeaker"

    def __init__(self, config: LoudspeakerConfig) -> None:
        """Opens nothing before the first message."""
        self._directory = config.directory

    async def send(self, notification: Notification) -> str:
        """Lay the bulletin down and give its file's name, or raise TemporaryError or PermanentError."""
        if NAME.fullmatch(notification.address) is None:
            raise PermanentError("bad-address", "a folder is named with a-z, 0-9 and -")
        text = spoken(notification)
        name = f"{notification.transition.at // 1_000_000}-{identity(notification)}.txt"
        try:
            await asyncio.to_thread(_lay_down, self._directory / notification.address, name, f"{text}\n")
        except OSError as error:
            raise TemporaryError("disk") from error
        return name


def _lay_down(folder: Path, name: str, text: str) -> None:
    """Write aside, make durable, rename: whoever watches the folder never reads half a bulletin."""
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{name}.part"
    with aside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(folder / name)
