"""The alerts and incidents of a centre: which are active, how grave, who has them, what came and went."""

from dashboards import alert_log, columns, incident_log, panels, style
from dashboards.centre import Centre, one_of
from dashboards.page import Page, Placed, link, links, uid
from dashboards.style import Json, override
from dashboards.words import Words
from ioc.model import Severity

ACTIVE_COPIES = {"indicator": "indicator", "site": "site", "key": "indicator", "spot": "site", "slot": "slot"}
ACTIVE_ORDER = ("severity", "status", "site", "indicator", "slot", "value", "bound", "since", "text", "Time")
STANDING_COPIES = {"site": "site", "field": "field"}
STANDING_ORDER = ("severity", "stage", "Time", "site", "field", "alerts", "waited", "owner", "assignee", "id")
STEP_COPIES = {"indicator": "indicator", "site": "site", "key": "indicator", "spot": "site"}
STEP_ORDER = ("Time", "severity", "status", "site", "indicator", "text")
COUNT_ORDER = ("n", "site", "indicator", *columns.HIDDEN)
NEWEST = 300
KINDS = (
    *("above", "below", "outside", "no-data", "source-down"),
    *("rising", "falling", "stuck", "gap", "count", "combination"),
)


def alerts(centre: Centre, words: Words) -> Page:
    """What is active stays whatever the time range; the rest tells of the time range."""
    where = one_of("site", (place.id for place in centre.places))
    look = _Look(centre, words)
    placed: list[Placed] = [
        (_firing(words, where), 8, 5),
        (_pace(words, where), 16, 5),
        (look.standing(where), 24, 7),
        (look.active(where), 24, 11),
        (_by_day(words, where), 12, 9),
        (look.noisiest(where), 12, 9),
        (look.history(where), 24, 14),
        (panels.text(_to_do(words)), 24, 10),
        (panels.text(words("legend")), 24, 2),
    ]
    return Page(
        uid=uid(centre.site.id, "alerts"),
        folder=centre.site.id,
        title=f"{words.name(centre.site)} – {words('alerts')}",
        kind="alerts",
        panels=placed,
        refresh="1m",
        since="30d",
        links=[
            link(words("overview"), uid(centre.site.id, "overview")),
            links(words("walls"), (centre.site.id, "wall")),
        ],
    )


class _Look:
    """The tables of one centre's alerts."""

    def __init__(self, centre: Centre, words: Words) -> None:
        self._words = words
        self._page = uid(centre.site.id, "indicator")
        self._series = centre.series
        self._places = centre.places
        self._fields = centre.fields
        self._offices = {one.id: words.name(one) for one in centre.offices}

    def standing(self, where: str) -> Json:
        """Incidents that are not over, the newest first."""
        words = self._words
        fields = {name: words.name(field) for name, field in self._fields.items()}
        said = {str(incident_log.OPEN): words("is_open"), str(incident_log.ACKNOWLEDGED): words("is_acknowledged")}
        overrides = [
            columns.severity(words),
            override("stage", {"displayName": words("stage"), "mappings": style.texts(said), "custom.width": 190}),
            override("Time", {"displayName": words("opened_at"), "unit": style.AGE, "custom.width": 150}),
            columns.place(words, self._places),
            override("field", {"displayName": words("field"), "mappings": style.texts(fields)}),
            override("alerts", {"displayName": words("firing_count"), "custom.width": 120}),
            override("waited", _minutes(words, "waited_one") | {"custom.width": 150, "noValue": columns.NOTHING}),
            override("owner", {"displayName": words("owner"), "mappings": style.texts(self._offices)}),
            override("assignee", {"displayName": words("assignee")}),
            override("id", {"displayName": words("incident")}),
        ]
        target = panels.rows(incident_log.standing(where, STANDING_COPIES))
        return panels.table(words("standing"), [target], overrides, order=STANDING_ORDER, nothing=words("no_incidents"))

    def active(self, where: str) -> Json:
        """Firing and pending, the gravest first."""
        words = self._words
        overrides = [
            *self._named(),
            columns.value(words, 100),
            columns.severity(words),
            columns.status(words),
            override("bound", {"displayName": words("bound"), "custom.width": 110, "noValue": columns.NOTHING}),
            override("since", {"displayName": words("since"), "unit": style.AGE, "custom.width": 130}),
            override("Time", {"custom.hidden": True}),
            override("text", _text(words)),
            override("slot", {"displayName": words("kind"), "mappings": _kinds(words), "custom.width": 150}),
            *columns.hidden(),
        ]
        target = panels.rows(alert_log.active(where, ACTIVE_COPIES))
        order = (*ACTIVE_ORDER, *columns.HIDDEN)
        sort = [(words("status"), True), (words("severity"), True)]
        return panels.table(words("active"), [target], overrides, order=order, sort=sort, nothing=words("no_alerts"))

    def history(self, where: str) -> Json:
        """What somebody might have been told of, the newest first."""
        words = self._words
        overrides = [
            *self._named(),
            columns.severity(words),
            columns.status(words),
            override("Time", {"displayName": words("step_at"), "custom.width": 190}),
            override("text", _text(words)),
            *columns.hidden(),
        ]
        target = panels.rows(alert_log.history(where, STEP_COPIES, NEWEST))
        order = (*STEP_ORDER, *columns.HIDDEN)
        return panels.table(words("history"), [target], overrides, order=order, nothing=words("no_alerts"))

    def noisiest(self, where: str) -> Json:
        """How often each series began to fire."""
        words = self._words
        overrides = [
            *self._named(),
            override("n", {"displayName": words("times"), "custom.width": 110, "custom.align": "right"}),
            *columns.hidden(),
        ]
        panel = panels.table(
            words("noisiest"),
            [panels.rows(alert_log.noisiest(where, STEP_COPIES))],
            overrides,
            order=COUNT_ORDER,
            sort=[(words("times"), True)],
            nothing=words("no_alerts"),
        )
        return panel | {"transformations": [panels.arranged(COUNT_ORDER, hidden=("Time",))]}

    def _named(self) -> list[Json]:
        return [
            columns.name(self._words, self._series, self._page, width=300),
            columns.place(self._words, self._places),
        ]


def _firing(words: Words, where: str) -> Json:
    shown = [
        override(
            severity.name.lower(),
            {
                "displayName": words(severity.name.lower()),
                "thresholds": style.alarm(style.COLOURS[severity]),
            },
        )
        for severity in (Severity.CRITICAL, Severity.WARNING, Severity.INFO)
    ]
    return panels.stat(words("firing"), [panels.rows(alert_log.firing(where))], shown, nothing=words("no_alerts"))


def _pace(words: Words, where: str) -> Json:
    """How fast incidents are taken on and ended."""
    nobody = style.alarm(style.COLOURS[Severity.WARNING])
    shown = [
        override("opened", {"displayName": words("opened")}),
        override("acknowledged", {"displayName": words("acknowledged")}),
        override("unowned", {"displayName": words("unowned"), "thresholds": nobody}),
        override("waited", _minutes(words, "waited")),
        override("lasted", _minutes(words, "lasted")),
    ]
    return panels.stat(words("pace"), [panels.rows(incident_log.pace(where))], shown, nothing="–")


def _minutes(words: Words, name: str) -> Json:
    return {"displayName": words(name), "unit": style.suffix(words("minutes")), "decimals": 0}


def _by_day(words: Words, where: str) -> Json:
    shown = [
        override(
            severity.name.lower(),
            {
                "displayName": words(severity.name.lower()),
                "color": {"mode": "fixed", "fixedColor": style.COLOURS[severity]},
            },
        )
        for severity in (Severity.CRITICAL, Severity.WARNING, Severity.INFO)
    ]
    target = panels.curves(alert_log.by_day(where), alias="$col")
    panel = panels.timeseries(words("by_day"), [target], shown, unit=style.COUNT)
    bars = {"drawStyle": "bars", "fillOpacity": 80, "lineWidth": 0, "stacking": {"mode": "normal", "group": "A"}}
    panel["fieldConfig"]["defaults"]["custom"] |= bars  # type: ignore[index]
    return panel


def _text(words: Words) -> Json:
    return {"displayName": words("text"), "custom.cellOptions": {"type": "auto", "wrapText": True}}


def _kinds(words: Words) -> list[Json]:
    """Slots as words: what the alert is about, whatever its severity."""
    said = {kind: words(f"kind_{kind}") for kind in KINDS}
    return [
        {"type": "regex", "options": {"pattern": f"/^{kind}-.*$/", "result": {"text": text}}}
        for kind, text in said.items()
    ]


def _to_do(words: Words) -> str:
    """What each kind of alert asks for, with its runbook."""
    lines = [f"- **{words(f'kind_{kind}')}**: {words(f'do_{kind}')} (`docs/runbooks/{kind}.md`)" for kind in KINDS]
    return "\n".join([f"**{words('runbook')}**", "", *lines])
