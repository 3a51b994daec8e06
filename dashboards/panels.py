"""The kinds of panel in use, as Grafana's JSON."""

from collections.abc import Sequence

from dashboards.style import COUNT, GROUND, INK, LOCAL_NUMBER, Json, thresholds

INFLUX: Json = {"type": "influxdb", "uid": "ioc-influxdb"}
PROMETHEUS: Json = {"type": "prometheus", "uid": "ioc-prometheus"}
SHARED: Json = {"type": "datasource", "uid": "-- Dashboard --"}
LEGIBLE: Json = {"titleSize": 18, "valueSize": 32}
"""Pixels of words and figures in tiles: capitals of 14 mm on a television 1.2 m wide, which are read from 4 m."""
IN_A_HAND: Json = {"titleSize": 13, "valueSize": 15}


def rows(query: str, ref: str = "A") -> Json:
    """An InfluxQL question answered as a table."""
    return {"datasource": INFLUX, "refId": ref, "query": query, "rawQuery": True, "resultFormat": "table"}


def curves(query: str, ref: str = "A", alias: str = "") -> Json:
    """An InfluxQL question answered as curves."""
    asked = {"datasource": INFLUX, "refId": ref, "query": query, "rawQuery": True, "resultFormat": "time_series"}
    return asked | ({"alias": alias} if alias else {})


def shared(panel: int) -> Json:
    """What another panel of the dashboard has asked for already, before its transformations."""
    return {"datasource": SHARED, "refId": "A", "panelId": panel, "withTransforms": False}


def only(ref: str) -> Json:
    """The transformation that keeps the answer to one question."""
    return {"id": "filterByRefId", "options": {"include": ref}}


def where(column: str, test: str, value: float, ref: str = "A") -> Json:
    """The transformation that keeps the rows of one answer whose column is `lower` or `greaterOrEqual` a value."""
    condition = {"fieldName": column, "config": {"id": test, "options": {"value": value}}}
    options = {"type": "include", "match": "all", "filters": [condition]}
    return {"id": "filterByValue", "filter": {"id": "byRefId", "options": ref}, "options": options}


def metric(expression: str, ref: str = "A", legend: str = "", *, instant: bool = False) -> Json:
    """A PromQL question; `instant` answers with one row a label set."""
    shape = {"instant": True, "range": False, "format": "table"} if instant else {"instant": False, "range": True}
    return {"datasource": PROMETHEUS, "refId": ref, "expr": expression, "legendFormat": legend, **shape}


def _panel(kind: str, title: str, targets: Sequence[Json], defaults: Json, overrides: Sequence[Json]) -> Json:
    return {
        "type": kind,
        "title": title,
        "datasource": targets[0]["datasource"] if targets else None,
        "targets": list(targets),
        "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
    }


def stat(
    title: str,
    targets: Sequence[Json],
    overrides: Sequence[Json] = (),
    *,
    nothing: str = "–",
    special: Json | None = None,
    stacked: bool = False,
) -> Json:
    """Large figures side by side (or stacked) on a ground in their colour; `special` adds to the defaults."""
    defaults: Json = {"unit": COUNT, "noValue": nothing, "thresholds": thresholds((None, GROUND)), **(special or {})}
    options = {
        "colorMode": "background_solid",
        "graphMode": "none",
        "justifyMode": "center",
        "orientation": "horizontal" if stacked else "vertical",
        "text": LEGIBLE,
        "textMode": "value_and_name",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/^(?!Time$).*/", "values": False},
    }
    return _panel("stat", title, targets, defaults, overrides) | {"options": options}


def in_a_hand(panel: Json) -> Json:
    """A stat for a phone."""
    return panel | {"options": {**panel["options"], "text": IN_A_HAND}}  # type: ignore[dict-item]


def table(
    title: str,
    targets: Sequence[Json],
    overrides: Sequence[Json],
    *,
    order: Sequence[str],
    sort: Sequence[tuple[str, bool]] = (),
    nothing: str = "–",
) -> Json:
    """Rows; `order` gives the columns from the left, `sort` the displayed names to sort by (and whether descending)."""
    defaults: Json = {
        "unit": LOCAL_NUMBER,
        "noValue": nothing,
        "custom": {"align": "auto", "filterable": True},
        "thresholds": thresholds((None, INK)),
    }
    options = {
        "showHeader": True,
        "cellHeight": "md",
        "footer": {"show": False, "reducer": [], "countRows": False},
        "sortBy": [{"displayName": name, "desc": descending} for name, descending in sort],
    }
    return _panel("table", title, targets, defaults, overrides) | {
        "options": options,
        "transformations": [arranged(order)],
    }


def arranged(order: Sequence[str], hidden: Sequence[str] = ()) -> Json:
    """The transformation that puts columns in order and drops some."""
    index = {name: place for place, name in enumerate(order)}
    dropped = dict.fromkeys(hidden, True)
    return {"id": "organize", "options": {"excludeByName": dropped, "indexByName": index, "renameByName": {}}}


def timeseries(title: str, targets: Sequence[Json], overrides: Sequence[Json] = (), unit: str = LOCAL_NUMBER) -> Json:
    """Thin curves; limits are dashed lines where an override gives thresholds."""
    defaults: Json = {
        "unit": unit,
        "color": {"mode": "palette-classic"},
        "custom": {
            "drawStyle": "line",
            "lineWidth": 2,
            "fillOpacity": 0,
            "showPoints": "auto",
            "spanNulls": True,
            "thresholdsStyle": {"mode": "off"},
        },
        "thresholds": thresholds((None, "transparent")),
    }
    options = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return _panel("timeseries", title, targets, defaults, overrides) | {"options": options}


def geomap(title: str, target: Json, overrides: Sequence[Json], centre: tuple[float, float], zoom: int) -> Json:
    """Marks at `latitude` and `longitude`, coloured by `worst`, with the `place` as text."""
    layer = {
        "type": "markers",
        "name": title,
        "location": {"mode": "coords", "latitude": "latitude", "longitude": "longitude"},
        "tooltip": True,
        "config": {
            "showLegend": False,
            "style": {
                "color": {"field": "worst", "fixed": INK},
                "size": {"fixed": 14, "min": 10, "max": 20},
                "opacity": 0.9,
                "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
                "text": {"mode": "field", "field": "place", "fixed": ""},
                "textConfig": {
                    "fontSize": 14,
                    "textAlign": "center",
                    "textBaseline": "top",
                    "offsetX": 0,
                    "offsetY": 12,
                },
            },
        },
    }
    options = {
        "view": {"id": "coords", "lat": centre[0], "lon": centre[1], "zoom": zoom, "allLayers": True},
        "basemap": {"type": "default", "name": "basemap", "config": {}},
        "controls": {"showZoom": True, "mouseWheelZoom": False, "showAttribution": True, "showScale": False},
        "layers": [layer],
        "tooltip": {"mode": "details"},
    }
    return _panel("geomap", title, [target], {"color": {"mode": "thresholds"}}, overrides) | {"options": options}


def text(content: str) -> Json:
    """A line of words without a frame."""
    return {
        "type": "text",
        "title": "",
        "transparent": True,
        "options": {"mode": "markdown", "content": content},
    }
