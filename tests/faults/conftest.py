"""Short forms by default; `--full` runs every row as long and as hard as its promise is worded."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.case import Case

LONGEST = 1500
STASH = pytest.StashKey[Case]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", default=False, help="the fault rows in their full form")
    parser.addoption("--seed", type=int, default=7, help="what the fault rows draw their chances from")
    parser.addoption("--away", type=int, default=600, help="seconds that the database is away in the full form")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "row(name, promise): the row of the fault matrix that a test holds us to")
    config.addinivalue_line("markers", "full_only: has no short form")


def is_full(config: pytest.Config) -> bool:
    return bool(config.getoption("--full", default=False))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if item.get_closest_marker("row")]
    if is_full(config):
        for item in ours:
            item.add_marker(pytest.mark.timeout(LONGEST + config.getoption("--away")))
        return
    left_out = [item for item in ours if item.get_closest_marker("full_only")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    """What the test works with."""
    away = int(request.config.getoption("--away", default=600))
    one = Case(tmp_path, full=is_full(request.config), seed=chosen_seed(request.config), away=away)
    request.node.stash[STASH] = one
    return one


def chosen_seed(config: pytest.Config) -> int:
    return int(config.getoption("--seed", default=7))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    marker = item.get_closest_marker("row")
    began, verdict = time.monotonic(), "BROKEN"
    try:
        result = yield
        verdict = "held"
    finally:
        if marker is not None:
            name, promise = marker.args
            form = "full" if is_full(item.config) else "short"
            case = item.stash[STASH]
            found = {key: str(value) for key, value in case.figures.items()}
            record = report.Record(name, form, promise, found, case.seed, time.monotonic() - began, verdict)
            report.keep(f"{name}-{item.name}", record)
    return result
