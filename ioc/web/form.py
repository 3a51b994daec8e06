"""What the body of a request that acts on incidents may hold, read field by field. Pure."""

from collections.abc import Callable, Container
from typing import Any

from ioc.incidents.deadline import deadline
from ioc.incidents.model import (
    Acknowledged,
    Answered,
    Asked,
    Assigned,
    Commented,
    Escalated,
    Match,
    Reopened,
    Resolved,
    Silence,
    Unacknowledged,
    What,
)
from ioc.model import Kind, Micros, Severity
from ioc.web.ports import Catalogue
from ioc.web.refusal import unreadable

DEADLINE_VI = "khoảng thời gian (30min, 2h, 1d) hoặc thời điểm ISO 8601 có múi giờ"
DEADLINE_EN = "a duration (30min, 2h, 1d) or an ISO 8601 time with its zone"
SEVERITIES = {severity.name.lower() for severity in list(Severity)[1:]}
SILENCE = ("reason", "start", "end", "sites", "fields", "indicators", "kinds", "severities", "maintenance")
Body = dict[str, Any]

WISHES: dict[str, tuple[tuple[str, ...], Callable[["Form"], What]]] = {
    "acknowledge": (("comment", "until"), lambda form: Acknowledged(form.text("comment"), form.time("until"))),
    "unacknowledge": (("comment",), lambda form: Unacknowledged(form.text("comment"))),
    "assign": (("to",), lambda form: Assigned(form.text("to"))),
    "comment": (("text",), lambda form: Commented(form.text("text"))),
    "ask": (("of", "text", "due"), lambda form: Asked(form.text("of"), form.text("text"), form.needed_time("due"))),
    "answer": (("ask", "text"), lambda form: Answered(form.number("ask"), form.text("text"))),
    "escalate": ((), lambda _: Escalated(0)),
    "resolve": (("comment",), lambda form: Resolved(form.text("comment"))),
    "reopen": (("comment",), lambda form: Reopened(form.text("comment"))),
}
"""What can be done, with the names that the body may hold beside `by`."""


class Form:
    """A JSON object, read field by field."""

    def __init__(self, body: Body, known: tuple[str, ...], now: Micros) -> None:
        """`known`: the names that it may hold."""
        if strange := sorted(set(body) - {*known, "by"}):
            names = ", ".join(("by", *known))
            raise unreadable(strange[0], "", f"một trong các tên: {names}", f"one of the names {names}")
        self._body = body
        self._now = now

    def text(self, name: str) -> str:
        """A text, "" when it is not there."""
        value = self._body.get(name, "")
        if not isinstance(value, str):
            raise unreadable(name, str(value), "một chuỗi chữ", "a text")
        return value

    def number(self, name: str) -> int:
        """A whole number."""
        value = self._body.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise unreadable(name, str(value), "một số nguyên", "a whole number")
        return value

    def time(self, name: str) -> Micros | None:
        """A time, None when it is not there."""
        text = self.text(name)
        if not text:
            return None
        try:
            return deadline(text, self._now)
        except ValueError:
            raise unreadable(name, text, DEADLINE_VI, DEADLINE_EN) from None

    def needed_time(self, name: str) -> Micros:
        """A time that has to be there."""
        at = self.time(name)
        if at is None:
            raise unreadable(name, "", DEADLINE_VI, DEADLINE_EN)
        return at

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._body.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise unreadable(name, str(value), "một danh sách mã", "a list of ids")
        return tuple(value)


def wish(what: str, body: Body, now: Micros) -> tuple[str, What]:
    """Who wants what. Raises Refusal."""
    if what not in WISHES:
        raise unreadable("what", what, f"một trong: {', '.join(WISHES)}", f"one of {', '.join(WISHES)}")
    known, made = WISHES[what]
    form = Form(body, known, now)
    return form.text("by"), made(form)


def silence(body: Body, catalogue: Catalogue, now: Micros) -> Silence:
    """The silence or the maintenance that somebody wants, still without an id. Raises Refusal."""
    form = Form(body, SILENCE, now)
    match = Match(
        sites=_known("sites", form.texts("sites"), catalogue.sites),
        fields=_known("fields", form.texts("fields"), catalogue.fields),
        indicators=_known("indicators", form.texts("indicators"), catalogue.indicators),
        kinds=tuple(Kind(one) for one in _known("kinds", form.texts("kinds"), set(Kind))),
        severities=tuple(Severity[one.upper()] for one in _known("severities", form.texts("severities"), SEVERITIES)),
    )
    start, end = form.time("start") or now, form.needed_time("end")
    return Silence("", match, form.text("by"), form.text("reason"), start, end, body.get("maintenance") is True)


def _known(name: str, given: tuple[str, ...], known: Container[str]) -> tuple[str, ...]:
    for one in given:
        if one not in known:
            raise unreadable(name, one, "mã có trong /v1/catalogue", "ids that are in /v1/catalogue")
    return given
