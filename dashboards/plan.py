"""Plan against actual: every target of a centre beside the newest value, worst margin first."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, time

from dashboards import columns, panels, style
from dashboards.bounds import Bounds
from dashboards.centre import Centre, one_of
from dashboards.influxql import Aim, margins
from dashboards.page import Page, Placed, link, links, uid
from dashboards.style import Json, override
from dashboards.words import Words
from indicators.spec import Series, Target

ORDER = ("field", "indicator", "value", "sense", "target", "gap", "met", "deadline", "Time", "state", *columns.HIDDEN)
COPIES = {"field": "field", "indicator": "indicator", "key": "indicator", "spot": "site"}


def plan(centre: Centre, words: Words, bounds: Bounds) -> Page | None:
    """None when the centre has no targets."""
    found = planned((one for board in centre.boards for one in board.own), bounds)
    if not found:
        return None
    placed: list[Placed] = [(_table(centre, found, words), 24, 28)]
    return Page(
        uid=uid(centre.site.id, "plan"),
        folder=centre.site.id,
        title=f"{words.name(centre.site)} – {words('plan')}",
        kind="plan",
        panels=placed,
        refresh="15m",
        since="1y",
        links=[
            link(words("overview"), uid(centre.site.id, "overview")),
            links(words("walls"), (centre.site.id, "wall")),
        ],
    )


def planned(series: Iterable[Series], bounds: Bounds) -> dict[Aim, list[Series]]:
    """Series with the same target together, so that each target is one subquery."""
    found: dict[Aim, list[Series]] = defaultdict(list)
    for one in series:
        if (target := bounds.target(one)) is not None:
            found[_aim(target)].append(one)
    return dict(sorted(found.items()))


def _aim(target: Target) -> Aim:
    deadline = datetime.combine(target.deadline, time(12), UTC)
    return Aim(target.value, target.at_least, int(deadline.timestamp() * 1000))


def _table(centre: Centre, found: dict[Aim, list[Series]], words: Words) -> Json:
    series = [one for group in found.values() for one in group]
    fields = {name: words.name(centre.fields[name]) for name in sorted({one.indicator.field for one in series})}
    overrides = [
        override("field", {"displayName": words("field"), "mappings": style.texts(fields), "custom.width": 260}),
        columns.name(words, series, uid(centre.site.id, "indicator")),
        columns.value(words),
        override("sense", {"displayName": " ", "mappings": style.texts({"1": "≥", "-1": "≤"}), "custom.width": 50}),
        override("target", {"displayName": words("target"), "custom.align": "left", "custom.width": 130}),
        override("gap", {"displayName": words("gap"), "unit": style.PERCENT, "decimals": 1, "custom.width": 170}),
        override("met", {"displayName": words("met"), "mappings": _verdict(words), "custom.width": 130}),
        override("deadline", {"displayName": words("deadline"), "unit": style.DATE, "custom.width": 120}),
        columns.age(words),
        columns.state(words),
        *columns.hidden(),
    ]
    target = panels.rows(margins(one_of("site", (centre.site.id,)), found, COPIES))
    return panels.table(
        words("plan"),
        [target],
        overrides,
        order=ORDER,
        sort=[(words("gap"), False)],
        nothing=words("nothing"),
    )


def _verdict(words: Words) -> list[Json]:
    met = {"from": 0, "to": None, "result": {"text": words("is_met")}}
    missed = {"from": None, "to": 0, "result": {"text": words("is_not_met")}}
    return [{"type": "range", "options": met}, {"type": "range", "options": missed}]
