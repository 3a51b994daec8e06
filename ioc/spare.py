"""Small files of ours that may be lost: one that is damaged is put aside and begun anew, so that the engine starts."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import structlog

from ioc.errors import TemporaryError

DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
PRIMARY = 0xFF
log = structlog.get_logger("ioc.spare")


def opened(path: Path, schema: str) -> sqlite3.Connection:
    """The file, made by `schema` unless it is there; durable with every commit, for any thread.

    Raises:
        TemporaryError: it cannot be used now.
    """
    try:
        return _opened(path, schema)
    except (sqlite3.Error, OSError) as error:
        raise TemporaryError(f"{path.name}: {error}") from error


def _opened(path: Path, schema: str) -> sqlite3.Connection:
    if not _is_whole(path):
        aside = path.with_name(f"{path.name}.damaged")
        log.error("damaged, put aside and begun anew", file=path.name, aside=aside.name)
        path.replace(aside)
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.executescript(schema)
    except BaseException:
        with suppress(sqlite3.Error):
            db.close()
        raise
    return db


def _is_whole(path: Path) -> bool:
    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(path)) as db:
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & PRIMARY in DAMAGE:
            return False
        raise
    return bool(verdict == "ok")
