"""Incidents, acts, silences and refusals in words, Vietnamese and English. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from indicators.spec import local_time
from ioc.incidents.model import (
    SYSTEM,
    Acknowledged,
    Act,
    Answered,
    Asked,
    Assigned,
    Commented,
    Ended,
    Escalated,
    Match,
    Moved,
    Opened,
    Overdue,
    Reopened,
    Resolved,
    Silence,
    Silenced,
    Stage,
    Unacknowledged,
    Worsened,
)
from ioc.incidents.refused import RefusedError, Why
from ioc.model import MINUTE, Kind, Micros, Severity, Transition


class Words(NamedTuple):
    """The same in both languages."""

    vi: str
    en: str

    def document(self) -> dict[str, str]:
        """For the wire."""
        return {"vi": self.vi, "en": self.en}


class Speech(NamedTuple):
    """What words are made with: how a step of an alert is said, and what offices and officials are called, by id."""

    sentence: Callable[[Transition, str], str]
    name: Callable[[str], Words]


Label = Callable[[str, str], Words]
"""What the catalogue calls a `site`, a `field` or an `indicator` of some id."""


def by_id(_: str, name: str) -> Words:
    """Everything by its id."""
    return Words(name, name)


STAGES = {
    Stage.OPEN: Words("chưa ai nhận", "open"),
    Stage.ACKNOWLEDGED: Words("đã nhận xử lý", "acknowledged"),
    Stage.RESOLVED: Words("đã kết thúc", "resolved"),
}
SEVERITIES = {
    Severity.OK: Words("không còn cảnh báo", "no alert left"),
    Severity.INFO: Words("theo dõi", "watch"),
    Severity.WARNING: Words("cảnh báo", "warning"),
    Severity.CRITICAL: Words("nguy cấp", "critical"),
}
KINDS = {
    Kind.ABOVE: Words("vượt ngưỡng trên", "above"),
    Kind.BELOW: Words("dưới ngưỡng", "below"),
    Kind.OUTSIDE: Words("ngoài khoảng", "outside"),
    Kind.NO_DATA: Words("mất dữ liệu", "no data"),
    Kind.SOURCE_DOWN: Words("nguồn số liệu im lặng", "source down"),
    Kind.RISING: Words("tăng nhanh", "rising fast"),
    Kind.FALLING: Words("giảm nhanh", "falling fast"),
    Kind.STUCK: Words("giá trị đứng yên", "stuck value"),
    Kind.GAP: Words("chậm tiến độ", "behind plan"),
    Kind.COUNT: Words("nhiều nơi cùng lúc", "many places at once"),
    Kind.COMBINATION: Words("điều kiện kết hợp", "combined condition"),
    Kind.EXTERNAL: Words("hệ thống khác báo", "told by another system"),
}
REFUSALS = {
    Why.NO_INCIDENT: Words("Không có sự cố này", "There is no such incident"),
    Why.NO_SILENCE: Words("Không có mục tạm tắt thông báo này", "There is no such silence"),
    Why.NO_ASK: Words("Không có đề nghị giải trình số này", "There is no request of that number"),
    Why.NO_NAME: Words("Thiếu tên", "A name is missing"),
    Why.NO_TEXT: Words("Thiếu nội dung", "The text is missing"),
    Why.TOO_LONG: Words("Quá dài", "Too long"),
    Why.TOO_FAR: Words("Thời hạn quá xa, nhiều nhất (ngày)", "The end is too far off, days at most"),
    Why.ACKNOWLEDGED: Words("Đã có người nhận xử lý", "Somebody has acknowledged it already"),
    Why.NOT_ACKNOWLEDGED: Words("Chưa ai nhận xử lý", "Nobody has acknowledged it"),
    Why.RESOLVED: Words("Sự cố đã kết thúc", "The incident is over"),
    Why.NOT_RESOLVED: Words("Sự cố chưa kết thúc", "The incident is not over"),
    Why.ANSWERED: Words("Đã giải trình rồi", "It has been answered"),
    Why.IN_THE_PAST: Words("Thời điểm đã qua", "That time is past"),
    Why.NO_MATCHER: Words(
        "Hãy nêu ít nhất một địa bàn, lĩnh vực hoặc chỉ tiêu", "Name a site, a field or an indicator at least"
    ),
    Why.ENDED: Words("Đã hết hiệu lực rồi", "It has ended already"),
    Why.NOBODY_NEXT: Words("Không còn ai để báo tiếp", "There is nobody left to tell"),
    Why.UNKNOWN: Words("Không có tên này trong danh mục", "The catalogue knows no such name"),
}


def refused(error: RefusedError) -> Words:
    """Why an act cannot be, with the offender."""
    words = REFUSALS[error.why]
    detail = f": {error.detail}" if error.detail else ""
    return Words(f"{words.vi}{detail}.", f"{words.en}{detail}.")


def said(act: Act, speech: Speech) -> Words:
    """One line of the log, without who and when."""
    return SAID[type(act.what)](act.what, act, speech)


def clock(at: Micros) -> str:
    """The local time of a moment."""
    return f"{local_time(at):%H:%M %d/%m/%Y}"


def matched(match: Match, label: Label = by_id) -> Words:
    """What a silence is about."""
    severities = [SEVERITIES[severity] for severity in match.severities]
    kinds = [KINDS[kind] for kind in match.kinds]
    things = [
        *(label("site", name) for name in match.sites),
        *(label("field", name) for name in match.fields),
        *(label("indicator", name) for name in match.indicators),
        *kinds,
        *severities,
    ]
    return Words(", ".join(one.vi for one in things), ", ".join(one.en for one in things))


def silenced(one: Silence, label: Label = by_id) -> Words:
    """What is silent, from when to when, and why."""
    times = f"{clock(one.start)} – {clock(one.end)}"
    vi, en = ("Bảo trì", "Maintenance") if one.is_maintenance else ("Tạm tắt thông báo", "Silence")
    what = matched(one.match, label)
    return Words(f"{vi}: {what.vi}; {times}; {one.reason}", f"{en}: {what.en}; {times}; {one.reason}")


def age(length: Micros) -> str:
    """`5min`, `3h`, `2d`."""
    minutes = max(0, length) // MINUTE
    return next(
        (f"{minutes // size}{unit}" for unit, size in (("d", 1440), ("h", 60)) if minutes >= 2 * size), f"{minutes}min"
    )


def _with(words: Words, text: str) -> Words:
    return Words(*(f"{one}: {text}" for one in words)) if text else words


def _opened(what: Opened, _: Act, speech: Speech) -> Words:
    office = speech.name(what.owner)
    return Words(f"Mở sự cố, {office.vi} phụ trách", f"Opened; owner: {office.en}")


def _moved(what: Moved, _: Act, speech: Speech) -> Words:
    vi, en = (speech.sentence(what.transition, lang) for lang in ("vi", "en"))
    if not what.silence:
        return Words(vi, en)
    return Words(f"{vi} (không gửi tin, đang tạm tắt thông báo)", f"{en} (not told, silenced)")


def _acknowledged(what: Acknowledged, _: Act, __: Speech) -> Words:
    if what.until is None:
        return _with(Words("Nhận xử lý", "Acknowledged"), what.comment)
    until = clock(what.until)
    return _with(Words(f"Nhận xử lý đến {until}", f"Acknowledged until {until}"), what.comment)


def _unacknowledged(what: Unacknowledged, act: Act, _: Speech) -> Words:
    if act.by == SYSTEM:
        return Words("Hết hạn nhận xử lý", "The acknowledgement ran out")
    return _with(Words("Thôi nhận xử lý", "Acknowledgement withdrawn"), what.comment)


def _worsened(what: Worsened, _: Act, speech: Speech) -> Words:
    now, was, by = SEVERITIES[what.severity], SEVERITIES[what.was], speech.name(what.by)
    vi, en = f"Nặng lên mức {now.vi}", f"Worsened to {now.en}"
    if not what.by:
        return Words(
            f"{vi} sau khi đã báo hết các bước ở mức {was.vi}: báo lại từ bước đầu",
            f"{en} after all steps were told of it at {was.en}: the steps begin again",
        )
    return Words(
        f"{vi}; {by.vi} đã nhận xử lý ở mức {was.vi}: cần nhận lại",
        f"{en}; {by.en} acknowledged it at {was.en}: to be acknowledged again",
    )


def _assigned(what: Assigned, _: Act, speech: Speech) -> Words:
    name = speech.name(what.to)
    return Words(f"Giao cho {name.vi}", f"Assigned to {name.en}")


def _commented(what: Commented, _: Act, __: Speech) -> Words:
    return Words(what.text, what.text)


def _asked(what: Asked, _: Act, speech: Speech) -> Words:
    name, due = speech.name(what.of), clock(what.due)
    words = Words(f"Đề nghị {name.vi} giải trình trước {due}", f"Explanation wanted of {name.en} by {due}")
    return _with(words if what.told is None else _reaching(words, what.told, speech), what.text)


def _reaching(words: Words, told: Sequence[str], speech: Speech) -> Words:
    names = [speech.name(one) for one in told]
    if not names:
        return Words(f"{words.vi}, không báo được cho ai", f"{words.en}, nobody could be told")
    vi, en = "; ".join(name.vi for name in names), "; ".join(name.en for name in names)
    return Words(f"{words.vi}, đã báo {vi}", f"{words.en}, told {en}")


def _answered(what: Answered, _: Act, __: Speech) -> Words:
    return _with(Words(f"Giải trình số {what.ask}", f"Answer to request {what.ask}"), what.text)


def _overdue(what: Overdue, _: Act, __: Speech) -> Words:
    return Words(f"Quá hạn giải trình số {what.ask}", f"Request {what.ask} is overdue")


def _escalated(what: Escalated, _: Act, speech: Speech) -> Words:
    names = [speech.name(one) for one in what.officials]
    vi, en = "; ".join(name.vi for name in names), "; ".join(name.en for name in names)
    return Words(f"Chưa ai nhận, báo bước {what.step}: {vi}", f"Not acknowledged, step {what.step}: told {en}")


def _resolved(what: Resolved, act: Act, _: Speech) -> Words:
    if act.by == SYSTEM:
        return Words("Mọi cảnh báo đã hết, sự cố kết thúc", "All alerts have ended, the incident is over")
    return _with(Words("Kết thúc sự cố", "Resolved"), what.comment)


def _reopened(what: Reopened, act: Act, _: Speech) -> Words:
    if act.by == SYSTEM:
        return Words("Cảnh báo trở lại, mở lại sự cố", "An alert is back, the incident is open again")
    return _with(Words("Mở lại sự cố", "Reopened"), what.comment)


def _silenced(what: Silenced, _: Act, __: Speech) -> Words:
    return silenced(what.silence)


def _ended(_: Ended, __: Act, ___: Speech) -> Words:
    return Words("Kết thúc trước hạn", "Ended before its time")


SAID: dict[type, Callable[[Any, Act, Speech], Words]] = {
    Opened: _opened,
    Moved: _moved,
    Acknowledged: _acknowledged,
    Unacknowledged: _unacknowledged,
    Worsened: _worsened,
    Assigned: _assigned,
    Commented: _commented,
    Asked: _asked,
    Answered: _answered,
    Overdue: _overdue,
    Escalated: _escalated,
    Resolved: _resolved,
    Reopened: _reopened,
    Silenced: _silenced,
    Ended: _ended,
}
