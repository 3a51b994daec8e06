"""Where points are written: hands a body of lines over, and says what the database's yes is worth."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from ioc.errors import TemporaryError
from ioc.store.config import InfluxConfig
from ioc.store.database import NO_CONTENT, OK, Database, MissingError
from ioc.store.influxql import quote_name
from ioc.store.line import PRECISION

_start_time = re.compile(rb"^process_start_time_seconds (\S+)", re.MULTILINE)

SHARD = "52w"
"""Most series are statistics: with the default of a week a wall would open a hundred shards for each of them."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a kind of database really promises.

    `ack_is_durable`: a 204 survives SIGKILL. `partial`: the good lines of a refused body are kept.
    `overwrites`: a second write of the same series and time replaces the first; else both are kept.
    """

    name: str
    ack_is_durable: bool
    partial: bool
    overwrites: bool


INFLUX_1 = Truth("InfluxDB 1", ack_is_durable=True, partial=True, overwrites=True)
INFLUX_LATER = Truth("InfluxDB 2 or 3", ack_is_durable=True, partial=False, overwrites=True)
VICTORIA = Truth("VictoriaMetrics", ack_is_durable=False, partial=True, overwrites=False)
UNKNOWN = Truth("unknown", ack_is_durable=True, partial=False, overwrites=True)


class Sink:
    """The write endpoint of one database; every method raises as `Database` does."""

    def __init__(self, config: InfluxConfig, session: aiohttp.ClientSession) -> None:
        """Opens nothing; `session` is shared with the other HTTP users of the process."""
        self._config = config
        self._database = Database(config, session)
        self._path, self._query = _endpoint(config)

    async def truth(self) -> Truth:
        """What kind of database answers there."""
        try:
            answer = await self._database.get("/ping")
        except MissingError:
            return UNKNOWN
        return truth_of(answer.headers)

    async def life(self) -> str:
        """A word that changes when a database without durable yes starts anew."""
        answer = await self._database.get("/metrics")
        if found := _start_time.search(answer.body):
            return found[1].decode()
        raise TemporaryError("no-start-time")

    async def write(self, body: bytes) -> None:
        """Write lines joined by newlines; creates a v1 database that is not there (any more)."""
        try:
            await self._database.post(self._path, self._query, body, NO_CONTENT)
        except MissingError:
            if self._config.api != "v1":
                raise
            await self._create_database()
            await self._database.post(self._path, self._query, body, NO_CONTENT)

    async def _create_database(self) -> None:
        statement = f"CREATE DATABASE {quote_name(self._config.database)} WITH DURATION INF SHARD DURATION {SHARD}"
        await self._database.post("/query", {}, {"q": statement}, OK)


def truth_of(headers: Mapping[str, str]) -> Truth:
    """The kind of database by what it says at `/ping`. VictoriaMetrics may also call itself InfluxDB."""
    if "X-Server-Hostname" in headers:
        return VICTORIA
    version = headers.get("X-Influxdb-Version", "")
    if not version:
        return UNKNOWN
    return INFLUX_1 if version.lstrip("v").startswith("1.") else INFLUX_LATER


def _endpoint(config: InfluxConfig) -> tuple[str, dict[str, str]]:
    if config.api == "v2":
        return "/api/v2/write", {"org": config.org, "bucket": config.bucket, "precision": PRECISION["v2"]}
    query = {"db": config.database, "precision": PRECISION["v1"]}
    if config.retention_policy:
        query["rp"] = config.retention_policy
    return "/write", query
