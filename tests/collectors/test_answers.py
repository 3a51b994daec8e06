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
