"""The gate: who is let in, who gives way, and who has taken too long."""

import resource
from typing import cast

import pytest
import structlog
from pydantic import ValidationError

from collectors.webhook_config import WebhookConfig
from ioc.clock import ManualClock
from ioc.gate import CALM_SECONDS, FULL, LEEWAY, Gate, GateConfig, Visit, afford
from ioc.telemetry import Counts
from ioc.web.config import WebConfig

LIMITS = GateConfig(connections=3, headers=10, body=20, idle=75, stalled=60)


class Wire:
    """A connection, as far as a gate knows it."""

    def __init__(self, port: int) -> None:
        self.peer = ("192.0.2.1", port)
        self.said = b""
        self.end = ""

    def get_extra_info(self, name: str) -> tuple[str, int, int, int]:
        assert name == "peername"
        return (*self.peer, 0, 0)  # as IPv6 gives it

    def write(self, data: bytes) -> None:
        self.said += data

    def close(self) -> None:
        self.end = "closed"

    def abort(self) -> None:
        self.end = "cut"


class Bed:
    def __init__(self) -> None:
        self.clock, self.counts = ManualClock(), Counts()
        self.gate = Gate("console", LIMITS, self.clock, self.counts)
        self.ports = 0

    def come(self) -> tuple[Wire, Visit]:
        wire, visit = self.try_to_come()
        assert visit is not None
        return wire, visit

    def try_to_come(self) -> tuple[Wire, Visit | None]:
        self.ports += 1
        wire = Wire(self.ports)
        return wire, self.gate.open(cast("object", wire))  # type: ignore[arg-type]

    def later(self, seconds: float) -> None:
        self.clock.move(seconds)
        self.gate.look()

    def cut(self, why: str) -> float:
        return self.counts.value("connections_cut", gate="console", why=why)

    @property
    def open(self) -> float:
        return self.counts.value("connections", gate="console")


def test_connection_without_headers_is_cut_when_they_are_due() -> None:
    bed = Bed()
    wire, _ = bed.come()
    bed.later(9.9)
    assert (wire.end, bed.open) == ("", 1)
    bed.later(0.1)
    assert (wire.end, bed.open, bed.cut("headers")) == ("cut", 0, 1)


def test_header_that_comes_byte_by_byte_wins_no_time() -> None:
    bed = Bed()
    wire, visit = bed.come()
    for _ in range(10):
        bed.gate.heard(visit)
        bed.later(1)
    assert wire.end == "cut"


def test_request_under_way_may_take_its_time() -> None:
    bed = Bed()
    wire, _ = bed.come()
    bed.gate.asks(wire.peer, has_body=False)
    bed.later(100_000)
    assert wire.end == ""


def test_body_has_its_own_deadline_and_whoever_reads_it_says_so_first() -> None:
    bed = Bed()
    wire, _ = bed.come()
    bed.gate.asks(wire.peer, has_body=True)
    bed.later(20)
    assert wire.end == ""
    bed.later(LEEWAY)
    assert (wire.end, bed.cut("body")) == ("cut", 1)


def test_body_that_is_in_owes_nothing_more() -> None:
    bed = Bed()
    wire, visit = bed.come()
    bed.gate.asks(wire.peer, has_body=True)
    bed.gate.has_all(visit)
    bed.later(1000)
    assert wire.end == ""


def test_answered_connection_may_idle_but_its_next_headers_are_due_from_their_first_byte() -> None:
    bed = Bed()
    idle, _ = bed.come()
    begun, visit = bed.come()
    for wire in (idle, begun):
        bed.gate.answered(bed.gate.asks(wire.peer, has_body=False))
    bed.later(5)
    bed.gate.heard(visit)
    bed.later(10)
    assert (idle.end, begun.end) == ("", "cut")
    bed.later(60)
    assert (idle.end, bed.cut("idle")) == ("cut", 1)


def test_second_request_of_a_connection_that_begins_before_the_first_ends_is_not_idle() -> None:
    bed = Bed()
    wire, visit = bed.come()
    bed.gate.asks(wire.peer, has_body=False)
    bed.gate.asks(wire.peer, has_body=False)
    bed.gate.answered(visit)
    bed.later(1000)
    assert wire.end == ""


def test_answer_that_is_not_read_is_cut_and_one_that_is_read_again_is_not() -> None:
    bed = Bed()
    (sulking, one), (slow, two) = bed.come(), bed.come()
    for wire, visit in ((sulking, one), (slow, two)):
        bed.gate.asks(wire.peer, has_body=False)
        bed.gate.stalls(visit)
    bed.gate.reads(two)
    bed.later(60)
    assert (sulking.end, slow.end, bed.cut("stalled")) == ("cut", "", 1)


def test_whoever_owes_longest_gives_way_when_all_places_are_taken() -> None:
    bed = Bed()
    (busy, _), (old, _), (young, _) = bed.come(), bed.come(), bed.come()
    bed.gate.asks(busy.peer, has_body=False)
    new, _ = bed.come()
    assert [wire.end for wire in (busy, old, young, new)] == ["", "cut", "", ""]
    assert (bed.open, bed.cut("crowded")) == (3, 1)


def test_newcomer_is_refused_in_words_when_everybody_is_being_served() -> None:
    bed = Bed()
    for wire in [bed.come()[0] for _ in range(3)]:
        bed.gate.asks(wire.peer, has_body=False)
    wire, visit = bed.try_to_come()
    assert (visit, wire.said, wire.end, bed.open, bed.cut("refused")) == (None, FULL, "closed", 3, 1)


def test_log_tells_when_it_gets_crowded_and_when_that_is_over_once_each() -> None:
    bed = Bed()
    with structlog.testing.capture_logs() as logs:
        for _ in range(50):
            bed.come()
        bed.later(CALM_SECONDS - 1)
        bed.come()
        bed.later(CALM_SECONDS - 1)
        assert len(logs) == 1
        bed.later(1)
        bed.later(CALM_SECONDS)
    assert [one["log_level"] for one in logs] == ["warning", "info"]


def test_closing_twice_and_answers_after_the_end_change_nothing() -> None:
    bed = Bed()
    wire, visit = bed.come()
    bed.later(10)
    bed.gate.closed(visit)
    bed.gate.asks(wire.peer, has_body=True)
    bed.gate.answered(visit)
    bed.later(1000)
    assert (bed.open, bed.counts.total("connections_cut")) == (0, 1)


def test_settings_from_before_there_was_a_gate_still_load_with_places_for_what_they_allow() -> None:
    assert WebConfig().gate.connections == WebhookConfig().gate.connections == 450
    assert WebConfig.model_validate({"streams": "2000", "gate": {"idle": 5}}).gate.connections == 2050
    assert WebhookConfig(waiting=1000).gate.connections == 1050


@pytest.mark.parametrize("named", ["streams", "waiting"])
def test_too_few_places_are_refused_where_somebody_set_their_number(named: str) -> None:
    kind = WebConfig if named == "streams" else WebhookConfig
    with pytest.raises(ValidationError, match=f"must be more than {named}"):
        kind.model_validate({named: 30, "gate": {"connections": 30}})


def test_request_that_outlasts_its_connection_ends_none_of_the_next_one_from_the_same_port() -> None:
    bed = Bed()
    wire, visit = bed.come()
    lasting = bed.gate.asks(wire.peer, has_body=False)
    bed.gate.closed(visit)
    bed.ports -= 1  # a port is soon used again, above all behind a proxy
    stream, _ = bed.come()
    served = bed.gate.asks(stream.peer, has_body=False)
    bed.gate.answered(lasting)
    bed.later(1000)
    assert stream.end == ""
    bed.gate.answered(served)
    bed.later(75)
    assert (stream.end, bed.cut("idle")) == ("cut", 1)


def test_descriptors_are_raised_to_what_the_gates_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda what, to: asked.append((what, to)))
    afford(450, 450)
    afford(900, 450)
    afford(450, 365 * 5)
    assert asked == [(resource.RLIMIT_NOFILE, (1470, 4096)), (resource.RLIMIT_NOFILE, (2395, 4096))]


def test_too_few_descriptors_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 1024))
    monkeypatch.setattr(resource, "setrlimit", lambda _, to: asked.append(to))
    with structlog.testing.capture_logs() as logs:
        afford(10_000_000, 0)
    assert asked == [(1024, 1024)], "as many as there may be"
    assert [(one["log_level"], one["needed"], one["allowed"]) for one in logs] == [("warning", 10_000_120, 1024)]


def test_descriptors_that_cannot_be_raised_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    with structlog.testing.capture_logs() as logs:
        afford(450, 450)
    assert [(one["needed"], one["allowed"]) for one in logs] == [(1020, 256)]
