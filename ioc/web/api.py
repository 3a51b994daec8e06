"""The HTTP face of the engine: the wall, the API under /v1, metrics and health."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from fastapi import FastAPI, Request
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.staticfiles import StaticFiles

from indicators.spec import Series
from ioc.clock import played_speed
from ioc.model import HOUR, Reason
from ioc.web.almanac import Almanac
from ioc.web.bulletin import notice
from ioc.web.history import History
from ioc.web.incidents import IncidentRoutes, add_incidents
from ioc.web.live import LiveView
from ioc.web.messages import add_messages
from ioc.web.refusal import Refusal, unreadable, whole
from ioc.web.shield import Shield
from ioc.web.span import Span, span
from ioc.web.tiles import latest

STATIC = Path(__file__).parent / "static"
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STREAM_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
SERVICE_UNAVAILABLE = 503
BALANCE = ("source", "hour", "received", "stored", "duplicate", "dead", "difference")


@dataclass(frozen=True, slots=True)
class Routes:
    """The handlers. Parameters are read as text, so that a wrong one is refused in our own words."""

    live: LiveView
    history: History
    almanac: Almanac
    registry: CollectorRegistry

    async def wall(self) -> Response:
        """The console's page."""
        return FileResponse(STATIC / "index.html")

    async def latest(self, site: str = "", field: str = "") -> Response:
        """The newest value of every watched series, of one `site` and one `field` if given. Times in microseconds.

        `clock_apart`: it was received while our clock and the machine's were apart, so when is in doubt.
        """
        catalogue = self.live.parts.catalogue
        _known("site", site, site in catalogue.sites)
        _known("field", field, field in catalogue.fields)
        tiles = [
            tile
            for tile in self.live.tiles.all
            if site in ("", tile.series.site.id) and field in ("", tile.series.shown_under, tile.series.indicator.field)
        ]
        apart = self.live.parts.flagged([tile.received_at for tile in tiles])
        rows = [latest(tile, apart) for tile in tiles]
        return _json({"now": self.live.parts.clock.now(), "samples": rows})

    async def series(self, id: str, request: Request) -> Response:  # noqa: A002 - the name callers see
        """One series (`site/indicator`) between `from` and `to`, in buckets of `step` seconds; at most 2,000 points.

        `clock_apart`: the stretches in which some of them were received while our clock was in doubt.
        """
        given = request.query_params
        asked = span(given.get("from", ""), given.get("to", ""), given.get("step", ""), self.live.parts.clock.now())
        series = self._series_of(id, asked)
        used, found, apart = await self.history.read(series, asked)
        head = {"series": id, "unit": series.indicator.unit, "period": series.indicator.period}
        step = used.step // 1_000_000
        return _json(head | {"from": used.start, "to": used.end, "step": step, "points": found, "clock_apart": apart})

    def _series_of(self, name: str, asked: Span) -> Series:
        """The series of that name: one on the wall, or one that was watched then by a place that is closed now."""
        tile = self.live.tile(name)
        if tile is not None:
            return tile.series
        site, _, indicator = name.partition("/")
        catalogue = self.live.parts.catalogue
        moments = (asked.end, asked.start) if site in catalogue.sites else ()
        found = next((one for at in moments if (one := catalogue.watched(site, indicator, at))), None)
        if found is None:
            raise Refusal(
                f"Không có chuỗi số liệu “{name[:130]}” vào lúc đó. Dạng: mã-địa-bàn/mã-chỉ-tiêu, xem /v1/catalogue.",
                f'There is no series "{name[:130]}" at that time. The form is site/indicator, see /v1/catalogue.',
                parameter="id",
                status=404,
            )
        return found

    async def rollups(self, site: str, indicator: str, request: Request) -> Response:
        """What a series came to by day, month, quarter or year, with how many of the expected parts (`n` of `m`)."""
        return _json(await self.almanac.answer(site, indicator, request.query_params, self.live.parts.clock.now()))

    async def alerts(self) -> Response:
        """The alerts that are pending or firing, then those that ended lately, each with its sentence."""
        return _json({"now": self.live.parts.clock.now(), "alerts": self.live.notices})

    async def events(self, limit: str = "", before: str = "") -> Response:
        """The newest steps of all alerts, at most `limit` (100), with numbers below `before` if given."""
        ceiling = whole("before", before, 2**53) if before else None
        found = self.live.parts.alerts.events(whole("limit", limit or "100", 500), ceiling)
        sentence = self.live.parts.sentence
        return _json({"events": [notice(step, sentence, number) for number, step in found]})

    async def catalogue(self, request: Request) -> Response:
        """Sites, fields, indicators, limits and series; a series' position is its tile number in /v1/stream."""
        document = self.live.document
        headers = {"etag": document.etag, "vary": "accept-encoding"}
        if request.headers.get("if-none-match") == document.etag:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                document.zipped, headers=headers | {"content-encoding": "gzip"}, media_type="application/json"
            )
        return Response(document.body, headers=headers, media_type="application/json")

    async def dead_letters(self, limit: str = "") -> Response:
        """The newest refused inputs, at most `limit` (100), and how many there ever were by reason."""
        wanted = whole("limit", limit or "100", 500)
        log = self.live.parts.log
        letters, counts = await asyncio.to_thread(lambda: (log.dead_letters(wanted), log.counts()))
        reasons = {reason.value: 0 for reason in Reason}
        for (_, outcome), n in counts.items():
            if outcome in reasons:
                reasons[outcome] += n
        rows = [
            {
                "id": letter.id,
                "received_at": letter.received_at,
                "reason": letter.reason,
                "source": letter.source,
                "topic": letter.topic,
                "detail": letter.detail,
                "position": letter.position,
                "size": letter.size,
                "payload": letter.payload.decode("utf-8", "replace"),
            }
            for letter in letters
        ]
        return _json({"counts": {reason: n for reason, n in reasons.items() if n}, "dead_letters": rows})

    async def books(self) -> Response:
        """The page of the ledger and the dead letters."""
        return FileResponse(STATIC / "books.html")

    async def ledger(self, hours: str = "") -> Response:
        """Per source and hour of receipt: inputs received and what became of them, of the last `hours` (24).

        `pipeline` counts inputs that are under way to the journal now; the rows are exact without them.
        """
        parts = self.live.parts
        now = parts.clock.now()
        since = now - whole("hours", hours or "24", 24 * 90) * HOUR
        balances = await asyncio.to_thread(parts.log.ledger, since)
        rows = [{name: getattr(balance, name) for name in BALANCE} for balance in balances]
        sources = sorted({balance.source for balance in balances})
        pipeline = {source: int(parts.counts.value("ledger_pipeline", source=source)) for source in sources}
        balanced = not any(balance.difference for balance in balances)
        head = {"now": now, "played": played_speed(parts.clock), "balanced": balanced}
        return _json(head | {"pipeline": pipeline, "rows": rows})

    async def stream(self, request: Request) -> Response:
        """Server-sent events: `snapshot`, then `delta`, `alerts` and `clock` once per tick."""
        hub = self.live.hub
        if hub.is_full:
            raise Refusal(
                "Đã đủ số màn hình theo dõi; hãy thử lại sau.",
                "No more screens can follow now; try again later.",
                status=SERVICE_UNAVAILABLE,
            )
        frames = hub.frames(request.headers.get("last-event-id"), self.live.snapshot)
        return StreamingResponse(frames, media_type="text/event-stream", headers=STREAM_HEADERS)

    async def metrics(self) -> Response:
        """The counters of the engine, for Prometheus."""
        return Response(await asyncio.to_thread(generate_latest, self.registry), media_type=METRICS_TYPE)

    async def health(self) -> Response:
        """The process answers."""
        return _json({"status": "alive"})

    async def ready(self) -> Response:
        """Whether every part is ready; 503 with the names of those that are not."""
        parts = {**self.live.parts.ready(), "live-view": self.live.is_current}
        waiting = sorted(name for name, is_ready in parts.items() if not is_ready)
        status = SERVICE_UNAVAILABLE if waiting else 200
        return _json({"ready": not waiting, "waiting_for": waiting, "parts": parts}, status)


def create_app(live: LiveView) -> FastAPI:
    """The application around a live view, whose `run` somebody else keeps running."""
    registry = CollectorRegistry()
    registry.register(live.parts.counts)
    ProcessCollector(registry=registry)
    parts = live.parts
    history, almanac = History(parts.log, parts.flagged), Almanac(parts.rollups, parts.catalogue)
    routes = Routes(live, history, almanac, registry)
    # The HTML pages of the API description fetch scripts from elsewhere; the description itself stays.
    app = FastAPI(
        title="IOC", version="1", docs_url=None, redoc_url=None, telemetry={"tracing": False, "metrics": False}
    )
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_middleware(Shield, counts=live.parts.counts)
    _add_routes(app, routes)
    add_messages(app, live.parts.messages, live.parts.inlets)
    if parts.handling is not None:
        page = str(STATIC / "incidents.html")
        add_incidents(app, IncidentRoutes(page, parts, parts.handling, live.config, live.tile))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.state.close_streams = live.hub.close
    return app


def _add_routes(app: FastAPI, routes: Routes) -> None:
    app.add_api_route("/", routes.wall, include_in_schema=False)
    app.add_api_route("/books", routes.books, include_in_schema=False)
    handlers: dict[str, Callable[..., Awaitable[Response]]] = {
        "/v1/latest": routes.latest,
        "/v1/series/{id:path}": routes.series,
        "/v1/rollups/{site}/{indicator}": routes.rollups,
        "/v1/alerts": routes.alerts,
        "/v1/events": routes.events,
        "/v1/catalogue": routes.catalogue,
        "/v1/dead-letters": routes.dead_letters,
        "/v1/ledger": routes.ledger,
        "/v1/stream": routes.stream,
        "/metrics": routes.metrics,
        "/healthz": routes.health,
        "/readyz": routes.ready,
    }
    for path, handler in handlers.items():
        app.add_api_route(path, handler, openapi_extra=DESCRIBED.get(path))


def _text(name: str, meaning: str) -> dict[str, object]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": meaning}


DESCRIBED: dict[str, dict[str, object]] = {
    "/v1/series/{id:path}": {
        "parameters": [
            _text("from", "ISO 8601 with zone, or -24h, -30min, -7d (default -24h)"),
            _text("to", "likewise, or now (default)"),
            _text("step", "seconds per bucket; by default every sample, or buckets when there are more than 2,000"),
        ]
    },
    "/v1/rollups/{site}/{indicator}": {
        "parameters": [
            _text("axis", "time (the series' own samples, default), space (the places below) or formula (its inputs)"),
            _text("kind", "day (default), month, quarter or year"),
            _text("from", "as for series; by default 31 days, a year, three years or ten years ago"),
            _text("to", "likewise, or now (default)"),
        ]
    },
}


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _known(name: str, text: str, is_known: bool) -> None:  # noqa: FBT001 - reads as a sentence where it is called
    if text and not is_known:
        raise unreadable(name, text, "một mã có trong /v1/catalogue", "an id that is in /v1/catalogue")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for nothing else
    return error.response()


async def _not_served(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    refusal = Refusal("Không có địa chỉ hoặc thao tác này.", "No such address or operation.", status=error.status_code)
    return refusal.response()
