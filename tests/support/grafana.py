"""What Grafana does with a dashboard before it asks: variables, macros, time ranges and panel overrides."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
POINTS = 1000
"""About as many as a panel has pixels."""


@dataclass(frozen=True)
class Range:
    """From and to in milliseconds."""

    start: int
    end: int

    def shifted(self, back: int) -> "Range":
        return Range(self.start - back, self.end - back)


def span(text: str) -> int:
    """`24h` in milliseconds."""
    return int(text[:-1]) * SECONDS[text[-1]] * 1000


def time_range(dashboard: Json, panel: Json, now: int) -> Range:
    """The range of a panel, with its own length and time shift."""
    asked = Range(now - span(panel.get("timeFrom", dashboard["time"]["from"].removeprefix("now-"))), now)
    return asked.shifted(span(panel["timeShift"])) if "timeShift" in panel else asked


def choices(variable: Json) -> dict[str, str]:
    """The options of a custom variable, id to words, parsed as Grafana does."""
    found = {}
    for option in re.findall(r"(?:\\,|[^,])+", variable["query"]):
        words, value = re.fullmatch(r"\s*(.+)\s:\s(.+)", option.replace("\\,", ",")).groups()  # type: ignore[union-attr]
        found[value.strip()] = words.strip()
    return found


def defaults(dashboard: Json) -> dict[str, str]:
    """The value of every variable when the dashboard is opened, before any that asks the database has done so."""
    return {one["name"]: one["current"]["value"] for one in dashboard["templating"]["list"]}


def opened(dashboard: Json, url: str, asked: Range) -> dict[str, str]:
    """Likewise with the answers of those that ask: the first one that matches, empty without any."""
    found = defaults(dashboard)
    for one in dashboard["templating"]["list"]:
        if one["type"] == "query":
            answer = influx(url, expanded(one["query"], asked, found))
            column = 0 if one["query"] == "SHOW RETENTION POLICIES" else 1  # after the time, which that has not
            values = (str(row[column]) for series in answer for row in series["values"])
            pattern = one["regex"].strip("/") or ".*"
            found[one["name"]] = next((value for value in values if re.search(pattern, value)), "")
    return found


def filtered(panel: Json, ref: str, rows: list[Json]) -> list[Json]:
    """The rows of one answer that the panel's transformations leave."""
    tests = {"lower": lambda value, edge: value < edge, "greaterOrEqual": lambda value, edge: value >= edge}
    for step in panel.get("transformations", ()):
        if step["id"] == "filterByValue" and step["filter"]["options"] == ref:
            (wanted,) = step["options"]["filters"]
            test, edge = tests[wanted["config"]["id"]], wanted["config"]["options"]["value"]
            rows = [row for row in rows if test(row[wanted["fieldName"]], edge)]
    return rows


def expanded(query: str, asked: Range, variables: Mapping[str, str]) -> str:
    """The InfluxQL that reaches the database. AssertionError for anything left unexpanded."""
    interval = f"{max(60, (asked.end - asked.start) // 1000 // POINTS)}s"
    text = query.replace("${__to}", str(asked.end)).replace("${__from}", str(asked.start))
    for name, value in variables.items():
        text = text.replace(f"${{{name}:regex}}", re.escape(value)).replace(f"${{{name}}}", value)
    text = text.replace("$timeFilter", f"time >= {asked.start}ms and time <= {asked.end}ms")
    text = text.replace("$__interval", interval).replace("$interval", interval)
    unknown = re.findall(r"\$(?!/)\S*", text)
    assert not unknown, f"{unknown} left in {text}"
    return text


SHARED = "-- Dashboard --"
ANNOTATIONS: Json = {"title": "annotations", "type": "annotations", "fieldConfig": {"defaults": {}, "overrides": []}}


def questions(dashboard: Json) -> Iterator[tuple[Json, Json]]:
    """Every panel with each of its queries; those that only show the answer to another panel's ask nothing."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            if target["datasource"]["uid"] != SHARED:
                yield panel, target


def asked_by(dashboard: Json, panel: Json) -> Json:
    """The panel that asks what this one shows: itself, or the one whose answer it shares."""
    shared = [one["panelId"] for one in panel.get("targets", ()) if one["datasource"]["uid"] == SHARED]
    return next(one for one in dashboard["panels"] if one["id"] == shared[0]) if shared else panel


def beside(dashboard: Json) -> Iterator[tuple[Json, Json]]:
    """The queries of annotations and variables, as those of panels."""
    for one in dashboard["annotations"]["list"]:
        yield ANNOTATIONS, {"refId": one["name"], "resultFormat": "table", **one}
    for one in dashboard["templating"]["list"]:
        if one["type"] == "query":
            yield {**ANNOTATIONS, "title": one["name"]}, {"refId": one["name"], "resultFormat": "table", **one}


def influx(url: str, query: str) -> list[Json]:
    """The series of the answer; AssertionError with the database's own words when it refuses."""
    body = urllib.parse.urlencode({"q": query, "db": "ioc", "epoch": "ms"}).encode()
    try:
        with urllib.request.urlopen(f"{url}/query", body, timeout=60) as answer:
            result = json.load(answer)["results"][0]
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{error.read().decode()} for {query}") from error
    assert "error" not in result, f"{result['error']} for {query}"
    series: list[Json] = result.get("series", [])
    return series


def records(series: list[Json]) -> list[Json]:
    """The rows of a table, tags included."""
    return [
        {**one.get("tags", {}), **dict(zip(one["columns"], row, strict=True))}
        for one in series
        for row in one["values"]
    ]
