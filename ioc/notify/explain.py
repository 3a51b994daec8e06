"""Why who would be told: the routes walked for a made-up transition, in words. Pure."""

import difflib
from collections.abc import Iterable, Iterator

from indicators.lookup import Catalogue
from indicators.spec import Indicator, Level, local_time
from ioc.errors import ConfigError
from ioc.model import Detail, Kind, Micros, Severity, State, Status, Transition
from ioc.notify.directory import Directory
from ioc.notify.hours import is_within
from ioc.notify.numbers import clock_time
from ioc.notify.request import stand_in
from ioc.notify.route import Refusal, Step, Walk, walks
from ioc.notify.sentence import sentence

WHAT = {"site": "địa bàn", "indicator": "chỉ tiêu"}
WORDLESS = frozenset({Kind.NO_DATA, Kind.SOURCE_DOWN, Kind.COMBINATION, Kind.EXTERNAL})
"""Kinds that tell no figure."""
REPORTED = "Alertmanager (probe)"


def probe(catalogue: Catalogue, site: str, indicator: str, kind: Kind, severity: Severity, at: Micros) -> Transition:
    """A transition as it could happen there and then.

    Raises:
        ConfigError: naming a site or an indicator that the catalogue does not have.
    """
    known("site", site, catalogue.sites)
    known("indicator", indicator, catalogue.indicators)
    row = catalogue.indicators[indicator]
    limits = [
        limit for limit in catalogue.limits_for(site, indicator, at) if (limit.kind, limit.severity) == (kind, severity)
    ]
    limit = limits[0] if limits else None
    low, high = (limit.value, limit.upper) if limit else (row.typical_min, row.typical_max)
    is_low = kind in (Kind.BELOW, Kind.GAP)
    return Transition(
        rule=limit.id if limit else "probe",
        site=site,
        field=row.field,
        indicator=indicator,
        kind=kind,
        severity=severity,
        before=Status.PENDING,
        after=Status.FIRING,
        at=at,
        since=at,
        value=None if kind in WORDLESS else _beyond(low, high, is_low=is_low),
        bound=None if kind in WORDLESS else low,
        upper=high if kind in (Kind.OUTSIDE, Kind.GAP) else None,
        state=State.PROVISIONAL,
        basis=limit.basis if limit else REPORTED if kind is Kind.EXTERNAL else "",
        incident="probe",
        revision=1,
        detail=_detail(kind, row, severity, at),
    )


def _detail(kind: Kind, row: Indicator, severity: Severity, at: Micros) -> Detail | None:
    """What a rule of the wider kinds could say there."""
    if kind in (Kind.ABOVE, Kind.BELOW, Kind.OUTSIDE, Kind.NO_DATA):
        return None
    year_end = f"{local_time(at).year}-12-31"
    return Detail(2 * row.due_every, year_end, Level.STATION, severity, row.name_vi, row.name_en)


def explain(directory: Directory, catalogue: Catalogue, transition: Transition) -> tuple[str, ...]:
    """The sentence, then who is told on which channel and why, then what each other route had against it."""
    taken = list(walks(transition, directory, catalogue))
    told = [line for number, walk in enumerate(taken, 1) for line in _told(number, walk, transition)]
    not_told = [
        f"  {_route(number)} ({', '.join(walk.route.officials)}): không dùng / not taken: "
        f"{_against(walk, transition, catalogue)}"
        for number, walk in enumerate(taken, 1)
        if walk.refusal
    ]
    silent = _never_named(directory, taken)
    return (
        sentence(transition, catalogue),
        f"lúc {clock_time(transition.at, 'vi')} / at {clock_time(transition.at, 'en')}",
        "được báo / told:",
        *(told or [f"  không ai / nobody{_unset(directory)}"]),
        *(["không được báo / not told:", *not_told, *silent] if not_told or silent else []),
    )


def _unset(directory: Directory) -> str:
    """What to do where nobody can be told at all."""
    if directory.officials and directory.routes:
        return ""
    return ": chưa có danh bạ, đặt officials và routes trong [notify] / set officials and routes in [notify]"


def _told(number: int, walk: Walk, transition: Transition) -> Iterator[str]:
    for step in walk.steps:
        if step.is_repeat:
            above = "đã báo ở tuyến trên / already told by a route above"
            yield f"  {_route(number)}: {step.acting.id}, {step.channel}: {above}"
        else:
            person = f"{step.acting.id} ({step.acting.title_vi})"
            address = step.acting.channels[step.channel]
            why = stand_in(step.named, step.acting, transition.at)
            yield f"  {_route(number)}: {person}, {step.channel}: {address}{why}"
            yield from _then(step, transition)


def _route(number: int) -> str:
    return f"tuyến / route {number}"


def _then(step: Step, transition: Transition) -> Iterator[str]:
    """What happens to the message before it goes out, or after it."""
    official, is_critical = step.acting, transition.severity is Severity.CRITICAL
    if official.quiet is not None and not is_critical and is_within(official.quiet, transition.at):
        yield f"      giữ lại trong giờ yên tĩnh / held: quiet hours {official.quiet}"
    later = [channel for channel in official.order if channel != step.channel]
    if is_critical and later:
        yield f"      chưa ai nhận thì báo tiếp qua / unless acknowledged, next on {', '.join(later)}"


def _against(walk: Walk, transition: Transition, catalogue: Catalogue) -> str:
    route = walk.route
    above = " < ".join([transition.site, *(site.id for site in catalogue.ancestors(transition.site))])
    return {
        Refusal.SEVERITY: f"mức {transition.severity.name.lower()} dưới / severity is below {route.severity}",
        Refusal.FIELD: f"lĩnh vực {transition.field} không thuộc / field is none of {', '.join(route.fields)}",
        Refusal.KIND: f"loại {transition.kind} không thuộc / kind is none of {', '.join(route.kinds)}",
        Refusal.SITE: f"địa bàn {above} không nằm trong / site lies in none of {', '.join(route.sites)}",
        Refusal.HOURS: f"ngoài giờ / outside its hours {route.hours or ''} {' '.join(route.days)}".rstrip(),
    }[walk.refusal or Refusal.SITE]


def _never_named(directory: Directory, taken: list[Walk]) -> list[str]:
    named = {name for walk in taken for name in walk.route.officials}
    acting = {step.acting.id for walk in taken for step in walk.steps}
    return [
        f"  {official.id}: không tuyến nào nêu cán bộ này / no route names this official"
        for official in directory.officials
        if official.id not in named | acting
    ]


def _beyond(low: float, high: float | None, *, is_low: bool) -> float:
    """A value that breaks the limit by a tenth of it, or by one where the limit is zero."""
    edge = low if is_low or high is None else high
    step = abs(edge) / 10 or 1.0
    return edge - step if is_low else edge + step


def known(what: str, name: str, all_of_them: Iterable[str]) -> None:
    """Raise ConfigError, with what comes close, unless it is one of them; `what`: site, indicator."""
    names = list(all_of_them)
    if name not in names:
        close = ", ".join(difflib.get_close_matches(name, names, 3))
        hint = f"; ý bạn là / did you mean {close}?" if close else ""
        raise ConfigError(
            f"{name}: không có {WHAT[what]} này trong danh mục / the catalogue knows no such {what}{hint}"
        )
