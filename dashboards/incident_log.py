"""The questions about incidents, as InfluxQL on the points that the engine writes to `incident`. Pure."""

# ruff: noqa: S608 - the parts of a query are ids of the checked catalogue ([a-z0-9-]) and Grafana's own macros
from collections.abc import Mapping

from dashboards.influxql import LOOK_BACK, both, until_now

MEASUREMENT = "incident"
OPEN, ACKNOWLEDGED, RESOLVED = 0, 1, 2


def standing(where: str, copies: Mapping[str, str]) -> str:
    """One row for each incident that is not over; its time is when it was opened."""
    tags = ", ".join(f'"{tag}" AS "{name}"' for name, tag in copies.items())
    asked = f'{tags}, "severity", "stage", "waited", "alerts", "owner", "assignee", "id"'
    wanted = both(where, until_now(LOOK_BACK), f'"stage" < {RESOLVED}')
    return f'SELECT {asked} FROM "{MEASUREMENT}" WHERE {wanted} ORDER BY time DESC'


def pace(where: str) -> str:
    """One row on the incidents opened within the time range.

    How many there were and how many somebody acknowledged, the mean time to that, and the mean time until it was over
    (minutes); `unowned` are those now open that nobody has acknowledged. All are floats, since InfluxDB loses integers
    of one source where another source has none.
    """
    within = f'FROM "{MEASUREMENT}" WHERE {both(where, "$timeFilter")}'
    parts = (
        f'(SELECT "acts"*0+1.0 AS "opened" {within})',
        f'(SELECT "waited" {within})',
        f'(SELECT "lasted" {within} AND "stage" = {RESOLVED})',
        f'(SELECT "acts"*0+1.0 AS "unowned" {within} AND "stage" = {OPEN})',
    )
    asked = {
        "opened": 'sum("opened")',
        "acknowledged": 'count("waited")',
        "unowned": 'sum("unowned")',
        "waited": 'mean("waited")',
        "lasted": 'mean("lasted")',
    }
    shown = ", ".join(f'{formula} AS "{name}"' for name, formula in asked.items())
    return f"SELECT {shown} FROM {', '.join(parts)}"
