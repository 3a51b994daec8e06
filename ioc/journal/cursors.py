"""How far each reader of the journal has come, in one small file."""

import sqlite3
import threading
from pathlib import Path


class Cursors:
    """Named positions in the journal, durable on return. Thread-safe."""

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS cursors(reader TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID"
        )

    def get(self, reader: str) -> int:
        """The number of the last entry that the reader is done with, 0 at first."""
        with self._lock:
            row = self._connection.execute("SELECT seq FROM cursors WHERE reader=?", (reader,)).fetchone()
        return row[0] if row else 0

    def set(self, reader: str, seq: int) -> None:
        """Move a cursor, forwards or back."""
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO cursors VALUES(?, ?)", (reader, seq))

    def all(self) -> dict[str, int]:
        """Every reader's position."""
        with self._lock:
            return dict(self._connection.execute("SELECT reader, seq FROM cursors"))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
