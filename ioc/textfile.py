"""A text that somebody wrote and saved with an editor of his own."""

from pathlib import Path

from ioc.errors import ConfigError

LARGEST = 1_000_000
"""Bytes of a file of settings or rules; more is something else."""
NAME = "hãy xem lại tên tệp / look at its name"


def read(path: Path, hint: str = NAME) -> str:
    """The text, without the mark that some editors put in front.

    Raises:
        ConfigError: it cannot be read, and `hint` says what to do; it is too large, or not UTF-8.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: không đọc được / cannot be read ({error.strerror}); {hint}") from error
    if len(content) > LARGEST:
        raise ConfigError(f"{path}: quá lớn / too large: {len(content)} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: byte {error.start + 1} is not UTF-8; hãy lưu tệp bằng UTF-8 / save the file as UTF-8"
        ) from error
