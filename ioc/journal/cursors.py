"""How far each reader of the journal has come, in one small file."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ioc.errors import ConfigError, PermanentError, TemporaryError


class Cursors:
    """Named positions in the journal, durable on return. Thread-safe.

    Raises TemporaryError while the file cannot be used, PermanentError when it is damaged.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        self._path = path
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"{path.parent}: không dùng được, hãy đặt state.directory khác / "
                f"{error.strerror}; set another state.directory"
            ) from error
        with self._using(self._lock):
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS cursors(reader TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID"
            )
            # Who only looks must not wait for the sync of another's move: many look from the event loop.
            self._view = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    def get(self, reader: str) -> int:
        """The number of the last entry that the reader is done with, 0 at first."""
        with self._using(self._looking):
            row = self._view.execute("SELECT seq FROM cursors WHERE reader=?", (reader,)).fetchone()
        return row[0] if row else 0

    def set(self, reader: str, seq: int) -> None:
        """Move a cursor, forwards or back."""
        with self._using(self._lock):
            self._connection.execute("INSERT OR REPLACE INTO cursors VALUES(?, ?)", (reader, seq))

    def all(self) -> dict[str, int]:
        """Every reader's position."""
        with self._using(self._looking):
            return dict(self._view.execute("SELECT reader, seq FROM cursors"))

    def close(self) -> None:
        """Close the file."""
        self._view.close()
        self._connection.close()

    @contextmanager
    def _using(self, lock: threading.Lock) -> Iterator[None]:
        with lock:
            try:
                yield
            except sqlite3.OperationalError as error:
                raise TemporaryError(f"{self._path}: {error}") from error
            except sqlite3.Error as error:
                detail = f"{self._path}: {error}; move it away, and what it counted is done once more"
                raise PermanentError("cursors-db", detail) from error
