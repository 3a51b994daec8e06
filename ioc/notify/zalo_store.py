"""Where the tokens of a Zalo account lie: one file that only its owner may read, whole at any moment."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ioc.errors import PermanentError, TemporaryError
from ioc.model import Micros


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token, and the access token it came with.

    `is_spent`: it was sent, and no successor is known. `seed`: of which log-in it descends.
    """

    refresh: str
    access: str = ""
    expires_at: Micros = 0
    is_spent: bool = False
    seed: str = ""

    def spent(self) -> "Pair":
        """The same, marked as sent."""
        return msgspec.structs.replace(self, is_spent=True)

    def __repr__(self) -> str:
        """Tokens are never shown."""
        return "Pair(…)"


class Store:
    """The file."""

    def __init__(self, path: Path) -> None:
        """Opens nothing."""
        self._path = path

    def load(self, first: str) -> Pair:
        """What was saved last; a new beginning when `first`, the token of a person's log-in, is another than before.

        Raises:
            PermanentError: the file is not ours.
        """
        seed = hashlib.sha256(first.encode()).hexdigest()
        saved = self._read()
        return saved if saved and (saved.seed == seed or not first) else Pair(refresh=first, seed=seed)

    def _read(self) -> Pair | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Pair)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError):
            # `from None`: a decoder may quote what it read.
            raise PermanentError("zalo-store", f"{self._path} cannot be read") from None

    def save(self, pair: Pair) -> None:
        """Durable when this returns; TemporaryError when the disk refuses."""
        aside = self._path.with_suffix(".part")
        try:
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(msgspec.json.encode(pair))
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._path)
            _sync(self._path.parent)
        except OSError as error:
            raise TemporaryError("disk") from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The lock among processes; TemporaryError while another one has it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.with_suffix(".lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield
        except BlockingIOError as error:
            raise TemporaryError("zalo-token-busy", 1.0) from error


def _sync(folder: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
