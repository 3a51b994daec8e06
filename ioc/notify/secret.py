"""Secrets of the channels: read when they are used, so that a changed file needs no restart, and never printed."""

from pathlib import Path

from pydantic import SecretStr

from ioc.errors import PermanentError


def reveal(value: SecretStr | None, file: Path | None) -> str:
    """The secret, from its file if one is named; "" when there is neither.

    Raises:
        PermanentError: the file cannot be read.
    """
    if file is None:
        return value.get_secret_value() if value else ""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise PermanentError("secret-file", f"{file} cannot be read") from error
