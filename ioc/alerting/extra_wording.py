"""Extra rules in words, for whoever asks which there are and why one holds. Pure."""

from collections.abc import Iterator

from indicators.problem import Words
from indicators.spec import Series, local_time
from ioc.alerting.book import Rulebook
from ioc.alerting.extra import Change, Combination, Condition, DayType, ExtraRule, Pace, Stuck, Tally, Threshold
from ioc.alerting.wording import HOLDS, LEVELS, dates_of, hours_of, length, said, season_of
from ioc.model import Kind, Micros

DAYS = {
    DayType.WORKING: Words("ngày làm việc", "working days"),
    DayType.WEEKEND: Words("cuối tuần", "weekends"),
    DayType.HOLIDAY: Words("ngày lễ", "public holidays"),
    DayType.TET: Words("Tết", "Tết"),
}
BEATEN = Words("nhường cho", "gives way to")
ELSEWHERE = Words("không cho địa bàn này", "not for this site")
NOT_NOW = Words("không vào lúc này", "not at this time")
NO_PLAN = Words("không có mục tiêu đang chạy", "no target is running")


def formula(extra: ExtraRule) -> str:
    """The rule as a formula: `rising-warning by > 3 per 6h over 6h, clear 0.5 back, keeps 2h`."""
    wait = f", for {length(extra.for_)}" if extra.for_ else ""
    keep = f", keeps {length(extra.keep_firing_for)}" if extra.keep_firing_for else ""
    return f"{extra.slot} {_condition(extra)}{wait}{keep}"


def scope(extra: ExtraRule) -> Words:
    """Where and when the rule is written to hold."""
    where = extra.scope
    sites = list(where.sites)
    vi = [*(sites or ["chung"]), *(LEVELS[level].vi for level in where.levels), *(DAYS[one].vi for one in where.days)]
    en = [*(sites or ["general"]), *(LEVELS[level].en for level in where.levels), *(DAYS[one].en for one in where.days)]
    when = [words for words in (dates_of(where), season_of(where.season), hours_of(where.hours)) if words]
    return Words(", ".join([*vi, *when]), ", ".join([*en, *when]))


def listed(extra: ExtraRule) -> str:
    """A rule on one line."""
    words = scope(extra)
    return f"{extra.id}  {extra.indicator} {formula(extra)}  [{words.vi} / {words.en}]  {extra.basis}  ({extra.place})"


def explained(book: Rulebook, series: Series, at: Micros, lang: str) -> Iterator[str]:
    """The extra rules that look at a series, and why each holds or does not."""
    site, indicator = series.site.id, series.indicator.id
    holding = {rule.id for rule in book.rules_for(site, indicator, at)}
    holding |= {bound.rule.id for bound in book.bound_for(site, indicator, at)}
    counting = {extra.id for _, extra in book.tallies_of(site, indicator)}
    for extra in book.all:
        if indicator in extra.fed_by:
            holds = extra.id in holding or (extra.id in counting and book.is_on(extra, at))
            verdict = HOLDS if holds else _against(book, extra, site, at, holding)
            words = f"{said(verdict, lang)} ({said(scope(extra), lang)})" if holds else said(verdict, lang)
            yield f"  {'*' if holds else ' '} {extra.id}: {formula(extra)}; {words}; {extra.place}"


def _against(book: Rulebook, extra: ExtraRule, site: str, at: Micros, holding: set[str]) -> Words:
    if book.distance(extra, site) is None:
        return ELSEWHERE
    if not book.is_on(extra, at):
        types = ", ".join(sorted(DAYS[one].vi for one in book.day_types(local_time(at).date())))
        return Words(f"{NOT_NOW.vi} ({types})", NOT_NOW.en)
    rival = next((one.id for one in book.all if one.id in holding and one.slot == extra.slot), None)
    return NO_PLAN if rival is None else Words(f"{BEATEN.vi} {rival}", f"{BEATEN.en} {rival}")


def _condition(extra: ExtraRule) -> str:
    match extra.what:
        case Threshold(low, high, hysteresis):
            return f"{_bounds(low, high)}{_clear(hysteresis)}"
        case Change(by, window, per, hysteresis):
            sign = "by >" if extra.kind is Kind.RISING else "by <"
            figure = by if extra.kind is Kind.RISING else -by
            return f"{sign} {figure:g} per {length(per)} over {length(window)}{_clear(hysteresis)}"
        case Stuck(cadences, besides):
            ignored = f", besides {', '.join(f'{one:g}' for one in besides)}" if besides else ""
            return f"same > {cadences:g} cadences{ignored}"
        case Pace(behind, periods, curve, start):
            begin = "" if start is None else f", from {start:g}"
            return f"behind > {behind:g} %, {curve}, from {periods} periods on{begin}"
        case Tally(at_least, least):
            return f">= {at_least} at {least.name.lower()} or worse"
        case Combination(conditions, is_any):
            return (" or " if is_any else " and ").join(map(_part, conditions))


def _part(one: Condition) -> str:
    deny = "not " if one.is_not else ""
    return f"{deny}({one.indicator} {_bounds(one.low, one.high)}{_clear(one.hysteresis)})"


def _bounds(low: float | None, high: float | None) -> str:
    return ", ".join([*([] if low is None else [f"< {low:g}"]), *([] if high is None else [f"> {high:g}"])])


def _clear(hysteresis: float) -> str:
    return f", clear {hysteresis:g} back" if hysteresis else ""
