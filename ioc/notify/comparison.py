"""One comparison with a provider's JSON answer: `CodeResult == "100"`, `error.code in [0, 7]`, `http_status != 202`.

On the left a dotted path, on the right a JSON value; there is nothing else to it.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from ioc.errors import ConfigError
from ioc.notify.http import Answer

EXPRESSION = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*(==|!=|in)\s*(.+?)\s*", re.DOTALL)


def comparison(text: str | None, place: str) -> Callable[[Answer], bool] | None:
    """The test that `text` describes, None for none; ConfigError naming `place` when it describes none."""
    if text is None:
        return None
    parts = EXPRESSION.fullmatch(text)
    try:
        path, operator, wanted = parts[1], parts[2], msgspec.json.decode(parts[3])  # type: ignore[index]
    except (TypeError, msgspec.DecodeError) as error:
        raise ConfigError(f'{place}: {text!r}: phải viết như / write it like CodeResult == "100"') from error
    if operator == "in" and not isinstance(wanted, list):
        raise ConfigError(f"{place}: {text!r}: sau `in` là một danh sách / after `in` stands a list")
    return lambda answer: _holds(_at(answer, path), operator, wanted)


def _at(answer: Answer, path: str) -> Any:
    value: Any = {**answer.peek(), "http_status": answer.status}
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _holds(found: object, operator: str, wanted: Any) -> bool:
    if operator == "in":
        return found in wanted
    return (found == wanted) is (operator == "==")
