"""Indicators: what they name exists, their numbers agree, their formulas can be computed, and somebody watches them."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from indicators.formula import Formula, FormulaError, cycle, parse
from indicators.problem import FIELD, INDICATOR, OFFICE, UNIT, Problem, unknown
from indicators.rows import WEIGHTS, Placed
from indicators.spec import Indicator, Period, Rollup
from indicators.tables import Tables

MOST_DECIMALS = 6
LENGTHS = {period: place for place, period in enumerate(Period)}


def homes(tables: Tables) -> Iterator[Problem]:
    """A catalogue file that is not named after a field."""
    fields = tables.ids.get("field", set())
    if "field" not in tables.unread:
        for file in sorted({row.file for row in tables.indicators}):
            name = PurePosixPath(file).stem
            if name not in fields:
                words = unknown(name, fields, FIELD)
                yield Problem(file, 1, "", f"tên tệp: {words.vi}", f"file name: {words.en}")


def references(tables: Tables) -> Iterator[Problem]:
    """Units and offices that are not in their lists."""
    units, offices = tables.ids.get("unit", set()), tables.ids.get("office", set())
    for row in tables.indicators:
        if row.thing.unit not in units and "unit" not in tables.unread:
            yield row.problem("unit", *unknown(row.thing.unit, units, UNIT))
        if row.thing.owner not in offices and "office" not in tables.unread:
            yield row.problem("owner", *unknown(row.thing.owner, offices, OFFICE))


def ranges(tables: Tables) -> Iterator[Problem]:
    """Physical and typical ranges that are empty or do not lie in each other."""
    for row in tables.indicators:
        one = row.thing
        low, high = bounds(one)
        if low >= high:
            yield row.problem("max", "max phải lớn hơn min.", "max must be greater than min.")
        elif not low <= one.typical_min <= high:
            yield row.problem("typical_min", *_outside(one.typical_min, low, high))
        elif not low <= one.typical_max <= high:
            yield row.problem("typical_max", *_outside(one.typical_max, low, high))
        if one.typical_min > one.typical_max:
            yield row.problem(
                "typical_max",
                "typical_max không được nhỏ hơn typical_min.",
                "typical_max must not be less than typical_min.",
            )
        if one.decimals > MOST_DECIMALS:
            yield row.problem(
                "decimals",
                f"tối đa {MOST_DECIMALS} chữ số thập phân.",
                f"at most {MOST_DECIMALS} decimals.",
            )


def weights(tables: Tables) -> Iterator[Problem]:
    """Weighted means without a weight, weights without a weighted mean, and weights that do not exist."""
    known = {*tables.ids.get("indicator", set()), *WEIGHTS}
    for row in tables.indicators:
        one = row.thing
        weighted = Rollup.WEIGHTED_MEAN in (one.rollup_time, one.rollup_space)
        if weighted and one.weight is None:
            yield row.problem(
                "weight",
                "weighted-mean cần trọng số: @population, @area hoặc mã một chỉ tiêu.",
                "weighted-mean needs a weight: @population, @area or the id of an indicator.",
            )
        elif not weighted and one.weight is not None:
            yield row.problem(
                "weight",
                "có trọng số nhưng không cột rollup nào là weighted-mean. Xóa ô này.",
                "there is a weight, but neither roll-up is weighted-mean. Empty this cell.",
            )
        elif one.weight is not None and one.weight not in known and "indicator" not in tables.unread:
            yield row.problem("weight", *unknown(one.weight, known, INDICATOR))


def formulas(tables: Tables) -> Iterator[Problem]:
    """Formulas that cannot be read, name unknown indicators or mix periods or units."""
    by_id = {row.thing.id: row.thing for row in tables.indicators}
    known = tables.ids.get("indicator", set())
    for row in tables.indicators:
        if row.thing.formula is None:
            continue
        try:
            formula = parse(row.thing.formula)
        except FormulaError as error:
            yield row.problem("formula", error.vi, error.en)
            continue
        for part in formula.parts:
            if part not in known and "indicator" not in tables.unread:
                yield row.problem("formula", *unknown(part, known, INDICATOR))
        yield from _mixtures(row, formula, by_id)


def rings(tables: Tables) -> Iterator[Problem]:
    """Formulas that need each other."""
    ring = cycle({id_: formula.parts for id_, formula in _readable(tables).items()})
    if ring:
        row = next(row for row in tables.indicators if row.thing.id == ring[0])
        path = " → ".join(ring)
        yield row.problem(
            "formula",
            f"các công thức phụ thuộc lẫn nhau: {path}. Bỏ một công thức trong vòng này.",
            f"the formulas need each other: {path}. Drop one formula of this ring.",
        )


def unwatched(tables: Tables) -> Iterator[Problem]:
    """Indicators that no profile of any tenant watches."""
    if "watch" in tables.unread:
        return
    watches = [*(row.thing for row in tables.watches), *tables.other_watches]
    named = {watch.indicator for watch in watches}
    fields = tables.ids.get("field", set())
    deepest: dict[str, int] = {}
    for watch in watches:
        deepest[watch.field] = max(deepest.get(watch.field, 0), watch.tier or 0)
    for row in tables.indicators:
        one = row.thing
        if one.field in fields and one.id not in named and one.tier > deepest.get(one.field, 0):
            yield row.problem(
                "tier",
                f"không địa bàn nào theo dõi. Giảm tier, hoặc thêm dòng vào profiles.csv cho lĩnh vực {one.field}.",
                f"no site watches it. Lower its tier, or add a row to profiles.csv for the field {one.field}.",
            )


def bounds(indicator: Indicator) -> tuple[float, float]:
    """The physical range, infinite where it is open."""
    low = float("-inf") if indicator.minimum is None else indicator.minimum
    return low, float("inf") if indicator.maximum is None else indicator.maximum


def _outside(value: float, low: float, high: float) -> tuple[str, str]:
    return (
        f"{value:g} nằm ngoài khoảng vật lý {low:g} đến {high:g}.",
        f"{value:g} lies outside the physical range {low:g} to {high:g}.",
    )


def _readable(tables: Tables) -> dict[str, Formula]:
    found: dict[str, Formula] = {}
    for row in tables.indicators:
        if row.thing.formula is not None:
            try:
                found[row.thing.id] = parse(row.thing.formula)
            except FormulaError:
                continue  # told by `formulas`
    return found


def _reaches(part: Indicator, whole: Indicator) -> bool:
    """Whether one value of the part can be had for a period of the whole: they are equal, or it rolls up to it."""
    if part.period is whole.period:
        return True
    return LENGTHS[part.period] < LENGTHS[whole.period] and part.rollup_time is not Rollup.NONE


def _mixtures(row: Placed[Indicator], formula: Formula, by_id: Mapping[str, Indicator]) -> Iterator[Problem]:
    for part in formula.parts:
        other = by_id.get(part)
        if other is not None and not _reaches(other, row.thing):
            yield row.problem(
                "formula",
                f"“{part}” tính theo kỳ {other.period}, không gộp được thành kỳ {row.thing.period} của chỉ tiêu này.",
                f'"{part}" is by {other.period} and does not roll up to the {row.thing.period} of this indicator.',
            )
    units = {id_: one.unit for id_, one in by_id.items() if id_ in formula.parts}
    clash = formula.clash(units, row.thing.unit)
    if clash is not None:
        yield row.problem(
            "formula",
            f"cộng, trừ hoặc so sánh hai đơn vị khác nhau: {clash[0]} và {clash[1]}. Quy về một đơn vị trước.",
            f"two different units are added, subtracted or compared: {clash[0]} and {clash[1]}. Convert one first.",
        )
