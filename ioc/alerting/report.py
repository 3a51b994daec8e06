"""Replays and health as lines of text, Vietnamese and English side by side. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from ioc.alerting.health import CHATTER, MEAN_GOAL, WORST_GOAL, Burden, Health
from ioc.alerting.load import weeks
from ioc.alerting.replay import Difference
from ioc.alerting.turn import AlertKey
from ioc.alerting.wording import local, moved
from ioc.model import Micros, Severity

GOAL_SHARES = {Severity.INFO: 80, Severity.WARNING: 15, Severity.CRITICAL: 5}
SEVERITIES = {
    Severity.INFO: "theo dõi / info",
    Severity.WARNING: "cảnh báo / warning",
    Severity.CRITICAL: "nguy cấp / critical",
}
SHOWN = 20

Times = Mapping[str, Sequence[Micros]]


def replayed(difference: Difference, before: Times, after: Times, shown: int) -> Iterator[str]:
    """What a replay gained and lost, at most `shown` lines of each, and the messages per official and week."""
    for sign, words, transitions in (
        ("+", "thêm / gained", difference.gained),
        ("-", "mất / lost", difference.lost),
    ):
        yield f"{words}: {len(transitions)}"
        yield from (f"  {sign} {moved(told)}" for told in transitions[:shown])
        if len(transitions) > shown:
            yield f"  {sign} ... {len(transitions) - shown} nữa / more (--show)"
    yield "tin nhắn mỗi tuần, trong đó ban đêm / messages per week, of these by night (22-06):"
    yield from _weekly(before, after) or ["  không có / none"]


def health_lines(found: Health) -> Iterator[str]:
    """All figures of the health, each beside its goal."""
    yield f"Tin nhắn mỗi người / messages per official (goal: <= {MEAN_GOAL:g} in 10 min, worst <= {WORST_GOAL}):"
    yield from [_burdened(one) for one in found.burdens] or ["  không có / none"]
    yield "Mức độ / severities (mục tiêu / goal: 80 / 15 / 5 %):"
    fired = sum(found.shares.values())
    yield from (
        f"  {SEVERITIES[severity]:19}{count:6}{100 * count / max(1, fired):6.0f} %   goal {GOAL_SHARES[severity]} %"
        for severity, count in found.shares.items()
    )
    yield from _keyed(f"Chập chờn / chattering (>= {CHATTER} in 10 min):", found.chattering)
    yield from _keyed("Thoáng qua / fleeting (< 1 min):", found.fleeting)
    yield f"Kéo dài hơn một ngày / standing for more than a day: {len(found.standing)}"
    yield from (f"  {local(one.fired)}  {'/'.join(one.key)}" for one in found.standing[:SHOWN])
    yield "Mười quy tắc ồn nhất / the ten noisiest rules:"
    yield from (f"  {count:6}{100 * count / max(1, fired):6.0f} %  {rule}" for rule, count in found.noisiest)
    yield f"Chưa từng báo / never fired: {len(found.never)}"
    yield from (f"  {rule}" for rule in found.never[:SHOWN])
    if len(found.never) > SHOWN:
        yield f"  ... {len(found.never) - SHOWN} nữa / more"


def _weekly(before: Times, after: Times) -> list[str]:
    old = {(one.receiver, one.week): one for one in weeks(before)}
    new = {(one.receiver, one.week): one for one in weeks(after)}
    lines = []
    for receiver, week in sorted(old.keys() | new.keys()):
        was, now = old.get((receiver, week)), new.get((receiver, week))
        total = f"{was.messages if was else 0} -> {now.messages if now else 0}"
        night = f"{was.by_night if was else 0} -> {now.by_night if now else 0}"
        lines.append(f"  {week}  {receiver}: {total}; {night}")
    return lines


def _burdened(one: Burden) -> str:
    mark = " " if one.is_fair else "!"
    worst = f"{one.worst_day} ({one.worst_date})" if one.worst_date else "0"
    return (
        f"{mark} {one.receiver}: {one.messages}; 10 min: {one.per_ten_minutes:.2f}, worst {one.worst_ten_minutes}; "
        f"day: {one.per_day:.1f}, worst {worst}"
    )


def _keyed(title: str, counted: Sequence[tuple[AlertKey, int]]) -> Iterator[str]:
    yield f"{title} {len(counted)}"
    yield from (f"  {count:6}  {'/'.join(key)}" for key, count in counted[:SHOWN])
