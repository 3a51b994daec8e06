"""Reading by InfluxQL through `/query`, which InfluxDB 1.x, 2.x and 3.x all answer."""

import re
from typing import LiteralString

import aiohttp
import msgspec

from ioc.errors import PermanentError
from ioc.store.config import InfluxConfig
from ioc.store.database import OK, Database

Cell = str | int | float | bool | None
Row = dict[str, Cell]

_unquotable = re.compile(r"[\x00\r\ud800-\udfff]")


class Name(str):
    """The name of a measurement, tag, field or policy, where a plain `str` is a string to compare with."""

    __slots__ = ()


class _Series(msgspec.Struct):
    columns: list[str] = []
    values: list[list[Cell]] = []
    tags: dict[str, str] = {}
    partial: bool = False


class _Result(msgspec.Struct):
    series: list[_Series] = []
    error: str = ""
    partial: bool = False


class _Reply(msgspec.Struct):
    results: list[_Result] = []
    error: str = ""


_reply = msgspec.json.Decoder(_Reply)


class Reader:
    """Queries to one database."""

    def __init__(self, config: InfluxConfig, session: aiohttp.ClientSession) -> None:
        """Opens nothing; `session` is shared with the other HTTP users of the process."""
        self._target = {"db": config.database, "epoch": "u"}
        if config.retention_policy:
            self._target["rp"] = config.retention_policy
        self._database = Database(config, session)

    async def select(self, query: LiteralString, **values: str | float | Name) -> list[Row]:
        """The rows of one statement, its `{placeholders}` filled by `bind`; tags of a group stand in each row.

        Times are microseconds. A float without a fraction arrives as int, since JSON does not tell them apart.

        Raises:
            PermanentError: `query`, with the database's words, or when it gave only a part of the answer.
            DeniedError, TemporaryError: as their names say.
        """
        answer = await self._database.post("/query", self._target, {"q": bind(query, **values)}, OK)
        return rows(answer.body)


def rows(body: bytes) -> list[Row]:
    """The rows in an answer of `/query`."""
    try:
        reply = _reply.decode(body)
    except msgspec.DecodeError as error:
        raise PermanentError("query", "the answer is not that of an InfluxDB") from error
    found: list[Row] = []
    for result in reply.results:
        if result.error or result.partial or any(series.partial for series in result.series):
            raise PermanentError("query", result.error or "the answer was cut short")
        for series in result.series:
            found.extend({**series.tags, **dict(zip(series.columns, row, strict=True))} for row in series.values)
    if reply.error:
        raise PermanentError("query", reply.error)
    return found


def bind(query: LiteralString, **values: str | float | Name) -> str:
    """The query with each `{name}` replaced by the value of that name, quoted by its type."""
    return query.format(**{name: _literal(value) for name, value in values.items()})


def quote_string(text: str) -> str:
    """A string literal; PermanentError `name` for what InfluxQL cannot carry (NUL, carriage return)."""
    return f"'{_escape(text)}'"


def quote_name(text: str) -> str:
    """An identifier; PermanentError `name` for what InfluxQL cannot carry (NUL, carriage return, the empty name)."""
    if not text:
        raise PermanentError("name", "an identifier has at least one character")
    return f'"{_escape(text)}"'


def _literal(value: str | float | Name) -> str:
    if isinstance(value, Name):
        return quote_name(value)
    return quote_string(value) if isinstance(value, str) else repr(value)


def _escape(text: str) -> str:
    if _unquotable.search(text):
        raise PermanentError("name", f"{text!r} cannot be written in InfluxQL")
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"').replace("'", "\\'")
