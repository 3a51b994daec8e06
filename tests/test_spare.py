"""Files that may be lost never keep the engine from starting."""

from contextlib import closing
from pathlib import Path

import pytest

from collectors.answers import Answers
from ioc.errors import TemporaryError
from ioc.intake.gaps import Gap
from ioc.sequences import Sequences, listed
from ioc.spare import opened
from ioc.telemetry import Counts

SCHEMA = "CREATE TABLE IF NOT EXISTS t(x TEXT NOT NULL);"


def filled(path: Path) -> None:
    with closing(opened(path, SCHEMA)) as db:
        db.executemany("INSERT INTO t VALUES(?)", [("x" * 100,)] * 2000)


def test_file_is_found_again(tmp_path: Path) -> None:
    filled(tmp_path / "a.db")
    with closing(opened(tmp_path / "a.db", SCHEMA)) as db:
        assert db.execute("SELECT count(*) FROM t").fetchone() == (2000,)
    assert not list(tmp_path.glob("*.damaged"))


@pytest.mark.parametrize("place", [0, 20_000])
def test_damaged_file_is_put_aside_and_begun_anew(tmp_path: Path, place: int) -> None:
    path = tmp_path / "a.db"
    filled(path)
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\xa5" * 8192)
    before = path.read_bytes()
    with closing(opened(path, SCHEMA)) as db:
        assert db.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert (tmp_path / "a.db.damaged").read_bytes() == before


def test_file_that_is_no_file_is_not_taken_for_damage(tmp_path: Path) -> None:
    (tmp_path / "a.db").mkdir()
    with pytest.raises(TemporaryError, match=r"a\.db: "):
        opened(tmp_path / "a.db", SCHEMA)


def test_file_that_cannot_be_put_aside_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"\xa5" * 4096)
    (tmp_path / "a.db.damaged").mkdir()
    with pytest.raises(TemporaryError, match=r"a\.db: .*directory"):
        opened(tmp_path / "a.db", SCHEMA)


async def test_damaged_sequences_and_answers_start(tmp_path: Path) -> None:
    for name in ("gaps.db", "webhook.db"):
        (tmp_path / name).write_bytes(b"no database at all" * 500)
    with closing(Sequences(tmp_path / "gaps.db", Counts())) as sequences:
        sequences.note([("s/i", 1), ("s/i", 3)])
        await sequences.flush()
    assert list(listed(tmp_path / "gaps.db")) == [("s/i", Gap(2, 2))]
    with closing(Answers(tmp_path / "webhook.db")) as answers:
        assert answers.get("a", "b", 0) is None
