from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rollup.ground import Book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    opened = Book(tmp_path)
    yield opened
    opened.table.close()
