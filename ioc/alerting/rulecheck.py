"""What is wrong with extra rules that can be read: what could never fire, and what would contradict itself. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from indicators.spec import CADENCES, Indicator, Rollup
from ioc.alerting.book import Atlas, root_of
from ioc.alerting.extra import Change, Curve, ExtraRule, Pace, Tally, Threshold
from ioc.alerting.rulefile import Written
from ioc.alerting.yamlnode import Fault, fault


def checked(written: Sequence[Written], atlas: Atlas) -> Iterator[tuple[str, Fault]]:
    """The faults of rules of one centre, each with the file that it stands in."""
    earlier: list[Written] = []
    for one in written:
        file = one.rule.place.rpartition(":")[0]
        yield from ((file, found) for found in _faults(one, atlas))
        yield from ((file, found) for found in _against(one, earlier))
        earlier.append(one)


def _faults(one: Written, atlas: Atlas) -> Iterator[Fault]:
    rule, table = one
    indicator = atlas.indicators[rule.indicator]
    match rule.what:
        case Threshold(low, high, hysteresis):
            if low is not None and high is not None and (low >= high or 2 * hysteresis >= high - low):
                yield fault(
                    table.where("below"),
                    "“below” phải nhỏ hơn “above”, cách nhau hơn hai lần “hysteresis”.",
                    '"below" must be less than "above", by more than twice the hysteresis.',
                )
        case Change(by, window, _, hysteresis):
            if window < 2 * indicator.due_every:
                yield fault(
                    table.where("window"),
                    f"“window” phải dài ít nhất hai nhịp của {indicator.id} ({indicator.cadence}).",
                    f"the window must hold at least two cadences of {indicator.id} ({indicator.cadence}).",
                )
            if hysteresis >= 2 * by:
                yield fault(table.where("hysteresis"), "“hysteresis” quá lớn.", "the hysteresis is too large.")
        case Pace(_, _, curve):
            yield from _paced(one, indicator, curve, atlas)
        case Tally(at_least):
            yield from _counted(one, at_least, atlas)
        case _:
            return


def _paced(one: Written, indicator: Indicator, curve: Curve, atlas: Atlas) -> Iterator[Fault]:
    where = one.table.where
    if all(target.indicator != indicator.id for target in atlas.targets):
        yield fault(
            where("indicators"),
            f"{indicator.id} không có mục tiêu nào. Thêm một dòng vào `indicators/targets/` trước.",
            f"{indicator.id} has no target. Add a row to `indicators/targets/` first.",
        )
    if indicator.due_every < CADENCES["1d"]:
        yield fault(
            where("indicators"),
            f"{indicator.id} đến mỗi {indicator.cadence}: tiến độ chỉ xét cho số liệu theo ngày hoặc thưa hơn.",
            f"{indicator.id} is due every {indicator.cadence}: a pace is judged for daily figures and rarer ones only.",
        )
    if curve is Curve.LAST_YEAR and indicator.rollup_time is not Rollup.SUM:
        yield fault(
            where("curve"),
            f"{indicator.id} không cộng dồn theo năm: dùng `curve: linear`.",
            f"{indicator.id} does not add up over the year: use `curve: linear`.",
        )


def _counted(one: Written, at_least: int, atlas: Atlas) -> Iterator[Fault]:
    rule, table = one
    if not rule.scope.levels:
        yield fault(
            table.node,
            "thiếu khóa “levels”: đếm cấp nào (commune, district, station)?",
            'the key "levels" is missing: which level is counted (commune, district, station)?',
        )
        return
    for scope in rule.scope.sites or (root_of(atlas),):
        here = sum(
            site.level in rule.scope.levels and scope in (site.id, *(above.id for above in atlas.ancestors(site.id)))
            for site in atlas.sites.values()
        )
        if here < at_least:
            yield fault(
                table.where("at_least"),
                f"{scope} chỉ có {here} địa bàn cấp này: quy tắc không bao giờ báo.",
                f"{scope} has only {here} sites of this level: the rule can never fire.",
            )


def _against(one: Written, earlier: Iterable[Written]) -> Iterator[Fault]:
    rule, table = one
    for other, its_table in earlier:
        if other.id == rule.id and its_table is not table:
            yield fault(
                table.where("id"),
                f"mã “{rule.id}” đã dùng ở {other.place}.",
                f'the id "{rule.id}" is already used at {other.place}.',
            )
        elif other.id != rule.id and _is_tie(rule, other):
            yield fault(
                table.node,
                f"tranh chỗ {rule.slot} của {rule.indicator} với “{other.id}” ({other.place}): đổi mức độ, địa bàn, "
                "cấp hoặc thời gian của một trong hai.",
                f'takes the place {rule.slot} of {rule.indicator} from "{other.id}" ({other.place}): give one of them '
                "another severity, site, level or time.",
            )


def _is_tie(one: ExtraRule, other: ExtraRule) -> bool:
    mine, its = one.scope, other.scope
    same_time = (mine.season, mine.hours, mine.days, mine.valid_from, mine.valid_to) == (
        *(its.season, its.hours, its.days),
        *(its.valid_from, its.valid_to),
    )
    return (
        (one.slot, one.indicator) == (other.slot, other.indicator)
        and same_time
        and _meet(mine.sites, its.sites)
        and _meet(mine.levels, its.levels)
    )


def _meet(some: Iterable[str], others: Iterable[str]) -> bool:
    return set(some) == set(others) or not set(some).isdisjoint(others)
