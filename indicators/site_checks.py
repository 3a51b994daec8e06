"""Sites and profiles: who lies in whom, when, and who watches what."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from indicators.formula import cycle
from indicators.problem import FIELD, INDICATOR, SITE, Problem, unknown
from indicators.rows import Placed
from indicators.spec import Level, Site, Watch
from indicators.tables import Tables
from indicators.window import window

RANKS = {level: rank for rank, level in enumerate((Level.PROVINCE, Level.DISTRICT, Level.COMMUNE, Level.STATION))}
NORTHMOST, EASTMOST = 90, 180


def references(tables: Tables) -> Iterator[Problem]:
    """Parents, predecessors and successors that do not exist."""
    known = tables.ids.get("site", set())
    if "site" in tables.unread:
        return
    for row in tables.sites:
        one = row.thing
        if one.parent is not None and one.parent not in known:
            yield row.problem("parent", *unknown(one.parent, known, SITE))
        for column, others in (("predecessors", one.predecessors), ("successors", one.successors)):
            for other in others:
                if other not in known and other not in tables.other_sites:
                    yield row.problem(column, *unknown(other, known, SITE))


def shapes(tables: Tables) -> Iterator[Problem]:
    """Sites above their parent, that end before they begin, or that lie nowhere on earth."""
    by_id = {row.thing.id: row.thing for row in tables.sites}
    for row in tables.sites:
        one, parent = row.thing, by_id.get(row.thing.parent or "")
        if parent is not None and RANKS[parent.level] >= RANKS[one.level]:
            yield row.problem(
                "parent",
                f"{one.level} không thể nằm trong {parent.level} “{parent.id}”. Chọn địa bàn cấp cao hơn.",
                f'a {one.level} cannot lie in the {parent.level} "{parent.id}". Choose a site of a higher level.',
            )
        if one.valid_from is not None and one.valid_to is not None and one.valid_to < one.valid_from:
            yield row.problem("valid_to", "valid_to sớm hơn valid_from.", "valid_to is before valid_from.")
        yield from _nowhere(row)


def rings(tables: Tables) -> Iterator[Problem]:
    """Sites that lie in each other."""
    ring = cycle({row.thing.id: (row.thing.parent,) if row.thing.parent else () for row in tables.sites})
    if ring:
        row = next(row for row in tables.sites if row.thing.id == ring[0])
        path = " → ".join(ring)
        yield row.problem(
            "parent",
            f"các địa bàn chứa lẫn nhau: {path}. Sửa một parent.",
            f"the sites lie in each other: {path}. Correct one parent.",
        )


def watches(tables: Tables) -> Iterator[Problem]:
    """Profile rows that name what does not exist, or both a tier and an indicator, or neither."""
    fields = {row.thing.id: row.thing.field for row in tables.indicators}
    for row in tables.watches:
        one = row.thing
        for column, word, kind in (
            ("site", one.site, SITE),
            ("field", one.field, FIELD),
            ("shown_under", one.shown_under, FIELD),
            ("indicator", one.indicator, INDICATOR),
        ):
            known = tables.ids.get(kind.en, set())
            if word is not None and word not in known and kind.en not in tables.unread:
                yield row.problem(column, *unknown(word, known, kind))
        yield from _unclear(row, fields.get(one.indicator or "", one.field))


def overlaps(tables: Tables) -> Iterator[Problem]:
    """Two profile rows for the same site and field, or site and indicator, at the same time."""
    groups: dict[tuple[str, str], list[Placed[Watch]]] = defaultdict(list)
    for row in tables.watches:
        groups[row.thing.site, row.thing.indicator or f"[{row.thing.field}]"].append(row)
    for rows in groups.values():
        for one, other in combinations(rows, 2):
            stretch = window(one.thing.valid_from, one.thing.valid_to)
            if stretch.overlaps(window(other.thing.valid_from, other.thing.valid_to)):
                yield other.problem(
                    "valid_from",
                    f"trùng thời gian hiệu lực với {one.file}:{one.line}. Kết thúc dòng kia trước, hoặc bỏ một dòng.",
                    f"valid at the same time as {one.file}:{one.line}. End the other before this begins, or drop one.",
                )


def _nowhere(row: Placed[Site]) -> Iterator[Problem]:
    for column, degrees, most in (("lat", row.thing.lat, NORTHMOST), ("lon", row.thing.lon, EASTMOST)):
        if degrees is not None and abs(degrees) > most:
            yield row.problem(column, f"phải trong khoảng ±{most} độ.", f"must lie within ±{most} degrees.")


def _unclear(row: Placed[Watch], home: str) -> Iterator[Problem]:
    one = row.thing
    if (one.tier is None) == (one.indicator is None):
        yield row.problem(
            "tier", "điền tier hoặc indicator, đúng một trong hai.", "fill in tier or indicator, exactly one of them."
        )
    if home != one.field:
        yield row.problem(
            "field",
            f"chỉ tiêu “{one.indicator}” thuộc lĩnh vực {home}.",
            f'the indicator "{one.indicator}" belongs to the field {home}.',
        )
    if one.valid_from is not None and one.valid_to is not None and one.valid_to < one.valid_from:
        yield row.problem("valid_to", "valid_to sớm hơn valid_from.", "valid_to is before valid_from.")
