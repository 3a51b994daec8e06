"""Answers requests for roll-ups: the values of days, months, quarters and years."""

import asyncio
from collections.abc import Collection, Mapping

from indicators.spec import Period
from ioc.model import Micros
from ioc.web.ports import Catalogue, Rollup, Rollups
from ioc.web.refusal import Refusal, unreadable
from ioc.web.span import MAX_POINTS, span

AT_ONCE = 2
AXES = ("time", "space", "formula")
SINCE = {Period.DAY: "-31d", Period.MONTH: "-366d", Period.QUARTER: "-1096d", Period.YEAR: "-3653d"}
"""The kinds of period, each with how far an answer reaches back unless asked otherwise."""


class Almanac:
    """Roll-ups by series, axis and kind of period, two requests at a time."""

    def __init__(self, rollups: Rollups, catalogue: Catalogue) -> None:
        """`rollups` are read in a thread."""
        self._rollups = rollups
        self._catalogue = catalogue
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def answer(self, site: str, indicator: str, given: Mapping[str, str], now: Micros) -> dict[str, object]:
        """The periods with a part between `from` and `to`, at most 2,000, oldest first. Raises Refusal."""
        _known("site", site, self._catalogue.sites)
        _known("indicator", indicator, self._catalogue.indicators)
        axis = _chosen("axis", given.get("axis") or AXES[0], AXES)
        kind = Period(_chosen("kind", given.get("kind") or Period.DAY.value, [kind.value for kind in SINCE]))
        asked = span(given.get("from") or SINCE[kind], given.get("to", ""), "", now)
        within = asked.start, asked.end
        async with self._turn:
            rows = await asyncio.to_thread(self._rollups.lookup, site, indicator, axis, kind, within, MAX_POINTS + 1)
        if len(rows) > MAX_POINTS:
            raise _too_many()
        head = {"series": f"{site}/{indicator}", "unit": self._catalogue.indicators[indicator].unit}
        head |= {"axis": axis, "kind": kind.value}
        return {**head, "from": asked.start, "to": asked.end, "rollups": [_shown(row) for row in rows]}


def _shown(row: Rollup) -> dict[str, object]:
    return {
        "start": row.start,
        "value": row.value,
        "n": row.n,
        "m": row.m,
        "complete": row.complete,
        "gap": int(row.gap),
        "numerator": row.numerator,
        "denominator": row.denominator,
        "low": row.low,
        "high": row.high,
        "state": int(row.state),
        "revision": row.revision,
    }


def _known(name: str, text: str, known: Collection[str]) -> None:
    if text in known:
        return
    what_vi, what_en = {"site": ("địa bàn", "site"), "indicator": ("chỉ tiêu", "indicator")}[name]
    raise Refusal(
        f"Không có {what_vi} “{text[:60]}”, xem /v1/catalogue.",
        f'There is no {what_en} "{text[:60]}", see /v1/catalogue.',
        parameter=name,
        status=404,
    )


def _chosen(name: str, text: str, words: Collection[str]) -> str:
    if text not in words:
        listed = ", ".join(words)
        raise unreadable(name, text, f"một trong các từ: {listed}", f"one of: {listed}")
    return text


def _too_many() -> Refusal:
    return Refusal(
        f"Khoảng thời gian này có hơn {MAX_POINTS:,} kỳ. Hãy thu hẹp “from” và “to”.".replace(",", "."),
        f'This stretch of time holds more than {MAX_POINTS:,} periods. Narrow "from" and "to".',
        parameter="from",
    )
