"""One process at a time in a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ioc.errors import ConfigError


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold the folder, made if it must be; it is let go at the end, and when the process dies.

    Raises:
        ConfigError: another process holds it, or it cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = (directory / "lock").open("ab")
    except OSError as error:
        raise ConfigError(
            f"{directory}: không dùng được, hãy đặt state.directory khác / "
            f"cannot be used: {error.strerror}; set another state.directory"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(
                f"{directory}: một tiến trình khác đang dùng, hãy dừng nó hoặc đặt state.directory khác / "
                f"another process uses {directory}; stop it, or set another state.directory"
            ) from error
        yield
