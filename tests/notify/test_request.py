"""A request for an explanation reaches the officials on duty for an office, whoever stands in, and it is said why."""

import pytest

from indicators.load import load
from ioc.incidents.duty import ANY, Duty, Policy, Step
from ioc.incidents.fold import fold
from ioc.incidents.model import Act, Answered, Asked, Moved, Opened, Overdue, What
from ioc.incidents.rules import Rules
from ioc.model import DAY, MINUTE, Micros, Notification
from ioc.notify.directory import Absence, Directory, Official
from ioc.notify.request import explain
from ioc.notify.urge import urges
from tests.incidents.bed import Bench, lineage, note, step
from tests.incidents.bed import at as minutes
from tests.notify.test_sentence import T0
from tests.support.alerts import fired


def person(name: str, *channels: str, deputies: tuple[str, ...] = (), away: tuple[Absence, ...] = ()) -> Official:
    addresses = {channel: f"{name}@{channel}" for channel in channels}
    return Official(id=name, title_vi=name, title_en=name, channels=addresses, deputies=deputies, away=away)


CATALOGUE = load()
AWAY = Absence.model_validate({"first": "2025-03-12", "last": "2025-03-13"})  # T0 is on the first of these days
PEOPLE = Directory(
    officials=(
        person("duty", "email", "sms", deputies=("deputy",), away=(AWAY,)),
        person("deputy", "email"),
        person("second", "email", "sms"),
        person("centre", "console"),
        person("mute"),
    )
)
POLICY = Policy(
    duties={
        "so-y-te": Duty(
            (Step(5 * MINUTE, ("duty", "second"), ("email", "sms")), Step(MINUTE, ("centre",), ("console",)))
        ),
        "cong-an-tinh": Duty(),
        ANY: Duty((Step(MINUTE, ("centre",), ("console",)),)),
    }
)


def told(of: str, *more: What, at: Micros = T0) -> list[Notification]:
    """The messages that the last of these acts causes."""
    first: list[What] = [Opened("st-an-thuan", "environment", "so-y-te"), Moved(fired(at))]
    ask = Asked(of, "Vì sao?", at + 60 * MINUTE)
    acts = [Act("i-1", at, "second", "", what) for what in (*first, ask, *more)]
    incident = fold(acts)
    assert incident is not None
    return list(urges(incident, acts[-1], POLICY, PEOPLE, CATALOGUE))


def reached(of: str, *more: What, at: Micros = T0) -> list[tuple[str, str]]:
    return [(one.receiver, one.channel) for one in told(of, *more, at=at)]


def test_an_office_is_asked_through_the_first_step_of_its_duty() -> None:
    assert reached("so-y-te", at=T0 + 5 * DAY) == [
        ("duty", "email"),
        ("duty", "sms"),
        ("second", "email"),
        ("second", "sms"),
    ]
    assert reached("so-y-te") == [("deputy", "email"), ("duty", "sms"), ("second", "email"), ("second", "sms")]
    assert reached("so-noi-vu") == [("centre", "console")]
    assert reached("cong-an-tinh") == []


def test_the_message_names_the_office_and_the_time_by_which_it_is_to_answer() -> None:
    message = told("so-noi-vu")[0]
    assert message.text.startswith("ĐỀ NGHỊ Sở Nội vụ GIẢI TRÌNH trước 09:10 ngày 12/03/2025: Vì sao? ")
    assert (message.incident, message.revision) == ("i-1", 3)
    (late, _) = (one for one in told("so-noi-vu", Overdue(1)) if one.receiver in {"centre", "second"})
    assert "Sở Nội vụ QUÁ HẠN GIẢI TRÌNH (09:10 ngày 12/03/2025): Vì sao? " in late.text


def test_a_late_answer_is_told_to_the_office_and_to_whoever_asked() -> None:
    assert reached("so-noi-vu", Overdue(1)) == [("second", "email"), ("centre", "console")]


@pytest.mark.parametrize("by", ["duty", "second", "deputy"])
def test_the_answer_of_any_of_them_counts(by: str) -> None:
    rules = Rules(
        POLICY,
        lambda _: "so-y-te",
        lineage,
        lambda told: [note(told)],
        lambda incident, act: urges(incident, act, POLICY, PEOPLE, CATALOGUE),
    )
    bench = Bench(rules)
    bench.take(step("A"))
    bench.do("A", Asked("so-y-te", "Vì sao?", minutes(60)))
    assert len({one.receiver for one in bench.sent if one.incident.startswith("i-")}) > 1
    bench.do("A", Answered(1, "Cống mở theo lịch."), (by, "test"))
    bench.sent.clear()
    bench.move(61)
    assert [one for one in bench.sent if "QUÁ HẠN" in one.text] == []


def test_it_is_said_who_is_reached_and_why() -> None:
    at = T0
    assert explain("so-y-te", POLICY, PEOPLE, CATALOGUE, at) == (
        "Sở Y tế / Department of Health: được hỏi / asked:",
        "  so-y-te, bước / step 1: deputy (deputy), email: deputy@email (thay / for duty, đang vắng / who is away)",
        (
            "  so-y-te, bước / step 1: duty (duty), sms: duty@sms "
            "(đang vắng, không có cấp phó dùng kênh này / though away: no deputy is there with this channel)"
        ),
        "  so-y-te, bước / step 1: second (second), email: second@email",
        "  so-y-te, bước / step 1: second (second), sms: second@sms",
    )
    assert explain("so-noi-vu", POLICY, PEOPLE, CATALOGUE, at)[1:] == (
        "  *, bước / step 1: centre (centre), console: centre@console",
    )
    assert explain("second", POLICY, PEOPLE, CATALOGUE, at) == (
        "second / second: được hỏi / asked:",
        "  cán bộ / the official: second (second), email: second@email",
    )


@pytest.mark.parametrize(
    ("of", "why"),
    [
        ("cong-an-tinh", "the duty table has no step for this office"),
        ("mute", "this official has no address"),
        ("Ông A", "neither an office of the catalogue nor an official in the directory"),
    ],
)
def test_it_is_said_why_nobody_is_reached(of: str, why: str) -> None:
    (line,) = explain(of, POLICY, PEOPLE, CATALOGUE, T0)[1:]
    assert line.startswith("  không ai / nobody: ")
    assert line.endswith(f" / {why}")
    assert reached(of) == []
