"""A copy of journal and state while the engine runs, and the way back.

Every file is copied by SQLite's backup in one step: a reader's snapshot, which the writer does not notice. The state is
copied before the journal, so that no cursor in a backup points beyond its journal. `backup.json` is written last: a
folder without it is no backup.
"""

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from ioc.errors import ConfigError, TemporaryError
from ioc.journal.partition import sync_directory
from ioc.journal.reader import SUFFIX, partitions
from ioc.model import Micros, moment

MANIFEST = "backup.json"
JOURNAL, STATE = "journal", "state"


class Copy(msgspec.Struct, frozen=True):
    """One file: its place in the backup, size, SHA-256, and the samples it holds (0 for state files)."""

    name: str
    size: int
    sha256: str
    samples: int


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds, and the moment it was begun."""

    taken: str
    files: list[Copy]

    @property
    def samples(self) -> int:
        """All samples in it."""
        return sum(copy.samples for copy in self.files)

    @property
    def size(self) -> int:
        """All bytes in it."""
        return sum(copy.size for copy in self.files)


def back_up(journal: Path, state: Path, target: Path, now: Micros) -> Manifest:
    """Copy both folders to `target`, which is new or empty.

    Raises:
        ConfigError: there is something in `target`, or nothing to copy.
        TemporaryError: a file could not be read or written; take away what is in `target` and try again.
    """
    _need_empty(target)
    files = [(STATE, path) for path in sorted(state.glob("*.db"))]
    files += [(JOURNAL, path) for path in [*journal.glob("*.db"), *partitions(journal)]]
    if not files:
        raise ConfigError(
            f"{journal}, {state}: không có gì để sao lưu, có thiếu --config không? / "
            "nothing to back up, is --config missing?"
        )
    try:
        copies = [_copy(path, target / folder / path.name) for folder, path in files]
        manifest = Manifest(moment(now).isoformat(), copies)
        _write(target / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    except (sqlite3.Error, OSError) as error:
        raise TemporaryError(f"backup: {error}") from error
    return manifest


def restore(source: Path, journal: Path, state: Path) -> Manifest:
    """Put a backup into two folders, each new or empty; every file is compared with the manifest, then checked.

    Raises:
        ConfigError: `source` is no sound backup, or a folder is not empty.
        TemporaryError: a file could not be read or written.
    """
    manifest = _manifest(source)
    for target in (journal, state):
        _need_empty(target)
    folders = {JOURNAL: journal, STATE: state}
    try:
        for copy in manifest.files:
            folder, name = copy.name.split("/", 1)
            _put_back(source / copy.name, folders[folder] / Path(name).name, copy)
    except (sqlite3.Error, OSError) as error:
        raise TemporaryError(f"restore: {error}") from error
    return manifest


def _copy(source: Path, target: Path) -> Copy:
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        copy.execute("PRAGMA synchronous=OFF")  # one sync at the end is enough: an unfinished backup is none
        original.backup(copy)
        samples = _examine(copy, target)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without companions
    _sync(target)
    return Copy(f"{target.parent.name}/{target.name}", target.stat().st_size, _digest(target), samples)


def _examine(db: sqlite3.Connection, path: Path) -> int:
    """The number of samples of a sound file. ConfigError if it is not sound."""
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise ConfigError(
            f"{path}: {verdict}; hãy chạy `ioc doctor`, khởi động lại trung tâm để sửa, rồi thử lại / "
            "run `ioc doctor`, restart the engine, which mends it, then try again"
        )
    if path.suffix != SUFFIX:
        return 0
    (samples,) = db.execute("SELECT count(*) FROM samples").fetchone()
    return int(samples)


def _put_back(source: Path, target: Path, copy: Copy) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    if _digest(target) != copy.sha256:
        raise ConfigError(
            f"{source}: sai mã kiểm, hãy dùng bản sao lưu khác / "
            "is not the file that was backed up (checksum); take another backup"
        )
    with closing(sqlite3.connect(f"{target.absolute().as_uri()}?mode=ro", uri=True)) as db:
        if _examine(db, target) != copy.samples:
            raise ConfigError(
                f"{source}: thiếu số liệu, hãy dùng bản sao lưu khác / "
                f"does not hold {copy.samples} samples; take another backup"
            )
    _sync(target)


def _manifest(source: Path) -> Manifest:
    try:
        return msgspec.json.decode((source / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(
            f"{source}: không phải bản sao lưu trọn vẹn, hãy nêu thư mục của `ioc backup` / "
            f"is no finished backup, name the folder of `ioc backup` ({MANIFEST}: {error})"
        ) from error


def _need_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(
            f"{folder}: không trống, hãy nêu thư mục mới hoặc dời những gì trong đó đi trước / "
            "is not empty; name a new folder, or move what is in it away first"
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    _sync(path)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_directory(path.parent)
