"""Incidents and silences over HTTP: lists, logs, and what people do."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import FileResponse, Response

from ioc.clock import played_speed
from ioc.errors import TemporaryError
from ioc.incidents.model import Acknowledgement, Act, Incident, Silence, Stage
from ioc.incidents.refused import RefusedError, Why
from ioc.incidents.wording import Speech, refused, said, silenced
from ioc.model import Transition
from ioc.web.config import WebConfig
from ioc.web.document import unit_words
from ioc.web.form import Body, Form, silence, wish
from ioc.web.guard import LARGEST, admit
from ioc.web.ports import Handling, Parts
from ioc.web.refusal import Refusal, unreadable, whole
from ioc.web.tiles import Tile

NOT_FOUND = frozenset({Why.NO_INCIDENT, Why.NO_SILENCE, Why.NO_ASK})
CONFLICT = frozenset(
    {Why.ACKNOWLEDGED, Why.NOT_ACKNOWLEDGED, Why.RESOLVED, Why.NOT_RESOLVED, Why.ANSWERED, Why.ENDED, Why.NOBODY_NEXT}
)


@dataclass(frozen=True, slots=True)
class IncidentRoutes:
    """The handlers."""

    page_file: str
    parts: Parts
    handling: Handling
    config: WebConfig
    tile: Callable[[str], Tile | None]

    async def page(self) -> Response:
        """The page of the incidents."""
        return FileResponse(self.page_file)

    async def incidents(self, stage: str = "", limit: str = "", before: str = "") -> Response:
        """Those that are not over, or those of one `stage` or `all`, newest first; at most `limit` (100).

        `before`: only those that are older than the incident of that id. Each with the worst of its alerts only.
        """
        chosen = _stages(stage)
        count = whole("limit", limit or "100", 500)
        found = await asyncio.to_thread(self.handling.register.newest, chosen, count, before or None)
        return self._answer({"incidents": [self._shown(one, _worst(one)) for one in found]})

    async def incident(self, name: str) -> Response:
        """One incident by its own id, or by that of an alert as a message names it, with everything that was done."""
        found, acts = await asyncio.to_thread(self.handling.register.account, name)
        return self._answer({"incident": self._shown(found, found.alerts), "acts": [self._line(act) for act in acts]})

    async def act(self, name: str, what: str, request: Request) -> Response:
        """Do something with an incident; the body is `{"by": who, …}`."""
        now = self.parts.clock.now()
        by, wanted = wish(what, await self._body(request), now)
        found = await asyncio.to_thread(self.handling.desk.perform, name, wanted, (by, _source(request)), now)
        self.parts.counts.add("incident_acts", what=what, source="api")
        return self._answer({"incident": self._shown(found, found.alerts)})

    async def log(self, limit: str = "") -> Response:
        """The newest acts on any incident or silence, at most `limit` (100), the newest first."""
        acts = await asyncio.to_thread(self.handling.register.log, whole("limit", limit or "100", 500))
        return self._answer({"acts": [{"subject": act.subject, **self._line(act)} for act in acts]})

    async def silences(self) -> Response:
        """The silences and maintenances in force or still to begin, by their end."""
        found = await asyncio.to_thread(self.handling.register.silences, self.parts.clock.now())
        return self._answer({"silences": [self._silence(one) for one in found]})

    async def silence(self, request: Request) -> Response:
        """Set one up: `{"by", "reason", "end", "start"?, "sites"?, "fields"?, …, "maintenance"?}`."""
        now = self.parts.clock.now()
        wanted = silence(await self._body(request), self.parts.catalogue, now)
        made = await asyncio.to_thread(self.handling.desk.silence, wanted, _source(request), now)
        return self._answer({"silence": self._silence(made)})

    async def end_silence(self, name: str, request: Request) -> Response:
        """End one before its time: `{"by": who}`."""
        now = self.parts.clock.now()
        who = (Form(await self._body(request), (), now).text("by"), _source(request))
        ended = await asyncio.to_thread(self.handling.desk.end_silence, name, who, now)
        return self._answer({"silence": self._silence(ended)})

    async def _body(self, request: Request) -> Body:
        admit(request.headers, self.config)
        raw = bytearray()
        async for piece in request.stream():
            raw += piece
            if len(raw) > LARGEST:
                raise Refusal("Nội dung quá dài.", "The body is too long.", status=413)
        try:
            return msgspec.json.decode(bytes(raw), type=Body)
        except (ValueError, RecursionError):  # of what is no UTF-8, msgspec raises another than its own
            raise Refusal("Nội dung phải là một đối tượng JSON.", "The body must be a JSON object.") from None

    def _answer(self, document: Body) -> Response:
        clock = self.parts.clock
        head = {"now": clock.now(), "played": played_speed(clock), "needs_token": self.config.needs_token}
        return Response(msgspec.json.encode(head | document), media_type="application/json")

    def _line(self, act: Act) -> Body:
        speech = Speech(self.parts.sentence, self.handling.name)
        by = self.handling.name(act.by).document() if act.by else None
        words = said(act, speech).document()
        return {"at": act.at, "by": by, "source": act.source, "kind": act.kind, "words": words}

    def _shown(self, one: Incident, alerts: Sequence[Transition]) -> Body:
        catalogue = self.parts.catalogue
        field = catalogue.fields.get(one.field)
        taken = one.acknowledgement
        shown = {name: getattr(one, name) for name in ("id", "site", "field", "owner", "opened", "at", "assignee")}
        return shown | {
            "place": {lang: self._place(one.site, lang) for lang in ("vi", "en")},
            "field_name": {"vi": field.name_vi, "en": field.name_en} if field else {"vi": one.field, "en": one.field},
            "owner_name": self.handling.name(one.owner).document(),
            "assignee_name": self.handling.name(one.assignee).document(),
            "stage": one.stage,
            "severity": int(one.severity),
            "peak": int(one.peak),
            "revision": one.acts,
            "resolved": one.resolved,
            "acknowledgement": None if taken is None else _taken(taken, self.handling),
            "asks": [msgspec.to_builtins(ask) for ask in one.asks],
            "firing": len(one.active),
            "alerts": [self._alert(told) for told in alerts],
        }

    def _alert(self, told: Transition) -> Body:
        sentence = {lang: self.parts.sentence(told, lang) for lang in ("vi", "en")}
        names = {"id": told.incident, "indicator": told.indicator, "kind": told.kind, "status": told.after}
        figures = {"severity": int(told.severity), "since": told.since, "at": told.at, "sentence": sentence}
        return names | figures | {"latest": self._latest(f"{told.site}/{told.indicator}")}

    def _latest(self, series: str) -> Body | None:
        """What a series shows now, None if nothing or if it is watched no more."""
        tile = self.tile(series)
        if tile is None or tile.value is None:
            return None
        indicator = tile.series.indicator
        unit = unit_words(self.parts.catalogue.units[indicator.unit])
        shown = {"value": tile.value, "at": tile.at, "stale": tile.stale}
        return shown | {"decimals": indicator.decimals, "unit": unit}

    def _silence(self, one: Silence) -> Body:
        author = self.handling.name(one.author).document()
        words = silenced(one, self.handling.label).document()
        return {**msgspec.to_builtins(one), "author_name": author, "words": words}

    def _place(self, site: str, lang: str) -> str:
        return self.parts.catalogue.place(site, lang) if site in self.parts.catalogue.sites else site


def add_incidents(app: FastAPI, routes: IncidentRoutes) -> None:
    """Add the routes to an application."""
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(TemporaryError, _later)
    app.add_api_route("/incidents", routes.page, include_in_schema=False)
    app.add_api_route("/v1/incidents", routes.incidents)
    app.add_api_route("/v1/incidents/{name}", routes.incident)
    app.add_api_route("/v1/incidents/{name}/{what}", routes.act, methods=["POST"])
    app.add_api_route("/v1/acts", routes.log)
    app.add_api_route("/v1/silences", routes.silences)
    app.add_api_route("/v1/silences", routes.silence, methods=["POST"])
    app.add_api_route("/v1/silences/{name}/end", routes.end_silence, methods=["POST"])


def _taken(taken: Acknowledgement, handling: Handling) -> Body:
    return {**msgspec.to_builtins(taken), "by_name": handling.name(taken.by).document()}


def _worst(one: Incident) -> Sequence[Transition]:
    """The alert that stands for an incident in a list: the worst that is firing, else the one that ended last."""
    return sorted(one.active or one.alerts, key=lambda told: (told.severity, told.at))[-1:]


def _source(request: Request) -> str:
    return f"api {request.client.host if request.client else ''}"


def _stages(text: str) -> tuple[Stage, ...]:
    if text == "all":
        return tuple(Stage)
    if not text:
        return (Stage.OPEN, Stage.ACKNOWLEDGED)
    if text not in set(Stage):
        names = ", ".join((*Stage, "all"))
        raise unreadable("stage", text, f"một trong: {names}", f"one of {names}")
    return (Stage(text),)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)  # noqa: S101 - registered for nothing else
    words = refused(error)
    status = 404 if error.why in NOT_FOUND else 409 if error.why in CONFLICT else 400
    return Refusal(words.vi, words.en, parameter=error.why, status=status).response()


async def _later(_: Request, error: Exception) -> Response:
    return Refusal(
        f"Chưa ghi được, hãy thử lại ({error}).", f"Not possible now, try again ({error}).", status=503
    ).response()
