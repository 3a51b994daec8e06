"""A rule file into extra rules, or into every fault of it with line and column. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from ruamel.yaml import Node

from indicators.cells import BadCellError, day, duration, filled, hours, identifier, integer, number, one_of, season
from indicators.problem import INDICATOR, SITE, Listed, unknown
from indicators.spec import Level
from ioc.alerting.book import Atlas
from ioc.alerting.extra import (
    Change,
    Combination,
    Condition,
    Curve,
    DayType,
    ExtraRule,
    Pace,
    Scope,
    Stuck,
    Tally,
    Threshold,
    What,
)
from ioc.alerting.yamlnode import Fault, FaultError, Parser, Table, compose, fault, items
from ioc.model import HOUR, Kind, Severity

KINDS = {
    kind.value: kind
    for kind in (
        *(Kind.ABOVE, Kind.BELOW, Kind.OUTSIDE, Kind.RISING, Kind.FALLING),
        *(Kind.STUCK, Kind.GAP, Kind.COUNT, Kind.COMBINATION),
    )
}
SEVERITIES = {severity.name.lower(): severity for severity in list(Severity)[1:]}
YES_NO = {"true": True, "false": False}


class Written(NamedTuple):
    """A rule and the table that it was read from, so that whoever checks it can point at the place."""

    rule: ExtraRule
    table: Table


def parse(text: str, file: str, atlas: Atlas) -> tuple[list[Written], list[Fault]]:
    """The rules of a file named `file`, one per rule and indicator, and its faults in the order of their lines."""
    faults: list[Fault] = []
    found: list[Written] = []
    try:
        top = compose(text)
        if top is not None:
            whole = Table(top, faults)
            listed = whole.node_of("rules")
            whole.close()
            for node in items(listed) if listed is not None else ():
                found += _written(node, file, atlas, faults)
            if listed is None:
                faults.append(fault(top, "thiếu khóa “rules”.", 'the key "rules" is missing.'))
    except FaultError as error:
        faults.append(error.fault)
    return found, sorted(faults)


def _written(node: Node, file: str, atlas: Atlas, faults: list[Fault]) -> list[Written]:
    before = len(faults)
    try:
        table = Table(node, faults)
        rules = _rules(table, file, atlas, faults)
    except FaultError as error:
        faults.append(error.fault)
        return []
    return [Written(rule, table) for rule in rules] if len(faults) == before else []


def _rules(table: Table, file: str, atlas: Atlas, faults: list[Fault]) -> list[ExtraRule]:
    id_ = table.need("id", identifier, "")
    kind = table.need("kind", one_of(KINDS), None)
    severity = table.need("severity", one_of(SEVERITIES), Severity.WARNING)
    scope = _scope(table, atlas)
    basis = table.need("basis", filled, "")
    wait, keep = table.take("for", duration, 0), table.take("keep_firing_for", duration, 0)
    if kind is None:
        return []
    names = () if kind is Kind.COMBINATION else table.several("indicators", _known(atlas.indicators, INDICATOR))
    what = _what(kind, table, atlas, faults)
    if isinstance(what, Combination):
        names = (what.conditions[0].indicator,) if what.conditions else ()
    elif table.node_of("indicators") is None:
        faults.append(fault(table.node, "thiếu khóa “indicators”.", 'the key "indicators" is missing.'))
    name_vi, name_en = (
        table.need(key, filled, "") if kind is Kind.COMBINATION else "" for key in ("name_vi", "name_en")
    )
    table.close()
    return [
        ExtraRule(
            id=id_,
            kind=kind,
            severity=severity,
            indicator=name,
            what=what,
            basis=basis,
            scope=scope,
            for_=wait,
            keep_firing_for=keep,
            name_vi=name_vi,
            name_en=name_en,
            place=f"{file}:{table.node.start_mark.line + 1}",
        )
        for name in dict.fromkeys(names)
    ]


def _scope(table: Table, atlas: Atlas) -> Scope:
    return Scope(
        sites=table.several("sites", _known(atlas.sites, SITE)),
        levels=table.several("levels", one_of({level.value: level for level in Level})),
        season=table.take("season", season, None),
        hours=table.take("hours", hours, None),
        days=table.several("days", one_of({one.value: one for one in DayType})),
        valid_from=table.take("valid_from", day, None),
        valid_to=table.take("valid_to", day, None),
    )


def _what(kind: Kind, table: Table, atlas: Atlas, faults: list[Fault]) -> What:
    if kind in (Kind.ABOVE, Kind.BELOW, Kind.OUTSIDE):
        return _threshold(kind, table)
    if kind in (Kind.RISING, Kind.FALLING):
        window = table.need("window", _lasting, HOUR)
        by = table.need("by", _positive, 1.0)
        return Change(by, window, table.take("per", _lasting, window), table.take("hysteresis", _not_negative, 0.0))
    if kind is Kind.STUCK:
        return Stuck(table.need("cadences", _positive, 1.0), table.several("besides", number))
    if kind is Kind.GAP:
        return _pace(table)
    if kind is Kind.COUNT:
        return Tally(table.need("at_least", _count, 1), table.take("least", one_of(SEVERITIES), Severity.WARNING))
    return _combination(table, atlas, faults)


def _threshold(kind: Kind, table: Table) -> Threshold:
    low = table.need("below", number, 0.0) if kind is not Kind.ABOVE else None
    high = table.need("above", number, 0.0) if kind is not Kind.BELOW else None
    return Threshold(low, high, table.take("hysteresis", _not_negative, 0.0))


def _pace(table: Table) -> Pace:
    return Pace(
        behind=table.need("behind", _percent, 0.0),
        periods=table.need("periods", _count, 1),
        curve=table.take("curve", one_of({curve.value: curve for curve in Curve}), Curve.LINEAR),
        start=table.take("start", number, None),
    )


def _combination(table: Table, atlas: Atlas, faults: list[Fault]) -> Combination:
    every, any_ = table.node_of("all"), table.node_of("any")
    if (every is None) is (any_ is None):
        raise FaultError(
            fault(table.node, "cần đúng một trong “all”, “any”.", 'just one of "all" and "any" is needed.')
        )
    listed = every or any_
    conditions = [_condition(Table(node, faults), atlas, faults) for node in items(listed)] if listed else []
    if len(conditions) < 2:  # noqa: PLR2004 - fewer are no combination
        raise FaultError(
            fault(listed or table.node, "cần ít nhất hai điều kiện.", "at least two conditions are needed.")
        )
    return Combination(tuple(conditions), is_any=any_ is not None)


def _condition(table: Table, atlas: Atlas, faults: list[Fault]) -> Condition:
    indicator = table.need("indicator", _known(atlas.indicators, INDICATOR), "")
    low, high = table.take("below", number, None), table.take("above", number, None)
    if low is None and high is None:
        faults.append(fault(table.node, "cần “above” hoặc “below”.", '"above" or "below" is needed.'))
    found = Condition(
        indicator=indicator,
        low=low,
        high=high,
        hysteresis=table.take("hysteresis", _not_negative, 0.0),
        is_not=table.take("not", one_of(YES_NO), False),
        patience=atlas.indicators[indicator].silent_after if indicator else 0,
    )
    table.close()
    return found


def _known(names: Mapping[str, object], kind: Listed) -> Parser[str]:
    def parse_name(text: str) -> str:
        if text not in names:
            words = unknown(text, names, kind)
            raise BadCellError(words.vi, words.en)
        return text

    return parse_name


def _positive(text: str) -> float:
    value = number(text)
    if value <= 0:
        raise BadCellError(f"“{text}” phải lớn hơn 0.", f'"{text}" must be above 0.')
    return value


def _not_negative(text: str) -> float:
    value = number(text)
    if value < 0:
        raise BadCellError(f"“{text}” không được âm.", f'"{text}" must not be below 0.')
    return value


def _percent(text: str) -> float:
    value = _positive(text.removesuffix("%").rstrip())
    if value > 100:  # noqa: PLR2004 - percent
        raise BadCellError(f"“{text}” phải từ 0 đến 100 %.", f'"{text}" must lie between 0 and 100 %.')
    return value


def _count(text: str) -> int:
    value = integer(text)
    if value < 1:
        raise BadCellError(f"“{text}” phải từ 1.", f'"{text}" must be at least 1.')
    return value


def _lasting(text: str) -> int:
    value = duration(text)
    if value <= 0:
        raise BadCellError(f"“{text}” phải dài hơn 0.", f'"{text}" must be longer than 0.')
    return value
