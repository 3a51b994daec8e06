"""Limits and targets: what they name exists, they can be crossed, and no two hold for one place and time."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

from indicators.indicator_checks import bounds
from indicators.override import in_hours, in_season
from indicators.problem import INDICATOR, SITE, Problem, unknown
from indicators.rows import Placed, Thing
from indicators.spec import Confidence, Indicator, Limit, Target
from indicators.tables import Tables
from indicators.window import window
from ioc.model import Kind

Ruling = Placed[Limit] | Placed[Target]
LEAP_YEAR = 2024
FROM_MEMORY = "chưa đối chiếu văn bản – "


def references(tables: Tables) -> Iterator[Problem]:
    """Indicators and sites that do not exist, and periods that end before they begin."""
    known, own = tables.ids.get("indicator", set()), tables.ids.get("site", set())
    rows: Sequence[Ruling] = [*tables.limits, *tables.targets]
    for row in rows:
        one = row.thing
        sites = own if row.file.startswith("tenants/") else own | tables.other_sites
        if one.indicator not in known and "indicator" not in tables.unread:
            yield row.problem("indicator", *unknown(one.indicator, known, INDICATOR))
        if one.site is not None and one.site not in sites and "site" not in tables.unread:
            yield row.problem("site", *unknown(one.site, sites, SITE))
        if one.valid_from is not None and one.valid_to is not None and one.valid_to < one.valid_from:
            yield row.problem("valid_to", "valid_to sớm hơn valid_from.", "valid_to is before valid_from.")


def limit_values(tables: Tables) -> Iterator[Problem]:
    """Limits that no possible value can cross, and ranges that are none."""
    indicators = _by_id(tables)
    for row in tables.limits:
        one = row.thing
        if (one.kind is Kind.OUTSIDE) != (one.upper is not None):
            yield row.problem(
                "upper",
                "outside cần value (dưới) và upper (trên); above và below để trống upper.",
                "outside needs value (lower) and upper; above and below leave upper empty.",
            )
        elif one.upper is not None and one.upper - one.value <= 2 * one.hysteresis:
            yield row.problem(
                "upper",
                "upper phải lớn hơn value, và khoảng giữa phải rộng hơn hai lần hysteresis.",
                "upper must exceed value, with more than twice the hysteresis between them.",
            )
        if one.hysteresis < 0:
            yield row.problem("hysteresis", "hysteresis phải từ 0.", "hysteresis must be 0 or more.")
        yield from _beyond(row, {"value": one.value, "upper": one.upper}, indicators.get(one.indicator))


def target_values(tables: Tables) -> Iterator[Problem]:
    """Targets that cannot be reached."""
    indicators = _by_id(tables)
    for row in tables.targets:
        yield from _beyond(row, {"value": row.thing.value}, indicators.get(row.thing.indicator))


def bases(tables: Tables) -> Iterator[Problem]:
    """A basis that says more than is known: officials would take it for law."""
    rows: Sequence[Ruling] = [*tables.limits, *tables.targets]
    for row in rows:
        basis, confidence = row.thing.basis, row.thing.confidence
        if (confidence is Confidence.ASSUMPTION) != (basis == Confidence.ASSUMPTION):
            yield row.problem(
                "basis",
                "căn cứ và độ tin cậy phải cùng là assumption, hoặc cùng không.",
                "basis and confidence are both assumption, or neither is.",
            )
        elif (confidence is Confidence.MEMORY) != basis.startswith(FROM_MEMORY):
            yield row.problem(
                "basis",
                f"căn cứ chưa đối chiếu bắt đầu bằng “{FROM_MEMORY}”, và chỉ khi confidence là memory.",
                f'a basis from memory begins with "{FROM_MEMORY}", and only where confidence is memory.',
            )


def severities(tables: Tables) -> Iterator[Problem]:
    """A lesser severity that begins beyond a greater one of the same indicator, kind, site, level and time."""
    for group in _grouped(tables.limits, lambda limit: (limit.indicator, limit.kind, limit.site, limit.level)):
        rows = sorted(group, key=lambda row: row.thing.severity)
        for one, other in combinations(rows, 2):
            mild, grave = one.thing, other.thing
            if mild.severity < grave.severity and _meet(mild, grave) and _is_beyond(mild, grave):
                yield one.problem(
                    "value",
                    f"mức {mild.severity.name.lower()} vượt quá mức {grave.severity.name.lower()} ở "
                    f"{other.file}:{other.line}. Mức nhẹ phải tới trước mức nặng.",
                    f"this {mild.severity.name.lower()} lies beyond the {grave.severity.name.lower()} of "
                    f"{other.file}:{other.line}. The lesser must be reached first.",
                )


def overlaps(tables: Tables) -> Iterator[Problem]:
    """Two rows that hold for the same slot at the same time, with nothing to say which overrides."""
    limits = _grouped(
        tables.limits,
        lambda one: (one.indicator, one.slot, one.site, one.level, one.season is None, one.hours is None),
    )
    targets = _grouped(tables.targets, lambda one: (one.indicator, one.deadline, one.at_least, one.site, one.level))
    groups: list[Sequence[Ruling]] = [*limits, *targets]
    for rows in groups:
        for one, other in combinations(rows, 2):
            if _meet(one.thing, other.thing):
                yield other.problem(
                    "valid_from",
                    f"trùng thời gian hiệu lực với {one.file}:{one.line}. Kết thúc dòng kia trước, hoặc bỏ một dòng.",
                    f"valid at the same time as {one.file}:{one.line}. End the other before this begins, or drop one.",
                )


def _by_id(tables: Tables) -> Mapping[str, Indicator]:
    return {row.thing.id: row.thing for row in tables.indicators}


def _beyond(row: Ruling, values: Mapping[str, float | None], indicator: Indicator | None) -> Iterator[Problem]:
    if indicator is None:
        return
    low, high = bounds(indicator)
    for column, value in values.items():
        if value is not None and low < high and not low <= value <= high:
            yield row.problem(
                column,
                f"{value:g} nằm ngoài khoảng vật lý {low:g} đến {high:g} của {indicator.id}.",
                f"{value:g} lies outside the physical range {low:g} to {high:g} of {indicator.id}.",
            )


def _is_beyond(mild: Limit, grave: Limit) -> bool:
    if mild.kind is Kind.ABOVE:
        return mild.value > grave.value
    if mild.kind is Kind.BELOW:
        return mild.value < grave.value
    return mild.value < grave.value or (mild.upper or 0) > (grave.upper or 0)


def _meet(one: Limit | Target, other: Limit | Target) -> bool:
    """Whether both can hold at one moment."""
    if not window(one.valid_from, one.valid_to).overlaps(window(other.valid_from, other.valid_to)):
        return False
    if not isinstance(one, Limit) or not isinstance(other, Limit):
        return True
    return _seasons_meet(one, other) and _hours_meet(one, other)


def _seasons_meet(one: Limit, other: Limit) -> bool:
    """Two arcs of a circle meet when one of them begins in the other."""
    if one.season is None or other.season is None:
        return True
    begins, other_begins = (date(LEAP_YEAR, *season[0]) for season in (one.season, other.season))
    return in_season(other.season, begins) or in_season(one.season, other_begins)


def _hours_meet(one: Limit, other: Limit) -> bool:
    if one.hours is None or other.hours is None:
        return True
    return in_hours(other.hours, one.hours[0]) or in_hours(one.hours, other.hours[0])


def _grouped(rows: Iterable[Placed[Thing]], key: Callable[[Thing], Hashable]) -> list[list[Placed[Thing]]]:
    groups: dict[Hashable, list[Placed[Thing]]] = defaultdict(list)
    for row in rows:
        groups[key(row.thing)].append(row)
    return [group for group in groups.values() if len(group) > 1]
