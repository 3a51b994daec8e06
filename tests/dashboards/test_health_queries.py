"""The data health page asks for counters that the engine really keeps. `tests/e2e/test_walls.py` asks for them."""

import ast
import re
from functools import cache
from pathlib import Path

from dashboards.health import health
from dashboards.words import VI, Words
from tests.support import grafana

ROOT = Path(__file__).parents[2]

Kept = dict[str, set[str]]
"""Labels by name of a counter or gauge."""


@cache
def kept(method: str) -> Kept:
    """What the source of the engine adds to (`add`) or sets (`set`)."""
    found: Kept = {}
    for path in (*(ROOT / "ioc").rglob("*.py"), *(ROOT / "collectors").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
                name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
                if isinstance(name, str) and "counts" in ast.unparse(node.func.value):
                    found[name] = {keyword.arg for keyword in node.keywords if keyword.arg}
    return found


def expressions() -> list[str]:
    page = health("ben-tre", Words(VI)).json()
    return [target["expr"].replace("$__rate_interval", "1m") for _, target in grafana.questions(page)]


def test_health_page_names_only_counters_that_exist():
    known = {f"ioc_{name}_total" for name in kept("add")} | {f"ioc_{name}" for name in kept("set")}
    named = {name for expression in expressions() for name in re.findall(r"\bioc_\w+", expression)}
    assert named <= known
    assert len(named) > 10
