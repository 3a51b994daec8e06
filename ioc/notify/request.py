"""Whom a request for an explanation reaches, and why. Pure.

An official is reached on the first of its channels. An office is reached like an incident that it owns and nobody has
taken on: through the first step of its ladder in the duty table, on that step's channels, by whoever stands in.
"""

from collections.abc import Iterator
from typing import NamedTuple

from indicators.lookup import Catalogue
from ioc.incidents.duty import ANY, Policy
from ioc.model import Micros
from ioc.notify.directory import Directory, Official


class Call(NamedTuple):
    """One official on one channel: `acting` is told for `named`; `why` says which entry names that one."""

    named: Official
    acting: Official
    channel: str
    why: str


def calls(of: str, policy: Policy, people: Directory, catalogue: Catalogue, at: Micros) -> tuple[Call, ...]:
    """Everybody whom a request made of that official or office at that time reaches; nobody twice on one channel."""
    found = {(call.acting.id, call.channel): call for call in _calls(of, policy, people, catalogue, at)}
    return tuple(found.values())


def explain(of: str, policy: Policy, people: Directory, catalogue: Catalogue, at: Micros) -> tuple[str, ...]:
    """Who is asked on which channel and why, or why nobody is."""
    found = calls(of, policy, people, catalogue, at)
    lines = [_line(call, at) for call in found] or [f"  không ai / nobody: {_why_nobody(of, people, catalogue)}"]
    return (f"{_named(of, people, catalogue)}: được hỏi / asked:", *lines)


def _calls(of: str, policy: Policy, people: Directory, catalogue: Catalogue, at: Micros) -> Iterator[Call]:
    named = _official(of, people)
    if named is not None:
        for channel in list(named.channels)[:1]:
            yield Call(named, people.acting(of, channel, at), channel, "cán bộ / the official")
    elif of in catalogue.offices:
        step = policy.duty(of).next(0)
        entry = of if of in policy.duties else ANY
        for name in step.officials if step is not None else ():
            for channel in step.channels if step is not None else ():
                yield Call(people.official(name), people.acting(name, channel, at), channel, f"{entry}, bước / step 1")


def _official(of: str, people: Directory) -> Official | None:
    return next((one for one in people.officials if one.id == of), None)


def _line(call: Call, at: Micros) -> str:
    person = f"{call.acting.id} ({call.acting.title_vi})"
    address = call.acting.channels[call.channel]
    return f"  {call.why}: {person}, {call.channel}: {address}{stand_in(call.named, call.acting, at)}"


def stand_in(named: Official, acting: Official, at: Micros) -> str:
    """Why somebody else is told than the official named, or the same though away."""
    if acting is not named:
        return f" (thay / for {named.id}, đang vắng / who is away)"
    if not named.is_away(at):
        return ""
    return " (đang vắng, không có cấp phó dùng kênh này / though away: no deputy is there with this channel)"


def _why_nobody(of: str, people: Directory, catalogue: Catalogue) -> str:
    if _official(of, people) is not None:
        return "cán bộ này không có địa chỉ / this official has no address"
    if of in catalogue.offices:
        return "bảng trực không có bước nào cho cơ quan này / the duty table has no step for this office"
    return (
        "không phải cơ quan trong danh mục, cũng không phải cán bộ trong danh bạ / "
        "neither an office of the catalogue nor an official in the directory"
    )


def _named(of: str, people: Directory, catalogue: Catalogue) -> str:
    official, office = _official(of, people), catalogue.offices.get(of)
    if official is not None:
        return f"{official.title_vi} / {official.title_en}"
    return of if office is None else f"{office.name_vi} / {office.name_en}"
