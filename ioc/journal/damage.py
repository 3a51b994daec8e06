"""Telling a damaged file from one that merely cannot be written now."""

import sqlite3
from contextlib import closing
from pathlib import Path

from ioc.errors import JournalError

SIGNS = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR}
"""SQLITE_ERROR: our statements are right, so a table or column that is missing was there once."""

PRIMARY = 0xFF


class DamagedError(JournalError):
    """A file of the journal does not hold what was written."""

    def __init__(self, path: Path, why: str) -> None:
        """`path` names the file."""
        super().__init__(f"{path.name} is damaged ({why}); the engine mends it when it starts: `ioc run`")
        self.path = path


def is_damage(error: Exception) -> bool:
    """Whether an error of SQLite says that the file is damaged; a full or failing disk is something else."""
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY
    return isinstance(error, sqlite3.Error) and code in SIGNS


def is_whole(path: Path) -> bool:
    """Whether a file is sound as a database and has a beginning. Reads all of it."""
    try:
        with closing(connect(path)) as db:
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
            (beginnings,) = db.execute("SELECT count(*) FROM meta").fetchone()
            return bool(verdict == "ok" and beginnings)
    except sqlite3.Error as error:
        if is_damage(error):
            return False
        raise


def read_only(path: Path) -> str:
    """The file as SQLite is to open it, whatever signs stand in the names of its folders."""
    return f"{path.absolute().as_uri()}?mode=ro"


def connect(path: Path) -> sqlite3.Connection:
    """A read-only connection that also reads text that is no longer UTF-8."""
    db = sqlite3.connect(read_only(path), uri=True, check_same_thread=False)
    db.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return db
