"""Answers are kept for a day, over restarts."""

from contextlib import closing
from pathlib import Path

import pytest

from collectors.answers import Answer, Answers
from ioc.errors import TemporaryError
from ioc.model import DAY

T0 = 1_741_741_200_000_000


def test_answer_is_found_again_for_a_day(tmp_path: Path) -> None:
    with closing(Answers(tmp_path / "a.db")) as answers:
        answers.put([("s", "k", Answer("b", 200, "{}"))], T0)
    with closing(Answers(tmp_path / "a.db")) as answers:
        assert answers.get("s", "k", T0 + DAY - 1) == Answer("b", 200, "{}")
        assert answers.get("s", "k", T0 + DAY) is None
        assert answers.get("other", "k", T0) is None


def test_old_answers_make_room(tmp_path: Path) -> None:
    with closing(Answers(tmp_path / "a.db")) as answers:
        answers.put([("s", str(n), Answer("b", 200, "{}")) for n in range(100)], T0)
        answers.put([("s", "new", Answer("b", 200, "{}"))], T0 + DAY)
        assert answers._db.execute("SELECT count(*) FROM answers").fetchone() == (1,)


def test_failure_is_temporary_and_leaves_no_transaction(tmp_path: Path) -> None:
    with closing(Answers(tmp_path / "a.db")) as answers:
        with pytest.raises(TemporaryError):
            answers.put([("s", "k", Answer(None, 200, "{}"))], T0)  # type: ignore[arg-type]
        answers.put([("s", "k", Answer("b", 200, "{}"))], T0)
        assert answers.get("s", "k", T0) == Answer("b", 200, "{}")


def test_answers_beyond_the_room_are_forgotten_from_the_oldest_on(tmp_path: Path) -> None:
    with closing(Answers(tmp_path / "a.db", most=327 * 1000)) as answers:
        for n in range(3000):
            retired = answers.put([("s", f"k{n:04}", Answer("b" * 64, 200, "{}"))], T0 + n)
            assert not (retired and n < 700)
        assert kept(answers) <= 1000
        assert answers.get("s", "k0000", T0 + 3000) is None
        assert answers.get("s", "k2999", T0 + 3000) is not None


def test_long_answers_take_more_room(tmp_path: Path) -> None:
    with closing(Answers(tmp_path / "a.db", most=327 * 1000)) as answers:
        for n in range(100):
            answers.put([("s", f"k{n}", Answer("b" * 64, 422, "x" * 40_000))], T0 + n)
        assert 0 < kept(answers) <= 10


def test_flood_of_one_sender_costs_the_others_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(Answers(path, most=327 * 1000)) as answers:
        answers.put([("quiet", str(n), Answer("b" * 64, 200, "{}")) for n in range(50)], T0)
        answers.put([("loud", str(n), Answer("b" * 64, 200, "{}")) for n in range(5000)], T0 + 1)
    with closing(Answers(path, most=327 * 1000)) as answers:  # what each takes is known over a restart
        assert answers.put([("loud", f"+{n}", Answer("b" * 64, 200, "{}")) for n in range(5000)], T0 + 2) > 4000
        assert all(answers.get("quiet", str(n), T0 + 3) for n in range(50))
        assert kept(answers) <= 1000


def test_what_one_day_took_is_free_the_next(tmp_path: Path) -> None:
    with closing(Answers(tmp_path / "a.db", most=327 * 1000)) as answers:
        for day in range(4):
            told = [("s", f"{day}/{n}", Answer("b" * 64, 200, "{}")) for n in range(900)]
            assert answers.put(told, T0 + day * DAY) == 0
            assert kept(answers) == 900


def kept(answers: Answers) -> int:
    (found,) = answers._db.execute("SELECT count(*) FROM answers").fetchone()
    return int(found)
