"""Limits, rulings and transitions in words, for whoever asks why. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Protocol

from indicators.cells import DURATIONS
from indicators.override import Hours, Season
from indicators.problem import Words
from indicators.spec import Level, Limit, Series, local_time
from ioc.alerting.rules import no_data_rule, slot
from ioc.alerting.ruling import Bar, Edge, Ruling
from ioc.model import Kind, Micros, Status, Transition

ORDER = Words(
    "Ngưỡng gần nhất thắng: viết cho chính địa bàn, rồi cho cấp trên trực tiếp, lên dần, sau cùng là chung; ngang nhau "
    "thì ngưỡng nêu cấp, rồi nêu mùa, rồi nêu giờ.",
    "The nearest limit wins: for the site itself, then for the one above it, and so on up, the general one last; among "
    "equals one for a level, then one for a season, then one for certain hours.",
)
EDGES = {
    Edge.SITE: Words("viết cho địa bàn gần hơn", "is written for a nearer site"),
    Edge.LEVEL: Words("viết riêng cho cấp này", "is written for this level"),
    Edge.SEASON: Words("viết riêng cho mùa này", "is written for this season"),
    Edge.HOURS: Words("viết riêng cho giờ này", "is written for these hours"),
    Edge.ORDER: Words("đứng trước trong tệp", "stands first in the files"),
}
LEVELS = {
    Level.PROVINCE: Words("cấp tỉnh", "provinces"),
    Level.DISTRICT: Words("cấp huyện", "districts"),
    Level.COMMUNE: Words("cấp xã", "communes"),
    Level.STATION: Words("trạm", "stations"),
}
HOLDS = Words("đang áp dụng", "holds")
SILENT = Words("mất dữ liệu sau", "silent after")
BEATEN = Words("nhường cho", "gives way to")


def said(words: Words, lang: str) -> str:
    """The words in a language, `vi` or `en`."""
    return words.vi if lang == "vi" else words.en


def explained(
    series: Series, rulings: tuple[Ruling, ...], at: Micros, lang: str, extras: Iterable[str] = ()
) -> Iterator[str]:
    """The lines that explain by which limits a series is judged at a time; `extras` are those of the extra rules."""
    indicator, site = series.indicator, series.site
    name, place = (indicator.name_vi, site.name_vi) if lang == "vi" else (indicator.name_en, site.name_en)
    yield f"{series.id}: {name}, {place}; {indicator.unit}; {local(at)}"
    for ruling in rulings:
        yield f"  {'*' if ruling.holds else ' '} {ruling.limit.id}: {condition(ruling.limit)}; {verdict(ruling, lang)}"
    yield from extras
    yield f"  * no-data: {said(SILENT, lang)} {length(no_data_rule(indicator).for_)}"
    yield said(ORDER, lang)


def verdict(ruling: Ruling, lang: str) -> str:
    """Why the limit holds or does not."""
    if ruling.bar is not None:
        return said(_barred(ruling.limit, ruling.bar), lang)
    if ruling.by is None or ruling.edge is None:
        return f"{said(HOLDS, lang)} ({said(scope(ruling.limit), lang)})"
    return f"{said(BEATEN, lang)} {ruling.by.id}: {said(EDGES[ruling.edge], lang)}"


def condition(limit: Limit) -> str:
    """The limit as a formula: `above-critical > 4, clear 0.2 back, for 10min, keeps 30min`."""
    bounds = {
        Kind.ABOVE: f"> {limit.value:g}",
        Kind.BELOW: f"< {limit.value:g}",
        Kind.OUTSIDE: f"< {limit.value:g}, > {limit.upper or 0:g}",
    }[limit.kind]
    clear = f", clear {limit.hysteresis:g} back" if limit.hysteresis else ""
    wait = f", for {length(limit.for_)}" if limit.for_ else ""
    keep = f", keeps {length(limit.keep_firing_for)}" if limit.keep_firing_for else ""
    return f"{limit.slot} {bounds}{clear}{wait}{keep}"


def scope(limit: Limit) -> Words:
    """Whom the limit is written for."""
    level = LEVELS[limit.level] if limit.level else None
    vi = [limit.site or "chung", *([level.vi] if level else []), *_when(limit)]
    en = [limit.site or "general", *([level.en] if level else []), *_when(limit)]
    return Words(", ".join(vi), ", ".join(en))


def moved(told: Transition) -> str:
    """A transition on one line."""
    value = "-" if told.value is None else f"{told.value:g}"
    bound = "" if told.bound is None else f" / {told.bound:g}" + ("" if told.upper is None else f"..{told.upper:g}")
    alert = f"{told.site}/{told.indicator}  {slot(told.kind, told.severity)}"
    reason = f"  ({told.reason})" if told.reason else ""
    return f"{local(told.at)}  {alert}  {told.before}>{told.after}{muted(told)}  {value}{bound}  {told.rule}{reason}"


def muted(told: Transition) -> str:
    """` muted` when a firing, or the end of one, is not told; else nothing."""
    is_muted = told.revision == 0 and Status.FIRING in (told.before, told.after)
    return " muted" if is_muted else ""


def local(at: Micros) -> str:
    """Local date and time to the minute."""
    return f"{local_time(at):%Y-%m-%d %H:%M}"


def length(span: Micros) -> str:
    """A duration as the limits are written: `90min`, `3h`."""
    unit = next(name for name, size in reversed(list(DURATIONS.items())) if span % size == 0)
    return f"{span // DURATIONS[unit]}{unit}"


def _barred(limit: Limit, bar: Bar) -> Words:
    return {
        Bar.SITE: Words(f"chỉ cho {limit.site} và bên dưới", f"only for {limit.site} and below"),
        Bar.LEVEL: Words(f"chỉ cho {LEVELS[limit.level].vi}", f"only for {LEVELS[limit.level].en}")
        if limit.level
        else Words("", ""),
        Bar.DATES: Words(f"chỉ có hiệu lực {dates_of(limit)}", f"valid only {dates_of(limit)}"),
        Bar.SEASON: Words(f"chỉ trong mùa {season_of(limit.season)}", f"only in the season {season_of(limit.season)}"),
        Bar.HOURS: Words(f"chỉ vào giờ {hours_of(limit.hours)}", f"only in the hours {hours_of(limit.hours)}"),
    }[bar]


def _when(limit: Limit) -> list[str]:
    return [words for words in (dates_of(limit), season_of(limit.season), hours_of(limit.hours)) if words]


class Dated(Protocol):
    """What holds from one day to another."""

    @property
    def valid_from(self) -> date | None:
        """The first day."""
        ...

    @property
    def valid_to(self) -> date | None:
        """The last day."""
        ...


def dates_of(row: Dated) -> str:
    """`2025-01-01..2025-06-30`; empty when always."""
    return f"{_day(row.valid_from)}..{_day(row.valid_to)}" if row.valid_from or row.valid_to else ""


def season_of(season: Season | None) -> str:
    """`12-01..05-31`; empty when all year."""
    return "..".join(f"{month:02}-{day:02}" for month, day in season) if season else ""


def hours_of(hours: Hours | None) -> str:
    """`22-06`; empty when all day."""
    return "-".join(f"{hour:02}" for hour in hours) if hours else ""


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
