"""`state.db` as others read it, and SQLite's errors in our words."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ioc.errors import PermanentError, TemporaryError


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, read-only and as of one commit: what is asked in one go fits together."""
    with translated(), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        db.execute("begin")
        yield db


@contextmanager
def translated() -> Iterator[None]:
    """TemporaryError while it cannot be used, PermanentError when it is not ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise TemporaryError("state-db") from error
    except sqlite3.Error as error:
        raise PermanentError("state-db", str(error)) from error
