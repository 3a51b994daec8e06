"""The questions about alerts, as InfluxQL on the steps that the engine writes to `alert`. Pure."""

# ruff: noqa: S608 - the parts of a query are ids of the checked catalogue ([a-z0-9-]) and Grafana's own macros
from collections.abc import Mapping

from dashboards import counting
from dashboards.influxql import LOOK_BACK, both, until_now

MEASUREMENT = "alert"
PENDING, FIRING, RESOLVED = 1, 2, 3
TOLD = f'"status" >= {FIRING}'
FIRED = "\"after\" = 'firing'"
DAYS = "time(1d, 17h)"
"""Days that begin at midnight in Vietnam."""


def newest(where: str) -> str:
    """The last step of every alert."""
    return (
        f'SELECT last("event") AS "event", "severity", "status", "since", "value", "bound", "text" '
        f'FROM "{MEASUREMENT}" WHERE {both(where, until_now(LOOK_BACK))} GROUP BY "site", "field", "indicator", "slot"'
    )


def active(where: str, copies: Mapping[str, str]) -> str:
    """One row for each alert that is firing or about to."""
    tags = ", ".join(f'"{tag}" AS "{name}"' for name, tag in copies.items())
    asked = f'{tags}, "severity", "status", "since", "value", "bound", "text"'
    return f'SELECT {asked} FROM ({newest(where)}) WHERE "status" >= {PENDING} AND "status" <= {FIRING}'


def firing(where: str) -> str:
    """One row: how many alerts fire at each severity."""
    return counting.severities(f'({newest(where)}) WHERE "status" = {FIRING}')


def history(where: str, copies: Mapping[str, str], limit: int) -> str:
    """The steps within the time range that somebody might have been told of, the newest first; what is over is calm."""
    tags = ", ".join(f'"{tag}" AS "{name}"' for name, tag in copies.items())
    asked = f'SELECT {tags}, "severity"*({RESOLVED}-"status") AS "severity", "status", "text" FROM "{MEASUREMENT}"'
    return f"{asked} WHERE {both(where, TOLD, '$timeFilter')} ORDER BY time DESC LIMIT {limit}"


def by_day(where: str) -> str:
    """How many alerts began on each day of the time range, by severity."""
    began = f'"{MEASUREMENT}" WHERE {both(where, FIRED, "$timeFilter")}'
    return f"{counting.severities(began)} WHERE $timeFilter GROUP BY {DAYS} fill(0)"


def noisiest(where: str, copies: Mapping[str, str]) -> str:
    """How often each series began to fire within the time range."""
    tags = ", ".join(f'"{tag}" AS "{name}"' for name, tag in copies.items())
    began = f'FROM "{MEASUREMENT}" WHERE {both(where, FIRED, "$timeFilter")} GROUP BY "site", "indicator"'
    return f'SELECT {tags}, "n" FROM (SELECT count("event") AS "n" {began})'


def marks(where: str) -> str:
    """What is written beside a curve: when alerts of it began and ended."""
    return f'SELECT "text" FROM "{MEASUREMENT}" WHERE {both(where, TOLD, "$timeFilter")}'
